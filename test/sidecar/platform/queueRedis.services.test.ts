import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { beeQueueCarrier } from '../../../sidecar/src/platform/queue/beeQueueCarrier.ts';
import { openTestDatabase } from '../../support/database.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';
import { newWorkspace, openQueue, testTask } from './queueSupport.ts';

const { createClient } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('redis');

/** So rare that what runs was delivered, not found. */
const neverReconcile = 600_000;

let db: Database;
let redis: RedisForTests;
let workspaceId: string;
let queue: ReturnType<typeof openQueue>;
let runs: string[];
beforeAll(async () => {
	db = await openTestDatabase();
});
afterAll(() => db?.close());
beforeEach(async () => {
	await db.query('DELETE FROM tasks');
	workspaceId = await newWorkspace(db);
	redis = await startRedis();
	queue = openQueue(db, redis.url);
	runs = [];
});
afterEach(async () => {
	await queue.close();
	await redis.stop();
});

const add = async () => {
	const began = performance.now();
	const task = await queue.tasks.enqueue(testTask(workspaceId));
	return { id: task.id, took: performance.now() - began };
};
const ended = (id: string) => queue.tasks.waitFor(workspaceId, id, 20_000);
const health = (status: string) => vi.waitFor(() => expect(queue.tasks.health().status).toBe(status), { timeout: 15_000, interval: 50 });
const note = async ({ task }: { task: { id: string } }) => void runs.push(task.id);

test('what the Redis client warns of goes to the log, not past it', async () => {
	const log = { warn: vi.fn(), info: vi.fn(), error: vi.fn(), debug: vi.fn() };
	const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
	const carrier = beeQueueCarrier({ redisUrl: redis.url.replace('redis://', 'redis://:a-password-that-is-not-asked-for@'), name: 'warned', log: log as never });
	try {
		await vi.waitFor(() => expect(log.warn).toHaveBeenCalledWith({ warning: expect.stringContaining('does not require a password') }, expect.any(String)), { timeout: 15_000, interval: 50 });
		expect(said).not.toHaveBeenCalled();
	} finally {
		said.mockRestore();
		await carrier.close();
	}
});

test('Redis stopped and restarted empty: enqueueing goes on at once, nothing is lost, nothing runs twice', async () => {
	queue.work(note, { reconcileMs: 500, leaseMs: 60_000 });
	await health('ok');
	const before = await Promise.all(Array.from({ length: 10 }, add));
	await redis.stop();
	const during = await Promise.all(Array.from({ length: 10 }, add));
	await health('degraded');
	during.push(await add());
	await sleep(3_000);
	await redis.start();
	await health('ok');
	const after = await Promise.all(Array.from({ length: 10 }, add));
	const all = [...before, ...during, ...after];
	const done = await Promise.all(all.map(({ id }) => ended(id)));
	console.log(`slowest enqueue while Redis was away: ${Math.round(Math.max(...during.map(({ took }) => took)))} ms`);
	expect(done.every((task) => task?.status === 'succeeded')).toBe(true);
	expect(runs.sort()).toEqual(all.map(({ id }) => id).sort());
	expect(Math.max(...during.map(({ took }) => took))).toBeLessThan(2_000);
});

test('after a restart the queue itself delivers again, also to its delayed tasks', async () => {
	queue.work(note, { reconcileMs: neverReconcile });
	await health('ok');
	await redis.restartEmpty();
	await health('degraded');
	await health('ok');
	const soon = await add();
	const delayed = await queue.tasks.enqueue(testTask(workspaceId, { runAt: new Date(Date.now() + 700) }));
	expect(await ended(soon.id)).toMatchObject({ status: 'succeeded' });
	expect(await ended(delayed.id)).toMatchObject({ status: 'succeeded' });
});

test('a frozen Redis delays no request, is noticed, and is used again when it wakes', async () => {
	queue.work(note, { reconcileMs: 300, leaseMs: 60_000 });
	await health('ok');
	redis.pause();
	const during = await Promise.all(Array.from({ length: 5 }, add));
	await health('degraded');
	expect(Math.max(...during.map(({ took }) => took))).toBeLessThan(1_000);
	for (const { id } of during) expect(await ended(id)).toMatchObject({ status: 'succeeded' });
	redis.resume();
	await health('ok');
	await ended((await add()).id);
	expect(new Set(runs).size).toBe(runs.length);
	expect(runs).toHaveLength(6);
});

test('Redis that is not there at the start is waited for, and work goes on without it', async () => {
	await redis.stop();
	const late = openQueue(db, redis.url);
	late.work(note, { reconcileMs: 300 });
	const task = await add();
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded' });
	await redis.start();
	await vi.waitFor(() => expect(late.tasks.health().status).toBe('ok'), { timeout: 15_000 });
	await late.close();
});

test('Redis that forgot its scripts (NOSCRIPT) is opened anew', async () => {
	queue.work(note, { reconcileMs: 500 });
	await health('ok');
	const client = createClient({ url: redis.url });
	client.on('error', () => undefined);
	await client.connect();
	await client.scriptFlush();
	const first = await add();
	expect(await ended(first.id)).toMatchObject({ status: 'succeeded' });
	await health('ok');
	await vi.waitFor(async () => expect(await queue.producer.deliver(first.id, 0).then(() => 'sent', String)).toBe('sent'), { timeout: 10_000 });
	client.destroy();
	expect(runs).toEqual([first.id]);
});

test('a worker that stops while a task runs acknowledges it first and closes cleanly', async () => {
	const worker = queue.work(async (run) => {
		await sleep(500);
		await note(run);
	}, { reconcileMs: neverReconcile });
	await health('ok');
	const task = await add();
	await vi.waitFor(() => expect(worker.running).toBe(1), { timeout: 5_000 });
	await queue.close();
	const client = createClient({ url: redis.url });
	await client.connect();
	const lists: string[] = await client.keys('bq:*:active');
	expect(lists).toEqual([]);
	client.destroy();
	expect(runs).toEqual([task.id]);
});

test('Redis that dies at any moment of being opened does not end the process', async () => {
	const uncaught: unknown[] = [];
	const onUncaught = (error: unknown) => void uncaught.push(error);
	process.on('uncaughtException', onUncaught);
	process.on('unhandledRejection', onUncaught);
	for (let moment = 0; moment < 12; moment++) {
		await redis.restartEmpty();
		const short = openQueue(db, redis.url);
		short.work(note, { reconcileMs: neverReconcile });
		await sleep(moment * 2);
		await redis.stop();
		await sleep(20);
		await short.close();
	}
	await sleep(200);
	process.off('uncaughtException', onUncaught);
	process.off('unhandledRejection', onUncaught);
	expect(uncaught).toEqual([]);
});
