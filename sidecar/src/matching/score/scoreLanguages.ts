import { cefrLevels } from '../../cvs/profile.ts';
import type { CvFacts } from '../../cvs/profile.ts';
import type { Requirement } from '../types.ts';
import { compare } from './candidate.ts';
import type { ReadCandidate } from './candidate.ts';
import { makeFact, noData, weightedMean } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';

type Level = NonNullable<CvFacts['languages'][number]['cefr']>;
type Stated = CvFacts['languages'][number];

/** Languages by CEFR level; native answers every level. */
export function scoreLanguages(requirements: readonly Requirement[], candidate: ReadCandidate): CriterionResult {
  const wanted = requirements.filter((requirement) => requirement.kind === 'language');
  if (wanted.length === 0) return noData;
  const stated = [...candidate.facts.languages].sort((a, b) => compare(a.code, b.code) || rank(b.cefr) - rank(a.cefr));
  const outcomes = wanted.map((requirement) => (requirement.languageCount ? judgeCount(requirement, stated) : judgeOne(requirement, stated)));
  return { score: stated.length === 0 ? null : weightedMean(outcomes), facts: outcomes.map((outcome) => outcome.fact), outcomes };
}

const rank = (level: Level | null) => (level ? cefrLevels.indexOf(level) : -1);

function judgeOne(requirement: Requirement, stated: readonly Stated[]): Outcome {
  const codes = requirement.languageAlternatives ?? (requirement.languageCode ? [requirement.languageCode] : []);
  const language = codes.join('|');
  const answers = stated.filter((entry) => codes.includes(entry.code)).sort((a, b) => rank(b.cefr) - rank(a.cefr));
  const best = answers[0];
  if (!best) {
    return { requirement, status: 'unknown', strength: 0, fact: makeFact('unknown', 'language_not_found', { language }, requirement.id, []) };
  }
  const params = { language: best.code, level: best.cefr, wanted: requirement.cefr ?? null };
  if (!requirement.cefr) return { requirement, status: 'met', strength: 1, fact: makeFact('positive', 'language_stated', params, requirement.id, best.spans) };
  if (!best.cefr) return { requirement, status: 'unknown', strength: 0.6, fact: makeFact('mixed', 'language_level_missing', params, requirement.id, best.spans) };
  const missing = rank(requirement.cefr) - rank(best.cefr);
  if (missing <= 0) return { requirement, status: 'met', strength: 1, fact: makeFact('positive', 'language_met', params, requirement.id, best.spans) };
  const strength = missing === 1 ? 0.5 : missing === 2 ? 0.2 : 0;
  return { requirement, status: 'not_met', strength, fact: makeFact('negative', 'language_below', params, requirement.id, best.spans) };
}

function judgeCount(requirement: Requirement, stated: readonly Stated[]): Outcome {
  const wanted = requirement.cefr ?? 'B2';
  const required = requirement.languageCount!;
  const enough = stated.filter((entry) => rank(entry.cefr) >= rank(wanted));
  const open = stated.filter((entry) => entry.cefr === null);
  const quotes = (enough.length ? enough : stated).flatMap((entry) => entry.spans);
  const params = { count: enough.length, required, wanted };
  if (enough.length >= required) return { requirement, status: 'met', strength: 1, fact: makeFact('positive', 'languages_enough', params, requirement.id, quotes) };
  // Too few only when the CV gives the level of every language it names, and names any.
  const known = stated.length > 0 && enough.length + open.length < required;
  const fact = makeFact(known ? 'negative' : 'unknown', 'languages_too_few', params, requirement.id, quotes);
  return { requirement, status: known ? 'not_met' : 'unknown', strength: enough.length / required / 2, fact };
}
