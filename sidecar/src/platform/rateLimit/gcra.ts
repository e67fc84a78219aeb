/**
 * The generic cell rate algorithm (ITU-T I.371, Annex A): one number a key, the theoretical arrival time (TAT). A full
 * quota may be taken at once; after that it comes back evenly, one unit every window/limit. So any stretch of d seconds
 * lets through at most limit × (1 + d / window) units, and nothing resets at a whole minute for all clients together.
 *
 * Times are whole microseconds, which Lua and JavaScript both count exactly, so that both forms below decide alike.
 */

export interface Quota {
  /** units that may be taken at once, and again in every window: 1 to 1,000,000 */
  limit: number;
  /** 1 to 86,400 */
  windowSeconds: number;
}

export interface Take extends Quota {
  key: string;
  /** units this one takes; default 1. More than `limit` is never allowed */
  cost?: number | undefined;
}

export interface Decision {
  allowed: boolean;
  /** whole units that may be taken right now */
  remaining: number;
  /** until the whole quota is back */
  resetSeconds: number;
  /** until a take of the same cost may be allowed; 0 when this one was */
  retryAfterSeconds: number;
}

/** What both forms find out about one key: how much time its taken units stand for, and how long this take must wait. */
export interface Level {
  usedMicros: number;
  waitMicros: number;
}

export function quotaMicros({ limit, windowSeconds, cost = 1 }: Take): { interval: number; window: number; increment: number } {
  const window = windowSeconds * 1_000_000;
  // Rounded down: rounded up, the last unit of a full quota would not fit into its window.
  const interval = Math.max(1, Math.floor(window / limit));
  return { interval, window, increment: interval * cost };
}

/** All or none: where one key refuses, nothing is taken from any. @param stored TAT by key, which this changes */
export function takeInProcess(takes: readonly Take[], now: number, stored: { get(key: string): number | undefined; set(key: string, tat: number): void }): Level[] {
  const asked = takes.map((take) => {
    const { window, increment } = quotaMicros(take);
    // Never further ahead than a window: a clock that was set back must not lock anybody out.
    const tat = Math.min(Math.max(stored.get(take.key) ?? 0, now), now + window);
    return { key: take.key, tat, increment, wait: Math.max(0, tat + increment - window - now) };
  });
  const allowed = asked.every(({ wait }) => wait === 0);
  if (allowed) for (const { key, tat, increment } of asked) stored.set(key, tat + increment);
  return asked.map(({ tat, increment, wait }) => ({ usedMicros: tat + (allowed ? increment : 0) - now, waitMicros: wait }));
}

/**
 * The same in Redis, in one atomic step and by the server's clock, so that all replicas agree.
 * KEYS: the keys. ARGV[1]: '' (tests give the time); then window and increment of each key.
 * Returns used and wait of each key.
 */
export const takeScript = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local tats, waits, allowed = {}, {}, true
for i, key in ipairs(KEYS) do
  local window, increment = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  tats[i] = math.min(math.max(tonumber(redis.call('GET', key) or '0'), now), now + window)
  waits[i] = math.max(0, tats[i] + increment - window - now)
  if waits[i] > 0 then allowed = false end
end
local levels = {}
for i, key in ipairs(KEYS) do
  if allowed then
    tats[i] = tats[i] + tonumber(ARGV[2 * i + 1])
    redis.call('SET', key, string.format('%.0f', tats[i]), 'PX', math.ceil((tats[i] - now) / 1000))
  end
  levels[2 * i - 1] = tats[i] - now
  levels[2 * i] = waits[i]
end
return levels
`;

export function decisionOf(take: Take, { usedMicros, waitMicros }: Level): Decision {
  const { interval, window } = quotaMicros(take);
  return {
    allowed: waitMicros === 0,
    remaining: Math.max(0, Math.min(take.limit, Math.floor((window - usedMicros) / interval))),
    resetSeconds: Math.ceil(usedMicros / 1_000_000),
    retryAfterSeconds: Math.ceil(waitMicros / 1_000_000),
  };
}
