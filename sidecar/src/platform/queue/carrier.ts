import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Brings task ids to a worker. It may lose, repeat or reorder them: the ledger decides what runs, and the worker's
 * reconciler finds what was lost.
 */
export interface Carrier {
  /** Resolves when the id is on its way. @throws within a second when it cannot be sent */
  deliver(taskId: string, delayMs: number): Promise<void>;
  /** Takes deliveries from now on, at most `concurrency` at a time. An id counts as done when the handler resolves. */
  onDelivery(concurrency: number, handler: (taskId: string) => Promise<void>): void;
  health(): CarrierHealth;
  /** Ends when the deliveries in progress are done, or after `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>;
}

export interface CarrierHealth {
  status: 'ok' | 'degraded';
  detail: string;
}

/** Longer delays are left to the reconciler, instead of a timer each. */
const longestTimerMs = 60_000;

/** Delivers within this process. */
export function inProcessCarrier(): Carrier {
  // Deliveries begin in a request's afterCommit; a task must not inherit that request's context.
  const inCleanContext = AsyncLocalStorage.snapshot();
  const waiting: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let concurrency = 0;
  let handle: ((taskId: string) => Promise<void>) | undefined;
  let closed = false;

  const pump = () => {
    while (!closed && handle && running.size < concurrency) {
      const taskId = waiting.shift();
      if (taskId === undefined) return;
      const run = handle(taskId).catch(() => {}).finally(() => {
        running.delete(run);
        pump();
      });
      running.add(run);
    }
  };
  const arrive = (taskId: string) => {
    waiting.push(taskId);
    inCleanContext(pump);
  };

  return {
    async deliver(taskId, delayMs) {
      if (closed || delayMs > longestTimerMs) return;
      if (delayMs <= 0) return arrive(taskId);
      const timer = setTimeout(() => {
        timers.delete(timer);
        arrive(taskId);
      }, delayMs);
      timers.add(timer);
    },
    onDelivery(atATime, handler) {
      concurrency = atATime;
      handle = handler;
      inCleanContext(pump);
    },
    health: () => ({ status: 'ok', detail: 'in process' }),
    async close(timeoutMs = 5_000) {
      closed = true;
      waiting.length = 0;
      for (const timer of timers) clearTimeout(timer);
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const deadline = setTimeout(resolve, timeoutMs);
      await Promise.race([Promise.allSettled(running), late]);
      clearTimeout(deadline);
    },
  };
}
