import type { JobAnalysis } from '../types.ts';
import { bareTitle } from '../analyseJob/findTitle.ts';
import { clamp, compare, monthsBetween, yearsOf } from './candidate.ts';
import type { ReadCandidate } from './candidate.ts';
import { makeFact, noData } from './outcome.ts';
import type { CriterionResult } from './outcome.ts';
import { fullMonths, titleSimilarity } from './similarity.ts';
import type { TitleSimilarity } from './similarity.ts';

export interface ComparedTitle {
  title: string;
  workId: string;
  months: number | null;
  /** months that count as full work of that title */
  counted: number;
  lastUsed: string | null;
  similarity: TitleSimilarity;
}

/** Every work title against the job's, nearest first. */
export function compareTitles(job: JobAnalysis, candidate: ReadCandidate): ComparedTitle[] {
  if (!job.title) return [];
  return candidate.titles
    .map((entry) => ({
      title: entry.title,
      workId: entry.workId,
      months: entry.months,
      counted: fullMonths(entry.title, entry.months ?? 0),
      lastUsed: entry.lastUsed,
      similarity: titleSimilarity(job, entry),
    }))
    .sort((a, b) => b.similarity.score - a.similarity.score || compare(b.lastUsed ?? '', a.lastUsed ?? '') || compare(a.title, b.title));
}

/** The nearest title, less when it was short or long ago. */
export function scoreTitle(job: JobAnalysis, titles: readonly ComparedTitle[], candidate: ReadCandidate): CriterionResult {
  if (!job.title) return noData;
  const jobTitle = bareTitle(job.title);
  if (titles.length === 0) return { ...noData, facts: [makeFact('unknown', 'title_missing', {}, null, [])] };

  const weighed = titles.map((entry) => ({ entry, score: entry.similarity.score * (0.6 + 0.25 * duration(entry) + 0.15 * recency(entry, candidate)) }));
  weighed.sort((a, b) => b.score - a.score);
  const { entry, score } = weighed[0]!;
  const quotes = candidate.quote(`/work/${candidate.workIndex(entry.workId)}/position`, entry.title);
  const params = { title: entry.title, jobTitle, years: yearsOf(entry.months ?? 0) };
  const near = entry.similarity.score;
  const fact =
    near < 0.4 ? makeFact('negative', 'title_different', { title: entry.title, jobTitle }, null, quotes)
    : entry.similarity.basis === 'same' ? makeFact('positive', 'title_same', params, null, quotes)
    : entry.similarity.basis === 'related' ? makeFact('mixed', 'title_related', params, null, quotes)
    : makeFact(near >= 0.7 ? 'positive' : 'mixed', 'title_similar', params, null, quotes);
  return { score: clamp(score), facts: [fact], outcomes: [] };
}

/** Undated work counts as a year. */
const duration = (entry: ComparedTitle) => clamp((entry.months === null ? 12 : entry.counted) / 36);

/** Full for three years after the end, so that a parental leave or another pause costs nothing; then slowly less. */
const recency = (entry: ComparedTitle, candidate: ReadCandidate) => clamp(1 - (monthsBetween(entry.lastUsed, candidate.facts.asOf) - 36) / 120);
