import { v7 as uuidv7 } from 'uuid';
import { acceptWork, runAgent } from '../agents/runGuard.ts';
import { detectLanguage } from '../language/detectLanguage.ts';
import { taxonomyRevision } from '../language/taxonomy.ts';
import type { Ctx } from '../platform/context.ts';
import { knowledgeEngineVersion } from './engine.ts';
import { findPassages } from './findPassages.ts';
import type { FoundPassage, Scope } from './findPassages.ts';
import { logQuery } from './logQuery.ts';
import { ragConfigSchema } from './ragConfig.ts';
import { questionTerms } from './terms.ts';

export type Passage = Omit<FoundPassage, 'pages'>;

/**
 * Passages that fit a query best, without an answer.
 * @param input.limit 1 to 100. @throws AppError `agent_paused`
 */
export async function searchPassages(ctx: Ctx, input: { query: string; language?: string | undefined; limit: number; scope?: Scope | undefined }): Promise<{ items: Passage[]; language: string }> {
  await acceptWork(ctx, 'rag-assistant');
  const startedAt = performance.now();
  const query = cleanQuestion(input.query);
  const language = questionLanguage(query, input.language);
  const { items } = await runAgent(ctx, 'rag-assistant', async (agent) => {
    const { retrieval } = ragConfigSchema.parse(agent.config);
    const found = await findPassages(ctx, { terms: questionTerms(query, language), language, limit: input.limit, scope: input.scope ?? {}, config: retrieval });
    await logQuery(ctx, {
      id: uuidv7(), question: query, language, mode: 'search', abstained: false, citations: found,
      agentVersionId: agent.versionId, provenance: { agentVersionId: agent.versionId, taxonomyRevision, engineVersion: knowledgeEngineVersion },
      durationMs: Math.round(performance.now() - startedAt), tokens: null,
    });
    return { items: found.map(({ pages: _pages, ...passage }) => passage), abstained: false };
  });
  return { items, language };
}

/** What PostgreSQL and JSON can hold. */
export function cleanQuestion(question: string): string {
  return question.replaceAll('\0', '').toWellFormed().trim();
}

/** ISO 639-1 of a question; English when it is too short to tell. */
export function questionLanguage(question: string, stated: string | undefined): string {
  if (stated !== undefined) return stated;
  const { language } = detectLanguage(question);
  return language === 'und' ? 'en' : language;
}
