import { educationLevels } from '../../cvs/profile.ts';
import { bareTitle } from '../analyseJob/findTitle.ts';
import type { JobAnalysis, Requirement } from '../types.ts';
import { clamp } from './candidate.ts';
import type { ReadCandidate } from './candidate.ts';
import { makeFact, noData, weightedMean } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';
import { labelSimilarity } from './similarity.ts';

/** The degree asked for: its level, and its field by the labels' vectors. */
export function scoreEducation(job: JobAnalysis, candidate: ReadCandidate): CriterionResult {
  const wanted = job.requirements.filter((requirement) => requirement.kind === 'education');
  if (wanted.length === 0) return noData;
  const outcomes = wanted.map((requirement) => judge(requirement, job, candidate));
  const silent = candidate.facts.educationLevel === null && candidate.education.length === 0;
  return { score: silent ? null : weightedMean(outcomes), facts: outcomes.map((outcome) => outcome.fact), outcomes };
}

/** Field similarity from which a degree counts as one in the field asked for. */
const sameField = 0.45;

function judge(requirement: Requirement, job: JobAnalysis, candidate: ReadCandidate): Outcome {
  const level = requirement.educationLevel ?? null;
  const found = candidate.facts.educationLevel;
  if (!found) {
    const fact = makeFact('unknown', 'education_unknown', { level: level ?? 'any' }, requirement.id, []);
    return { requirement, status: 'unknown', strength: 0, fact };
  }
  const missing = level ? Math.max(0, educationLevels.indexOf(level) - educationLevels.indexOf(found)) : 0;
  const field = fieldSimilarity(requirement, job, candidate);
  const strength = (missing === 0 ? 1 : missing === 1 ? 0.4 : 0) * (0.3 + 0.7 * field.score);
  const quotes = field.index >= 0 ? fieldQuotes(field.index, candidate) : candidate.facts.educationSpans;
  const params = { level: level ?? 'any', found: `level:${found}` };

  if (missing > 0) return { requirement, status: 'not_met', strength, fact: makeFact('negative', 'education_below', params, requirement.id, quotes) };
  if (field.score >= sameField) {
    const named = quotes[0]?.quote ?? `level:${found}`;
    return { requirement, status: 'met', strength, fact: makeFact('positive', 'education_met', { ...params, found: named }, requirement.id, quotes) };
  }
  return { requirement, status: 'unknown', strength, fact: makeFact('mixed', 'education_level_only', params, requirement.id, quotes) };
}

/** A requirement that names no field means the job's own: "Titulaire d'un CAP" for a pastry chef. */
function fieldSimilarity(requirement: Requirement, job: JobAnalysis, candidate: ReadCandidate): { score: number; index: number } {
  const fields = requirement.educationFields?.length ? requirement.educationFields : [bareTitle(job.title)].filter(Boolean);
  let best = { score: 0, index: -1 };
  candidate.education.forEach((entry, index) => {
    const names = [entry.area, entry.studyType, [entry.studyType, entry.area].filter(Boolean).join(' ')];
    for (const name of names) {
      if (!name) continue;
      const score = clamp(Math.max(...fields.map((field) => labelSimilarity(field, name))));
      if (score > best.score) best = { score, index };
    }
  });
  return best;
}

function fieldQuotes(index: number, candidate: ReadCandidate) {
  const entry = candidate.education[index]!;
  const passages = candidate.passages.filter((passage) => passage.where === 'education' && (passage.text === entry.area || passage.text === entry.studyType));
  const quotes = passages.flatMap((passage) => candidate.quote(passage.pointer, passage.text));
  return quotes.length ? quotes : candidate.facts.educationSpans;
}
