import type { CvLine } from './cvLines.ts';
import { datedEntries } from './entries.ts';
import { stated, type Found } from './found.ts';
import { fold } from './fold.ts';
import { part, split, type Passage } from './passage.ts';
import { assignRoles, splitPlace } from './roles.ts';
import { runningEntries, type RunningKinds } from './runningEntries.ts';
import { degreeAt, degreeScore, isHonours, schoolScore, type EducationLevel } from './termScores.ts';
import { areaWords } from './vocabulary.ts';
import { datesOf } from './work.ts';

export interface EducationEntry {
  studyType: Found | null;
  area: Found | null;
  score: Found | null;
  institution: Found | null;
  startDate: Found | null;
  endDate: Found | null;
  level: EducationLevel | null;
}

const running: RunningKinds = { what: degreeScore, where: schoolScore, least: 2.5, whatLabel: 'degree', whereLabel: 'institution', unnamed: false };

export function findEducation(lines: readonly CvLine[], allLines: readonly CvLine[]): EducationEntry[] {
  const laidOut = lines.some((line) => line.virtual) ? [] : datedEntries(lines, allLines);
  const entries = laidOut.length > 0 ? laidOut : runningEntries(lines, running);
  const roles = assignRoles(entries, { what: degreeScore, where: schoolScore });
  return entries
    .map((entry, index): EducationEntry => {
      const role = roles[index]!;
      const degree = entry.labelled.get('degree') ?? entry.labelled.get('position') ?? role.what;
      const school = entry.labelled.get('institution') ?? entry.labelled.get('employer') ?? role.where;
      const { studyType, area, score } = degree ? splitDegree(degree) : { studyType: null, area: null, score: null };
      const labelledArea = entry.labelled.get('area');
      const confidence = Math.min(0.95, 0.55 + role.certainty * 0.4 + (entry.certainty ?? (entry.labelled.size > 0 ? 0.75 : 0)) * 0.4);
      const dates = datesOf(entry);
      const graduation = entry.period?.value.single ?? false;
      return {
        studyType: studyType ? stated(studyType, confidence) : null,
        area: labelledArea ? stated(labelledArea, 0.9) : area ? stated(area, confidence - 0.1) : null,
        score: score ? stated(score, 0.7) : null,
        institution: school ? stated(splitPlace(school).name, confidence) : null,
        // one date alone is when it was completed
        startDate: graduation ? null : dates.startDate,
        endDate: graduation ? dates.startDate : dates.endDate,
        level: degree ? (degreeAt(degree.text)?.level ?? null) : null,
      };
    })
    .filter((entry) => entry.studyType || entry.institution);
}

/** "BSc (Hons), First Class, Computer Science" → degree and field; "Bachelor of Science in Nursing" keeps its whole name. */
function splitDegree(whole: Passage): { studyType: Passage; area: Passage | null; score: Passage | null } {
  const { degree, score } = withoutScore(whole);
  const parts = split(degree, /,\s+|(?<!\s)\s+[–—|·:-]\s+|:\s+/u, /[\s,;:·•|–—-]/);
  if (parts.length >= 2) {
    let count = 1;
    while (count < parts.length - 1 && (isHonours(parts[count]!.text) || /^(?:niveau|level|stufe|livello|nivel|nível)\s?\d/u.test(fold(parts[count]!.text)))) count += 1;
    const field = /^\p{Ll}/u.test(parts[count]!.text) ? fieldStart(parts[0]!.text) : -1;
    if (field > 0) return { studyType: part(degree, 0, field), area: part(degree, field, Infinity), score };
    const offset = degree.text.indexOf(parts[count]!.text, parts[count - 1]!.text.length - 1);
    return { studyType: part(degree, 0, offset), area: part(degree, offset, Infinity), score };
  }
  const words = degree.text.split(/\s+/);
  const known = degreeAt(degree.text);
  if (known === null || known.index !== 0) return { studyType: degree, area: null, score };
  const joinAt = words.findIndex((word, index) => index >= 1 && index <= 5 && ['in', 'en', 'em'].includes(fold(word)) && areaWords.has(fold(word)));
  if (joinAt > 0 && joinAt < words.length - 1) {
    const area = part(degree, words.slice(0, joinAt + 1).join(' ').length, Infinity);
    // "Bachelor of Science in Nursing" is the degree's whole name, its field is the end of it
    const isTitle = words.slice(1, joinAt).some((word) => fold(word) === 'of');
    return { studyType: isTitle ? degree : part(degree, 0, words.slice(0, joinAt).join(' ').length), area, score };
  }
  const field = fieldStart(degree.text);
  if (field > 0) return { studyType: part(degree, 0, field), area: part(degree, field, Infinity), score };
  return { studyType: degree, area: null, score };
}

/** "BA Music", "BTS Comptabilité", "BSc (Hons) Computer Science": where a capital after the degree begins the field, or -1. */
function fieldStart(text: string): number {
  const known = degreeAt(text);
  if (known === null || known.index !== 0) return -1;
  const bracket = /^\s*\([^)]*\)/.exec(text.slice(known.length))?.[0].length ?? 0;
  const after = text.slice(known.length + bracket);
  const next = degreeAt(after.trim());
  return /^\s+\p{Lu}\p{L}{2,}/u.test(after) && (next === null || next.index > 0) ? known.length + bracket : -1;
}

/** A mark or honours at the end ("106/110", "Note 1,6", "mention bien") is neither degree nor field. */
function withoutScore(whole: Passage): { degree: Passage; score: Passage | null } {
  // bounded: from each separator at most 80 characters are tried
  const match = /(?:(?<!\s)\s+)?\(([^()]+)\)$/u.exec(whole.text) ?? /(?:,\s+|(?<!\s)\s+[–—|·]\s+)([^\s,()][^,()]{0,79})$/u.exec(whole.text);
  if (!match || match.index < 2 || !(isHonours(match[1]!) || /^\d{2,3}(?:[.,]\d+)?\s?\/\s?\d{2,3}/.test(match[1]!)) || /^\(?hons\)?$/i.test(match[1]!)) return { degree: whole, score: null };
  const at = match.index + match[0].indexOf(match[1]!);
  return { degree: part(whole, 0, match.index), score: part(whole, at, at + match[1]!.length) };
}

const order: EducationLevel[] = ['secondary', 'vocational', 'bachelor', 'master', 'doctorate'];

/** The highest level among the entries, and the texts that say so. */
export function highestLevel(entries: readonly EducationEntry[]): { level: EducationLevel; passages: Passage[] } | null {
  const levels = entries.flatMap((entry) => (entry.level ? [entry.level] : []));
  const level = levels.sort((a, b) => order.indexOf(b) - order.indexOf(a))[0];
  if (!level) return null;
  return { level, passages: entries.filter((entry) => entry.level === level && entry.studyType).map((entry) => entry.studyType!.passage) };
}
