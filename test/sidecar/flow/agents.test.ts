/** Agents: which version made what, runs of each kind, and a pause that refuses new work and loses none that was accepted. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { asCommitted, createJob, fillPool, rank } from './pool.ts';
import type { Pool } from './pool.ts';

const names = ['cv-analyst', 'matcher', 'rag-assistant'] as const;

let app: TestApp;
let pool: Pool;
let job: any;
beforeAll(async () => {
	app = await startApp();
	pool = await fillPool(app, asCommitted().slice(0, 3));
	job = await createJob(app, 'backend-engineer-en.txt');
	await untilIdle(app.services.db);
}, 120_000);
afterAll(() => app?.close());
afterEach(async () => {
	for (const name of names) await app.call('POST', `/v1/agents/${name}/resume`);
});

const person = () => [...pool.people.values()][0]!;

test('the three built-in agents are there, active, each with its version', async () => {
	const { items } = (await app.call('GET', '/v1/agents')).body;
	expect(items.map(({ name, kind, status }: any) => [name, kind, status]).sort()).toEqual(names.map((name) => [name, name, 'active']));
	for (const agent of items) {
		expect(agent.activeVersion).toMatchObject({ number: 1, reason: 'Built in' });
		expect((await app.call('GET', `/v1/agents/${agent.id}`)).body).toEqual(agent);
		expect((await app.call('GET', `/v1/agents/${agent.name}`)).body).toEqual(agent);
	}
});

test('what they make says which version made it', async () => {
	const version = async (name: string) => (await app.call('GET', `/v1/agents/${name}`)).body.activeVersion.id;
	expect((await app.call('GET', `/v1/cvs/${person().cvId}`)).body.provenance.agentVersionId).toBe(await version('cv-analyst'));
	expect((await rank(app, { jobId: job.id })).items[0].provenance.agentVersionId).toBe(await version('matcher'));
	expect((await app.call('POST', '/v1/rag/query', { question: 'Who knows Sage 100?' })).body.provenance.agentVersionId).toBe(await version('rag-assistant'));
});

describe('a run', () => {
	test('of the cv-analyst reads the CV again and comes to the same', async () => {
		const { cvId, candidateId } = person();
		const before = (await app.call('GET', `/v1/cvs/${cvId}`)).body;
		const run = await app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId } });
		expect([run.status, run.body.kind]).toEqual([200, 'cv-analyst']);
		const task = (await app.call('GET', `/v1/tasks/${run.body.output.task.id}?wait=30`)).body;
		expect(task).toMatchObject({ kind: 'cv.analyse', status: 'succeeded', result: { cvId, candidateId } });
		const after = (await app.call('GET', `/v1/cvs/${cvId}`)).body;
		expect({ ...after, taskId: null, analysedAt: null }).toEqual({ ...before, taskId: null, analysedAt: null });
		expect(after.taskId).toBe(task.id);
	});

	test('of the cv-analyst on a CV that failed keeps the reason', async () => {
		const failed = (await app.call('POST', '/v1/cvs?wait=30', { text: 'Lentil soup: chop two onions and simmer them.' })).body;
		expect(failed.error.code).toBe('not_a_cv');
		const run = (await app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: failed.subject.id } })).body;
		expect((await app.call('GET', `/v1/tasks/${run.output.task.id}?wait=30`)).body).toMatchObject({ status: 'failed', error: { code: 'not_a_cv' } });
	});

	test('of the cv-analyst waits for the one that is under way', async () => {
		const { db } = app.services;
		const answers = await Promise.all([1, 2, 3].map(() => app.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId: person().cvId } })));
		for (const { status, body } of answers) expect([status, body.code]).toBeOneOf([[200, undefined], [409, 'conflict']]);
		await untilIdle(db);
		expect((await app.call('GET', `/v1/cvs/${person().cvId}`)).body.status).toBe('analysed');
	});

	test('that breaks in an unforeseen way leaves the CV failed, not queued for ever, and can be had again', async () => {
		const { db } = app.services;
		const caller = await app.otherWorkspace();
		const { workspaceId } = caller.credential;
		const analyst = (await caller.call('GET', '/v1/agents/cv-analyst')).body;
		await db.query("UPDATE agent_labels SET label = 'away' WHERE agent_id = $id", { bind: { id: analyst.id } });
		const task = (await caller.call('POST', '/v1/cvs?wait=30', { text: example('cvs/ines-bouchareb.txt').toString() })).body;
		expect(task).toMatchObject({ status: 'failed', error: { code: 'internal_error' }, attempt: 3 });
		const cvId = task.subject.id;
		expect((await caller.call('GET', `/v1/cvs/${cvId}`)).body).toMatchObject({ status: 'failed', error: { code: 'internal_error' }, candidateId: null });
		const events = await db.query<{ type: string }>('SELECT type FROM events WHERE workspace_id = $workspaceId ORDER BY type', { bind: { workspaceId } });
		expect(events.map(({ type }) => type)).toEqual(['cv.failed', 'task.failed']);
		await db.query("UPDATE agent_labels SET label = 'production' WHERE agent_id = $id", { bind: { id: analyst.id } });
		const run = (await caller.call('POST', '/v1/agents/cv-analyst/runs', { input: { cvId } })).body;
		expect((await caller.call('GET', `/v1/tasks/${run.output.task.id}?wait=30`)).body.status).toBe('succeeded');
		expect((await caller.call('GET', `/v1/cvs/${cvId}`)).body).toMatchObject({ status: 'analysed', error: null });
	});

	test('of the matcher answers what POST /v1/matches answers', async () => {
		for (const input of [{ jobId: job.id }, { candidateId: person().candidateId }, { jobId: job.id, candidateId: person().candidateId }]) {
			const run = await app.call('POST', '/v1/agents/matcher/runs', { input });
			expect(run.status).toBe(200);
			expect(run.body.output).toEqual((await app.call('POST', '/v1/matches', input)).body);
		}
	});

	test('of the rag-assistant answers what POST /v1/rag/query answers', async () => {
		const question = 'Qui connaît Sage 100 ?';
		const run = await app.call('POST', '/v1/agents/rag-assistant/runs', { input: { question } });
		const asked = (await app.call('POST', '/v1/rag/query', { question })).body;
		expect([run.status, run.body.output.answer, run.body.output.citations]).toEqual([200, asked.answer, asked.citations]);
	});

	test.each([['cv-analyst', {}], ['cv-analyst', { cvId: 'x' }], ['matcher', {}], ['matcher', { jobId: 5 }], ['rag-assistant', {}], ['rag-assistant', { question: '' }], ['matcher', { jobId: '01980000-0000-7000-8000-0000000fffff', extra: 1 }]])('of the %s on %j is refused with the place that is wrong', async (name, input) => {
		const answer = await app.call('POST', `/v1/agents/${name}/runs`, { input });
		expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
		expect(answer.body.errors[0].path).toMatch(/^body\.input/);
	});
});

describe('a paused agent', () => {
	const work: Record<(typeof names)[number], [string, () => [string, object]][]> = {
		'cv-analyst': [
			['POST /v1/cvs', () => ['/v1/cvs', { text: example('cvs/mehmet-yalcinkaya.txt').toString() }]],
			['a run', () => ['/v1/agents/cv-analyst/runs', { input: { cvId: person().cvId } }]],
		],
		matcher: [
			['POST /v1/matches', () => ['/v1/matches', { jobId: job.id }]],
			['POST /v1/matches as a task', () => ['/v1/matches', { jobId: job.id, async: true }]],
			['a run', () => ['/v1/agents/matcher/runs', { input: { jobId: job.id } }]],
		],
		'rag-assistant': [
			['POST /v1/rag/query', () => ['/v1/rag/query', { question: 'Who knows SAP?' }]],
			['a run', () => ['/v1/agents/rag-assistant/runs', { input: { question: 'Who knows SAP?' } }]],
		],
	};

	test.each(names)('%s refuses new work with 409, writes nothing of it, and takes it again after the resume', async (name) => {
		const paused = await app.call('POST', `/v1/agents/${name}/pause`, { reason: 'Checking yesterday' });
		expect(paused.body).toMatchObject({ name, status: 'paused', pauseReason: 'Checking yesterday', pausedBy: 'n8n', pausedAt: expect.any(String) });
		const before = await contents(app.services.db);
		for (const [what, call] of work[name]) {
			const [path, body] = call();
			const answer = await app.call('POST', path, body);
			expect([what, answer.status, answer.body.code]).toEqual([what, 409, 'agent_paused']);
			expect(answer.body.detail).toContain('Checking yesterday');
		}
		expect(await contents(app.services.db)).toEqual(before);
		expect((await app.call('POST', `/v1/agents/${name}/resume`)).body).toMatchObject({ status: 'active', pausedAt: null, pausedBy: null, pauseReason: null });
		for (const [what, call] of work[name]) {
			const [path, body] = call();
			expect([what, (await app.call('POST', path, body)).status]).toEqual([what, expect.toBeOneOf([200, 202])]);
		}
		await untilIdle(app.services.db);
	});

	test('does not stop the others, nor what only reads', async () => {
		await app.call('POST', '/v1/agents/matcher/pause', {});
		expect((await app.call('POST', '/v1/cvs?wait=30', { text: example('cvs/ines-bouchareb.txt').toString() })).body.status).toBe('succeeded');
		expect((await app.call('GET', `/v1/matches?jobId=${job.id}`)).status).toBe(200);
		expect((await app.call('POST', '/v1/rag/query', { question: 'Who knows SAP?' })).status).toBe(200);
	});

	test('of another workspace is not paused with ours', async () => {
		const other = await app.otherWorkspace();
		await app.call('POST', '/v1/agents/cv-analyst/pause', {});
		expect((await other.call('GET', '/v1/agents/cv-analyst')).body.status).toBe('active');
		expect((await other.call('POST', '/v1/cvs?wait=30', { text: example('cvs/ines-bouchareb.txt').toString() })).body.status).toBe('succeeded');
	});

	test('pausing and resuming twice changes nothing more', async () => {
		const first = (await app.call('POST', '/v1/agents/matcher/pause', { reason: 'one' })).body;
		expect((await app.call('POST', '/v1/agents/matcher/pause', { reason: 'two' })).body).toEqual(first);
		const resumed = (await app.call('POST', '/v1/agents/matcher/resume')).body;
		expect((await app.call('POST', '/v1/agents/matcher/resume')).body).toEqual(resumed);
	});

	test('keeps every task that was accepted before: queued during the pause, done after it, once', async () => {
		const caller = await app.otherWorkspace();
		const texts = Array.from({ length: 30 }, (_, index) => `Wilhelmina Osgood-${index}\nwilhelmina.${index}@example.com\n\nExperience\nBackend developer, Haddon Mills ${index}, 2016 – 2024\n- Java and PostgreSQL\n\nSkills\nJava, PostgreSQL\n`);
		const uploads = Promise.all(texts.map((text) => caller.call('POST', '/v1/cvs', { text })));
		const pause = caller.call('POST', '/v1/agents/cv-analyst/pause', { reason: 'all hands' });
		const answers = await uploads;
		expect((await pause).body.status).toBe('paused');
		const accepted = answers.filter(({ status }) => status === 202 || status === 200).map(({ body }) => body.id);
		expect(answers.filter(({ status, body }) => status >= 400 && body.code !== 'agent_paused')).toEqual([]);

		// What ran when the pause came finishes; from then on nothing starts.
		await expect.poll(async () => (await caller.call('GET', '/v1/tasks?kind=cv.analyse&status=running')).body.items.length, { timeout: 20_000 }).toBe(0);
		const held = (await caller.call('GET', '/v1/tasks?kind=cv.analyse&status=queued&limit=100')).body.items.map(({ id }: any) => id).sort();
		expect(held.length).toBeGreaterThan(0);
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		expect((await caller.call('GET', '/v1/tasks?kind=cv.analyse&status=queued&limit=100')).body.items.map(({ id }: any) => id).sort()).toEqual(held);

		await caller.call('POST', '/v1/agents/cv-analyst/resume');
		for (const id of accepted) expect((await caller.call('GET', `/v1/tasks/${id}?wait=30`)).body).toMatchObject({ id, status: 'succeeded', error: null });
		const { items } = (await caller.call('GET', '/v1/tasks?kind=cv.analyse&limit=100')).body;
		expect(items.map(({ id }: any) => id).sort()).toEqual(accepted.sort());
		expect((await caller.call('GET', '/v1/candidates?limit=100')).body.items).toHaveLength(accepted.length);
	});

	test('keeps a ranking that was accepted as a task', async () => {
		await app.call('POST', '/v1/agents/matcher/pause', {});
		// Accepted a moment before the pause: the ledger holds it whatever the carrier does.
		const agentId = (await app.call('GET', '/v1/agents/matcher')).body.id;
		const { db, tasks } = app.services;
		const task = await db.transaction(() => tasks.enqueue({ workspaceId: app.credential.workspaceId, kind: 'match.rank', payload: { jobId: job.id, limit: 5 }, subject: { type: 'job', id: job.id }, agentId, createdBy: 'test' }));
		expect((await app.call('GET', `/v1/tasks/${task.id}?wait=2`)).body.status).toBe('queued');
		await app.call('POST', '/v1/agents/matcher/resume');
		expect((await app.call('GET', `/v1/tasks/${task.id}?wait=30`)).body).toMatchObject({ status: 'succeeded', result: { jobId: job.id } });
	});

	test('a task that waits for its agent can be cancelled, and run again later', async () => {
		await app.call('POST', '/v1/agents/cv-analyst/pause', {});
		const { db, tasks } = app.services;
		const agentId = (await app.call('GET', '/v1/agents/cv-analyst')).body.id;
		const { cvId } = person();
		const task = await db.transaction(() => tasks.enqueue({ workspaceId: app.credential.workspaceId, kind: 'cv.analyse', payload: { cvId }, subject: { type: 'cv', id: cvId }, agentId, createdBy: 'test' }));
		expect((await app.call('POST', `/v1/tasks/${task.id}/cancel`)).body.status).toBe('cancelled');
		expect((await app.call('POST', `/v1/tasks/${task.id}/cancel`)).body).toMatchObject({ status: 409, code: 'task_not_cancellable' });
		await app.call('POST', '/v1/agents/cv-analyst/resume');
		expect((await app.call('POST', `/v1/tasks/${task.id}/retry`)).status).toBe(202);
		expect((await app.call('GET', `/v1/tasks/${task.id}?wait=30`)).body.status).toBe('succeeded');
		expect((await app.call('POST', `/v1/tasks/${task.id}/retry`)).body).toMatchObject({ status: 409, code: 'task_not_retryable' });
	});
});
