/** Claims tasks as they are delivered or found, runs a bounded number of them, and stops cleanly. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { runAttempt, WorkerStopping } from './attempt.ts';
import type { WorkerOptions } from './attempt.ts';
import * as ledger from './ledger.ts';
import type { TaskRow } from './ledger.ts';
import { createSlots } from './slots.ts';

export interface Worker {
  /** number of tasks running now */
  readonly running: number;
  /**
   * Stops claiming, waits up to `drainMs` for what runs, aborts the rest and puts it back into the queue.
   * Close the worker before its carrier.
   */
  close(drainMs?: number): Promise<void>;
}

const defaultLingerMs = 60_000;
/** A delivery may come this early: timers round. With clocks further apart the reconciler runs the task, a little later. */
const earlyMs = 50;
/** The reconciler leaves younger tasks to the delivery that is on its way. */
const overdueMs = 2_000;
/** What was aborted by a stop has this long to end by itself. */
const abortMs = 1_000;

export function createWorker<Context>(options: WorkerOptions<Context>): Worker {
  const { db, carrier, handlers, log, leaseMs } = options;
  const kinds = Object.keys(handlers);
  const name = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const slots = createSlots(options.concurrency);
  const active = new Map<AbortController, { task: TaskRow; ended: Promise<void> }>();
  const stopping = new AbortController();

  async function claim(input: { taskId?: string; overdueMs: number }): Promise<TaskRow | null> {
    const task = await ledger.claim(db, { ...input, kinds, worker: name, leaseMs });
    if (task) options.metrics?.claimed?.(task, Math.max(0, (task.startedAt ?? task.runAt).getTime() - task.runAt.getTime()));
    return task;
  }

  /** @param free gives the slot back: only when the handler has let go, which may be after its attempt has ended */
  function start(task: TaskRow, free: () => void): Promise<void> {
    const abort = new AbortController();
    let handler: Promise<unknown> | undefined;
    const ended = runAttempt(options, task, abort, (running) => (handler = running)).finally(() => active.delete(abort));
    active.set(abort, { task, ended });
    void ended.then(() => letGo(task, handler)).finally(free);
    return ended;
  }

  async function letGo(task: TaskRow, handler: Promise<unknown> | undefined): Promise<void> {
    const done = new AbortController();
    const settled = Promise.allSettled([handler]).then(() => true);
    const inTime = await Promise.race([settled, pause(options.lingerMs ?? defaultLingerMs, AbortSignal.any([done.signal, stopping.signal])).then(() => stopping.signal.aborted)]);
    done.abort();
    if (!inTime) log.warn({ taskId: task.id, kind: task.kind }, 'a handler does not end although its attempt has; its slot is given to another task');
  }

  carrier.onDelivery(options.concurrency, async (taskId) => {
    const free = await slots.take(stopping.signal);
    if (!free) return;
    let task: TaskRow | null = null;
    try {
      task = await claim({ taskId, overdueMs: -earlyMs });
      if (task && stopping.signal.aborted) {
        await ledger.release(db, task);
        task = null;
      }
    } catch (error) {
      task = null;
      log.warn({ err: error, taskId }, 'a delivered task could not be claimed; the reconciler will find it');
    }
    if (task) await start(task, free);
    else free();
  });

  /** Starts what is due; the tasks run on by themselves. */
  async function reconcile(overdue: number): Promise<void> {
    await failAbandoned(options, kinds);
    if (options.metrics?.waiting) options.metrics.waiting(await ledger.countUnfinished(db));
    for (;;) {
      const free = stopping.signal.aborted ? null : slots.tryTake();
      if (!free) return;
      let task: TaskRow | null = null;
      try {
        task = await claim({ overdueMs: overdue });
      } finally {
        if (!task) free();
      }
      if (!task) return;
      void start(task, free);
    }
  }

  const reconciling = (async () => {
    for (let overdue = 0; !stopping.signal.aborted; overdue = overdueMs) {
      try {
        await reconcile(overdue);
      } catch (error) {
        log.warn({ err: error }, 'looking for undelivered tasks failed; trying again');
      }
      await pause(options.reconcileMs, stopping.signal);
    }
  })();

  return {
    get running() {
      return active.size;
    },
    async close(drainMs = 10_000) {
      stopping.abort();
      await reconciling;
      await allWithin(drainMs);
      for (const abort of active.keys()) abort.abort(new WorkerStopping('The worker is stopping.'));
      await allWithin(abortMs);
      // What does not end even now is given back, and the fence refuses what it may still write.
      for (const { task } of active.values()) await ledger.release(db, task);
    },
  };

  async function allWithin(milliseconds: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([Promise.allSettled([...active.values()].map(({ ended }) => ended)), pause(milliseconds, done.signal)]);
    done.abort();
  }
}

async function failAbandoned<Context>({ db, log, metrics, beforeFailed, onFailed }: WorkerOptions<Context>, kinds: readonly string[]): Promise<void> {
  for (const task of await ledger.listAbandoned(db, kinds)) {
    const end = db.transaction(async () => {
      await beforeFailed?.(task);
      const row = await ledger.failAbandoned(db, task);
      if (row) await onFailed?.(row);
      return row;
    });
    // One that cannot be ended must not keep the others from being claimed; the next look tries again.
    const failed = await end.catch((error: unknown) => {
      log.warn({ err: error, taskId: task.id, kind: task.kind }, 'an abandoned task could not be ended');
      return null;
    });
    if (failed) metrics?.settled?.(failed, 'failed', 0);
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) return done();
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
