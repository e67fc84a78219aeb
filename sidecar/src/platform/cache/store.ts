import { LRUCache } from 'lru-cache';
import { createClient } from 'redis';
import type { Logger } from '../log.ts';

/** Where cached strings lie. Every call may throw when the store is away; nothing waits longer than `redisWaitMs`. */
export interface CacheStore {
  /** false: do not even ask */
  readonly available: boolean;
  getMany(keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** keeps what is there. @returns the value that is there afterwards */
  setIfMissing(key: string, value: string, ttlMs: number): Promise<string>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** @param maxBytes of values and keys together, as UTF-16 */
export function memoryStore(maxBytes = 64 * 1024 * 1024): CacheStore {
  const entries = new LRUCache<string, string>({ maxSize: maxBytes, sizeCalculation: (value, key) => 2 * (value.length + key.length) + 64 });
  return {
    available: true,
    getMany: async (keys) => keys.map((key) => entries.get(key) ?? null),
    set: async (key, value, ttlMs) => void entries.set(key, value, { ttl: ttlMs }),
    async setIfMissing(key, value, ttlMs) {
      const present = entries.get(key);
      if (present === undefined) entries.set(key, value, { ttl: ttlMs });
      return present ?? value;
    },
    delete: async (key) => void entries.delete(key),
    close: async () => entries.clear(),
  };
}

/** A cache that answers later than this is slower than what it saves. */
const redisWaitMs = 250;

/**
 * @param onReady runs after every (re)connection; until it has resolved the store is not available
 */
export function redisStore(url: string, prefix: string, log: Pick<Logger, 'warn' | 'info'>, onReady: (store: CacheStore) => Promise<void>): CacheStore {
  let available = false;
  let reported = false;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 5_000, reconnectStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000) },
  });
  client.on('error', (error: Error) => {
    available = false;
    if (!reported) log.warn({ err: error }, 'Redis is away: nothing is cached until it is back');
    reported = true;
  });
  client.on('ready', () => {
    if (reported) log.info({}, 'Redis is back');
    reported = false;
    onReady(store).then(() => (available = true), () => {});
  });
  void client.connect().catch(() => {});

  const key = (name: string) => `${prefix}:${name}`;
  const store: CacheStore = {
    get available() {
      return available && client.isReady;
    },
    getMany: (keys) => inTime(client.mGet(keys.map(key))),
    set: async (name, value, ttlMs) => void (await inTime(client.set(key(name), value, { expiration: { type: 'PX', value: ttlMs } }))),
    setIfMissing: async (name, value, ttlMs) =>
      (await inTime(client.set(key(name), value, { expiration: { type: 'PX', value: ttlMs }, condition: 'NX', GET: true }))) ?? value,
    delete: async (name) => void (await inTime(client.del(key(name)))),
    async close() {
      client.destroy();
    },
  };
  return store;
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${redisWaitMs} ms`)), redisWaitMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
