/** What a CV shows of its analysis, changed together with the analysis' task. */
import type { Ctx } from '../platform/context.ts';
import { emit } from '../platform/events.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { cvs } from './Cv.ts';
import type { CvRow } from './Cv.ts';

export type LockedCv = Pick<CvRow, 'id' | 'candidateId' | 'taskId' | 'externalId'>;

/**
 * Locks a CV to the end of the transaction. Every transaction locks in one order, so that none waits for itself: CVs,
 * then tasks, then candidates, then the rest. @returns null when there is no such CV (any more)
 */
export async function lockCv(ctx: Ctx, cv: { cvId: string } | { sha256: string }): Promise<LockedCv | null> {
  const { workspaceId } = ctx.actor;
  const [row] = await ctx.db.query<LockedCv>(
    `SELECT id, candidate_id AS "candidateId", task_id AS "taskId", external_id AS "externalId" FROM cvs
     WHERE workspace_id = :workspaceId AND ${'cvId' in cv ? 'id = :cvId' : 'sha256 = :sha256'} FOR UPDATE`,
    { replacements: { workspaceId, ...cv } },
  );
  return row ?? null;
}

/** The CV waits for this task, unless an earlier analysis already says who the person is: then that one stays. */
export async function showQueued(ctx: Ctx, { cvId }: { cvId: string }, task: TaskRow): Promise<void> {
  const where = { workspaceId: ctx.actor.workspaceId, id: cvId };
  await cvs(ctx.db).update({ taskId: task.id }, { where });
  await cvs(ctx.db).update({ status: 'queued', error: null }, { where: { ...where, candidateId: null } });
}

/**
 * The CV's task has failed for good, for whatever reason, or was cancelled. A CV that has a candidate keeps its status
 * and profile: only the task tells of the new failure.
 */
export async function showFailed(ctx: Ctx, { cvId }: { cvId: string }, task: TaskRow): Promise<void> {
  const { code, message } = task.status === 'cancelled'
    ? { code: 'task_cancelled', message: 'The analysis was cancelled. Retry its task, or upload the file again.' }
    : (task.error ?? { code: 'internal_error', message: 'The analysis failed.' });
  const [changed] = await cvs(ctx.db).update(
    { status: code === 'needs_ocr' ? 'needs_ocr' : 'failed', error: { code, message } },
    { where: { workspaceId: ctx.actor.workspaceId, id: cvId, taskId: task.id, candidateId: null } },
  );
  if (changed > 0) await emit(ctx, 'cv.failed', { type: 'cv', id: cvId }, { cvId, code });
}
