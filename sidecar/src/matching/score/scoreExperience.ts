import type { JobAnalysis, Requirement, Seniority } from '../types.ts';
import { clamp, yearsOf } from './candidate.ts';
import type { ReadCandidate } from './candidate.ts';
import { makeFact, noData, weightedMean } from './outcome.ts';
import type { CriterionResult, MustHaveStatus, Outcome } from './outcome.ts';
import { monthsOfSkills } from './scoreSkills.ts';
import type { ComparedTitle } from './scoreTitle.ts';
import type { Span } from '../../cvs/profile.ts';

/** Years of matching work against the years asked for; without such a demand, against what the seniority customarily means. */
export function scoreExperience(job: JobAnalysis, titles: readonly ComparedTitle[], candidate: ReadCandidate): CriterionResult {
  const wanted = job.requirements.filter((requirement) => requirement.kind === 'experience');
  if (wanted.length === 0) return bySeniority(job, titles, candidate);
  const outcomes = wanted.map((requirement) => judge(requirement, job, titles, candidate));
  const silent = candidate.titles.length === 0 && candidate.facts.experienceMonths === 0;
  return { score: silent ? null : weightedMean(outcomes), facts: outcomes.map((outcome) => outcome.fact), outcomes };
}

/**
 * Months of work whose title is near the job's: all of them from a similarity of .7, none below .4, a share between.
 * Never more than the whole career, since entries may overlap.
 */
export function matchingMonths(titles: readonly ComparedTitle[], candidate: ReadCandidate): number {
  const sum = titles.reduce((months, entry) => months + entry.counted * share(entry), 0);
  return Math.min(sum, candidate.facts.experienceMonths || sum);
}

const share = (entry: ComparedTitle) => clamp((entry.similarity.score - 0.4) / 0.3);

function judge(requirement: Requirement, job: JobAnalysis, titles: readonly ComparedTitle[], candidate: ReadCandidate): Outcome {
  // "several years": two at least
  const required = requirement.minYears ?? 2;
  const total = candidate.facts.experienceMonths;
  // Skills shown at work are weaker evidence than the title: they may have been a small part of it.
  // A job without a title asks for years of work, whichever.
  const matching = !job.title ? total : Math.max(matchingMonths(titles, candidate), Math.min(total, monthsOfSkills(requirement, candidate) * 0.8));
  const strength = clamp(matching / (12 * required));
  const quotes = titleQuotes(titles, candidate);
  const params = { years: yearsOf(matching), total: yearsOf(total), required };
  const of = (status: MustHaveStatus, fact: Outcome['fact']): Outcome => ({ requirement, status, strength, fact });

  if (requirement.minYears === undefined) {
    const enough = matching >= 12 * required;
    const fact = makeFact(enough ? 'positive' : 'mixed', 'experience_relevant', { years: yearsOf(matching) }, requirement.id, quotes);
    return of(enough ? 'met' : 'unknown', fact);
  }
  if (total === 0) return of('unknown', makeFact('unknown', 'experience_unknown', { required }, requirement.id, []));
  if (matching >= 12 * required) return of('met', makeFact('positive', 'experience_enough', params, requirement.id, quotes));
  if (total < 12 * required && candidate.datesComplete) {
    return of('not_met', makeFact('negative', 'experience_total_short', params, requirement.id, quotes));
  }
  return of('unknown', makeFact('mixed', 'experience_short', params, requirement.id, quotes));
}

/** Months that each seniority customarily has behind it. */
const customaryMonths: Record<Seniority, number> = { intern: 0, junior: 6, mid: 36, senior: 60, lead: 60, head: 96 };

function bySeniority(job: JobAnalysis, titles: readonly ComparedTitle[], candidate: ReadCandidate): CriterionResult {
  const months = customaryMonths[job.seniority ?? 'intern'];
  if (months === 0 || titles.length === 0) return noData;
  const matching = matchingMonths(titles, candidate);
  const polarity = matching >= months ? 'positive' : 'mixed';
  const fact = makeFact(polarity, 'experience_relevant', { years: yearsOf(matching) }, null, titleQuotes(titles, candidate));
  return { score: clamp(matching / months), facts: [fact], outcomes: [] };
}

function titleQuotes(titles: readonly ComparedTitle[], candidate: ReadCandidate): Span[] {
  return titles
    .filter((entry) => share(entry) > 0)
    .slice(0, 3)
    .flatMap((entry) => candidate.quote(`/work/${candidate.workIndex(entry.workId)}/position`, entry.title).slice(0, 1));
}
