/** The tasks of this installation, as operations and routes use them: the ledger, with deliveries behind it. */
import { once } from 'node:events';
import type { Ctx } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../log.ts';
import { decodeCursor, toPage } from '../page.ts';
import type { PageInput } from '../page.ts';
import type { Carrier, CarrierHealth } from './carrier.ts';
import * as ledger from './ledger.ts';
import type { EnqueueInput, TaskFilter, TaskRow } from './ledger.ts';
import type { TaskHandler } from './attempt.ts';

export { taskStatuses } from './ledger.ts';

/** What a feature exports: kind → payload and handler. The result must be JSON that shows ids and counts. */
export type TaskHandlers = Record<string, TaskHandler<Ctx>>;

export interface Tasks {
  /** In the caller's transaction; a worker is woken after commit, and nobody waits for Redis. */
  enqueue(input: EnqueueInput): Promise<TaskRow>;
  find(workspaceId: string, taskId: string): Promise<TaskRow | null>;
  /** @throws AppError `invalid_cursor` */
  list(workspaceId: string, query: PageInput & TaskFilter): Promise<{ items: PresentedTask[]; nextCursor: string | null }>;
  /** @throws AppError `not_found`, `task_not_cancellable` */
  cancel(workspaceId: string, taskId: string): Promise<TaskRow>;
  /** @throws AppError `not_found`, `task_not_retryable`, `agent_paused` */
  retry(workspaceId: string, taskId: string): Promise<TaskRow>;
  /** The task when it has ended, or as it is after `milliseconds` or when the signal aborts; null when there is none. Not inside a transaction. */
  waitFor(workspaceId: string, taskId: string, milliseconds: number, signal?: AbortSignal): Promise<TaskRow | null>;
  /** Delivers what is due after commit, such as the tasks that a paused agent held back. */
  wake(): void;
  health(): CarrierHealth;
  /** Stops delivering. The carrier is closed by whoever made it. */
  close(): void;
}

const firstPollMs = 100;
const longestPollMs = 1_000;
const wakeAtMost = 1_000;

export function createTasks({ db, carrier, log }: { db: Database; carrier: Carrier; log: Pick<Logger, 'debug'> }): Tasks {
  const deliver = (taskId: string, delayMs: number) => {
    carrier.deliver(taskId, delayMs).catch((error: unknown) => {
      log.debug({ err: error, taskId }, 'a task was not delivered; the reconciler will find it');
    });
  };
  db.signals.on(ledger.taskQueued, deliver);

  return {
    enqueue: (input) => ledger.enqueue(db, input),
    find: (workspaceId, taskId) => ledger.find(db, workspaceId, taskId),
    async list(workspaceId, { limit, cursor, ...filter }) {
      const rows = await ledger.list(db, workspaceId, filter, decodeCursor(cursor), limit + 1);
      return toPage(rows, limit, presentTask);
    },
    cancel: (workspaceId, taskId) => ledger.cancel(db, workspaceId, taskId),
    retry: (workspaceId, taskId) => ledger.retry(db, workspaceId, taskId),
    waitFor: (workspaceId, taskId, milliseconds, signal) => waitFor(db, workspaceId, taskId, milliseconds, signal),
    wake() {
      db.afterCommit(async () => {
        for (const taskId of await ledger.dueTasks(db, wakeAtMost)) deliver(taskId, 0);
      });
    },
    health: () => carrier.health(),
    close: () => void db.signals.off(ledger.taskQueued, deliver),
  };
}

/** Looks at growing intervals, and at once when this process settles the task. */
async function waitFor(db: Database, workspaceId: string, taskId: string, milliseconds: number, signal?: AbortSignal): Promise<TaskRow | null> {
  if (db.inTransaction && milliseconds > 0) throw new Error('Waiting for a task inside a transaction would wait for itself: commit first.');
  const deadline = Date.now() + milliseconds;
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal;
  const settled = settledHere(db, taskId, stopped);
  try {
    for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, longestPollMs)) {
      const task = await ledger.find(db, workspaceId, taskId);
      const left = deadline - Date.now();
      if (task === null || ledger.hasEnded(task) || left <= 0 || signal?.aborted) return task;
      await Promise.race([settled, after(Math.min(pause, left), stopped)]);
    }
  } finally {
    stop.abort();
  }
}

async function settledHere(db: Database, taskId: string, signal: AbortSignal): Promise<void> {
  try {
    for (;;) if ((await once(db.signals, ledger.taskSettled, { signal }))[0] === taskId) return;
  } catch {
    // Aborted: the wait is over.
  }
}

function after(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}

export type PresentedTask = ReturnType<typeof presentTask>;

/** A task as the API answers it. */
export function presentTask(task: TaskRow) {
  return {
    id: task.id,
    kind: task.kind,
    status: task.status,
    progress: task.progress,
    progressNote: task.progressNote,
    attempt: task.attempt,
    maxAttempts: task.maxAttempts,
    result: task.result,
    error: task.error && { code: task.error.code, message: task.error.message },
    subject: task.subjectType !== null && task.subjectId !== null ? { type: task.subjectType, id: task.subjectId } : null,
    createdAt: task.createdAt.toISOString(),
    startedAt: task.startedAt?.toISOString() ?? null,
    finishedAt: task.finishedAt?.toISOString() ?? null,
  };
}
