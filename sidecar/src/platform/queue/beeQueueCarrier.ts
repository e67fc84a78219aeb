import { createRequire } from 'node:module';
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
      const began = Date.now();
      const queue = producer.current() ?? (await within(saveMs, producer.opened()));
      if (!queue) throw new Error('the queue is closed');
      const job = queue.createJob({ taskId });
      if (delayMs > 0) job.delayUntil(Date.now() + delayMs);
      try {
        await within(Math.max(1, saveMs - (Date.now() - began)), job.save());
      } catch (error) {
        producer.reopen(queue, error);
        throw error;
      }
    },
    onDelivery(concurrency, handler) {
      consumer = keepOpen(options, { isWorker: true, getEvents: false, activateDelayedJobs: true }, (queue) => {
        queue.process(concurrency, (job: BeeQueue.Job<{ taskId: string }>) => handler(job.data.taskId));
        // Moves what a dead worker had taken back to the waiting list.
        // Without a callback: with one, bee-queue leaves a rejected promise to nobody. Errors come as events.
        queue.checkStalledJobs(stallMs / 2).catch(() => {});
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

interface Opened {
  queue: Queue;
  /** cuts its connections */
  end(): void;
}

interface KeptQueue {
  /** the open queue, or null while there is none */
  current(): Queue | null;
  /** waits until there is one; null when it was closed instead */
  opened(): Promise<Queue | null>;
  /** Replaces this queue, unless that has happened already. */
  reopen(broken: Queue, because: unknown): void;
  close(timeoutMs: number): Promise<void>;
}

function keepOpen({ redisUrl, name, log }: BeeQueueOptions, settings: BeeQueue.QueueSettings, onOpen?: (queue: Queue) => void): KeptQueue {
  let open: Opened | null = null;
  let closed = false;
  let opening: Promise<void> | null = null;
  let reported = false;

  const openOnce = async (): Promise<Opened> => {
    const { redis, end } = ownClients(redisUrl, (error) => reopen(opened, error), (warning) => log.warn({ warning }, 'the Redis client of the queue warns'));
    const queue: Queue = new BeeQueue(name, {
      redis, quitCommandClient: true, stallInterval: stallMs, delayedDebounce: 100, storeJobs: false, sendEvents: false, removeOnSuccess: true, removeOnFailure: true, ...settings,
    });
    const opened = { queue, end };
    queue.on('error', (error) => reopen(opened, error));
    try {
      await within(openMs, queue.ready());
    } catch (error) {
      retire(opened);
      throw error;
    }
    return opened;
  };

  const openLoop = async () => {
    for (let pause = 100; !closed && !open; pause = Math.min(pause * 2, longestReopenMs)) {
      try {
        const opened = await openOnce();
        if (closed) return retire(opened);
        open = opened;
        if (reported) log.info({ queue: name }, 'Redis is back: the queue is open again');
        reported = false;
        onOpen?.(opened.queue);
      } catch (error) {
        report(error);
        await sleep(pause, undefined, { ref: false });
      }
    }
  };
  const startOpening = () => {
    opening ??= openLoop().finally(() => (opening = null));
  };

  function reopen(broken: Opened, because: unknown): void {
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
    const opened = open;
    if (opened) within(saveMs, opened.queue.checkHealth()).catch((error: unknown) => reopen(opened, error));
  }, probeMs);
  probe.unref();

  startOpening();
  return {
    current: () => open?.queue ?? null,
    async opened() {
      await opening;
      return open?.queue ?? null;
    },
    reopen(broken, because) {
      if (open?.queue === broken) reopen(open, because);
    },
    async close(timeoutMs) {
      closed = true;
      clearInterval(probe);
      const last = open;
      open = null;
      if (!last) return;
      // bee-queue waits here until the jobs in progress are acknowledged.
      await within(timeoutMs + saveMs, last.queue.close(timeoutMs)).catch((error: unknown) => log.debug({ err: error, queue: name }, 'the queue did not close cleanly'));
      last.end();
    },
  };
}

/** Lets go of a queue whose jobs may still run: their acknowledgements fail, and the ledger does not mind. */
function retire({ queue, end }: Opened): void {
  queue.close(1).catch(() => {}).finally(end);
}

type RedisClient3 = {
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'warning', listener: (message: string) => void): void;
  duplicate(): RedisClient3;
  end(flush: boolean): void;
};

const redis3 = createRequire(createRequire(import.meta.url).resolve('bee-queue'))('redis') as { createClient(options: object): RedisClient3 };

/**
 * The connections of one queue, made by bee-queue's own Redis client but held by us: bee-queue listens to the errors of
 * a connection only while it waits for it and once it is ready, and an error in between would end the process.
 */
function ownClients(url: string, onError: (error: Error) => void, onWarning: (message: string) => void): { redis: NonNullable<BeeQueue.QueueSettings['redis']>; end: () => void } {
  const clients: RedisClient3[] = [];
  const make = (): RedisClient3 => {
    // retry_strategy: a lost connection ends its client at once, as its successor needs a new queue anyway.
    const client = redis3.createClient({ url, retry_strategy: () => new Error('Redis connection lost'), connect_timeout: openMs });
    client.on('error', onError);
    // Without a listener it would write to the console, past our log.
    client.on('warning', onWarning);
    client.duplicate = make;
    clients.push(client);
    return client;
  };
  return {
    redis: make() as NonNullable<BeeQueue.QueueSettings['redis']>,
    end() {
      for (const client of clients) client.end(true);
    },
  };
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
