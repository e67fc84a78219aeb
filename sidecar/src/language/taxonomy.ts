import { createSkillFinder } from './findSkills.ts';
import type { SkillFinder } from './findSkills.ts';
import { createLinker } from './linkConcept.ts';
import { readTaxonomy } from './taxonomyData.ts';
import type { Occupation, OrdinaryPhrase, Skill } from './taxonomyData.ts';
import { supportedLanguages } from './types.ts';
import type { ConceptLink, SkillMention, SupportedLanguage } from './types.ts';

export type { Occupation, Skill, SkillKind } from './taxonomyData.ts';

const data = readTaxonomy();

/** Changes whenever a concept, name or relation does; stored with every CV and match. */
export const taxonomyRevision: string = data.revision;

export function getSkill(id: string): Skill | undefined {
  return data.skills.get(id);
}

export function getOccupation(id: string): Occupation | undefined {
  return data.occupations.get(id);
}

/** @param language ISO 639-1; unknown ones get English. The id itself for a skill the taxonomy does not hold. */
export function skillLabel(id: string, language: string): string {
  return label(data.skills.get(id), language) ?? id;
}

export function occupationLabel(id: string, language: string): string {
  return label(data.occupations.get(id), language) ?? id;
}

/**
 * The skills a text names, in text order, never overlapping.
 * @param language of the text; for one without vocabulary of ours the names of all languages are searched
 */
export function findSkills(text: string, language: string): SkillMention[] {
  const known = supportedLanguages.find((supported) => supported === language) ?? null;
  let finder = finders.get(known);
  if (!finder) finders.set(known, (finder = createSkillFinder(data.skills.values(), known, data.ordinaryPhrases)));
  return finder(text);
}

const finders = new Map<SupportedLanguage | null, SkillFinder>();

/** One skill name, as it stands in a skills section or a requirement, to the taxonomy; null when nothing is near enough. */
export function linkSkill(name: string, language?: string): ConceptLink | null {
  skillLinker ??= createLinker(data.skills.values(), 'skill', findSkills);
  return skillLinker(name, language);
}

/** One job title to the taxonomy; seniority and gender forms are ignored. */
export function linkOccupation(title: string, language?: string): ConceptLink | null {
  occupationLinker ??= createLinker(data.occupations.values(), 'occupation');
  return occupationLinker(title, language);
}

let skillLinker: ReturnType<typeof createLinker> | undefined;
let occupationLinker: ReturnType<typeof createLinker> | undefined;

export type SkillRelation = 'same' | 'broader' | 'narrower' | 'related' | 'none';

/** What `b` is to `a`: skillRelation('skill/postgresql', 'skill/relational-databases') is 'broader'. */
export function skillRelation(a: string, b: string): SkillRelation {
  if (a === b) return 'same';
  const skillA = data.skills.get(a);
  const skillB = data.skills.get(b);
  if (!skillA || !skillB) return 'none';
  if (isAncestor(data.skills, b, a)) return 'broader';
  if (isAncestor(data.skills, a, b)) return 'narrower';
  const linked = (from: Skill, to: string) => from.related.includes(to) || from.requires.includes(to);
  if (linked(skillA, b) || linked(skillB, a)) return 'related';
  const siblings = skillA.broader.some((id) => skillB.broader.includes(id) && data.skills.get(id)!.siblingsRelated);
  return siblings ? 'related' : 'none';
}

export type OccupationRelation = 'same' | 'related' | 'same-group' | 'none';

/** Symmetric. Broader and narrower occupations count as related. */
export function occupationRelation(a: string, b: string): OccupationRelation {
  if (a === b) return 'same';
  const occupationA = data.occupations.get(a);
  const occupationB = data.occupations.get(b);
  if (!occupationA || !occupationB) return 'none';
  if (occupationA.related.includes(b) || occupationB.related.includes(a)) return 'related';
  if (isAncestor(data.occupations, a, b) || isAncestor(data.occupations, b, a)) return 'related';
  return occupationA.group === occupationB.group ? 'same-group' : 'none';
}

/** Everything there is, for lists and searches. */
export function allSkills(): Skill[] {
  return [...data.skills.values()];
}

/** Phrases such as "in production" that contain a skill's name and mean none. */
export function allOrdinaryPhrases(): readonly OrdinaryPhrase[] {
  return data.ordinaryPhrases;
}

export function allOccupations(): Occupation[] {
  return [...data.occupations.values()];
}

function label(concept: Skill | Occupation | undefined, language: string): string | undefined {
  if (!concept) return undefined;
  const of = (wanted: string) => concept.aliases.find((alias) => alias.language === wanted)?.text;
  return of(language) ?? of('any') ?? of('en') ?? concept.aliases[0]!.text;
}

function isAncestor(concepts: ReadonlyMap<string, Skill | Occupation>, ancestor: string, id: string): boolean {
  const seen = new Set<string>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const parent of concepts.get(next)?.broader ?? []) {
      if (parent === ancestor) return true;
      if (!seen.has(parent)) waiting.push(parent);
      seen.add(parent);
    }
  }
  return false;
}

export type { SupportedLanguage };
