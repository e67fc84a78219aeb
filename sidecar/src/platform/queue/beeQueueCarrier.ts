import { setTimeout as sleep } from 'node:timers/promises';
import BeeQueue from 'bee-queue';
import type { Logger } from '../log.ts';
import type { Carrier } from './carrier.ts';

export interface BeeQueueOptions {
  /** redis:// or rediss:// */
  redisUrl: string;
  /** name of the queue; installations that share a Redis have different ones */
  name: string;
  log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

/** No request waits longer than this on Redis. */
const saveMs = 1_000;
const openMs = 5_000;
const stallMs = 5_000;
const probeMs = 5_000;
const longestReopenMs = 2_000;

/**
 * Delivers over bee-queue on Redis. A bee-queue does not survive its connection: after a restart of Redis it fails with
 * NOSCRIPT, and what was sent meanwhile never settles. So a queue object lives as long as its connections, and the
 * carrier opens a new one whenever something is wrong with the old.
 */
export function beeQueueCarrier(options: BeeQueueOptions): Carrier {
  const producer = keepOpen(options, { isWorker: false, getEvents: false });
  let consumer: KeptQueue | undefined;
  return {
    async deliver(taskId, delayMs) {
      const queue = producer.current();
      if (!queue) throw new Error('Redis is away');
      const job = queue.createJob({ taskId });
      if (delayMs > 0) job.delayUntil(Date.now() + delayMs);
      try {
        await within(saveMs, job.save());
      } catch (error) {
        producer.reopen(queue, error);
        throw error;
      }
    },
    onDelivery(concurrency, handler) {
      consumer = keepOpen(options, { isWorker: true, getEvents: false, activateDelayedJobs: true }, (queue) => {
        queue.process(concurrency, (job: BeeQueue.Job<{ taskId: string }>) => handler(job.data.taskId));
        // Moves what a dead worker had taken back to the waiting list.
        queue.checkStalledJobs(stallMs / 2, (error) => error && consumer?.reopen(queue, error));
      });
    },
    health() {
      const away = [producer, consumer].some((kept) => kept && !kept.current());
      return away ? { status: 'degraded', detail: 'Redis is away: tasks are found in the ledger, a little later' } : { status: 'ok', detail: 'redis' };
    },
    async close(timeoutMs = 5_000) {
      await Promise.all([producer.close(timeoutMs), consumer?.close(timeoutMs)]);
    },
  };
}

type Queue = BeeQueue<{ taskId: string }>;

interface KeptQueue {
  /** the open queue, or null while there is none */
  current(): Queue | null;
  /** Replaces this queue, unless that has happened already. */
  reopen(broken: Queue, because: unknown): void;
  close(timeoutMs: number): Promise<void>;
}

function keepOpen({ redisUrl, name, log }: BeeQueueOptions, settings: BeeQueue.QueueSettings, onOpen?: (queue: Queue) => void): KeptQueue {
  let open: Queue | null = null;
  let closed = false;
  let opening: Promise<void> | null = null;
  let reported = false;

  const openOnce = async (): Promise<Queue> => {
    // retry_strategy: a lost connection ends its client at once, as its successor needs a new queue anyway.
    const redis = { url: redisUrl, retry_strategy: () => new Error('Redis connection lost'), connect_timeout: openMs };
    const queue: Queue = new BeeQueue(name, {
      redis, stallInterval: stallMs, delayedDebounce: 100, storeJobs: false, sendEvents: false, removeOnSuccess: true, removeOnFailure: true, ...settings,
    });
    queue.on('error', (error) => reopen(queue, error));
    try {
      await within(openMs, queue.ready());
    } catch (error) {
      retire(queue);
      throw error;
    }
    return queue;
  };

  const openLoop = async () => {
    for (let pause = 100; !closed && !open; pause = Math.min(pause * 2, longestReopenMs)) {
      try {
        const queue = await openOnce();
        if (closed) return retire(queue);
        open = queue;
        if (reported) log.info({ queue: name }, 'Redis is back: the queue is open again');
        reported = false;
        onOpen?.(queue);
      } catch (error) {
        report(error);
        await sleep(pause, undefined, { ref: false });
      }
    }
  };
  const startOpening = () => {
    opening ??= openLoop().finally(() => (opening = null));
  };

  function reopen(broken: Queue, because: unknown): void {
    if (open !== broken || closed) return;
    open = null;
    report(because);
    retire(broken);
    startOpening();
  }

  function report(error: unknown): void {
    if (!reported) log.warn({ err: error, queue: name }, 'Redis is away: tasks are found in the ledger until it is back');
    reported = true;
  }

  // A connection can be dead without saying so (a frozen host, a cut cable).
  const probe = setInterval(() => {
    const queue = open;
    if (queue) within(saveMs, queue.checkHealth()).catch((error: unknown) => reopen(queue, error));
  }, probeMs);
  probe.unref();

  startOpening();
  return {
    current: () => open,
    reopen,
    async close(timeoutMs) {
      closed = true;
      clearInterval(probe);
      const queue = open;
      open = null;
      // bee-queue waits here until the jobs in progress are acknowledged.
      if (queue) await within(timeoutMs + saveMs, queue.close(timeoutMs)).catch((error: unknown) => log.debug({ err: error, queue: name }, 'the queue did not close cleanly'));
    },
  };
}

/** Lets go of a queue whose jobs may still run: their acknowledgements fail, and the ledger does not mind. */
function retire(queue: Queue): void {
  queue.close(1).catch(() => {});
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
