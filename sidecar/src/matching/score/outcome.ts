import type { Fact, MatchResult, Requirement } from '../types.ts';
import type { Span } from '../../cvs/profile.ts';
import { renderFact } from './renderFact.ts';
import type { FactCode } from './wording/en.ts';

export type MustHaveStatus = MatchResult['mustHaves'][number]['status'];

/** What one criterion says of one requirement. */
export interface Outcome {
  requirement: Requirement;
  status: MustHaveStatus;
  /** 0 to 1: how far the requirement is fulfilled */
  strength: number;
  fact: Fact;
}

export interface CriterionResult {
  /** 0 to 1; null without data */
  score: number | null;
  facts: Fact[];
  outcomes: Outcome[];
}

export const noData: CriterionResult = { score: null, facts: [], outcomes: [] };

/** The only place facts are made, so that every one has its English text. */
export function makeFact(polarity: Fact['polarity'], code: FactCode, params: Fact['params'], requirementId: string | null, quotes: readonly Span[]): Fact {
  const bare = { polarity, code, params, text: '', requirementId, quotes: dedupe(quotes) };
  return { ...bare, text: renderFact(bare, 'en') };
}

/** Nice-to-haves count half as much as must-haves. */
export function weightedMean(outcomes: readonly Outcome[]): number {
  let sum = 0;
  let total = 0;
  for (const { requirement, strength } of outcomes) {
    const weight = requirement.importance === 'must' ? 1 : 0.5;
    sum += weight * strength;
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

/** At most three quotes, in text order, each place once. */
function dedupe(quotes: readonly Span[]): Span[] {
  const seen = new Set<number>();
  return [...quotes]
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .filter((span) => !seen.has(span.start) && seen.add(span.start))
    .slice(0, 3)
    .map(({ page, start, end, quote }) => ({ page, start, end, quote }));
}
