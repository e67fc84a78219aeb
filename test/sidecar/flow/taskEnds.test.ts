/** How tasks end: a result and its task together, a failure on what the task is about, and nothing twice. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { rankMatches } from '../../../sidecar/src/matching/rank.ts';
import { systemActor } from '../../../sidecar/src/platform/context.ts';
import type { Ctx } from '../../../sidecar/src/platform/context.ts';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { asOwner } from '../../support/database.ts';
import { untilIdle } from '../../support/rows.ts';
import { asCommitted, createJob, fillPool, rank } from './pool.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
	await asOwner(
		app.services,
		// Nothing of a sequence is rolled back, so the trigger raises once for each kind it is set on.
		'CREATE SEQUENCE raised', 'GRANT ALL ON SEQUENCE raised TO PUBLIC',
		`CREATE FUNCTION raise_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('raised') = 1 THEN RAISE EXCEPTION 'the end is lost'; END IF; RETURN NEW; END $$`,
		`CREATE FUNCTION raise_always() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a defect'; END $$`,
	);
}, 60_000);
afterAll(() => app?.close());
afterEach(async () => {
	await app.call('POST', '/v1/agents/cv-analyst/resume');
	vi.restoreAllMocks();
});

let made = 0;
const newText = (): string => `Leopold Wexcombe-${++made}\nleopold.${made}@example.com\n\nExperience\nBackend developer, Haddon Mills, 2016 – 2024\n- Java and PostgreSQL\n\nSkills\nJava, PostgreSQL\n`;
const upload = async (text = newText(), more = {}) => (await app.call('POST', '/v1/cvs?wait=30', { text, ...more })).body;
/** Its task is not due for an hour. */
const uploadHeld = async (text = newText()) => {
	const { enqueue } = app.services.tasks;
	const held = vi.spyOn(app.services.tasks, 'enqueue').mockImplementation((input) => enqueue({ ...input, runAt: new Date(Date.now() + 3_600_000) }));
	const task = (await app.call('POST', '/v1/cvs', { text })).body;
	held.mockRestore();
	return task;
};
const cvOf = async (task: any) => (await app.call('GET', `/v1/cvs/${task.subject.id}`)).body;
const taskOf = async (id: string, wait = 0) => (await app.call('GET', `/v1/tasks/${id}?wait=${wait}`)).body;
const eventsOf = async (subjectId: string, type: string): Promise<number> => (await app.services.db.query<{ id: string }>('SELECT id FROM events WHERE subject_id = $subjectId AND type = $type', { bind: { subjectId, type } })).length;
const raising = async (on: string, work: () => Promise<void>) => {
	await asOwner(app.services, `CREATE TRIGGER raising BEFORE UPDATE ON ${on}`);
	await work().finally(() => asOwner(app.services, `DROP TRIGGER raising ON ${on.split(' ')[0]}`));
};
const raisingOnce = async (kind: string, work: () => Promise<void>) => {
	await app.services.db.query("SELECT setval('raised', 1, false)");
	await raising(`tasks FOR EACH ROW WHEN (NEW.status = 'succeeded' AND NEW.kind = '${kind}') EXECUTE FUNCTION raise_once()`, work);
};

describe('a task whose end could not be noted runs again, and everything is there once', () => {
	const runsOf = async (taskId: string): Promise<string[]> => (await app.services.db.query<{ outcome: string }>("SELECT outcome FROM agent_runs WHERE task_id = $taskId AND outcome = 'succeeded'", { bind: { taskId } })).map(({ outcome }) => outcome);

	test('the analysis of a CV', async () => {
		await raisingOnce('cv.analyse', async () => {
			const task = await upload();
			expect(task).toMatchObject({ status: 'succeeded', attempt: 2, result: { cvId: task.subject.id } });
			expect(await eventsOf(task.subject.id, 'cv.analysed')).toBe(1);
			expect(await runsOf(task.id)).toEqual(['succeeded']);
		});
	});

	test('a ranking', async () => {
		const { candidateId } = (await upload()).result;
		const job = await createJob(app, 'backend-engineer-en.txt');
		await raisingOnce('match.rank', async () => {
			const task = (await app.call('POST', '/v1/matches?wait=30', { jobId: job.id, candidateId, async: true })).body;
			expect(task).toMatchObject({ status: 'succeeded', attempt: 2, result: { direction: 'candidates', jobId: job.id, candidateId, poolSize: 1 } });
			expect(task.result.matchIds).toHaveLength(1);
			expect(await eventsOf(job.id, 'match.completed')).toBe(1);
			expect(await runsOf(task.id)).toEqual(['succeeded']);
		});
	});

	test.each(['source.index', 'cv.index'])('%s', async (kind) => {
		await raisingOnce(kind, async () => {
			if (kind === 'cv.index') await upload();
			else await app.call('POST', '/v1/sources?wait=30', { text: `Holidays ${++made}\n\nStaff have thirty days.`, title: 'Holidays' });
			await vi.waitFor(async () => {
				const [task] = (await app.call('GET', `/v1/tasks?kind=${kind}&limit=1`)).body.items;
				expect(task).toMatchObject({ status: 'succeeded', attempt: 2, result: { sourceId: expect.any(String), chunks: expect.any(Number) } });
			}, { timeout: 20_000 });
		});
	});
});

describe('an analysis that ends without a result', () => {
	test('by a defect: the CV has failed with the code, it is told once, and it can be analysed again', async () => {
		const text = newText();
		let task: any;
		await raising("cvs FOR EACH ROW WHEN (NEW.status = 'analysed') EXECUTE FUNCTION raise_always()", async () => {
			task = await upload(text);
			expect(task).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
		});
		expect(await cvOf(task)).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
		expect(await eventsOf(task.subject.id, 'cv.failed')).toBe(1);
		const again = await upload(text);
		expect(again).toMatchObject({ status: 'succeeded', subject: task.subject });
		expect(again.id).not.toBe(task.id);
		expect(await cvOf(task)).toMatchObject({ status: 'analysed', error: null, taskId: again.id });
	});

	test('by a worker that vanished each time', async () => {
		const task = await uploadHeld();
		await app.services.db.query("UPDATE tasks SET status = 'running', attempt = max_attempts, lease_until = now() - interval '1 second' WHERE id = $id", { bind: { id: task.id } });
		await vi.waitFor(async () => expect((await taskOf(task.id)).status).toBe('failed'), { timeout: 20_000 });
		expect(await cvOf(task)).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
		expect((await app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: task.subject.id } })).status).toBe(200);
	});

	test('by a cancel: the CV has failed, and the retry of its task makes it queued again', async () => {
		const task = await uploadHeld();
		expect((await app.call('POST', `/v1/tasks/${task.id}/cancel`)).body.status).toBe('cancelled');
		expect(await cvOf(task)).toMatchObject({ status: 'failed', error: { code: 'task_cancelled' } });
		expect(await eventsOf(task.subject.id, 'cv.failed')).toBe(1);
		expect((await app.call('POST', `/v1/tasks/${task.id}/retry`)).status).toBe(202);
		expect((await taskOf(task.id, 30)).status).toBe('succeeded');
		expect(await cvOf(task)).toMatchObject({ status: 'analysed', error: null });
	});

	test('of a CV that was analysed before: status and profile stay, only the task tells', async () => {
		const first = await upload();
		const before = await cvOf(first);
		await app.services.db.query("UPDATE cv_files SET bytes = 'Lentil soup: chop two onions and simmer them.'::bytea WHERE cv_id = $id", { bind: { id: first.subject.id } });
		const { task } = (await app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: first.subject.id } })).body.output;
		expect(await taskOf(task.id, 30)).toMatchObject({ status: 'failed', error: { code: 'not_a_cv' } });
		expect(await cvOf(first)).toEqual({ ...before, taskId: task.id });
		expect(await eventsOf(first.subject.id, 'cv.failed')).toBe(0);
	});

	test('a second analysis while one waits is refused with its task', async () => {
		const task = await uploadHeld();
		const answer = await app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: task.subject.id } });
		expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
		await app.call('POST', `/v1/tasks/${task.id}/cancel`);
	});
});

test('a source whose indexing broke has failed, and adding it again indexes it', async () => {
	const document = { text: `Travel ${++made}\n\nTrains are paid in second class.`, title: 'Travel' };
	let task: any;
	await raising("sources FOR EACH ROW WHEN (NEW.status = 'indexed') EXECUTE FUNCTION raise_always()", async () => {
		task = (await app.call('POST', '/v1/sources?wait=30', document)).body;
		expect(task).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
	});
	expect((await app.call('GET', `/v1/sources/${task.subject.id}`)).body).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
	expect((await app.call('POST', '/v1/sources?wait=30', document)).body.status).toBe('succeeded');
});

test('a task of a paused agent is not retried: 409 agent_paused', async () => {
	const task = await uploadHeld();
	await app.call('POST', `/v1/tasks/${task.id}/cancel`);
	await app.call('POST', '/v1/agents/cv-analyst/pause', {});
	expect((await app.call('POST', `/v1/tasks/${task.id}/retry`)).body).toMatchObject({ status: 409, code: 'agent_paused' });
	expect((await taskOf(task.id)).status).toBe('cancelled');
});

test('the same file again gives the CV its externalId, and another one is refused', async () => {
	const text = newText();
	const { subject } = await upload(text);
	expect((await upload(text, { externalId: 'ats-1' })).subject).toEqual(subject);
	expect((await app.call('GET', `/v1/cvs/${subject.id}`)).body.externalId).toBe('ats-1');
	for (const same of [{}, { externalId: 'ats-1' }]) expect((await upload(text, same)).subject).toEqual(subject);
	const refused = await app.call('POST', '/v1/cvs', { text, externalId: 'ats-2' });
	expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
	expect((await app.call('GET', `/v1/cvs/${subject.id}`)).body.externalId).toBe('ats-1');
});

test('nobody waits for a task on behalf of a client who has left', async () => {
	const task = await uploadHeld();
	const waits = vi.spyOn(app.services.tasks, 'waitFor');
	const leave = new AbortController();
	const asked = fetch(`${app.url}/v1/tasks/${task.id}?wait=30`, { headers: { Authorization: `Bearer ${await app.token()}` }, signal: leave.signal }).catch((error: Error) => error.name);
	await vi.waitFor(() => expect(waits).toHaveBeenCalledTimes(1));
	leave.abort();
	expect(await asked).toBe('AbortError');
	const over = await Promise.race([waits.mock.results[0]?.value.then(() => 'over'), new Promise((resolve) => setTimeout(resolve, 10_000, 'still waiting'))]);
	expect(over).toBe('over');
	await app.call('POST', `/v1/tasks/${task.id}/cancel`);
});

test('a delivery is tried for about a day, counting from the task, then it has failed', async () => {
	const receiver = createServer((_request, response) => void response.writeHead(503).end());
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
	const { db } = app.services;
	try {
		const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
		const { id: webhookId } = (await app.call('POST', '/v1/webhooks', { url, events: ['agent.paused'] })).body;
		await app.call('POST', '/v1/agents/matcher/pause', {});
		await app.call('POST', '/v1/agents/matcher/resume');
		const state = async () => {
			const [row] = await db.query<{ id: string; task: string; delivery: string; attempt: number; seconds: number }>(
				`SELECT t.id, t.status AS task, d.status AS delivery, t.attempt, extract(epoch FROM t.run_at - now())::float AS seconds
				 FROM event_deliveries d JOIN tasks t ON t.payload->>'deliveryId' = d.id::text WHERE d.webhook_id = $webhookId`, { bind: { webhookId } },
			);
			return row!;
		};
		const runAs = async (attempt: number, maxAttempts: string) => {
			const { id } = await state();
			await db.query(`UPDATE tasks SET attempt = $attempt, max_attempts = ${maxAttempts}, run_at = now(), status = 'queued' WHERE id = $id`, { bind: { id, attempt: attempt - 1 } });
			await vi.waitFor(async () => expect(await state()).toMatchObject({ attempt, task: expect.stringMatching(/queued|failed/) }), { timeout: 20_000 });
		};
		await vi.waitFor(async () => expect((await state()).attempt).toBeGreaterThan(0), { timeout: 20_000 });
		await runAs(18, 'max_attempts');
		// Half of the longest wait at least: that is the jitter.
		expect(await state()).toMatchObject({ task: 'queued', delivery: 'pending' });
		expect((await state()).seconds).toBeGreaterThan(3_600);
		// A release gives an attempt more.
		await runAs(22, '23');
		expect(await state()).toMatchObject({ task: 'queued', delivery: 'pending' });
		await runAs(23, '23');
		expect(await state()).toMatchObject({ task: 'failed', delivery: 'failed' });
		await app.call('DELETE', `/v1/webhooks/${webhookId}`);
	} finally {
		await new Promise((resolve) => receiver.close(resolve));
	}
});

describe('a ranking', () => {
	const running = (caller: { credential: { workspaceId: string } }, percents: number[]): Ctx => ({
		...app.services, actor: systemActor(caller.credential.workspaceId), requestId: 'test', signal: new AbortController().signal,
		task: { id: '01980000-0000-7000-8000-0000000000ff', attempt: 1, maxAttempts: 3, progress: async (percent) => void percents.push(percent), fence: async () => {}, succeed: async () => {} },
	});

	test('holds no more text at once than its bound, tells its progress by the pool, and ranks all the same', async () => {
		const caller = await app.otherWorkspace();
		await fillPool(caller, asCommitted().filter(({ file }) => file.endsWith('.txt')).slice(0, 4));
		const job = await createJob(caller, 'backend-engineer-en.txt');
		const before = await rank(caller, { jobId: job.id });
		await app.services.db.query("UPDATE cvs SET text = text || repeat(' ', 7000000) WHERE workspace_id = $id", { bind: { id: caller.credential.workspaceId } });
		const loads: number[] = [];
		const { query } = app.services.db;
		vi.spyOn(app.services.db, 'query').mockImplementation(async (sql, values) => {
			const rows = await query(sql, values);
			if (rows.length > 0 && rows.every((row) => typeof row['text'] === 'string')) loads.push(rows.reduce((sum, row) => sum + (row['text'] as string).length, 0));
			return rows as never;
		});
		const percents: number[] = [];
		const ranking = await rankMatches(running(caller, percents), { jobId: job.id, limit: 100 });
		expect(Math.max(...loads)).toBeLessThanOrEqual(20 * 1024 * 1024);
		expect(loads.length).toBeGreaterThan(1);
		expect(percents).toEqual([...percents].sort((a, b) => a - b));
		expect(percents.at(-1)).toBe(95);
		expect(ranking.items.map(({ id, score }) => [id, score])).toEqual(before.items.map(({ id, score }: any) => [id, score]));
	}, 60_000);

	test('of the jobs for a person reads them without their texts', async () => {
		const { candidateId } = (await upload()).result;
		const read: object[] = [];
		const { query } = app.services.db.sequelize;
		vi.spyOn(app.services.db.sequelize, 'query').mockImplementation((async (sql: any, options: any) => {
			const answer: any = await query.call(app.services.db.sequelize, sql, options);
			if (/FROM "jobs"/.test(typeof sql === 'string' ? sql : sql.query) && Array.isArray(answer)) read.push(...answer);
			return answer;
		}) as never);
		const percents: number[] = [];
		const ranking = await rankMatches(running(app, percents), { candidateId, limit: 100 });
		expect(ranking.items.length).toBeGreaterThan(0);
		expect(percents.at(-1)).toBe(95);
		const scored = read.filter((row) => 'analysis' in row);
		expect(scored.length).toBeGreaterThan(0);
		for (const row of scored) expect(Object.keys(row)).not.toContain('text');
	});
});

test('an erasure, a ranking and a new analysis of one person do not wait for each other in a circle', async () => {
	const job = await createJob(app, 'backend-engineer-en.txt');
	for (let round = 0; round < 6; round += 1) {
		const people = await Promise.all([1, 2, 3].map(() => upload()));
		const answers = await Promise.all(people.flatMap(({ result }) => [
			app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: result.cvId } }),
			app.call('POST', '/v1/matches', { jobId: job.id }),
			new Promise((resolve) => setTimeout(resolve, round * 6)).then(() => app.call('DELETE', `/v1/candidates/${result.candidateId}`)),
		]));
		for (const { status, body } of answers) expect([200, 404], JSON.stringify(body)).toContain(status);
	}
	await untilIdle(app.services.db);
	expect((await request(app.url, 'GET', '/health/ready')).status).toBe(200);
});
