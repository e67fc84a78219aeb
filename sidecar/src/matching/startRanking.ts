/** Every way to ask for a ranking: refuses what cannot be ranked, then ranks at once or, for a large pool, as a task. */
import { acceptWork } from '../agents/runGuard.ts';
import { checkCandidates, findCandidate } from '../cvs/readCv.ts';
import type { Ctx } from '../platform/context.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { countPool, rankMatches } from './rank.ts';
import type { RankInput, Ranking } from './rank.ts';
import { findJob } from './saveJob.ts';

/**
 * @param input.async a task whatever the size of the pool
 * @throws AppError `agent_paused`; `not_found` for an unknown id, before anything is queued or recorded as a run
 */
export async function startRanking(ctx: Ctx, { async: asTask, ...input }: RankInput & { async?: boolean }): Promise<{ ranking: Ranking } | { task: TaskRow }> {
  const agentId = await acceptWork(ctx, 'matcher');
  if (input.jobId !== undefined) await findJob(ctx, input.jobId, 'matches:create');
  if (input.candidateId !== undefined) await findCandidate(ctx, input.candidateId, 'matches:create');
  if (input.candidateIds !== undefined) await checkCandidates(ctx, input.candidateIds, 'matches:create');
  if (!asTask && (await countPool(ctx, input)) <= ctx.config.matching.syncLimit) return { ranking: await rankMatches(ctx, input) };
  const subject = input.jobId !== undefined ? { type: 'job', id: input.jobId } : { type: 'candidate', id: input.candidateId as string };
  const { workspaceId, id: createdBy } = ctx.actor;
  const task = await ctx.db.transaction(async () => {
    // An erasure waits for this task, or has taken the candidate away before.
    if (input.candidateId !== undefined) await ctx.db.query('SELECT id FROM candidates WHERE workspace_id = :workspaceId AND id = :candidateId FOR KEY SHARE', { replacements: { workspaceId, candidateId: input.candidateId } });
    if (input.candidateId !== undefined) await findCandidate(ctx, input.candidateId, 'matches:create');
    return ctx.tasks.enqueue({ workspaceId, kind: 'match.rank', payload: { ...input, ...(ctx.actor.type !== 'system' && { askedBy: createdBy }) }, subject, agentId, createdBy, requestId: ctx.requestId });
  });
  return { task };
}
