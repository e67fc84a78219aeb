/** Counts what is taken of quotas: in Redis for all replicas together, in this process without Redis or while it is away. */
import { LRUCache } from 'lru-cache';
import { createClient, defineScript } from 'redis';
import type { Logger } from '../log.ts';
import { decisionOf, quotaMicros, takeInProcess, takeScript } from './gcra.ts';
import type { Decision, Level, Quota, Take } from './gcra.ts';

export interface RateLimiter {
  /** Never throws and never waits for Redis longer than `waitMs`. */
  take(key: string, quota: Quota & { cost?: number }): Promise<Decision>;
  /** All or none, in one step. @returns a decision for each; `allowed` of all of them, or nothing was taken */
  takeAll(takes: readonly Take[]): Promise<Decision[]>;
  close(): Promise<void>;
}

export interface RateLimiterOptions {
  /** without it in this process */
  redisUrl?: string | undefined;
  /** begins every key in Redis */
  prefix: string;
  log: Pick<Logger, 'warn' | 'info'>;
  /** Redis that answers later than this counts as away; default 250 */
  waitMs?: number;
  /** microseconds, for tests; default: Redis' clock there, a monotonic one here */
  clock?: () => number;
}

/** Keys in this process; the least used is forgotten first. About 20 MB when full. */
const maxKeys = 100_000;
const probeMs = 500;
const defaultWaitMs = 250;

export function createRateLimiter({ redisUrl, prefix, log, waitMs = defaultWaitMs, clock }: RateLimiterOptions): RateLimiter {
  const now = clock ?? (() => Math.floor(performance.now() * 1000));
  const local = localTats(now);
  const redis = redisUrl === undefined ? null : redisCounter(redisUrl, `${prefix}:rate:`, log, waitMs, clock);

  async function takeAll(takes: readonly Take[]): Promise<Decision[]> {
    const levels = (await redis?.take(takes)) ?? null;
    // What Redis said is kept, so that its going away gives nobody a new quota.
    if (levels !== null) for (const [i, { key }] of takes.entries()) local.set(key, now() + (levels[i] as Level).usedMicros);
    return (levels ?? takeInProcess(takes, now(), local)).map((level, i) => decisionOf(takes[i] as Take, level));
  }

  return {
    takeAll,
    take: async (key, quota) => (await takeAll([{ key, ...quota }]))[0] as Decision,
    close: async () => redis?.close(),
  };
}

function localTats(now: () => number) {
  const tats = new LRUCache<string, number>({ max: maxKeys, perf: { now: () => now() / 1000 }, ttlResolution: 0 });
  return {
    get: (key: string) => tats.get(key),
    // A TAT in the past says no more than none at all.
    set: (key: string, tat: number) => void tats.set(key, tat, { ttl: Math.max(1, Math.ceil((tat - now()) / 1000)) }),
  };
}

function redisCounter(url: string, prefix: string, log: Pick<Logger, 'warn' | 'info'>, waitMs: number, clock: (() => number) | undefined) {
  let away = true;
  let reported = false;
  let probe: NodeJS.Timeout | undefined;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 5_000, reconnectStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000) },
    scripts: { takeUnits: defineScript({ SCRIPT: takeScript, parseCommand: (parser, keys: string[], numbers: string[]) => {
      parser.pushKeysLength(keys);
      parser.push(...numbers);
    }, transformReply: (reply: unknown) => reply as number[] }) },
  });
  const lose = (error: unknown) => {
    away = true;
    if (!reported) log.warn({ err: error }, 'Redis is away: each process limits requests on its own until it is back');
    reported = true;
    // Asked beside the requests: none of them waits to learn whether it is back.
    probe ??= setInterval(() => void find(), probeMs).unref();
  };
  const find = async () => {
    if (!client.isReady) return;
    await inTime(client.ping(), waitMs).then(() => {
      away = false;
      clearInterval(probe);
      probe = undefined;
      if (reported) log.info({}, 'Redis is back: requests are limited across processes');
      reported = false;
    }, () => {});
  };
  client.on('error', lose);
  client.on('ready', () => void find());
  void client.connect().catch(() => {});

  return {
    /** null while Redis is away */
    async take(takes: readonly Take[]): Promise<Level[] | null> {
      if (away || !client.isReady) return null;
      const numbers = takes.flatMap((take) => {
        const { window, increment } = quotaMicros(take);
        return [String(window), String(increment)];
      });
      try {
        const reply = await inTime(client.takeUnits(takes.map(({ key }) => prefix + key), [clock === undefined ? '' : String(clock()), ...numbers]), waitMs);
        return takes.map((_, i) => ({ usedMicros: reply[2 * i] as number, waitMicros: reply[2 * i + 1] as number }));
      } catch (error) {
        lose(error);
        return null;
      }
    },
    async close() {
      clearInterval(probe);
      client.destroy();
    },
  };
}

async function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
