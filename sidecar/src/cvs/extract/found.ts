import type { Passage } from './passage.ts';

/** A value with the passage it was read from. `value` differs from the passage where it was normalised. */
export interface Found<T = string> {
  value: T;
  passage: Passage;
  origin: 'stated' | 'inferred';
  confidence: number;
}

export const stated = (passage: Passage, confidence: number): Found => ({ value: passage.text, passage, origin: 'stated', confidence });
export const found = <T>(value: T, passage: Passage, confidence: number, origin: 'stated' | 'inferred' = 'stated'): Found<T> => ({ value, passage, origin, confidence });
