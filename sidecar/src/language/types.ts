/** The language services' border: what cvs, matching and knowledge may rely on. */

/** Languages with vocabularies of ours; detection may answer others. ISO 639-1. */
export const supportedLanguages = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl'] as const;
export type SupportedLanguage = (typeof supportedLanguages)[number];

export type EmbeddingKind = 'label' | 'query' | 'passage';

/** Provider + model + revision + dimension: vectors of two spaces are never compared. */
export interface EmbeddingSpace {
  /** stable and short, e.g. "inbox-hre1-128" */
  id: string;
  provider: 'in-box' | 'transformers' | 'openai';
  model: string;
  revision: string;
  dimensions: number;
  /** what this space can embed; the in-box embedder declares `label` only */
  kinds: readonly EmbeddingKind[];
}

export interface Embedder {
  readonly space: EmbeddingSpace;
  /** @returns one unit vector (L2) of `space.dimensions` per text, same order. Throws for a kind the space does not declare. */
  embed(texts: readonly string[], kind: EmbeddingKind): Promise<Float32Array[]>;
}

export interface SkillMention {
  skillId: string;
  /** UTF-16 units into the text that was searched */
  start: number;
  end: number;
  quote: string;
  /** 0 to 1 */
  confidence: number;
}

export interface ConceptLink {
  id: string;
  /** 1 for an exact label or alias; less when the embedder linked it */
  confidence: number;
}
