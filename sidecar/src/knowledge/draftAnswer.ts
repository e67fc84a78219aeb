/** Answers by the configured language model: a draft whose every sentence must hold against the passages it cites. */
import { z } from 'zod';
import type { LlmClient } from '../platform/llm.ts';
import { quoteOf } from './extractAnswer.ts';
import type { ExtractedSentence } from './extractAnswer.ts';
import type { FoundPassage } from './findPassages.ts';
import type { RagConfig } from './ragConfig.ts';
import { splitSentences } from './sentences.ts';
import { questionTerms, termMatch, wordsOf } from './terms.ts';
import type { Term } from './terms.ts';

export interface VerifiedSentence {
  text: string;
  /** the sentences of the passages that support it; never empty */
  evidence: ExtractedSentence[];
}

export interface Draft {
  /** the model said that the passages do not hold the answer */
  abstained: boolean;
  sentences: VerifiedSentence[];
  /** sentences that no cited passage supports; they are not shown */
  dropped: number;
  tokens: number;
}

const draftSchema = z.object({
  abstain: z.boolean().default(false),
  sentences: z.array(z.object({ text: z.string().min(1).max(2000), citations: z.array(z.number().int()).max(20) })).max(20).default([]),
});

/** JSON of another shape counts as a draft without a verifiable sentence. @throws AppError `llm_unavailable` */
export async function draftAnswer(
  llm: LlmClient,
  input: { question: string; language: string; passages: readonly FoundPassage[]; config: RagConfig; signal: AbortSignal },
): Promise<Draft> {
  const { question, language, passages, config, signal } = input;
  // One JSON document: no text of a passage can end its own quotation and begin to speak as the user.
  const data = { question, language, passages: passages.map(({ title, candidateName, text }, index) => ({ n: index + 1, source: candidateName ?? title, text })) };
  const { json, tokens } = await llm.completeJson(
    [{ role: 'system', content: config.llm.prompt }, { role: 'user', content: JSON.stringify(data) }],
    { signal, temperature: config.llm.temperature },
  );
  const parsed = draftSchema.safeParse(json);
  if (!parsed.success) return { abstained: false, sentences: [], dropped: 1, tokens };
  const sentences = parsed.data.abstain ? [] : parsed.data.sentences.slice(0, config.answer.sentences + 2);
  const verified = sentences.flatMap(({ text, citations }) => {
    const cited = [...new Set(citations)].flatMap((n) => passages[n - 1] ?? []);
    const evidence = cited.flatMap((passage) => supportOf(text, language, passage, config.llm.minimumOverlap) ?? []);
    return evidence.length > 0 ? [{ text: text.replace(/(?:(?<!\s)\s+)?\[\d+\]/g, '').trim(), evidence }] : [];
  });
  return { abstained: parsed.data.abstain, sentences: verified, dropped: sentences.length - verified.length, tokens };
}

/**
 * The sentence of a passage that supports a statement, or null. Every number of the statement must stand in the passage,
 * and enough of its words; across languages only what languages share (names, numbers, skills) can be compared.
 */
function supportOf(statement: string, language: string, passage: FoundPassage, minimumOverlap: number): ExtractedSentence | null {
  const terms = questionTerms(statement.replace(/\[\d+\]/g, ' '), language);
  const words = wordsOf([passage.candidateName, passage.heading, passage.text].filter(Boolean).join('\n'), passage.language);
  const isNumber = ({ folded }: Term) => /^\d/.test(folded);
  if (terms.some((term) => isNumber(term) && !words.folded.has(term.folded))) return null;
  const shared = terms.filter((term) => termMatch(term, words) > 0);
  if (passage.language === language ? shared.length < minimumOverlap * terms.length : shared.length === 0) return null;
  const ranked = splitSentences(passage.text, passage.language)
    .map(({ start, end }) => {
      const own = wordsOf(quoteOf({ passage, start, end }), passage.language);
      return { passage, start, end, score: terms.reduce((sum, term) => sum + termMatch(term, own), 0) / Math.max(1, terms.length) };
    })
    .sort((a, b) => b.score - a.score || a.start - b.start);
  const best = ranked[0];
  return best !== undefined && best.score > 0 ? best : null;
}
