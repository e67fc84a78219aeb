import type { MatcherConfig, Requirement } from '../types.ts';
import { clamp } from './candidate.ts';
import type { Passage, ReadCandidate } from './candidate.ts';
import { makeFact } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { labelCosine } from './similarity.ts';

/**
 * Cosine from which a passage is shown for a requirement that only has words ("a good hand for chocolate"). Calibrated
 * on such lines of advertisements against the skills of CVs in seven languages: from .55 on most hits are right.
 */
const leastCosine = 0.55;

/**
 * What the CV says near a requirement that could not be read any further. Enough to show a person, and for a little
 * bonus; never enough to call the requirement met.
 */
export function findLooseEvidence(requirements: readonly Requirement[], candidate: ReadCandidate, config: MatcherConfig): Outcome[] {
  const passages = candidate.passages.filter((passage) => passage.text.length <= longestLabel);
  return requirements
    .filter((requirement) => requirement.kind === 'other')
    .flatMap((requirement) => {
      const best = nearest(partsOf(requirement.label), passages);
      if (!best || best.cosine < leastCosine) return [];
      const shown = best.passage.where === 'skills' ? config.listedOnlySkillWeight : 0.85;
      const strength = clamp((best.cosine - 0.4) / 0.4) * shown;
      const quotes = candidate.quote(best.passage.pointer, best.passage.text);
      const fact = makeFact('mixed', 'skill_similar', { required: requirement.label, skill: best.passage.text }, requirement.id, quotes);
      return [{ requirement, status: 'unknown' as const, strength, fact }];
    });
}

/** The in-box embedder knows labels; of a sentence it only sees the words. */
const longestLabel = 60;

function nearest(parts: readonly string[], passages: readonly Passage[]): { passage: Passage; cosine: number } | null {
  let best: { passage: Passage; cosine: number } | null = null;
  for (const passage of passages) {
    for (const part of parts) {
      const cosine = labelCosine(part, passage.text);
      if (!best || cosine > best.cosine) best = { passage, cosine };
    }
  }
  return best;
}

/** The line and its members: "dialysis or ECMO" names two things, and one vector of both is near to neither. */
function partsOf(label: string): string[] {
  const members = label.split(/[,;:()–]|(?<!\p{L})(?:or|oder|ou|o|of|and|und|et|e|y|en|ed|bzw\.?)(?!\p{L})/iu);
  return [...new Set([label, ...members].map((part) => part.trim()).filter((part) => part.length > 5))];
}
