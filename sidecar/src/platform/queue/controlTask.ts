/** What people do with tasks. A task and what it is about change in one transaction. */
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import type { TaskRow } from './ledger.ts';
import { lockSubject, subjectFailed, subjectQueued } from './subject.ts';
import type { TaskHandlers } from './tasks.ts';

/** @throws AppError `not_found`, `task_not_cancellable` */
export async function cancelTask(ctx: Ctx, handlers: TaskHandlers, { taskId }: { taskId: string }): Promise<TaskRow> {
  const task = await findTask(ctx, taskId);
  return ctx.db.transaction(async () => {
    await lockSubject(ctx, handlers, task);
    const cancelled = await ctx.tasks.cancel(ctx.actor.workspaceId, taskId);
    await subjectFailed(ctx, handlers, cancelled);
    return cancelled;
  });
}

/** @throws AppError `not_found`, `task_not_retryable`, `agent_paused` */
export async function retryTask(ctx: Ctx, handlers: TaskHandlers, { taskId }: { taskId: string }): Promise<TaskRow> {
  const task = await findTask(ctx, taskId);
  return ctx.db.transaction(async () => {
    await lockSubject(ctx, handlers, task);
    const queued = await ctx.tasks.retry(ctx.actor.workspaceId, taskId);
    await subjectQueued(ctx, handlers, queued);
    return queued;
  });
}

/** @throws AppError `not_found`, also for a task of another workspace */
export async function findTask(ctx: Ctx, taskId: string): Promise<TaskRow> {
  const task = await ctx.tasks.find(ctx.actor.workspaceId, taskId);
  if (task === null) throw new AppError('not_found', 'There is no such task. GET /v1/tasks lists them.');
  return task;
}
