/** What people do with tasks. A task and what it is about change in one transaction. */
import { grantOf } from '../access.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import type { TaskRow } from './ledger.ts';
import { lockSubject, subjectFailed, subjectQueued } from './subject.ts';
import type { TaskHandlers } from './tasks.ts';

/** @throws AppError `not_found`, `task_not_cancellable` */
export async function cancelTask(ctx: Ctx, handlers: TaskHandlers, { taskId }: { taskId: string }): Promise<TaskRow> {
  const task = await findTask(ctx, taskId, 'tasks:control');
  return ctx.db.transaction(async () => {
    await lockSubject(ctx, handlers, task);
    const cancelled = await ctx.tasks.cancel(ctx.actor.workspaceId, taskId);
    await subjectFailed(ctx, handlers, cancelled);
    return cancelled;
  });
}

/** @throws AppError `not_found`, `task_not_retryable`, `agent_paused` */
export async function retryTask(ctx: Ctx, handlers: TaskHandlers, { taskId }: { taskId: string }): Promise<TaskRow> {
  const task = await findTask(ctx, taskId, 'tasks:control');
  return ctx.db.transaction(async () => {
    await lockSubject(ctx, handlers, task);
    const queued = await ctx.tasks.retry(ctx.actor.workspaceId, taskId);
    await subjectQueued(ctx, handlers, queued);
    return queued;
  });
}

/** Whoever does not reach the whole workspace has the tasks it started, whatever they are about. */
export function taskOwner(ctx: Ctx, permission: 'tasks:read' | 'tasks:control'): string | undefined {
  return grantOf(ctx.actor, permission).rows === 'workspace' ? undefined : ctx.actor.id;
}

/** @throws AppError `not_found`, also for a task of another workspace or one that this permission does not reach */
export async function findTask(ctx: Ctx, taskId: string, permission: 'tasks:read' | 'tasks:control'): Promise<TaskRow> {
  const owner = taskOwner(ctx, permission);
  const task = await ctx.tasks.find(ctx.actor.workspaceId, taskId);
  if (task === null || (owner !== undefined && task.createdBy !== owner)) throw new AppError('not_found', 'There is no such task. GET /v1/tasks lists them.');
  return task;
}
