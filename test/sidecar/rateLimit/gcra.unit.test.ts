import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKey } from '../../../sidecar/src/platform/rateLimit/addressKey.ts';
import { createRateLimiter } from '../../../sidecar/src/platform/rateLimit/rateLimiter.ts';
import { requestsOverTime, silent } from './sequences.ts';

const inProcess = (clock: () => number) => createRateLimiter({ prefix: 'test', log: silent, clock });

describe('the quota of one key', () => {
	test('no stretch of time lets more through than the quota and what came back meanwhile', async () => {
		await fc.assert(fc.asyncProperty(requestsOverTime(), async ({ quota, requests }) => {
			let now = 0;
			const limiter = inProcess(() => now);
			const passed: { at: number; cost: number }[] = [];
			for (const { afterMicros, cost } of requests) {
				now += afterMicros;
				if ((await limiter.take('key', { ...quota, cost })).allowed) passed.push({ at: now, cost });
			}
			const interval = Math.floor((quota.windowSeconds * 1e6) / quota.limit);
			let most = -Infinity;
			for (const [from, first] of passed.entries()) {
				let taken = 0;
				for (const { at, cost } of passed.slice(from)) {
					taken += cost;
					most = Math.max(most, taken - (at - first.at) / interval);
				}
			}
			expect(most).toBeLessThanOrEqual(quota.limit + 1e-6);
		}), { numRuns: 300, seed: 3 });
	}, 60_000);

	test('what remains can be taken at once, one more cannot, and after Retry-After it can', async () => {
		await fc.assert(fc.asyncProperty(requestsOverTime(), async ({ quota, requests }) => {
			let now = 0;
			const limiter = inProcess(() => now);
			let decision = { remaining: quota.limit, resetSeconds: 0 };
			for (const { afterMicros, cost } of requests) {
				now += afterMicros;
				decision = await limiter.take('key', { ...quota, cost });
			}
			for (let left = decision.remaining; left > 0; left--) expect(await limiter.take('key', quota)).toMatchObject({ allowed: true, remaining: left - 1, retryAfterSeconds: 0 });
			const refused = await limiter.take('key', quota);
			expect(refused).toMatchObject({ allowed: false, remaining: 0 });
			expect(refused.retryAfterSeconds).toBeGreaterThan(0);
			now += refused.retryAfterSeconds * 1e6;
			expect((await limiter.take('key', quota)).allowed).toBe(true);
			now += quota.windowSeconds * 1e6;
			expect(await limiter.take('key', quota)).toMatchObject({ remaining: quota.limit - 1 });
		}), { numRuns: 100, seed: 4 });
	}, 60_000);

	test('a refused take costs nothing', async () => {
		let now = 0;
		const limiter = inProcess(() => now);
		const quota = { limit: 3, windowSeconds: 60 };
		for (let i = 0; i < 50; i++) await limiter.take('key', quota);
		now += 20e6;
		expect((await limiter.take('key', quota)).allowed).toBe(true);
		expect((await limiter.take('key', quota)).allowed).toBe(false);
	});

	test('of several keys all are taken or none', async () => {
		const limiter = inProcess(() => 0);
		const takes = [{ key: 'wide', limit: 10, windowSeconds: 60 }, { key: 'narrow', limit: 1, windowSeconds: 60 }];
		expect((await limiter.takeAll(takes)).map(({ allowed }) => allowed)).toEqual([true, true]);
		expect(await limiter.takeAll(takes)).toMatchObject([{ allowed: true, remaining: 9 }, { allowed: false, remaining: 0 }]);
		expect(await limiter.take('wide', { limit: 10, windowSeconds: 60 })).toMatchObject({ allowed: true, remaining: 8 });
	});

	test('one key does not touch another', async () => {
		const limiter = inProcess(() => 0);
		const quota = { limit: 1, windowSeconds: 60 };
		expect((await limiter.take('a', quota)).allowed).toBe(true);
		expect((await limiter.take('a', quota)).allowed).toBe(false);
		expect((await limiter.take('b', quota)).allowed).toBe(true);
	});

	test('a clock that is set back locks nobody out for longer than a window', async () => {
		let now = 1e12;
		const limiter = inProcess(() => now);
		const quota = { limit: 2, windowSeconds: 60 };
		await limiter.take('key', quota);
		now = 0;
		expect((await limiter.take('key', quota)).retryAfterSeconds).toBeLessThanOrEqual(60);
	});
});

describe('an address in limits', () => {
	test.each([
		['203.0.113.7', '203.0.113.7'],
		['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
		['2001:db8:1:2::', '2001:db8:1:2::/64'],
		['2001:db8::1', '2001:db8:0:0::/64'],
		['::1', '0:0:0:0::/64'],
		['2001:db8::5:6:7:8', '2001:db8:0:0::/64'],
		['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
		['unknown', 'unknown'],
	])('%s counts as %s', (address, key) => expect(addressKey(address)).toBe(key));

	test('all addresses of one /64 are one, those of another are not', () => {
		fc.assert(fc.property(fc.tuple(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 0, max: 0xffff })), fc.ipV6(), ([network, subnet], other) => {
			const prefix = `2001:db8:${network.toString(16)}:${subnet.toString(16)}`;
			expect(addressKey(`${prefix}:a:b:c:d`)).toBe(addressKey(`${prefix}::1`));
			if (!other.startsWith('2001')) expect(addressKey(other)).not.toBe(addressKey(`${prefix}::1`));
		}), { seed: 5 });
	});
});
