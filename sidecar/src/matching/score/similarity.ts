import { cosine, embedLabel } from '../../language/inBoxEmbedder.ts';
import { getOccupation, occupationRelation } from '../../language/taxonomy.ts';
import { bareTitle, isTraineeTitle } from '../analyseJob/findTitle.ts';
import { clamp } from './candidate.ts';

const vectors = new Map<string, Float32Array>();
const cacheSize = 20_000;

/** Cosine of two labels in the in-box space, which knows the languages' labels as one. */
export function labelCosine(a: string, b: string): number {
  return cosine(vectorOf(a), vectorOf(b));
}

/** The cosine stretched so that unrelated labels (about .3 and less) give 0 and translations (about .8) give 1. */
export function labelSimilarity(a: string, b: string): number {
  return clamp((labelCosine(a, b) - 0.3) / 0.5);
}

function vectorOf(label: string): Float32Array {
  let vector = vectors.get(label);
  if (!vector) {
    if (vectors.size >= cacheSize) vectors.clear();
    vectors.set(label, (vector = embedLabel(label)));
  }
  return vector;
}

export interface TitleSimilarity {
  /** 0 to 1 */
  score: number;
  basis: 'same' | 'related' | 'vector';
}

const relationScores = { same: 1, narrower: 0.92, related: 0.7, 'same-group': 0.5, none: 0 };

/** How near the work of one title is to that of another: by the taxonomy's occupations, and by the labels themselves. */
export function titleSimilarity(job: { title: string; occupationId: string | null }, candidate: { title: string; occupationId: string | null }): TitleSimilarity {
  const byLabel = labelSimilarity(bareTitle(job.title), bareTitle(candidate.title));
  const relation = job.occupationId && candidate.occupationId ? relationOf(job.occupationId, candidate.occupationId) : null;
  const byOccupation = relation ? relationScores[relation] : 0;
  // Two known, unrelated occupations: similar words mislead ("medical secretary, intensive care").
  const label = relation === 'none' ? byLabel * 0.6 : byLabel * 0.95;
  if (byOccupation >= label && byOccupation > 0) return { score: byOccupation, basis: relation === 'same' ? 'same' : 'related' };
  return { score: label, basis: 'vector' };
}

/** A backend developer is a software developer; a job for the wider occupation takes the narrower one. */
function relationOf(job: string, candidate: string): keyof typeof relationScores {
  const relation = occupationRelation(job, candidate);
  return relation === 'related' && isNarrower(candidate, job) ? 'narrower' : relation;
}

function isNarrower(id: string, ancestor: string, seen: ReadonlySet<string> = new Set()): boolean {
  const parents = getOccupation(id)?.broader ?? [];
  return parents.some((parent) => parent === ancestor || (!seen.has(parent) && isNarrower(parent, ancestor, new Set([...seen, parent]))));
}

/** Months as an intern, apprentice or student count half: they are experience, though not yet of the full work. */
export function fullMonths(title: string, months: number): number {
  return isTraineeTitle(title) ? months / 2 : months;
}
