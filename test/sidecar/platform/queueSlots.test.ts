import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { openTestDatabase } from '../../support/database.ts';
import { servicesOfThisRun, testMode } from '../../support/services.ts';
import { newWorkspace, openQueue, testTask } from './queueSupport.ts';

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
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Its first task is deaf to its signal until `finish`. */
function deafWorker(tuning: { lingerMs?: number }) {
	const gate = Promise.withResolvers<void>();
	let now = 0;
	let most = 0;
	queue.work(async ({ task }) => {
		most = Math.max(most, ++now);
		if (task.payload['deaf'] === true) await gate.promise;
		now--;
	}, { concurrency: 1, timeoutMs: 100, ...tuning });
	return { finish: () => gate.resolve(), most: () => most };
}

test('a handler that goes on after its time is up keeps its slot until it ends', async () => {
	const worker = deafWorker({});
	const deaf = await add({ maxAttempts: 1, payload: { deaf: true } });
	expect(await queue.tasks.waitFor(workspaceId, deaf.id, 10_000)).toMatchObject({ status: 'failed', error: { code: 'service_unavailable' } });
	const next = await add();
	await sleep(1_000);
	expect((await queue.tasks.find(workspaceId, next.id))?.status).toBe('queued');
	worker.finish();
	expect((await queue.tasks.waitFor(workspaceId, next.id, 10_000))?.status).toBe('succeeded');
	expect(worker.most()).toBe(1);
});

test('one that never ends gives its slot up in the end', async () => {
	const worker = deafWorker({ lingerMs: 300 });
	await add({ maxAttempts: 1, payload: { deaf: true } });
	const next = await add();
	expect((await queue.tasks.waitFor(workspaceId, next.id, 10_000))?.status).toBe('succeeded');
	expect(worker.most()).toBe(2);
	worker.finish();
});

test('a handler that fails after its task has succeeded does not fail the task', async () => {
	const outcomes: string[] = [];
	queue.work(async ({ succeed }) => {
		await db.transaction(() => succeed({ written: true }));
		throw new Error('after the end');
	}, { metrics: { settled: (_, outcome) => outcomes.push(outcome) } });
	const task = await add();
	await vi.waitFor(() => expect(outcomes).toEqual(['succeeded']), { timeout: 10_000 });
	expect(await queue.tasks.find(workspaceId, task.id)).toMatchObject({ status: 'succeeded', attempt: 1, result: { written: true } });
});
