import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { Answer, TestApp } from '../../support/app.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';

const limit = 60;
let redis: RedisForTests;
let app: TestApp;
beforeAll(async () => {
	redis = await startRedis();
	app = await startApp({ REDIS_URL: redis.url, RATE_LIMITS: `read=${limit}` });
});
afterAll(async () => {
	await app?.close();
	await redis?.stop();
});

interface Timed {
	answer: Answer;
	milliseconds: number;
}
async function timed(send: () => Promise<Answer>): Promise<Timed> {
	const began = performance.now();
	const answer = await send();
	return { answer, milliseconds: performance.now() - began };
}
const p90 = (times: Timed[]) => times.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)[Math.floor(times.length * 0.9)] as number;

test.each([['gone', () => redis.stop(), () => redis.start()], ['frozen', async () => redis.pause(), async () => redis.resume()]])('with Redis %s limits still hold and requests stay quick', async (_what, take, giveBack) => {
	const [reference, limited] = [await app.clientWith(['admin']), await app.clientWith(['admin'])];
	await Promise.all([reference.token(), limited.token()]);
	const withRedis: Timed[] = [];
	for (let i = 0; i < 40; i++) withRedis.push(await timed(() => reference.call('GET', '/v1/me')));

	await take();
	const began = performance.now();
	await timed(() => limited.call('GET', '/v1/me'));
	const without: Timed[] = [];
	for (let i = 0; i < limit + 40; i++) without.push(await timed(() => limited.call('GET', '/v1/me')));
	const passed = without.filter(({ answer }) => answer.status === 200).length + 1;
	const backMeanwhile = Math.floor((((performance.now() - began) / 1000) * limit) / 60);
	expect(passed).toBeGreaterThanOrEqual(limit);
	expect(passed).toBeLessThanOrEqual(limit + 1 + backMeanwhile);
	expect(without.at(-1)?.answer.status).toBe(429);
	// One that waited for Redis each time would be some hundred times as slow.
	expect(p90(without)).toBeLessThan(10 * p90(withRedis));
	await giveBack();
	expect((await app.call('GET', `/v1/jobs/${randomUUID()}`)).status).toBe(404);
});
