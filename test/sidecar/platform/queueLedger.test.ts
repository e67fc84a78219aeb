import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import * as ledger from '../../../sidecar/src/platform/queue/ledger.ts';
import type { TaskRow } from '../../../sidecar/src/platform/queue/ledger.ts';
import { openTestDatabase } from '../../support/database.ts';
import { newAgent, newWorkspace, testTask } from './queueSupport.ts';

let db: Database;
let workspaceId: string;
beforeAll(async () => {
	db = await openTestDatabase();
});
afterAll(() => db?.close());
beforeEach(async () => {
	await db.query('DELETE FROM tasks');
	workspaceId = await newWorkspace(db);
});

const add = (more = {}) => ledger.enqueue(db, testTask(workspaceId, more));
const claim = (more: Partial<ledger.ClaimInput> = {}) => ledger.claim(db, { kinds: ['test'], worker: 'w', leaseMs: 60_000, ...more });
const must = (task: TaskRow | null): TaskRow => {
	if (task === null) throw new Error('nothing was claimed');
	return task;
};
const statusOf = async (task: TaskRow) => (await ledger.find(db, workspaceId, task.id))?.status;

test('a task is claimed once, oldest due first, and only by a worker that knows its kind', async () => {
	const later = await add({ runAt: new Date(Date.now() + 60_000) });
	const [first, second] = [await add(), await add()];
	expect(await claim({ kinds: ['other'] })).toBeNull();
	const claimed = await Promise.all([claim(), claim(), claim()]);
	expect(claimed.map((task) => task?.id).sort()).toEqual([first.id, second.id, undefined].sort());
	expect(await claim({ taskId: later.id })).toBeNull();
	expect(await claim({ taskId: later.id, overdueMs: -120_000 })).toMatchObject({ id: later.id, attempt: 1, status: 'running' });
});

test('tasks of a disabled workspace wait until it is enabled again', async () => {
	const task = await add();
	await db.query('UPDATE workspaces SET disabled_at = now() WHERE id = :workspaceId', { replacements: { workspaceId } });
	expect(await claim()).toBeNull();
	await db.query('UPDATE workspaces SET disabled_at = NULL WHERE id = :workspaceId', { replacements: { workspaceId } });
	expect(await claim()).toMatchObject({ id: task.id });
});

test('after the lease has run out a second claim wins, and everything the first one writes is refused', async () => {
	await add();
	const first = must(await claim({ leaseMs: 1 }));
	await sleep(20);
	const second = must(await claim());
	expect(second).toMatchObject({ id: first.id, attempt: 2 });

	await expect(ledger.succeed(db, first, { by: 'first' })).rejects.toMatchObject({ code: 'lease_lost' });
	await expect(ledger.fail(db, first, { code: 'x', message: 'x' }, null)).rejects.toMatchObject({ code: 'lease_lost' });
	await expect(db.transaction(() => ledger.fence(db, first))).rejects.toMatchObject({ code: 'lease_lost' });
	expect(await ledger.heartbeat(db, first, 60_000)).toBe(false);
	expect(await ledger.progress(db, first, 50)).toBe(false);
	await ledger.release(db, first);

	await db.transaction(() => ledger.fence(db, second));
	await ledger.succeed(db, second, { by: 'second' });
	expect(await ledger.find(db, workspaceId, first.id)).toMatchObject({ status: 'succeeded', result: { by: 'second' }, attempt: 2, progress: 100 });
});

test('a result and the end of the task count together or not at all', async () => {
	await add();
	const task = must(await claim());
	await db.transaction(async () => {
		await ledger.succeed(db, task, null);
		throw new Error('the result could not be written');
	}).catch(() => {});
	expect(await statusOf(task)).toBe('running');
});

test('an error is retried after its wait while attempts remain, then it is final', async () => {
	await add({ maxAttempts: 2 });
	const first = must(await claim());
	expect(await ledger.fail(db, first, { code: 'service_unavailable', message: 'later' }, 60_000)).toMatchObject({ status: 'queued' });
	expect(await claim()).toBeNull();
	const second = must(await claim({ overdueMs: -120_000 }));
	expect(await ledger.fail(db, second, { code: 'service_unavailable', message: 'again' }, 60_000)).toMatchObject({
		status: 'failed', attempt: 2, error: { code: 'service_unavailable', message: 'again' },
	});
});

test('a task whose worker vanishes on every attempt ends as failed', async () => {
	const task = await add({ maxAttempts: 1 });
	await claim({ leaseMs: 1 });
	await sleep(20);
	expect(await claim()).toBeNull();
	const [abandoned, ...others] = await ledger.listAbandoned(db, ['test']);
	expect([abandoned?.id, others]).toEqual([task.id, []]);
	expect(await ledger.failAbandoned(db, must(abandoned ?? null))).toMatchObject({ id: task.id, status: 'failed' });
	expect(await ledger.failAbandoned(db, must(abandoned ?? null))).toBeNull();
	expect(await ledger.find(db, workspaceId, task.id)).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
});

test('a task given back does not lose an attempt', async () => {
	await add({ maxAttempts: 1 });
	const first = must(await claim());
	await ledger.release(db, first);
	expect(must(await claim())).toMatchObject({ id: first.id, attempt: 2, maxAttempts: 2 });
});

test('cancel stops a queued and a running task, and the running one may not finish', async () => {
	const [queued, running, done] = [await add(), await add(), await add()];
	const claimed = must(await claim({ taskId: running.id }));
	await ledger.succeed(db, must(await claim({ taskId: done.id })), null);
	expect(await ledger.cancel(db, workspaceId, queued.id)).toMatchObject({ status: 'cancelled' });
	expect(await ledger.cancel(db, workspaceId, running.id)).toMatchObject({ status: 'cancelled' });
	await expect(ledger.succeed(db, claimed, null)).rejects.toMatchObject({ code: 'task_cancelled' });
	await expect(db.transaction(() => ledger.fence(db, claimed))).rejects.toMatchObject({ code: 'task_cancelled' });
	await expect(ledger.cancel(db, workspaceId, done.id)).rejects.toMatchObject({ code: 'task_not_cancellable' });
	expect(await claim()).toBeNull();
});

test('a failed or cancelled task can run again, others not', async () => {
	const task = await add({ maxAttempts: 1 });
	await ledger.fail(db, must(await claim()), { code: 'x', message: 'x' }, null);
	expect(await ledger.retry(db, workspaceId, task.id)).toMatchObject({ status: 'queued', error: null, attempt: 1, maxAttempts: 4 });
	await expect(ledger.retry(db, workspaceId, task.id)).rejects.toMatchObject({ code: 'task_not_retryable' });
	expect(must(await claim())).toMatchObject({ attempt: 2 });
});

test('a paused agent holds its tasks back until it is resumed', async () => {
	const agentId = await newAgent(db, workspaceId);
	const held = await add({ agentId });
	const set = (status: string) => db.query('UPDATE agents SET status = $1 WHERE id = $2', { bind: [status, agentId] });
	await set('paused');
	expect(await claim()).toBeNull();
	expect(await claim({ taskId: held.id })).toBeNull();
	await set('active');
	expect(must(await claim())).toMatchObject({ id: held.id });
});

test('lists page by page without a gap or a repeat, filtered, and only of the workspace', async () => {
	const other = await newWorkspace(db);
	const foreign = await ledger.enqueue(db, testTask(other));
	// In one transaction: all have the same creation time, so the id has to break the tie.
	const subject = { type: 'cv', id: randomUUID() };
	const made = await db.transaction(async () => [await add(), await add(), await add({ subject }), await add(), await add({ kind: 'second' })]);
	const seen: string[] = [];
	let after: { createdAt: Date; id: string } | null = null;
	for (;;) {
		const page: TaskRow[] = await ledger.list(db, workspaceId, {}, after, 2);
		seen.push(...page.map(({ id }) => id));
		after = page.at(-1) ?? null;
		if (after === null) break;
	}
	expect(seen).toEqual(made.map(({ id }) => id).sort().reverse());
	expect(await ledger.list(db, workspaceId, { kind: 'second' }, null, 10)).toHaveLength(1);
	expect(await ledger.list(db, workspaceId, { subject }, null, 10)).toHaveLength(1);
	expect(await ledger.list(db, workspaceId, { status: 'running' }, null, 10)).toHaveLength(0);

	expect(await ledger.find(db, workspaceId, foreign.id)).toBeNull();
	await expect(ledger.cancel(db, workspaceId, foreign.id)).rejects.toMatchObject({ code: 'not_found' });
	await expect(ledger.retry(db, workspaceId, foreign.id)).rejects.toMatchObject({ code: 'not_found' });
});
