/** Answers without a language model: the sentences that hold most of the question, or nothing. */
import type { FoundPassage } from './findPassages.ts';
import type { RagConfig } from './ragConfig.ts';
import { splitSentences } from './sentences.ts';
import { termMatch, wordsOf } from './terms.ts';
import type { Term } from './terms.ts';

export interface ExtractedSentence {
  passage: FoundPassage;
  /** UTF-16 units into the passage */
  start: number;
  end: number;
  /** 0 to 1: share of the question's content that it holds */
  score: number;
}

export interface Extraction {
  /** best first; empty when the passages do not support an answer */
  sentences: ExtractedSentence[];
  /** 0 to 1: share of the question's content, weighted by rarity, in the best passage */
  support: number;
}

/** A second sentence is quoted only when it is nearly as good as the first. */
const nearlyAsGood = 0.75;
/** What a heading or a neighbour sentence says counts for a sentence by this much. */
const context = { heading: 0.5, passage: 0.25 };

/** @param passages as retrieval ordered them; all of them are used for the rarity of words */
export function extractAnswer(terms: readonly Term[], passages: readonly FoundPassage[], config: RagConfig['answer']): Extraction {
  if (terms.length === 0 || passages.length === 0) return { sentences: [], support: 0 };
  const scored = passages.map((passage) => {
    const words = wordsOf([passage.heading, passage.candidateName, passage.text].filter(Boolean).join('\n'), passage.language);
    return { passage, matches: terms.map((term) => termMatch(term, words)) };
  });
  const weights = terms.map((_, index) => rarity(passages.length, scored.filter(({ matches }) => (matches[index] ?? 0) > 0).length));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const coverage = (matches: readonly number[]) => weights.reduce((sum, weight, index) => sum + weight * (matches[index] ?? 0), 0) / total;

  const supports = scored.map(({ matches }) => coverage(matches));
  const support = round(Math.max(...supports));
  const sentences = scored
    .filter((_, index) => (supports[index] ?? 0) >= config.minimumSupport)
    .slice(0, config.passages)
    .flatMap(({ passage, matches }) => sentencesOf(terms, passage, matches, coverage))
    .filter(({ own }) => own >= config.minimumSentenceSupport)
    .sort((a, b) => b.score - a.score || b.passage.score - a.passage.score || a.start - b.start);
  return { sentences: choose(sentences, config.sentences), support };
}

interface ScoredSentence extends ExtractedSentence {
  own: number;
}

function sentencesOf(terms: readonly Term[], passage: FoundPassage, passageMatches: readonly number[], coverage: (matches: readonly number[]) => number): ScoredSentence[] {
  const heading = wordsOf(passage.heading ?? '', passage.language);
  const titles = new Set((passage.heading ?? '').split(' › '));
  return splitSentences(passage.text, passage.language)
    .filter(({ start, end }) => !titles.has(passage.text.slice(start, end)) && end - start >= 3)
    .map(({ start, end }) => {
      const words = wordsOf(passage.text.slice(start, end), passage.language);
      const own = terms.map((term) => termMatch(term, words));
      const withContext = terms.map((term, index) => Math.max(own[index] ?? 0, context.heading * termMatch(term, heading), context.passage * (passageMatches[index] ?? 0)));
      return { passage, start, end, own: coverage(own), score: round(coverage(withContext)) };
    });
}

/** The best sentence, then nearly equal ones, each from a passage of its own. */
function choose(ranked: readonly ScoredSentence[], most: number): ExtractedSentence[] {
  const best = ranked[0];
  if (best === undefined) return [];
  const chosen: ExtractedSentence[] = [];
  for (const { own: _own, ...sentence } of ranked) {
    const text = quoteOf(sentence);
    if (chosen.length < most && sentence.score >= nearlyAsGood * best.score && !chosen.some((other) => other.passage.chunkId === sentence.passage.chunkId || quoteOf(other) === text)) chosen.push(sentence);
  }
  return chosen;
}

export function quoteOf({ passage, start, end }: Pick<ExtractedSentence, 'passage' | 'start' | 'end'>): string {
  return passage.text.slice(start, end);
}

/** Inverse document frequency within the passages found; a word that none of them holds weighs as much as one that a single passage holds. */
function rarity(passages: number, holding: number): number {
  return Math.log(1 + (passages + 1) / (Math.max(1, holding) + 0.5));
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
