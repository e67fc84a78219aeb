import { detectLanguage } from '../../language/detectLanguage.ts';
import { linkOccupation } from '../../language/taxonomy.ts';
import { supportedLanguages } from '../../language/types.ts';
import type { JobAnalysis, Requirement, Seniority } from '../types.ts';
import { readClauses } from './clauses.ts';
import { findPlace } from './findPlace.ts';
import { findRequirements } from './findRequirements.ts';
import { bareTitle, findTitle, seniorityOf } from './findTitle.ts';
import { foldKeepingLength } from './foldText.ts';

export { bareTitle } from './findTitle.ts';

/**
 * Reads a job advertisement: title, occupation, seniority, place and requirements, each with its quote
 * (`text.slice(start, end)`). Pure. A text without any requirement gives an empty list and the warning
 * `job_without_requirements`; one whose title cannot be found gives an empty title and `job_without_title`.
 * @param hints what the caller already knows; a given title wins over the text's
 */
export function analyseJob(text: string, hints: { title?: string | undefined; language?: string | undefined } = {}): JobAnalysis {
  const language = hints.language ?? detectLanguage(text).language;
  const vocabulary = supportedLanguages.find((supported) => supported === language) ?? 'en';
  const folded = foldKeepingLength(text);

  const found = findTitle(text, folded, vocabulary);
  const title = hints.title?.trim() || found?.title || '';
  const clauses = readClauses(text, folded, vocabulary).filter((clause) => !isTitleLine(clause, found));
  const requirements = findRequirements(text, folded, clauses, vocabulary);

  const warnings: JobAnalysis['warnings'] = [];
  if (!title) warnings.push({ code: 'job_without_title', message: 'The text does not say which job it is for; give a title.' });
  if (requirements.length === 0) {
    warnings.push({ code: 'job_without_requirements', message: 'No requirement was found in the text; add requirements, or matches rest on the title alone.' });
  }
  return {
    language,
    title,
    titleEvidence: titleEvidence(text, hints.title?.trim(), found),
    occupationId: title ? (linkOccupation(bareTitle(title), language)?.id ?? linkOccupation(title, language)?.id ?? null) : null,
    seniority: seniorityOf(title, vocabulary) ?? seniorityByYears(requirements),
    location: findPlace(text, folded, found ? text.slice(found.start, found.end) : title, vocabulary),
    requirements,
    warnings,
  };
}

/** The title's own line asks for nothing; a sentence that merely holds the title does. */
function isTitleLine(clause: { start: number; end: number }, found: ReturnType<typeof findTitle>): boolean {
  if (!found) return false;
  const shared = Math.min(clause.end, found.end) - Math.max(clause.start, found.start);
  return shared > 0 && shared >= (clause.end - clause.start) / 2;
}

function titleEvidence(text: string, hint: string | undefined, found: ReturnType<typeof findTitle>): JobAnalysis['titleEvidence'] {
  const start = hint ? text.indexOf(hint) : (found?.start ?? -1);
  if (start < 0) return [];
  const end = hint ? start + hint.length : found!.end;
  return [{ start, end, quote: text.slice(start, end) }];
}

/** Customary meaning of years where the title is silent: 5 and more senior, from 2 mid, less junior. */
function seniorityByYears(requirements: Requirement[]): Seniority | null {
  const years = requirements.flatMap((requirement) => (requirement.importance === 'must' && requirement.minYears !== undefined ? [requirement.minYears] : []));
  if (years.length === 0) return null;
  const most = Math.max(...years);
  return most >= 5 ? 'senior' : most >= 2 ? 'mid' : 'junior';
}

