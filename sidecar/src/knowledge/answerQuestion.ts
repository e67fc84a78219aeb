/** A question answered from the workspace's passages, each sentence with its source, or not at all. */
import { v7 as uuidv7 } from 'uuid';
import { acceptWork, runAgent } from '../agents/runGuard.ts';
import type { ActiveAgent } from '../agents/runGuard.ts';
import { taxonomyRevision } from '../language/taxonomy.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { abstentionReason, quotedAnswer } from './answerTexts.ts';
import type { AbstentionCode } from './answerTexts.ts';
import { pageAt } from './Chunk.ts';
import { draftAnswer } from './draftAnswer.ts';
import type { Draft } from './draftAnswer.ts';
import { knowledgeEngineVersion } from './engine.ts';
import { extractAnswer, quoteOf } from './extractAnswer.ts';
import type { ExtractedSentence } from './extractAnswer.ts';
import { findPassages } from './findPassages.ts';
import type { FoundPassage, Scope } from './findPassages.ts';
import { logQuery } from './logQuery.ts';
import { ragConfigSchema } from './ragConfig.ts';
import type { RagConfig } from './ragConfig.ts';
import { cleanQuestion, questionLanguage } from './searchPassages.ts';
import type { SourceKind } from './Source.ts';
import { questionTerms } from './terms.ts';
import type { Term } from './terms.ts';

export interface Citation {
  n: number;
  sourceId: string;
  kind: SourceKind;
  title: string;
  cvId: string | null;
  candidateId: string | null;
  candidateName: string | null;
  chunkId: string;
  page: number;
  /** UTF-16 units into the text of the source; `quote` is exactly that slice */
  start: number;
  end: number;
  quote: string;
  /** 0 to 1: how much of the question (extractive) or of the statement (llm) the quote holds */
  score: number;
}

interface Outcome {
  mode: 'extractive' | 'llm';
  answer: string | null;
  abstention: AbstentionCode | null;
  citations: Citation[];
  tokens: number | null;
  provenance: { model: string | null; fallback: 'llm_unavailable' | null; support: number; droppedSentences: number };
}

/**
 * @param input.language ISO 639-1 of question and answer; detected when absent
 * @param input.limit passages the answer may rest on, 1 to 50
 * @throws AppError `agent_paused`
 */
export async function answerQuestion(ctx: Ctx, input: { question: string; language?: string | undefined; limit?: number | undefined; scope?: Scope | undefined }) {
  await acceptWork(ctx, 'rag-assistant');
  const startedAt = performance.now();
  const question = cleanQuestion(input.question);
  const language = questionLanguage(question, input.language);
  return runAgent(ctx, 'rag-assistant', async (agent) => {
    const config = configOf(agent, input.limit);
    const terms = questionTerms(question, language);
    // More than the answer may use: how rare a word is shows only beside passages that lack it.
    const limit = Math.max(20, config.answer.passages);
    const passages = await findPassages(ctx, { terms, language, limit, scope: input.scope ?? {}, config: config.retrieval });
    const { mode, answer, abstention, citations, tokens, provenance: made } = await answerFrom(ctx, { question, language, terms, passages, config });
    const provenance = { agentVersionId: agent.versionId, embeddingSpace: null, taxonomyRevision, engineVersion: knowledgeEngineVersion, ...made };
    const durationMs = Math.round(performance.now() - startedAt);
    const id = uuidv7();
    await logQuery(ctx, { id, question, language, mode, abstained: answer === null, citations, agentVersionId: agent.versionId, provenance: { ...provenance, abstention }, durationMs, tokens });
    return { id, question, language, answer, abstained: answer === null, reason: abstention && abstentionReason(abstention, language), mode, citations, provenance, durationMs };
  });
}

function configOf(agent: ActiveAgent, limit: number | undefined): RagConfig {
  const config = ragConfigSchema.parse(agent.config);
  return limit === undefined ? config : { ...config, answer: { ...config.answer, passages: limit } };
}

interface Found {
  question: string;
  language: string;
  terms: readonly Term[];
  passages: readonly FoundPassage[];
  config: RagConfig;
}

async function answerFrom(ctx: Ctx, found: Found): Promise<Outcome> {
  if (ctx.llm === null || found.passages.length === 0) return extractive(found, null);
  let draft: Draft;
  try {
    draft = await draftAnswer(ctx.llm, { ...found, passages: found.passages.slice(0, found.config.answer.passages), signal: ctx.signal });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'llm_unavailable') throw error;
    ctx.log.warn({ err: error, requestId: ctx.requestId }, 'the language model did not answer; the answer is extractive');
    return extractive(found, 'llm_unavailable');
  }
  return drafted(draft, ctx.llm.model);
}

function extractive({ terms, passages, language, config }: Found, fallback: 'llm_unavailable' | null): Outcome {
  const { sentences, support } = extractAnswer(terms, passages, config.answer);
  const citations = sentences.map((sentence, index) => cite(sentence, index + 1));
  const quotes = citations.map(({ n, quote, candidateName, title }) => ({ n, quote, who: candidateName ?? title }));
  const answered = quotes.length > 0;
  return {
    mode: 'extractive',
    answer: answered ? quotedAnswer(quotes, language) : null,
    abstention: answered ? null : passages.length === 0 ? 'nothing_found' : 'low_support',
    citations,
    tokens: null,
    provenance: { model: null, fallback, support, droppedSentences: 0 },
  };
}

function drafted(draft: Draft, model: string): Outcome {
  const citations: Citation[] = [];
  const numberOf = (evidence: ExtractedSentence): number => {
    const next = cite(evidence, citations.length + 1);
    const known = citations.find(({ chunkId, start, end }) => chunkId === next.chunkId && start === next.start && end === next.end);
    if (known === undefined) citations.push(next);
    return (known ?? next).n;
  };
  const sentences = draft.sentences.map(({ text, evidence }) => `${text} ${evidence.map((item) => `[${numberOf(item)}]`).join('')}`);
  return {
    mode: 'llm',
    answer: sentences.length > 0 ? sentences.join(' ') : null,
    abstention: sentences.length > 0 ? null : draft.abstained ? 'model_abstained' : 'not_verified',
    citations,
    tokens: draft.tokens,
    provenance: { model, fallback: null, support: sentences.length > 0 ? Math.min(...citations.map(({ score }) => score)) : 0, droppedSentences: draft.dropped },
  };
}

function cite(sentence: ExtractedSentence, n: number): Citation {
  const { sourceId, kind, title, cvId, candidateId, candidateName, chunkId, pages, start } = sentence.passage;
  return {
    n, sourceId, kind, title, cvId, candidateId, candidateName, chunkId,
    page: pageAt(pages, start + sentence.start), start: start + sentence.start, end: start + sentence.end, quote: quoteOf(sentence), score: sentence.score,
  };
}
