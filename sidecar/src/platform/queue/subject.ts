/** What a task is about (a CV, a source, a delivery) shows what became of its task: it changes in the task's own transaction. */
import type { Ctx } from '../context.ts';
import type { TaskRow } from './ledger.ts';
import type { TaskHandlers } from './tasks.ts';

export interface TaskSubject<Context> {
  /** Locks it. Every transaction locks CVs before tasks, so this comes before the task's row is touched. */
  lock?(ctx: Context, payload: unknown): Promise<void>;
  /** The task has failed for good or was cancelled; `task` says which. */
  failed(ctx: Context, payload: unknown, task: TaskRow): Promise<void>;
  /** The task, which had failed or was cancelled, waits again. */
  queued(ctx: Context, payload: unknown, task: TaskRow): Promise<void>;
}

export async function lockSubject(ctx: Ctx, handlers: TaskHandlers, task: TaskRow): Promise<void> {
  const known = subjectOf(handlers, task);
  await known?.subject.lock?.(ctx, known.payload);
}

export async function subjectFailed(ctx: Ctx, handlers: TaskHandlers, task: TaskRow): Promise<void> {
  const known = subjectOf(handlers, task);
  await known?.subject.failed(ctx, known.payload, task);
}

export async function subjectQueued(ctx: Ctx, handlers: TaskHandlers, task: TaskRow): Promise<void> {
  const known = subjectOf(handlers, task);
  await known?.subject.queued(ctx, known.payload, task);
}

/** None for a payload that another version made: nobody can say what it is about. */
function subjectOf(handlers: TaskHandlers, task: TaskRow): { subject: TaskSubject<Ctx>; payload: unknown } | null {
  const handler = handlers[task.kind];
  const payload = handler?.payload.safeParse(task.payload);
  return handler?.subject !== undefined && payload?.success ? { subject: handler.subject, payload: payload.data as unknown } : null;
}
