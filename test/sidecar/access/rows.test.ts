/** Every resource × whose row it is × reach of the role: what is out of reach is like what does not exist, on every way to it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { actorId, allRowPermissions, callerWithRole, expectStatus, listAll, makeRowsOf, problem, whenIndexed } from './world.ts';
import type { RowSet } from './world.ts';

const scopes = ['own', 'assigned', 'workspace'] as const;
type Scope = (typeof scopes)[number];
type Whose = 'own' | 'assigned' | 'other' | 'foreign';

let app: TestApp;
let admin: Caller;
let recruiter: Caller;
const callers = {} as Record<Scope, Caller>;
const own = {} as Record<Scope, RowSet>;
let assigned: RowSet;
let other: RowSet;
let foreign: RowSet;
/** asked and checked, for the sum at the end */
let asked = 0;

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	admin = await app.clientWith(['admin']);
	recruiter = await app.clientWith(['recruiter']);
	assigned = await makeRowsOf(recruiter, 'Ottilie Varnbrook', 'Zephyrcourt');
	other = await makeRowsOf(recruiter, 'Benedikta Lorhagen', 'Quartzfield');
	foreign = await makeRowsOf(await app.otherWorkspace(), 'Casimir Oldenvale', 'Umbermarsh');
	for (const [index, scope] of scopes.entries()) {
		callers[scope] = await callerWithRole(app, { name: `reach-${scope}`, rows: scope }, admin);
		own[scope] = await makeRowsOf(callers[scope], ['Florentin Aubervale', 'Marisol Penhallin', 'Yannis Kestrelby'][index] as string, ['Nightjar', 'Tamarisk', 'Windlass'][index] as string);
		await expectStatus(200, recruiter.call('PUT', `/v1/jobs/${assigned.jobId}/assignments/${await actorId(callers[scope])}`));
	}
	await whenIndexed(admin, [assigned, other, ...Object.values(own)].map(({ cvId }) => cvId));
});
afterAll(async () => {
	console.log(`rows: ${asked} answers looked at`);
	await app?.close();
});

const rowOf = (scope: Scope, whose: Whose): RowSet => ({ own: own[scope], assigned, other, foreign })[whose];
const cases = scopes.flatMap((scope) => (['own', 'assigned', 'other', 'foreign'] as const).map((whose): [Scope, Whose] => [scope, whose]));
const reaches = (scope: Scope, whose: Whose): boolean => whose !== 'foreign' && scopes.indexOf(scope) >= ['own', 'assigned', 'other'].indexOf(whose);
/** Nobody assigns a task or a document. */
const reachesMade = (scope: Scope, whose: Whose): boolean => reaches(scope, whose) && (whose !== 'assigned' || scope === 'workspace');

/** Everything a row set has that an answer could show. */
const traces = ({ name, cvId, candidateId, jobId, matchId, taskId, documentId }: RowSet): string[] => [name, cvId, candidateId, jobId, matchId, taskId, documentId];

async function ask(caller: Caller, method: string, path: string, body?: unknown) {
	asked++;
	return caller.call(method, path, body);
}

describe.each(cases)('a role with %s rows, asked for a row of kind %s', (scope, whose) => {
	const byId: [string, (row: RowSet) => string, boolean][] = [
		['job', ({ jobId }) => `/v1/jobs/${jobId}`, reaches(scope, whose)],
		['candidate', ({ candidateId }) => `/v1/candidates/${candidateId}`, reaches(scope, whose)],
		['CV', ({ cvId }) => `/v1/cvs/${cvId}`, reaches(scope, whose)],
		['text', ({ cvId }) => `/v1/cvs/${cvId}/text`, reaches(scope, whose)],
		['file', ({ cvId }) => `/v1/cvs/${cvId}/file`, reaches(scope, whose)],
		['match', ({ matchId }) => `/v1/matches/${matchId}`, reaches(scope, whose)],
		['task', ({ taskId }) => `/v1/tasks/${taskId}`, reachesMade(scope, whose)],
		['task, waiting', ({ taskId }) => `/v1/tasks/${taskId}?wait=1`, reachesMade(scope, whose)],
		['document', ({ documentId }) => `/v1/sources/${documentId}`, reachesMade(scope, whose)],
		['assignments', ({ jobId }) => `/v1/jobs/${jobId}/assignments`, reaches(scope, whose)],
	];
	test.each(byId)('%s by its id', async (_, path, visible) => {
		const answer = await ask(callers[scope], 'GET', path(rowOf(scope, whose)));
		if (visible) return expect(answer.status).toBe(200);
		const unknown = randomUUID();
		const nothing = await ask(callers[scope], 'GET', path({ name: '', cvId: unknown, candidateId: unknown, jobId: unknown, matchId: unknown, taskId: unknown, documentId: unknown }));
		expect(answer.status).toBe(404);
		expect(problem(answer)).toEqual(problem(nothing));
	});

	test('lists, filters and searches', async () => {
		const row = rowOf(scope, whose);
		const lists: [string, string, boolean][] = [
			['/v1/jobs', row.jobId, reaches(scope, whose)],
			['/v1/jobs?q=Developer', row.jobId, reaches(scope, whose)],
			['/v1/jobs?status=open', row.jobId, reaches(scope, whose)],
			['/v1/candidates', row.candidateId, reaches(scope, whose)],
			[`/v1/candidates?q=${encodeURIComponent(row.name)}`, row.candidateId, reaches(scope, whose)],
			['/v1/cvs', row.cvId, reaches(scope, whose)],
			[`/v1/cvs?candidateId=${row.candidateId}`, row.cvId, reaches(scope, whose)],
			['/v1/matches', row.matchId, reaches(scope, whose)],
			[`/v1/matches?jobId=${row.jobId}`, row.matchId, reaches(scope, whose)],
			[`/v1/matches?candidateId=${row.candidateId}`, row.matchId, reaches(scope, whose)],
			['/v1/tasks', row.taskId, reachesMade(scope, whose)],
			['/v1/tasks?kind=cv.analyse', row.taskId, reachesMade(scope, whose)],
			['/v1/sources', row.documentId, reachesMade(scope, whose)],
		];
		for (const [path, id, visible] of lists) {
			asked++;
			const items = await listAll(callers[scope], path);
			expect([path, items.some((item) => item.id === id)]).toEqual([path, visible]);
			if (!visible && !reaches(scope, whose)) for (const trace of traces(row)) expect(JSON.stringify(items)).not.toContain(trace);
		}
		asked++;
		const indexed = await listAll(callers[scope], '/v1/sources?kind=cv');
		expect(indexed.some(({ cvId }) => cvId === row.cvId)).toBe(reaches(scope, whose));
		const search = await ask(callers[scope], 'POST', '/v1/candidates/search', { skills: ['Java'], title: 'backend developer', limit: 100 });
		expect(search.body.items.some((item: any) => item.candidateId === row.candidateId)).toBe(reaches(scope, whose));
	});

	test('a question is answered from the CVs within reach, and from every document of the workspace', async () => {
		const row = rowOf(scope, whose);
		const project = { own: ['Nightjar', 'Tamarisk', 'Windlass'][scopes.indexOf(scope)], assigned: 'Zephyrcourt', other: 'Quartzfield', foreign: 'Umbermarsh' }[whose];
		for (const [path, body] of [['/v1/rag/search', { query: `${project} migration`, limit: 50 }], ['/v1/rag/query', { question: `Who led the ${project} migration?` }]] as const) {
			const answer = await ask(callers[scope], 'POST', path, body);
			expect(answer.status).toBe(200);
			const { question: _question, ...shown } = answer.body;
			const hits: any[] = shown.items ?? shown.citations;
			expect(hits.some(({ cvId }) => cvId === row.cvId)).toBe(reaches(scope, whose));
			if (!reaches(scope, whose)) for (const trace of [row.name, row.cvId, row.candidateId]) expect(JSON.stringify(shown)).not.toContain(trace);
		}
		const scoped = await ask(callers[scope], 'POST', '/v1/rag/search', { query: 'Java Kotlin', scope: { candidateIds: [row.candidateId] } });
		expect(scoped.body.items.length > 0).toBe(reaches(scope, whose));
		const documents = await ask(callers[scope], 'POST', '/v1/rag/search', { query: `${project} budget`, scope: { kinds: ['document'] } });
		expect(documents.body.items.some(({ sourceId }: any) => sourceId === row.documentId)).toBe(whose !== 'foreign');
	});

	if (!reaches(scope, whose)) test('nothing is changed, ranked, run or handed on', async () => {
		const row = rowOf(scope, whose);
		const caller = callers[scope];
		const me = await actorId(caller);
		const before = await fingerprint();
		const refused: [string, string, unknown?][] = [
			['PATCH', `/v1/jobs/${row.jobId}`, { status: 'closed' }],
			['DELETE', `/v1/jobs/${row.jobId}`],
			['DELETE', `/v1/cvs/${row.cvId}`],
			['DELETE', `/v1/candidates/${row.candidateId}`],
			['PUT', `/v1/jobs/${row.jobId}/assignments/${me}`],
			['DELETE', `/v1/jobs/${row.jobId}/assignments/${me}`],
			['GET', `/v1/jobs/${row.jobId}/assignments/${me}`],
			['POST', `/v1/tasks/${row.taskId}/cancel`],
			['POST', `/v1/tasks/${row.taskId}/retry`],
			['DELETE', `/v1/sources/${row.documentId}`],
			['POST', '/v1/matches', { jobId: row.jobId }],
			['POST', '/v1/matches', { jobId: row.jobId, async: true }],
			['POST', '/v1/matches', { candidateId: row.candidateId }],
			['POST', '/v1/matches', { jobId: own[scope].jobId, candidateId: row.candidateId }],
			['POST', '/v1/matches', { jobId: own[scope].jobId, candidateIds: [row.candidateId] }],
			['POST', '/v1/agents/cv-analyst/runs', { input: { cvId: row.cvId } }],
			['POST', '/v1/agents/matcher/runs', { input: { jobId: row.jobId } }],
			['POST', '/v1/agents/matcher/runs', { input: { candidateId: row.candidateId } }],
		];
		for (const [method, path, body] of refused) {
			const answer = await ask(caller, method, path, body);
			expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 404, 'not_found']);
		}
		expect(await fingerprint()).toEqual(before);
	});
});

/** What a refused change could have changed. */
async function fingerprint(): Promise<object[]> {
	return app.services.db.query(
		`SELECT (SELECT json_agg(j.id || j.status || j.version ORDER BY j.id) FROM jobs j) AS jobs, (SELECT json_agg(c.id ORDER BY c.id) FROM candidates c) AS candidates,
		   (SELECT json_agg(v.id || v.status ORDER BY v.id) FROM cvs v) AS cvs, (SELECT json_agg(s.id ORDER BY s.id) FROM sources s) AS sources,
		   (SELECT json_agg(m.id ORDER BY m.id) FROM matches m) AS matches, (SELECT json_agg(t.id || t.status ORDER BY t.id) FROM tasks t WHERE t.kind <> 'cv.index') AS tasks,
		   (SELECT count(*) FROM job_assignments) AS assignments`,
	);
}

describe.each(scopes)('a ranking of a role with %s rows', (scope) => {
	/** candidates of the workspace that it may rank */
	const pool = () => ({ own: [own.own], assigned: [own.assigned, assigned], workspace: [...Object.values(own), assigned, other] })[scope].map(({ candidateId }) => candidateId).sort();
	const jobPool = () => ({ own: [own.own], assigned: [own.assigned, assigned], workspace: [...Object.values(own), assigned, other] })[scope].map(({ jobId }) => jobId).sort();

	test('holds the candidates within reach and counts no others', async () => {
		const answer = await ask(callers[scope], 'POST', '/v1/matches', { jobId: own[scope].jobId, limit: 100 });
		expect(answer.body.items.map(({ candidateId }: any) => candidateId).sort()).toEqual(pool());
		expect(answer.body.poolSize).toBe(pool().length);
	});

	test('holds the jobs within reach and counts no others', async () => {
		const answer = await ask(callers[scope], 'POST', '/v1/matches', { candidateId: own[scope].candidateId, limit: 100 });
		expect(answer.body.items.map(({ jobId }: any) => jobId).sort()).toEqual(jobPool());
		expect(answer.body.poolSize).toBe(jobPool().length);
	});

	test('is the same as a task, which runs with what its caller reaches', async () => {
		for (const [input, size] of [[{ jobId: own[scope].jobId }, pool().length], [{ candidateId: own[scope].candidateId }, jobPool().length]] as const) {
			const answer = await ask(callers[scope], 'POST', '/v1/matches?wait=30', { ...input, limit: 100, async: true });
			expect([answer.body.status, answer.body.result?.poolSize, answer.body.result?.matchIds.length]).toEqual(['succeeded', size, size]);
			const ids = await app.services.db.query<{ candidateId: string; jobId: string }>('SELECT candidate_id AS "candidateId", job_id AS "jobId" FROM matches WHERE id = ANY ($ids::uuid[])', { bind: { ids: answer.body.result.matchIds } });
			expect(ids.every(({ candidateId, jobId }) => pool().includes(candidateId) && jobPool().includes(jobId))).toBe(true);
		}
	});
});

test('a ranking that waited while its caller lost reach shows nothing that the caller lost', async () => {
	const caller = await callerWithRole(app, { name: 'losing', rows: 'assigned' }, admin);
	await recruiter.call('PUT', `/v1/jobs/${assigned.jobId}/assignments/${await actorId(caller)}`);
	await admin.call('POST', '/v1/agents/matcher/pause', {});
	// Accepted before the pause, so to say: the pause refuses new work.
	const agent = (await admin.call('GET', '/v1/agents/matcher')).body;
	const task = await app.services.tasks.enqueue({
		workspaceId: app.credential.workspaceId, kind: 'match.rank', payload: { jobId: assigned.jobId, limit: 20, askedBy: await actorId(caller) }, agentId: agent.id, createdBy: await actorId(caller),
	});
	await recruiter.call('DELETE', `/v1/jobs/${assigned.jobId}/assignments/${await actorId(caller)}`);
	await admin.call('POST', '/v1/agents/matcher/resume');
	const ended = await ask(caller, 'GET', `/v1/tasks/${task.id}?wait=30`);
	expect([ended.body.status, ended.body.error?.code]).toEqual(['failed', 'not_found']);
});

test('a ranking of whoever has no access any more fails', async () => {
	const task = await app.services.tasks.enqueue({ workspaceId: app.credential.workspaceId, kind: 'match.rank', payload: { jobId: assigned.jobId, limit: 20, askedBy: randomUUID() }, createdBy: 'somebody' });
	const ended = await ask(admin, 'GET', `/v1/tasks/${task.id}?wait=30`);
	expect([ended.body.status, ended.body.error?.code]).toEqual(['failed', 'forbidden']);
});

describe('the same file again', () => {
	test('by who does not reach it is a conflict that shows no id and changes nothing', async () => {
		const file = (await admin.call('GET', `/v1/cvs/${other.cvId}/file`)).body;
		const before = await fingerprint();
		const answer = await ask(callers.own, 'POST', '/v1/cvs?wait=30', { fileName: 'again.txt', text: file, externalId: 'mine' });
		expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
		for (const trace of traces(other)) expect(JSON.stringify(answer.body)).not.toContain(trace);
		expect(await fingerprint()).toEqual(before);
		expect((await admin.call('GET', `/v1/cvs/${other.cvId}`)).body.externalId).toBeNull();
	});

	test('by who reaches it is the same CV', async () => {
		const file = (await admin.call('GET', `/v1/cvs/${assigned.cvId}/file`)).body;
		const answer = await ask(callers.assigned, 'POST', '/v1/cvs?wait=30', { fileName: 'again.txt', text: file });
		expect([answer.status, answer.body.result.cvId]).toEqual([200, assigned.cvId]);
	});

	test('a document of somebody else is neither replaced nor named', async () => {
		await expectStatus(200, recruiter.call('POST', '/v1/sources?wait=30', { title: 'Handbook', text: 'Handbook\n\nThe office closes at six.', externalId: 'handbook-1' }));
		for (const body of [{ text: 'Handbook\n\nThe office never closes.', externalId: 'handbook-1' }, { text: 'Handbook\n\nThe office closes at six.', title: 'Renamed' }]) {
			const answer = await ask(callers.own, 'POST', '/v1/sources', body);
			expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
		}
		const found = await ask(admin, 'POST', '/v1/rag/search', { query: 'When does the office close?', scope: { kinds: ['document'] } });
		expect(found.body.items[0]).toMatchObject({ title: 'Handbook', text: expect.stringContaining('closes at six') });
	});
});

test('who reaches a part of the workspace does not pause its agents', async () => {
	for (const scope of ['own', 'assigned'] as const) {
		const answer = await ask(callers[scope], 'POST', '/v1/agents/matcher/pause', {});
		expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
	}
});

test('each permission has its own reach: who reads all and changes its own changes no other', async () => {
	const reader = await callerWithRole(app, { name: 'reads-all', rows: 'workspace', permissions: ['jobs:read', 'candidates:read'] }, admin);
	expect((await ask(reader, 'GET', `/v1/jobs/${other.jobId}`)).status).toBe(200);
	await callerWithRole(app, { name: 'changes-own', rows: 'own', permissions: allRowPermissions.filter((permission) => !['jobs:read', 'candidates:read'].includes(permission)) }, admin);
	const both = await app.clientWith(['reads-all', 'changes-own']);
	expect((await ask(both, 'GET', `/v1/jobs/${other.jobId}`)).status).toBe(200);
	expect((await ask(both, 'GET', `/v1/candidates/${other.candidateId}`)).body.cvs).toHaveLength(1);
	expect((await ask(both, 'PATCH', `/v1/jobs/${other.jobId}`, { status: 'closed' })).status).toBe(404);
	expect((await ask(both, 'GET', `/v1/matches/${other.matchId}`)).status).toBe(404);
	expect((await ask(both, 'DELETE', `/v1/candidates/${other.candidateId}`)).status).toBe(404);
});

test('a ranking by somebody else does not open the pool to whoever made the job', async () => {
	const maker = await callerWithRole(app, { name: 'maker', rows: 'assigned' }, admin);
	const job = await expectStatus(201, maker.call('POST', '/v1/jobs', { text: 'Developer\n\nRequirements\n- Java\n' }));
	await expectStatus(200, recruiter.call('POST', '/v1/matches', { candidateId: other.candidateId, limit: 100 }));
	expect((await app.services.db.query('SELECT id FROM matches WHERE job_id = $job', { bind: { job: job.id } })).length).toBe(1);
	expect(await listAll(maker, '/v1/matches')).toEqual([]);
	expect((await ask(maker, 'GET', `/v1/candidates/${other.candidateId}`)).status).toBe(404);
	// Nor may it assign the job to itself, or to somebody who would then see more than it does.
	const answer = await ask(maker, 'PUT', `/v1/jobs/${job.id}/assignments/${await actorId(maker)}`);
	expect([answer.status, answer.body.code]).toEqual([403, 'grant_exceeded']);
	await expectStatus(200, recruiter.call('PUT', `/v1/jobs/${job.id}/assignments/${await actorId(maker)}`));
	expect((await ask(maker, 'GET', `/v1/candidates/${other.candidateId}`)).status).toBe(200);
	await recruiter.call('DELETE', `/v1/jobs/${job.id}`);
});

describe('what is within reach', () => {
	test('is changed and erased, and its erasure shows what every erasure shows', async () => {
		for (const scope of scopes) {
			const rows = await makeRowsOf(callers[scope], `Tobiah ${scope[0]!.toUpperCase()}${scope.slice(1)}berg`, `Larkspur${scope}`);
			expect((await ask(callers[scope], 'PATCH', `/v1/jobs/${rows.jobId}`, { status: 'closed' })).body.status).toBe('closed');
			expect((await ask(callers[scope], 'DELETE', `/v1/sources/${rows.documentId}`)).status).toBe(204);
			expect((await ask(callers[scope], 'DELETE', `/v1/candidates/${rows.candidateId}`)).body).toMatchObject({ candidateId: rows.candidateId, erased: { cvs: 1, candidates: 1 } });
			expect((await ask(callers[scope], 'DELETE', `/v1/jobs/${rows.jobId}`)).status).toBe(204);
		}
	});
});
