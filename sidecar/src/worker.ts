/** Runs tasks in this process: what a handler is given, and what is counted and told about its runs. */
import type { Ctx, Services } from './platform/context.ts';
import { systemActor } from './platform/context.ts';
import { emit } from './platform/events.ts';
import type { Carrier } from './platform/queue/carrier.ts';
import type { TaskRow } from './platform/queue/ledger.ts';
import { lockSubject, subjectFailed } from './platform/queue/subject.ts';
import { createWorker } from './platform/queue/worker.ts';
import type { TaskRun } from './platform/queue/attempt.ts';
import type { Worker } from './platform/queue/worker.ts';
import { taskHandlers } from './tasks.ts';

export function startWorker(services: Services, carrier: Carrier): Worker {
  const { config, db, log, metrics } = services;
  return createWorker<Ctx>({
    db, carrier, log, handlers: taskHandlers,
    contextOf: (run) => taskContext(services, run),
    concurrency: config.queue.concurrency, leaseMs: config.queue.leaseMs, reconcileMs: config.queue.reconcileMs,
    metrics: {
      claimed: ({ kind }, waitedMs) => metrics.taskWait.observe({ kind }, waitedMs / 1000),
      settled: ({ kind }, outcome, ranMs) => {
        metrics.tasks.inc({ kind, outcome });
        metrics.taskDuration.observe({ kind }, ranMs / 1000);
      },
      waiting: (counts) => {
        for (const [status, count] of Object.entries(counts)) metrics.queueDepth.set({ status }, count);
      },
    },
    beforeFailed: (task) => lockSubject(contextAfter(services, task), taskHandlers, task),
    onFailed: (task) => tellFailure(contextAfter(services, task), task),
  });
}

function taskContext(services: Services, run: TaskRun): Ctx {
  const { task, signal } = run;
  return {
    ...services,
    actor: systemActor(task.workspaceId),
    requestId: task.requestId ?? task.id,
    signal,
    task: {
      id: task.id, attempt: task.attempt, maxAttempts: task.maxAttempts,
      progress: (percent, note) => run.progress(percent, note),
      fence: () => run.fence(),
      succeed: (result) => run.succeed(result as Record<string, unknown> | null),
    },
  };
}

/** For what follows a task that has ended. */
function contextAfter(services: Services, task: TaskRow): Ctx {
  return { ...services, actor: systemActor(task.workspaceId), requestId: task.requestId ?? task.id, signal: new AbortController().signal, task: null };
}

/** In the transaction that ends the task. A delivery that failed for good is not announced by another delivery. */
async function tellFailure(ctx: Ctx, task: TaskRow): Promise<void> {
  await subjectFailed(ctx, taskHandlers, task);
  if (task.kind === 'event.deliver') return;
  await emit(ctx, 'task.failed', { type: 'task', id: task.id }, { taskId: task.id, kind: task.kind, code: task.error?.code ?? 'internal_error' });
}
