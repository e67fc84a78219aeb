/** Measures and the reference ranking of the quality harnesses. */
import { tokensWithOffsets } from '../../src/language/normalise.ts';

/**
 * nDCG at `depth` with linear gain (trec_eval's ndcg_cut), of relevance grades in ranked order.
 * @param all the grades of every judged item, for the ideal order
 */
export function ndcg(ranked: readonly number[], all: readonly number[], depth: number): number {
  const gain = (grades: readonly number[]) => grades.slice(0, depth).reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
  const ideal = gain([...all].sort((a, b) => b - a));
  return ideal === 0 ? 0 : gain(ranked) / ideal;
}

/** Okapi BM25 (k1 1.2, b .75, Lucene's idf) of a query text over documents; a score per document. */
export function bm25(documents: readonly string[]): (query: string) => number[] {
  const counts = documents.map((document) => countTokens(document));
  const lengths = counts.map((count) => [...count.values()].reduce((sum, n) => sum + n, 0));
  const mean = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
  const frequency = new Map<string, number>();
  for (const count of counts) for (const token of count.keys()) frequency.set(token, (frequency.get(token) ?? 0) + 1);
  return (query) => {
    const tokens = [...countTokens(query).keys()];
    return counts.map((count, i) =>
      tokens.reduce((sum, token) => {
        const tf = count.get(token) ?? 0;
        const df = frequency.get(token) ?? 0;
        const idf = Math.log(1 + (documents.length - df + 0.5) / (df + 0.5));
        return sum + (tf === 0 ? 0 : (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * lengths[i]!) / mean)));
      }, 0),
    );
  };
}

function countTokens(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text: token } of tokensWithOffsets(text)) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
