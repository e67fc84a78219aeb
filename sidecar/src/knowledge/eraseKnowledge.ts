/** The part of erasure that concerns passages and the log of questions. */
import type { Ctx } from '../platform/context.ts';

/**
 * Part of the caller's transaction; call it before the candidate's own rows go. Removes the passages of the person's CVs
 * and every logged question that cites the person or names them in full.
 * @returns rows erased by table
 */
export async function eraseCandidateKnowledge(ctx: Ctx, candidateId: string): Promise<Record<string, number>> {
  const owned = 'workspace_id = $workspaceId AND (candidate_id = $candidateId OR cv_id IN (SELECT id FROM cvs WHERE workspace_id = $workspaceId AND candidate_id = $candidateId))';
  const erase = async (sql: string): Promise<number> => {
    const [row] = await ctx.db.query<{ count: number }>(`WITH gone AS (${sql} RETURNING 1) SELECT count(*)::int AS count FROM gone`, { bind: { workspaceId: ctx.actor.workspaceId, candidateId } });
    return row?.count ?? 0;
  };
  return {
    chunks: await erase(`DELETE FROM chunks WHERE workspace_id = $workspaceId AND source_id IN (SELECT id FROM sources WHERE ${owned})`),
    sources: await erase(`DELETE FROM sources WHERE ${owned}`),
    rag_queries: await erase(
      `DELETE FROM rag_queries WHERE workspace_id = $workspaceId AND ($candidateId::uuid = ANY (candidate_ids) OR EXISTS (
         SELECT 1 FROM candidates k WHERE k.workspace_id = $workspaceId AND k.id = $candidateId AND position(' ' IN trim(k.display_name)) > 0
           AND position(lower(trim(k.display_name)) IN lower(question)) > 0))`,
    ),
  };
}
