import { criterionNames } from '../types.ts';
import type { CriterionName, JobAnalysis, MatcherConfig, MatchResult, Requirement } from '../types.ts';
import { compare, readCandidate, round6 } from './candidate.ts';
import type { ScorableCandidate } from './candidate.ts';
import { makeFact } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';
import { scoreCertificates } from './scoreCertificates.ts';
import { scoreEducation } from './scoreEducation.ts';
import { scoreExperience } from './scoreExperience.ts';
import { scoreLanguages } from './scoreLanguages.ts';
import { scoreSkills } from './scoreSkills.ts';
import { compareTitles, scoreTitle } from './scoreTitle.ts';
import { summarise } from './summarise.ts';

/**
 * Scores how well a candidate suits a job, with reasons. Pure: depends on its three arguments and the versions of the
 * engine, taxonomy and in-box embedder only; no clock, no locale, and no way to the person's name, contact or address
 * (ScorableCandidate has none). The same function serves both directions.
 * @returns scores from 0 to 1, rounded to 1e-6
 */
export function scorePair(job: JobAnalysis, candidate: ScorableCandidate, config: MatcherConfig): MatchResult {
  const read = readCandidate(candidate);
  const requirements = [...job.requirements].sort((a, b) => compare(a.id, b.id));
  const sorted = { ...job, requirements };
  const titles = compareTitles(sorted, read);
  const results: Record<CriterionName, CriterionResult> = {
    skills: scoreSkills(requirements, read, config),
    title: scoreTitle(sorted, titles, read),
    experience: scoreExperience(sorted, titles, read),
    education: scoreEducation(sorted, read),
    languages: scoreLanguages(requirements, read),
    location: unscoredLocation(job),
    certificates: scoreCertificates(requirements, read),
  };
  const outcomes = new Map(criterionNames.flatMap((name) => results[name].outcomes.map((outcome) => [outcome.requirement.id, outcome] as const)));
  const mustHaves = job.requirements.filter((requirement) => requirement.importance === 'must').map((requirement) => mustHaveOf(requirement, outcomes.get(requirement.id)));
  const criteria = criteriaOf(results, config);
  const mean = criteria.reduce((sum, criterion) => sum + criterion.weight * (criterion.score ?? 0), 0);
  const score = round6(mean * mustHaveFactor(requirements, outcomes, config));
  return { score, criteria, mustHaves, summary: summarise(sorted, criteria, mustHaves) };
}

/** Weights of the criteria with data, made to sum to 1; the others get 0, so that silence of the job costs nobody. */
function criteriaOf(results: Record<CriterionName, CriterionResult>, config: MatcherConfig): MatchResult['criteria'] {
  const weightOf = (name: CriterionName) => (results[name].score === null ? 0 : (config.weights[name] ?? 0));
  const total = criterionNames.reduce((sum, name) => sum + weightOf(name), 0);
  return criterionNames.map((criterion) => {
    const { score, facts } = results[criterion];
    return {
      criterion,
      score: score === null ? null : round6(score),
      weight: total === 0 ? 0 : round6(weightOf(criterion) / total),
      hasData: score !== null,
      facts: facts.map((fact, i) => ({ fact, i })).sort((a, b) => polarityRank[a.fact.polarity] - polarityRank[b.fact.polarity] || a.i - b.i).map(({ fact }) => fact),
    };
  });
}

const polarityRank = { positive: 0, mixed: 1, negative: 2, unknown: 3 };

/**
 * `other` requirements ("calm at Christmas") stay out of the factor: no CV can be read for them, so they would only
 * lower every score alike. They are shown as unknown.
 */
function mustHaveFactor(requirements: readonly Requirement[], outcomes: ReadonlyMap<string, Outcome>, config: MatcherConfig): number {
  let factor = 1;
  for (const requirement of requirements) {
    const status = outcomes.get(requirement.id)?.status;
    if (requirement.importance !== 'must' || requirement.kind === 'other' || status === undefined) continue;
    if (status === 'not_met') factor *= config.mustHaveNotMetFactor;
    if (status === 'unknown') factor *= config.mustHaveUnknownFactor;
  }
  return factor;
}

function mustHaveOf(requirement: Requirement, outcome: Outcome | undefined): MatchResult['mustHaves'][number] {
  const fact = outcome?.fact ?? makeFact('unknown', 'requirement_not_decidable', { required: requirement.label }, requirement.id, []);
  return { requirementId: requirement.id, label: requirement.label, status: outcome?.status ?? 'unknown', reason: fact.text, quotes: fact.quotes };
}

function unscoredLocation(job: JobAnalysis): CriterionResult {
  const asked = job.location.city !== undefined || job.requirements.some((requirement) => requirement.kind === 'location');
  return { score: null, facts: asked ? [makeFact('unknown', 'location_not_scored', {}, null, [])] : [], outcomes: [] };
}
