import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { openTestDatabase } from '../../support/database.ts';
import { servicesOfThisRun, testMode } from '../../support/services.ts';
import { newAgent, newWorkspace, openQueue, testTask } from './queueSupport.ts';

let db: Database;
let redisUrl: string | null = null;
let workspaceId: string;
let queue: ReturnType<typeof openQueue>;
beforeAll(async () => {
	db = await openTestDatabase();
	if (testMode === 'services') redisUrl = (await servicesOfThisRun()).redisUrl;
});
afterAll(() => db?.close());
beforeEach(async () => {
	await db.query('DELETE FROM tasks');
	workspaceId = await newWorkspace(db);
	queue = openQueue(db, redisUrl);
});
afterEach(() => queue.close());

const add = (more = {}) => queue.tasks.enqueue(testTask(workspaceId, more));
const ended = async (id: string) => queue.tasks.waitFor(workspaceId, id, 20_000);
const waitUntil = (check: () => boolean | Promise<boolean>) => vi.waitFor(async () => expect(await check()).toBe(true), { timeout: 10_000, interval: 20 });

test('200 tasks enqueued at once all run exactly once, at most 8 at a time', async () => {
	const runs = new Map<string, number>();
	let now = 0;
	let most = 0;
	queue.work(async ({ task }) => {
		most = Math.max(most, ++now);
		runs.set(task.id, (runs.get(task.id) ?? 0) + 1);
		await sleep(5);
		now--;
		return { id: task.id };
	}, { concurrency: 8, leaseMs: 60_000 });
	const began = performance.now();
	const tasks = await Promise.all(Array.from({ length: 200 }, () => add()));
	const enqueued = performance.now();
	const done = await Promise.all(tasks.map(({ id }) => ended(id)));
	console.log(`200 tasks on ${testMode}: enqueued in ${Math.round(enqueued - began)} ms, all done after ${Math.round(performance.now() - began)} ms`);
	expect(done.every((task) => task?.status === 'succeeded' && task.attempt === 1)).toBe(true);
	expect([...runs.values()]).toEqual(Array(200).fill(1));
	expect(most).toBeGreaterThan(1);
	expect(most).toBeLessThanOrEqual(8);
});

test('a task enqueued in a transaction that is rolled back never runs; a committed one runs after the commit', async () => {
	let committed = false;
	const seen: boolean[] = [];
	queue.work(async () => void seen.push(committed));
	await db.transaction(async () => {
		await add();
		throw new Error('no');
	}).catch(() => {});
	const task = await db.transaction(async () => {
		const made = await add();
		await sleep(100);
		committed = true;
		return made;
	});
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded', result: null });
	expect(seen).toEqual([true]);
});

test('an unexpected error is repeated with growing waits until it passes, and is told without internals', async () => {
	const starts: number[] = [];
	const outcomes: string[] = [];
	queue.work(async ({ task }) => {
		starts.push(performance.now());
		if (task.attempt < 3) throw new Error('password=secret');
		return { attempt: task.attempt };
	}, { backoffMs: 200, metrics: { settled: (_, outcome) => outcomes.push(outcome) } });
	const task = await add();
	await waitUntil(async () => (await queue.tasks.find(workspaceId, task.id))?.error?.code === 'internal_error');
	expect(JSON.stringify((await queue.tasks.find(workspaceId, task.id))?.error)).not.toContain('secret');
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded', attempt: 3, result: { attempt: 3 }, error: null });
	const [first = 0, second = 0, third = 0] = starts;
	expect(second - first).toBeGreaterThanOrEqual(45);
	expect(third - second).toBeGreaterThanOrEqual(145);
	await waitUntil(() => outcomes.length === 3);
	expect(outcomes).toEqual(['retried', 'retried', 'succeeded']);
});

test('an error that a repetition cannot mend, and a payload of another shape, fail at once; the failure is told in its transaction', async () => {
	const told: [string, boolean][] = [];
	const onFailed = async ({ id }: { id: string }) => void told.push([id, db.inTransaction]);
	queue.work(async () => {
		throw new AppError('not_a_cv', 'This is not a CV.', { pages: 3 });
	}, { payload: z.object({ cvId: z.string() }).strict(), onFailed });
	const [wrong, invalid] = [await add({ payload: { cvId: 'x' } }), await add({ payload: { other: 1 } })];
	expect(await ended(wrong.id)).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'not_a_cv', message: 'This is not a CV.', details: { pages: 3 } } });
	expect(await ended(invalid.id)).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'invalid_request' } });
	expect(told.sort()).toEqual([[wrong.id, true], [invalid.id, true]].sort());
});

test('cancelling a running task aborts its handler and keeps no result', async () => {
	let reason: unknown;
	let fenced: unknown;
	queue.work(async ({ signal, fence }) => {
		await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
		reason = signal.reason;
		fenced = await db.transaction(fence).catch((error: unknown) => error);
	}, { leaseMs: 600 });
	const task = await add();
	await waitUntil(async () => (await queue.tasks.find(workspaceId, task.id))?.status === 'running');
	expect(await queue.tasks.cancel(workspaceId, task.id)).toMatchObject({ status: 'cancelled' });
	await waitUntil(() => fenced !== undefined);
	expect(reason).toMatchObject({ code: 'task_cancelled' });
	expect(fenced).toMatchObject({ code: 'task_cancelled' });
	expect(await queue.tasks.find(workspaceId, task.id)).toMatchObject({ status: 'cancelled', result: null });
});

test('a paused agent loses no accepted task: it waits, and runs when woken', async () => {
	const agentId = await newAgent(db, workspaceId);
	const set = (status: string) => db.query('UPDATE agents SET status = $1 WHERE id = $2', { bind: [status, agentId] });
	// Paused between its claim and its run: the handler's guard sees it, and the attempt does not count.
	let runs = 0;
	queue.work(async () => {
		runs += 1;
		if (runs > 1) return;
		await set('paused');
		throw new AppError('agent_paused', 'The agent is paused.');
	});
	const caught = await add({ agentId, maxAttempts: 1 });
	await waitUntil(async () => {
		const task = await queue.tasks.find(workspaceId, caught.id);
		return task?.status === 'queued' && task.attempt === 1;
	});
	const held = await add({ agentId });
	await sleep(600);
	expect((await queue.tasks.find(workspaceId, held.id))?.status).toBe('queued');
	expect((await queue.tasks.find(workspaceId, caught.id))?.status).toBe('queued');
	await set('active');
	queue.tasks.wake();
	expect(await ended(held.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
	expect(await ended(caught.id)).toMatchObject({ status: 'succeeded' });
});

test('progress is seen while the task runs', async () => {
	const gate = Promise.withResolvers<void>();
	queue.work(async ({ progress }) => {
		await progress(40, 'reading');
		await gate.promise;
	});
	const task = await add();
	await waitUntil(async () => (await queue.tasks.find(workspaceId, task.id))?.progress === 40);
	expect(await queue.tasks.waitFor(workspaceId, task.id, 50)).toMatchObject({ status: 'running', progressNote: 'reading' });
	gate.resolve();
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded', progress: 100, progressNote: null });
});

test('a task that takes too long is aborted and fails in the end', async () => {
	queue.work(async ({ signal }) => new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason))), { timeoutMs: 50 });
	const task = await add({ maxAttempts: 2 });
	expect(await ended(task.id)).toMatchObject({ status: 'failed', attempt: 2, error: { code: 'service_unavailable' } });
});

test('a long task keeps its lease, and a result written with the end of the task is not written twice', async () => {
	let runs = 0;
	queue.work(async ({ succeed }) => {
		runs++;
		await sleep(2_000);
		await db.transaction(() => succeed({ written: true }));
		return { ignored: true };
	}, { leaseMs: 900 });
	const task = await add();
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded', attempt: 1, result: { written: true } });
	expect(runs).toBe(1);
});

test('a task whose worker died is run by another one when its lease is over', async () => {
	const task = await add({ runAt: new Date(Date.now() + 60_000) });
	await db.query("UPDATE tasks SET status = 'running', attempt = 1, worker = 'dead', lease_until = now() + interval '300 milliseconds' WHERE id = $1", { bind: [task.id] });
	queue.work(async ({ task: { attempt } }) => ({ attempt }));
	expect(await ended(task.id)).toMatchObject({ status: 'succeeded', result: { attempt: 2 } });
});

test('a worker that stops lets its tasks finish, or puts them back for another', async () => {
	const began: string[] = [];
	const first = queue.work(async ({ task, signal }) => {
		began.push(task.id);
		if (task.payload['slow'] === true) await new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason)));
		else await sleep(200);
		return { by: 'first' };
	});
	const [quick, slow] = [await add(), await add({ payload: { slow: true } })];
	await waitUntil(() => began.length === 2);
	await first.close(800);
	expect(await queue.tasks.find(workspaceId, quick.id)).toMatchObject({ status: 'succeeded', result: { by: 'first' } });
	expect(await queue.tasks.find(workspaceId, slow.id)).toMatchObject({ status: 'queued', maxAttempts: 4, worker: null });
	queue.work(async () => ({ by: 'second' }));
	expect(await ended(slow.id)).toMatchObject({ status: 'succeeded', result: { by: 'second' }, attempt: 2 });
});

test('two workers share the tasks and run none twice', async () => {
	const runs: string[] = [];
	const run = async ({ task }: { task: { id: string } }) => {
		runs.push(task.id);
		await sleep(10);
	};
	queue.work(run, { leaseMs: 60_000 });
	queue.work(run, { leaseMs: 60_000 });
	const tasks = await Promise.all(Array.from({ length: 60 }, () => add()));
	await Promise.all(tasks.map(({ id }) => ended(id)));
	expect(runs.sort()).toEqual(tasks.map(({ id }) => id).sort());
});

test('waiting inside a transaction is refused instead of waiting for itself', async () => {
	await expect(db.transaction(async () => ended((await add()).id))).rejects.toThrow(/transaction/);
});
