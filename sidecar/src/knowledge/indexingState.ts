/** What a source shows of its indexing, changed together with the indexing's task. */
import type { Ctx } from '../platform/context.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { sources } from './Source.ts';

export async function showIndexingQueued(ctx: Ctx, { sourceId }: { sourceId: string }, task: TaskRow): Promise<void> {
  await sources(ctx.db).update({ taskId: task.id, status: 'queued', error: null }, { where: { workspaceId: ctx.actor.workspaceId, id: sourceId } });
}

/** The source's task has failed for good, for whatever reason, or was cancelled. An older task says nothing about newer content. */
export async function showIndexingFailed(ctx: Ctx, { sourceId }: { sourceId: string }, task: TaskRow): Promise<void> {
  const { code, message } = task.status === 'cancelled'
    ? { code: 'task_cancelled', message: 'The indexing was cancelled. Retry its task, or add the document again.' }
    : (task.error ?? { code: 'internal_error', message: 'The indexing failed.' });
  await sources(ctx.db).update({ status: 'failed', error: { code, message } }, { where: { workspaceId: ctx.actor.workspaceId, id: sourceId, taskId: task.id } });
}
