/**
 * A cache of JSON values whose entries can be made invalid by tag. Each tag has a generation, a random value; an entry
 * remembers the generations of its tags from before it was computed, and counts only while they are the same. So a
 * value computed from data that changed meanwhile is never served, and losing any key makes a miss, not a stale hit.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '../log.ts';
import { memoryStore, redisStore } from './store.ts';
import type { CacheStore } from './store.ts';

export interface Cache {
  /** undefined when there is none. The key says everything the value depends on: workspace, permissions, versions. */
  get<T>(key: string): Promise<T | undefined>;
  /** For values that were known all along; a computed value goes through `wrap`. */
  set(key: string, value: unknown, options: EntryOptions): Promise<void>;
  delete(key: string): Promise<void>;
  /** Every entry with this tag is invalid from now on. Call it after the commit of the change (`db.afterCommit`). */
  invalidateTag(tag: string): Promise<void>;
  /** The cached value, or the computed one. Callers that miss at the same time share one computation in this process. */
  wrap<T>(key: string, options: EntryOptions, compute: () => Promise<T>): Promise<T>;
  health(): { status: 'ok' | 'degraded'; detail: string };
  close(): Promise<void>;
}

export interface EntryOptions {
  ttlSeconds: number;
  tags: readonly string[];
}

export interface CacheOptions {
  /** without it in this process */
  redisUrl?: string | undefined;
  /** begins every key in Redis */
  prefix: string;
  log: Pick<Logger, 'warn' | 'info'>;
  /** called for every `get` and `wrap` */
  onLookup?: ((key: string, hit: boolean) => void) | undefined;
}

type Generations = Record<string, string>;
interface Entry {
  value: unknown;
  tags: Generations;
}

/** Generations outlive every entry that names them; one that is lost anyway only makes misses. */
const generationTtlMs = 7 * 24 * 3_600_000;
const longestTtlSeconds = 24 * 3_600;

/** Without Redis, or while it is away, everything works and is computed anew. */
export async function openCache(options: CacheOptions): Promise<Cache> {
  /** Invalidations that Redis has not heard of: it is not read before it has. */
  const unheard = new Set<string>();
  const flights = new Map<string, { tags: readonly string[]; value: Promise<unknown> }>();
  const store = options.redisUrl === undefined ? memoryStore() : redisStore(options.redisUrl, `${options.prefix}:cache`, options.log, tellUnheard);

  async function tellUnheard(target: CacheStore): Promise<void> {
    for (const tag of unheard) {
      await target.set(tagKey(tag), randomUUID(), generationTtlMs);
      unheard.delete(tag);
    }
  }

  /** null when the store is away. */
  async function ask<T>(question: () => Promise<T>): Promise<T | null> {
    if (!store.available) return null;
    try {
      if (unheard.size > 0) await tellUnheard(store);
      return await question();
    } catch {
      return null;
    }
  }

  async function generationsOf(tags: readonly string[]): Promise<Generations> {
    if (tags.length === 0) return {};
    const found = await store.getMany(tags.map(tagKey));
    const named = await Promise.all(tags.map(async (tag, i) => [tag, found[i] ?? (await store.setIfMissing(tagKey(tag), randomUUID(), generationTtlMs))] as const));
    return Object.fromEntries(named);
  }

  async function write(key: string, value: unknown, ttlSeconds: number, tags: Generations): Promise<void> {
    const entry: Entry = { value, tags };
    await ask(() => store.set(valueKey(key), JSON.stringify(entry), Math.min(ttlSeconds, longestTtlSeconds) * 1000));
  }

  async function get<T>(key: string): Promise<T | undefined> {
    const entry = await ask(async () => {
      const [text] = await store.getMany([valueKey(key)]);
      if (text === null || text === undefined) return null;
      const found = JSON.parse(text) as Entry;
      return isCurrent(found, await generationsOf(Object.keys(found.tags))) ? found : null;
    });
    options.onLookup?.(key, entry !== null);
    return entry === null ? undefined : (entry.value as T);
  }

  async function wrap<T>(key: string, { ttlSeconds, tags }: EntryOptions, compute: () => Promise<T>): Promise<T> {
    const seen = await ask(async () => {
      const generations = await generationsOf(tags);
      const [text] = await store.getMany([valueKey(key)]);
      const entry = text === null || text === undefined ? null : (JSON.parse(text) as Entry);
      return { generations, entry: entry !== null && isCurrent(entry, generations) ? entry : null };
    });
    options.onLookup?.(key, seen !== null && seen !== undefined && seen.entry !== null);
    if (seen?.entry) return seen.entry.value as T;

    // The same generations only: who comes after an invalidation does not join a computation from before it.
    const flightKey = JSON.stringify([key, seen?.generations ?? null]);
    const flying = flights.get(flightKey);
    if (flying) return structuredClone(await flying.value) as T;
    const value = compute();
    const flight = { tags, value };
    flights.set(flightKey, flight);
    try {
      const computed = await value;
      if (seen) await write(key, computed, ttlSeconds, seen.generations);
      return computed;
    } finally {
      if (flights.get(flightKey) === flight) flights.delete(flightKey);
    }
  }

  return {
    get,
    async set(key, value, { ttlSeconds, tags }) {
      const generations = await ask(() => generationsOf(tags));
      if (generations) await write(key, value, ttlSeconds, generations);
    },
    async delete(key) {
      await ask(() => store.delete(valueKey(key)));
    },
    async invalidateTag(tag) {
      for (const [key, flight] of flights) if (flight.tags.includes(tag)) flights.delete(key);
      unheard.add(tag);
      await ask(async () => {});
    },
    wrap,
    health() {
      if (options.redisUrl === undefined) return { status: 'ok', detail: 'in process' };
      return store.available ? { status: 'ok', detail: 'redis' } : { status: 'degraded', detail: 'Redis is away: everything is computed anew' };
    },
    close: () => store.close(),
  };
}

function isCurrent(entry: Entry, generations: Generations): boolean {
  return Object.entries(entry.tags).every(([tag, generation]) => generations[tag] === generation);
}

function valueKey(key: string): string {
  return `value:${key}`;
}

function tagKey(tag: string): string {
  return `tag:${tag}`;
}
