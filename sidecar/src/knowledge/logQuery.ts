import type { Ctx } from '../platform/context.ts';

export interface LoggedQuery {
  id: string;
  question: string;
  language: string;
  mode: 'search' | 'extractive' | 'llm';
  abstained: boolean;
  /** ids and offsets only: a deleted document leaves no text here */
  citations: { chunkId: string; sourceId: string; candidateId: string | null; start: number; end: number; score: number }[];
  agentVersionId: string;
  provenance: object;
  durationMs: number;
  tokens: number | null;
}

/**
 * One row a question; `candidate_ids` lets erasure find it. When a cited person was erased while the question was
 * answered, the row is kept for the statistics only, without its words and citations.
 */
export async function logQuery(ctx: Ctx, query: LoggedQuery): Promise<void> {
  const cited = [...new Set(query.citations.flatMap(({ candidateId }) => candidateId ?? []))];
  await ctx.db.transaction(async () => {
    const whole = (await lockCandidates(ctx, cited)) === cited.length;
    await ctx.db.query(
      `INSERT INTO rag_queries (id, workspace_id, created_at, actor_id, question, language, mode, abstained, citations, candidate_ids, agent_version_id, provenance, duration_ms, tokens, request_id)
       VALUES ($id, $workspaceId, $createdAt, $actorId, $question, $language, $mode, $abstained, $citations::jsonb, $candidateIds::uuid[], $agentVersionId, $provenance::jsonb, $durationMs, $tokens, $requestId)`,
      {
        bind: {
          ...query,
          question: whole ? query.question : '',
          workspaceId: ctx.actor.workspaceId,
          createdAt: new Date(),
          actorId: ctx.actor.id,
          // The caller's citations hold more, such as quotes and names.
          citations: JSON.stringify(whole ? query.citations.map(({ chunkId, sourceId, candidateId, start, end, score }) => ({ chunkId, sourceId, candidateId, start, end, score })) : []),
          candidateIds: whole ? cited : [],
          provenance: JSON.stringify(query.provenance),
          requestId: ctx.requestId,
        },
      },
    );
  });
}

/** An erasure waits until the row is written, and then finds it. @returns how many of them there still are */
async function lockCandidates(ctx: Ctx, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await ctx.db.query('SELECT id FROM candidates WHERE workspace_id = :workspaceId AND id IN (:ids) ORDER BY id FOR KEY SHARE', { replacements: { workspaceId: ctx.actor.workspaceId, ids } });
  return rows.length;
}
