import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openCache } from '../../../sidecar/src/platform/cache/cache.ts';
import type { Cache } from '../../../sidecar/src/platform/cache/cache.ts';
import { servicesOfThisRun, testMode } from '../../support/services.ts';
import { silent } from './queueSupport.ts';

let redisUrl: string | undefined;
let prefix: string;
let cache: Cache;
const lookups: [string, boolean][] = [];
beforeAll(async () => {
	if (testMode === 'services') redisUrl = (await servicesOfThisRun()).redisUrl;
});
beforeEach(async () => {
	prefix = `test-${randomUUID()}`;
	cache = await openReady();
	lookups.length = 0;
});
afterEach(() => cache.close());

const day = (tags: string[] = []) => ({ ttlSeconds: 86_400, tags });

/** A further process has the same Redis; in process there is only this one. */
async function openReady(): Promise<Cache> {
	const opened = await openCache({ redisUrl, prefix, log: silent, onLookup: (key, hit) => lookups.push([key, hit]) });
	await vi.waitFor(async () => {
		await opened.set('ready', true, day());
		expect(await opened.get('ready')).toBe(true);
	}, { timeout: 5_000 });
	return opened;
}

test('keeps JSON values, gives copies, forgets them on delete and in time', async () => {
	const value = { list: [1, { deep: 'ü' }] };
	await cache.set('a', value, day());
	const found = await cache.get<typeof value>('a');
	expect(found).toEqual(value);
	found?.list.push(2);
	expect(await cache.get('a')).toEqual(value);
	await cache.delete('a');
	expect(await cache.get('a')).toBeUndefined();

	await cache.set('short', 1, { ttlSeconds: 0.05, tags: [] });
	await sleep(80);
	expect(await cache.get('short')).toBeUndefined();
});

test('a computation that answers null is cached as well', async () => {
	let computed = 0;
	const nothing = () => cache.wrap('null', day(), async () => (computed++, null));
	expect([await nothing(), await nothing()]).toEqual([null, null]);
	expect(computed).toBe(1);
});

test('100 misses at once compute once, each with a value of its own', async () => {
	let computed = 0;
	const values = await Promise.all(Array.from({ length: 100 }, () => cache.wrap('k', day(['t']), async () => {
		computed++;
		await sleep(30);
		return { n: 1 };
	})));
	expect(computed).toBe(1);
	expect(new Set(values).size).toBe(100);
	expect(await cache.wrap('k', day(['t']), async () => ({ n: 2 }))).toEqual({ n: 1 });
	expect(lookups.filter(([key, hit]) => key === 'k' && hit)).toHaveLength(1);
});

test('an error is not cached, and every waiting caller gets it', async () => {
	const failing = () => cache.wrap('e', day(), async () => {
		await sleep(10);
		throw new Error('no');
	});
	const results = await Promise.allSettled([failing(), failing()]);
	expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	expect(await cache.wrap('e', day(), async () => 'now')).toBe('now');
});

test('a tag invalidates its entries and no others', async () => {
	await cache.set('a', 1, day(['x', 'y']));
	await cache.set('b', 1, day(['y']));
	await cache.set('c', 1, day(['z']));
	await cache.invalidateTag('x');
	expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([undefined, 1, 1]);
	await cache.invalidateTag('y');
	expect([await cache.get('b'), await cache.get('c')]).toEqual([undefined, 1]);
});

test('a value computed from data that changed meanwhile is neither kept nor shared', async () => {
	let data = 'old';
	const gate = Promise.withResolvers<void>();
	const read = () => cache.wrap('k', day(['data']), async () => {
		const seen = data;
		if (seen === 'old') await gate.promise;
		return seen;
	});
	const early = read();
	await sleep(20);
	data = 'new';
	await cache.invalidateTag('data');
	const late = read();
	gate.resolve();
	expect(await late).toBe('new');
	expect(await early).toBe('old');
	expect(await read()).toBe('new');
});

test('random reads and changes at once: no read sees data from before a change that was acknowledged when it began', async () => {
	const data = [0, 0, 0, 0];
	const acknowledged = [0, 0, 0, 0];
	let computed = 0;
	let stale = 0;
	const read = async (which: number) => {
		const atLeast = acknowledged[which] as number;
		const seen = await cache.wrap(`k${which}`, day([`d${which}`]), async () => {
			computed++;
			const value = data[which] as number;
			await sleep(Math.random() * 3);
			return value;
		});
		if (seen < atLeast) stale++;
	};
	const change = async (which: number) => {
		const value = (data[which] as number) + 1;
		data[which] = value;
		await cache.invalidateTag(`d${which}`);
		acknowledged[which] = Math.max(acknowledged[which] as number, value);
	};
	const reads = 1_600;
	await Promise.all(Array.from({ length: 16 }, async () => {
		for (let i = 0; i < reads / 16; i++) {
			const which = Math.floor(Math.random() * data.length);
			if (Math.random() < 0.1) await change(which);
			else await read(which);
		}
	}));
	expect(stale).toBe(0);
	expect(computed).toBeLessThan(reads);
	expect(Math.min(...acknowledged)).toBeGreaterThan(0);
});

if (testMode === 'services') {
	test('one process invalidates what another one cached', async () => {
		const other = await openReady();
		await cache.set('shared', 1, day(['s']));
		expect(await other.get('shared')).toBe(1);
		await other.invalidateTag('s');
		expect(await cache.get('shared')).toBeUndefined();
		await other.close();
	});
}
