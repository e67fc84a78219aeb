import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createRateLimiter } from '../../../sidecar/src/platform/rateLimit/rateLimiter.ts';
import type { RateLimiter, RateLimiterOptions } from '../../../sidecar/src/platform/rateLimit/rateLimiter.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';
import { requestsOverTime, silent } from './sequences.ts';

const { createClient } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('redis');

let redis: RedisForTests;
const open: RateLimiter[] = [];
beforeAll(async () => {
	redis = await startRedis();
});
afterEach(async () => {
	for (const limiter of open.splice(0)) await limiter.close();
});
afterAll(() => redis?.stop());

let prefixes = 0;
function limiterOf(options: Partial<RateLimiterOptions> = {}): RateLimiter {
	const limiter = createRateLimiter({ redisUrl: redis.url, prefix: `test${prefixes++}`, log: silent, ...options });
	open.push(limiter);
	return limiter;
}

/** A limiter of the same prefix, without a past of its own, sees a take of the first only through Redis. */
async function sharing(limiter: RateLimiter, prefix: string, options: Partial<RateLimiterOptions> = {}): Promise<void> {
	const other = limiterOf({ prefix, ...options });
	let probe = 0;
	await vi.waitFor(async () => {
		const key = `probe${probe++}`;
		await limiter.take(key, { limit: 2, windowSeconds: 3600 });
		expect((await other.take(key, { limit: 2, windowSeconds: 3600 })).remaining).toBe(0);
	}, { timeout: 20_000, interval: 50 });
}

test('decides every sequence as the form in this process does', async () => {
	let now = 0;
	const clock = () => now;
	const inRedis = limiterOf({ prefix: 'sequences', clock, waitMs: 10_000 });
	await sharing(inRedis, 'sequences', { clock });
	const inProcess = createRateLimiter({ prefix: 'sequences', log: silent, clock });
	let run = 0;
	await fc.assert(fc.asyncProperty(requestsOverTime(), async ({ quota, requests }) => {
		const keys = [`a${run}`, `b${run++}`];
		now = 1.8e15;
		for (const { afterMicros, cost } of requests) {
			now += afterMicros;
			// The second key has half the quota, so that sometimes only one of the two refuses.
			const takes = [{ key: keys[0] as string, ...quota, cost }, { key: keys[1] as string, limit: Math.max(cost, Math.ceil(quota.limit / 2)), windowSeconds: quota.windowSeconds, cost }];
			expect(await inRedis.takeAll(takes)).toEqual(await inProcess.takeAll(takes));
		}
	}), { numRuns: 100, seed: 6 });
});

test('concurrent takes are never more than the quota', async () => {
	const limiter = limiterOf({ prefix: 'concurrent', waitMs: 10_000 });
	await sharing(limiter, 'concurrent');
	const decisions = await Promise.all(Array.from({ length: 500 }, () => limiter.take('key', { limit: 50, windowSeconds: 86_400 })));
	expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(50);
});

test('three processes share one quota', async () => {
	const limit = 100;
	const children = [1, 2, 3].map(() => fork(new URL('takeMany.mts', import.meta.url), [redis.url, '200', String(limit)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
	try {
		await Promise.all(children.map((child) => once(child, 'message')));
		// The connection may come a moment after the start.
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		const answers = children.map(async (child) => {
			const answer = once(child, 'message');
			child.send('go');
			return (await answer)[0] as { allowed: number; lost: number };
		});
		const results = await Promise.all(answers);
		expect(results.map(({ lost }) => lost)).toEqual([0, 0, 0]);
		expect(results.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(limit);
	} finally {
		for (const child of children) child.kill('SIGKILL');
	}
});

test('keys expire with their window, so nothing piles up', async () => {
	const limiter = limiterOf({ prefix: 'expiring', waitMs: 10_000 });
	await sharing(limiter, 'expiring');
	// 1 of 1000 in a second: back after a millisecond.
	await limiter.take('short', { limit: 1000, windowSeconds: 1 });
	const client = createClient({ url: redis.url });
	await client.connect();
	try {
		await vi.waitFor(async () => expect(await client.keys('expiring:rate:short')).toEqual([]), { timeout: 10_000, interval: 50 });
		await limiter.take('long', { limit: 10, windowSeconds: 3600 });
		expect(await client.pTTL('expiring:rate:long')).toBeGreaterThan(0);
	} finally {
		client.destroy();
	}
});

test.each([['gone', () => redis.stop(), () => redis.start()], ['frozen', async () => redis.pause(), async () => redis.resume()]])('Redis %s: the quota holds, with what was taken before; nobody waits; afterwards it is shared again', async (what, take, giveBack) => {
	const prefix = `outage-${what}`;
	const limiter = limiterOf({ prefix });
	await sharing(limiter, prefix);
	const quota = { limit: 40, windowSeconds: 86_400 };
	for (let i = 0; i < 30; i++) expect((await limiter.take('key', quota)).allowed).toBe(true);

	await take();
	const slowest = { milliseconds: 0 };
	let allowed = 0;
	// The first ones notice; they wait for Redis once, together.
	const noticing = await Promise.all(Array.from({ length: 5 }, () => limiter.take('key', quota)));
	allowed += noticing.filter((decision) => decision.allowed).length;
	for (let i = 0; i < 45; i++) {
		const began = performance.now();
		if ((await limiter.take('key', quota)).allowed) allowed++;
		slowest.milliseconds = Math.max(slowest.milliseconds, performance.now() - began);
	}
	expect(allowed).toBe(10);
	// A reference of the same run: what one wait for a timer of Redis' patience takes.
	const began = performance.now();
	await new Promise((resolve) => setTimeout(resolve, 250));
	expect(slowest.milliseconds).toBeLessThan(performance.now() - began);

	await giveBack();
	await sharing(limiter, prefix);
});
