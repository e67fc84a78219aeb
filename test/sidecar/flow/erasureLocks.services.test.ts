/** Erasure beside analyses on PostgreSQL: CVs are locked first, then tasks, then candidates, so that neither ends the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { rowsWith, untilIdle } from '../../support/rows.ts';

let app: TestApp;
/** connections of their own, as another process has them */
let other: Database;
beforeAll(async () => {
	app = await startApp({ WORKER_CONCURRENCY: '4' });
	other = await openDatabase({ url: app.services.config.database.url });
});
afterAll(async () => {
	await other?.close();
	await app?.close();
});

async function upload(name: string): Promise<{ candidateId: string; cvId: string }> {
	const text = `${name}\n${name.replace(' ', '.').toLowerCase()}@example.com\n\nExperience\nBackend developer, Haddon Mills, 2016 – 2024\n- Java and PostgreSQL\n\nSkills\nJava, PostgreSQL\n`;
	return (await app.call('POST', '/v1/cvs?wait=30', { text })).body.result;
}

const lock = (table: 'cvs' | 'tasks' | 'candidates', id: string) => other.query(`SELECT id FROM ${table} WHERE ${table === 'tasks' ? 'subject_id' : 'id'} = $id FOR UPDATE`, { bind: { id } });

async function untilWaiting(): Promise<void> {
	for (let looks = 0; looks < 200; looks += 1) {
		const [waiting] = await app.services.db.query<{ n: number }>("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
		if ((waiting?.n ?? 0) > 0) return;
		await sleep(10);
	}
	throw new Error('nothing waits for a lock');
}

const deadlocks = async () => (await other.query<{ n: number }>('SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()'))[0]?.n;

test.each(['candidates', 'cvs'] as const)('DELETE /v1/%s waits for a transaction that locks the CV, then its tasks, then the candidate', async (by) => {
	const { candidateId, cvId } = await upload(`Ottilie Marchbank-${by}`);
	await untilIdle(app.services.db);
	let erasing: ReturnType<TestApp['call']> | undefined;
	await other.transaction(async () => {
		await lock('cvs', cvId);
		erasing = app.call('DELETE', by === 'cvs' ? `/v1/cvs/${cvId}` : `/v1/candidates/${candidateId}`);
		await untilWaiting();
		// Were one of these held by the erasure, PostgreSQL would end either.
		await lock('tasks', cvId);
		await lock('candidates', candidateId);
	});
	expect((await erasing)?.status).toBe(200);
	expect(await rowsWith(app.services.db, `Marchbank-${by}`)).toEqual([]);
});

test('an erasure that PostgreSQL ends in favour of another transaction runs again', async () => {
	const { candidateId, cvId } = await upload('Leopoldine Vasey');
	await untilIdle(app.services.db);
	let erasing: ReturnType<TestApp['call']> | undefined;
	await other.transaction(async () => {
		// Against the order, on purpose. The erasure waits for longer, so it is the one that PostgreSQL ends.
		await lock('candidates', candidateId);
		erasing = app.call('DELETE', `/v1/candidates/${candidateId}`);
		await untilWaiting();
		await lock('cvs', cvId);
	});
	expect((await erasing)?.status).toBe(200);
	expect(await rowsWith(app.services.db, 'Leopoldine')).toEqual([]);
});

test('erasures a moment after an analysis was asked for all succeed, without a deadlock', async () => {
	await sleep(1_100);
	const before = await deadlocks();
	const statuses: number[] = [];
	for (let round = 0; round < 40; round += 1) {
		const { candidateId, cvId } = await upload(`Wendeline Ostrander-${round}`);
		const run = app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId } });
		await sleep(8 + (round % 20));
		statuses.push((await app.call('DELETE', `/v1/candidates/${candidateId}`)).status);
		expect((await run).status).toBeLessThan(500);
	}
	expect(statuses).toEqual(statuses.map(() => 200));
	await untilIdle(app.services.db);
	expect(await rowsWith(app.services.db, 'Ostrander-')).toEqual([]);
	// The statistics of a connection arrive within a second of its last query.
	await sleep(1_100);
	expect(await deadlocks()).toBe(before);
});
