import { createHash } from 'node:crypto';
import { getSkill } from '../../language/taxonomy.ts';
import type { SupportedLanguage } from '../../language/types.ts';
import { requirementLimits } from '../types.ts';
import type { Requirement } from '../types.ts';
import type { Clause } from './clauses.ts';
import { findEducation } from './findEducation.ts';
import { findLanguages } from './findLanguages.ts';
import { firstOf, hasAny } from './foldText.ts';
import { groupSkills } from './groupSkills.ts';
import type { SkillGroup } from './groupSkills.ts';
import { minimumYears } from './numbers.ts';
import { vocabularies } from './vocabulary/index.ts';

type Draft = Omit<Requirement, 'id' | 'importance' | 'evidence'> & { start: number; end: number };

/**
 * Every thing the clauses ask for. Sections of tasks and benefits ask for nothing, except where a sentence says
 * "required"; a point under a requirements heading that cannot be read any further is kept as `other`, not dropped.
 */
export function findRequirements(text: string, folded: string, clauses: Clause[], language: SupportedLanguage): Requirement[] {
  const structured = clauses.some((clause) => clause.section === 'must');
  const found: Requirement[] = [];
  for (const clause of clauses) {
    const importance = clause.stated ?? (clause.section === 'nice' ? 'nice' : 'must');
    for (const draft of readClause(text, folded, clause, language, structured)) {
      const { start, end, ...rest } = draft;
      const evidence = [{ start, end, quote: text.slice(start, end) }];
      found.push({ ...rest, id: '', importance, evidence });
    }
  }
  return withIds(withoutRepetitions(found).slice(0, requirementLimits.requirements).map(withinLimits));
}

function readClause(text: string, folded: string, clause: Clause, language: SupportedLanguage, structured: boolean): Draft[] {
  const drafts = readStructured(text, folded, clause, language);
  if (clause.section === 'must' || clause.section === 'nice') return drafts.length ? drafts : other(text, clause);
  // Elsewhere only what the sentence itself calls required or welcome, and no skills: tasks name them all the time.
  if (clause.section === 'neutral') return clause.stated ? drafts.filter((draft) => draft.kind === 'licence' || draft.kind === 'language') : [];
  if (structured) return clause.stated ? drafts.filter((draft) => draft.kind !== 'education') : [];
  return drafts;
}

function readStructured(text: string, folded: string, clause: Clause, language: SupportedLanguage): Draft[] {
  const own = text.slice(clause.start, clause.end);
  const ownFolded = folded.slice(clause.start, clause.end);
  const drafts: Draft[] = [];
  const taken: { start: number; end: number }[] = [];
  const place = (start: number, end: number) => ({ start: clause.start + start, end: clause.start + end });
  const whole = wholeClause(text, clause);

  const licence = drivingLicence(ownFolded, language);
  if (licence) {
    drafts.push({ kind: 'licence', label: whole.label, licenceCategory: licence.category, ...place(licence.start, licence.end) });
    taken.push(licence);
  }
  for (const need of findLanguages(ownFolded, language)) {
    const label = need.count ? whole.label : shorten(own.slice(need.start, need.end));
    const which = need.count ? { languageCount: need.count } : need.codes.length > 1 ? { languageAlternatives: need.codes } : { languageCode: need.codes[0]! };
    drafts.push({ kind: 'language', label, ...which, ...(need.cefr ? { cefr: need.cefr } : {}), ...place(need.start, need.end) });
    taken.push(need);
  }
  const years = minimumYears(ownFolded, language);
  const education = years === null && !licence && taken.length === 0 ? findEducation(own, ownFolded, language) : null;
  if (education) {
    const fields = education.fields.length ? { educationFields: education.fields } : {};
    drafts.push({ kind: 'education', label: whole.label, educationLevel: education.level, ...fields, ...place(0, own.length) });
    taken.push(education);
  }
  const groups = groupSkills(own, ownFolded, language).filter((group) => !(licence && categoryOnly(group)) && !taken.some((span) => group.start < span.end && group.end > span.start));
  if (years !== null || (!education && severalYears.test(ownFolded))) {
    const skills = groups.flatMap((group) => group.skillIds);
    const least = years === null ? {} : { minYears: years };
    drafts.push({ kind: 'experience', label: whole.label, ...least, ...(skills.length ? { skillIds: skills } : {}), start: whole.start, end: whole.end });
    // "Five years with Python and Spark" asks for both tools too; "five years in accounting" only names the work.
    for (const group of groups.filter(isTool)) drafts.push({ ...skillDraft(own, group), ...place(group.start, group.end) });
  } else if (hasAny(ownFolded, [...vocabularies[language].certificates, ...vocabularies.en.certificates]) && !education && !licence) {
    const ids = groups.flatMap((group) => group.skillIds);
    const names = groups.flatMap((group) => group.skillNames);
    drafts.push({ kind: 'certificate', label: whole.label, ...(ids.length ? { skillIds: ids } : {}), ...(names.length ? { skillNames: names } : {}), start: whole.start, end: whole.end });
  } else {
    for (const group of groups) drafts.push({ ...skillDraft(own, group), ...place(group.start, group.end) });
  }
  // What stands alone in its line is labelled with the whole line, which says more than the bare name.
  const [only] = drafts;
  return drafts.length === 1 && only && clause.bullet ? [{ ...only, label: whole.label, start: whole.start, end: whole.end }] : drafts;
}

/** "several years of experience": experience without a number */
const severalYears = /(?<!\p{L})(?:(?:mehr|lang|ein)jahrig\w{0,2}\s+(?:\p{L}+\s+){0,2}?\p{L}*(?:erfahrung|praxis)|(?:several|many) years|plusieurs annees|(?:varios|bastantes) anos|diversi anni|esperienza pluriennale|(?:meerdere|enkele|ruime) jaren|varios anos)/u;

const isTool = (group: SkillGroup) => group.skillIds.length > 0 && group.skillIds.every((id) => ['tool', 'technology'].includes(getSkill(id)?.kind ?? ''));

/** The "CE" of "Permis CE" is no skill. */
const categoryOnly = (group: SkillGroup) => group.skillIds.length === 0 && group.skillNames.every((name) => /^(?:B|BE|C|CE|C1|C1E|D|DE|D1|AM|A1|A2)$/.test(name));

function skillDraft(own: string, group: SkillGroup): Omit<Draft, 'start' | 'end'> {
  return {
    kind: 'skill',
    label: shorten(own.slice(group.start, group.end)),
    ...(group.skillIds.length ? { skillIds: group.skillIds } : {}),
    ...(group.skillNames.length ? { skillNames: group.skillNames } : {}),
  };
}

function drivingLicence(folded: string, language: SupportedLanguage): { start: number; end: number; category: string } | null {
  const match = firstOf(folded, [...vocabularies[language].drivingLicence, ...(language === 'en' ? [] : vocabularies.en.drivingLicence)]);
  if (!match) return null;
  const around = folded.slice(Math.max(0, match.start - 14), match.end + 22);
  const category = /(?:(?:categor\w{0,4}|klassen?|class|type|tipo|permis|patente|cnh|[(])\s*)?(?<![\p{L}\p{N}])(b\s?e|c1e|c1|ce|d1|de|am|a1|a2|[abcd])(?![\p{L}\p{N}])/u;
  const after = category.exec(folded.slice(match.end, match.end + 22))?.[1] ?? category.exec(around.slice(0, 14))?.[1];
  return { ...match, category: (after ?? 'b').replace(/\s/g, '').toUpperCase() };
}

function other(text: string, clause: Clause): Draft[] {
  const whole = wholeClause(text, clause);
  return whole.label.length >= 4 && clause.bullet ? [{ kind: 'other', ...whole }] : [];
}

/** The clause without its closing signs. */
function wholeClause(text: string, clause: Clause): { label: string; start: number; end: number } {
  const raw = text.slice(clause.start, clause.end);
  const start = clause.start + (raw.length - raw.replace(/^[\s,;:.()–-]+/u, '').length);
  const end = clause.end - (raw.length - raw.replace(/(?<![\s,;:.])[\s,;:.]+$/u, '').length);
  return end > start ? { label: shorten(text.slice(start, end)), start, end } : { label: shorten(raw.trim()) || '-', start: clause.start, end: clause.end };
}

function shorten(words: string): string {
  const one = words.replace(/\s+/g, ' ').trim();
  return one.length <= 160 ? one : `${one.slice(0, 159).replace(/\s\S*$/, '')}…`;
}

/** The same thing asked twice stays once, with the evidence of both; must beats nice. */
function withoutRepetitions(requirements: Requirement[]): Requirement[] {
  const kept = new Map<string, Requirement>();
  for (const requirement of requirements) {
    const key = contentOf(requirement);
    const before = kept.get(key);
    if (!before) kept.set(key, requirement);
    else {
      before.evidence.push(...requirement.evidence);
      if (requirement.importance === 'must') before.importance = 'must';
    }
  }
  return [...kept.values()];
}

/** What a requirement asks for, apart from its wording where it has structure. */
function contentOf({ kind, label, skillIds, skillNames, minYears, educationLevel, educationFields, languageCode, languageAlternatives, languageCount, cefr, licenceCategory }: Requirement): string {
  const structure = [skillIds, skillNames, minYears, educationLevel, educationFields, languageCode, languageAlternatives, languageCount, cefr, licenceCategory];
  const bare = kind === 'other' || kind === 'certificate' || structure.every((value) => value === undefined);
  return JSON.stringify([kind, bare ? label : '', ...structure.map((value) => value ?? null)]);
}

/** What is found can be sent back as it is: a text that names thousands of things keeps the first of them. */
function withinLimits(requirement: Requirement): Requirement {
  const { entries, name } = requirementLimits;
  const { skillIds, skillNames, educationFields, evidence } = requirement;
  return {
    ...requirement,
    ...(skillIds && { skillIds: skillIds.slice(0, entries) }),
    ...(skillNames && { skillNames: skillNames.slice(0, entries).map((skillName) => skillName.slice(0, name)) }),
    ...(educationFields && { educationFields: educationFields.slice(0, entries) }),
    evidence: evidence.slice(0, entries),
  };
}

/** Ids depend on the content only, so that an analysis of the same text names the same requirements. */
function withIds(requirements: Requirement[]): Requirement[] {
  const used = new Set<string>();
  return requirements.map((requirement) => {
    let id = hashOf(contentOf(requirement));
    for (let i = 2; used.has(id); i++) id = hashOf(`${contentOf(requirement)}#${i}`);
    used.add(id);
    return { ...requirement, id };
  });
}

function hashOf(content: string): string {
  return `r${createHash('sha256').update(content).digest('hex').slice(0, 11)}`;
}
