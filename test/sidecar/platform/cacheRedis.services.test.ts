import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openCache } from '../../../sidecar/src/platform/cache/cache.ts';
import type { Cache } from '../../../sidecar/src/platform/cache/cache.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';
import { silent } from './queueSupport.ts';

let redis: RedisForTests;
let cache: Cache;
const options = { ttlSeconds: 600, tags: ['data'] };
beforeEach(async () => {
	redis = await startRedis();
	cache = await openCache({ redisUrl: redis.url, prefix: 'test', log: silent });
	await works();
});
afterEach(async () => {
	await cache.close();
	await redis.stop();
});

const works = () => vi.waitFor(async () => {
	await cache.set('probe', 1, { ttlSeconds: 600, tags: [] });
	expect(await cache.get('probe')).toBe(1);
}, { timeout: 10_000, interval: 50 });

test('without Redis everything is computed, quickly and once for callers at the same time', async () => {
	await redis.stop();
	let computed = 0;
	const read = () => cache.wrap('k', options, async () => {
		computed++;
		await sleep(20);
		return 'right';
	});
	const began = performance.now();
	expect(await Promise.all([read(), read(), read()])).toEqual(['right', 'right', 'right']);
	expect(computed).toBe(1);
	expect(await read()).toBe('right');
	expect(computed).toBe(2);
	expect(performance.now() - began).toBeLessThan(1_000);
	await redis.start();
	await works();
});

test('a frozen Redis costs a moment, not an answer', async () => {
	redis.pause();
	const began = performance.now();
	expect(await cache.wrap('k', options, async () => 'right')).toBe('right');
	expect(performance.now() - began).toBeLessThan(1_500);
	redis.resume();
	await works();
});

test('an invalidation that Redis did not hear is made good before Redis is read again', async () => {
	expect(await cache.wrap('k', options, async () => 'old')).toBe('old');
	redis.pause();
	await cache.invalidateTag('data');
	expect(await cache.wrap('k', options, async () => 'new')).toBe('new');
	redis.resume();
	await works();
	expect(await cache.wrap('k', options, async () => 'new')).toBe('new');
});
