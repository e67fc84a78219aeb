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

/** One row a question; `candidate_ids` lets erasure find it. */
export async function logQuery(ctx: Ctx, query: LoggedQuery): Promise<void> {
  await ctx.db.query(
    `INSERT INTO rag_queries (id, workspace_id, created_at, actor_id, question, language, mode, abstained, citations, candidate_ids, agent_version_id, provenance, duration_ms, tokens, request_id)
     VALUES ($id, $workspaceId, $createdAt, $actorId, $question, $language, $mode, $abstained, $citations::jsonb, $candidateIds::uuid[], $agentVersionId, $provenance::jsonb, $durationMs, $tokens, $requestId)`,
    {
      bind: {
        ...query,
        workspaceId: ctx.actor.workspaceId,
        createdAt: new Date(),
        actorId: ctx.actor.id,
        citations: JSON.stringify(query.citations),
        candidateIds: [...new Set(query.citations.flatMap(({ candidateId }) => candidateId ?? []))],
        provenance: JSON.stringify(query.provenance),
        requestId: ctx.requestId,
      },
    },
  );
}
