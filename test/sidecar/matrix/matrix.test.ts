/** Must show of access: every route × actor × kind of row, by an oracle of its own, with 0 leaks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { request, startApp } from '../../support/app.ts';
import type { Answer, TestApp } from '../../support/app.ts';
import { untilIdle } from '../../support/rows.ts';
import { asks } from './asks.ts';
import { Matrix } from './matrix.ts';
import { assign, buildWorld, makeClient, makeUser, password, tokenOf, userActor } from './world.ts';
import type { Actor, World } from './world.ts';

const minutes = 60_000;
let app: TestApp;
let world: World;
let matrix: Matrix;

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'read=0,write=0,heavy=0,auth=0,public=0' });
	world = await buildWorld(app);
	matrix = new Matrix(world, allRoutes({} as never));
}, 3 * minutes);
afterAll(async () => {
	await world?.close();
	await app?.close();
});

test('the matrix knows how to ask every route, and no other', () => {
	for (const route of matrix.routes) matrix.askOf(route);
	expect(Object.keys(asks).filter((id) => !matrix.routes.some((route) => route.id === id))).toEqual([]);
});

test('who is nobody any more gets 401 from every route that is not public', async () => {
	for (const actor of await deadActors()) await matrix.refuseDead(actor);
	await matrix.askPublic();
	matrix.expectClean();
}, 3 * minutes);

test('what is missing or hidden is refused alike, tells nothing and changes nothing', async () => {
	for (const actor of world.actors) await matrix.refuse(actor);
	matrix.expectClean();
}, 5 * minutes);

test('rows, lists, searches, questions and logs show what is there for each actor, all of it and no word more', async () => {
	for (const actor of world.actors) await matrix.read(actor);
	await matrix.replayCursors();
	matrix.expectClean();
}, 5 * minutes);

test('what was assigned goes with its assignment, at once', async () => {
	const actor = world.actors.find(({ label }) => label === 'hiring-manager (user, workspace 1)')!;
	const job = world.assignments.find((assignment) => assignment.actor === actor.id)!.job;
	const after = new Matrix(world, matrix.routes.filter(({ id }) => ['listJobs', 'getJob', 'listMatches', 'getMatch', 'listCandidates', 'getCandidate', 'listCvs', 'getCv', 'getCvText', 'searchCandidates', 'searchPassages', 'answerQuestion'].includes(id)));
	expect(world.rows.filter((row) => row.type === 'cv' && after.oracle.sees(actor, 'cvs:read', row))).not.toEqual([]);
	world.assignments.splice(world.assignments.findIndex((assignment) => assignment.actor === actor.id), 1);
	expect((await world.places[1]!.base.call('DELETE', `/v1/jobs/${job}/assignments/${actor.id}`)).status).toBe(204);
	expect(world.rows.filter((row) => row.type === 'cv' && after.oracle.sees(actor, 'cvs:read', row))).toEqual([]);
	await after.refuse(actor);
	await after.read(actor);
	after.expectClean();
	await assign(world, job, actor);
});

describe('the matrix fails when', () => {
	const routesOf = (...ids: string[]) => matrix.routes.filter(({ id }) => ids.includes(id));
	const actorCalled = (label: string): Actor => world.actors.find((actor) => actor.label === label)!;
	/** Changes a role where the oracle does not see it, and changes it back. */
	async function withRole(set: string, back: string, work: () => Promise<void>): Promise<void> {
		const change = async (values: string) => {
			await app.services.db.query(`UPDATE roles SET ${values} WHERE workspace_id = $workspaceId`, { bind: { workspaceId: world.places[1]!.id } });
			app.services.broadcast.publish('access', world.places[1]!.id);
		};
		await change(`${set}`);
		await work().finally(() => change(back));
	}
	const leaksFrom = (mutant: Matrix, what: string) => mutant.leaks.filter((leak) => leak.includes(what)).length;

	test('a role reaches more rows than it says: in every list, row, search, question, task and log', async () => {
		const mutant = new Matrix(world, matrix.routes);
		await withRole("rows = CASE name WHEN 'own-rows' THEN 'workspace' ELSE rows END", "rows = CASE name WHEN 'own-rows' THEN 'own' ELSE rows END", () => mutant.read(actorCalled('own rows (user, workspace 1)')));
		for (const what of ['listCvs', 'listCandidates', 'listJobs', 'listMatches', 'listSources', 'listTasks', 'listWebhooks', 'listDeliveries', 'listUsers', 'listInvitations', 'listClients', 'listRoles', 'search for', 'searchPassages', 'answerQuestion', '/v1/audit?', '/v1/audit/export']) {
			expect({ what, leaks: leaksFrom(mutant, what) }).toEqual({ what, leaks: expect.toSatisfy((count: number) => count > 0) });
		}
	});

	test('a blind role sees', async () => {
		const mutant = new Matrix(world, routesOf('listCandidates', 'getCandidate', 'listCvs', 'getCv', 'listMatches', 'getMatch', 'searchCandidates', 'answerQuestion'));
		await withRole("blind = blind AND name <> 'all-blind'", "blind = blind OR name = 'all-blind'", () => mutant.read(actorCalled('all rows, blind (client, workspace 1)')));
		for (const what of ['/v1/candidates?', '/v1/candidates/0', '/v1/cvs?', '/v1/cvs/0', '/v1/matches?', '/v1/matches/0', '/v1/candidates/search', 'is answered from']) {
			expect({ what, leaks: leaksFrom(mutant, what) }).toEqual({ what, leaks: expect.toSatisfy((count: number) => count > 0) });
		}
	});

	test('a search forgets the workspace', async () => {
		const mutant = new Matrix(world, routesOf('searchCandidates'));
		const { db } = app.services;
		const { query } = db;
		const forgetful = (sql: string, ...values: unknown[]) => (query as (...all: unknown[]) => unknown).call(db, sql.replaceAll(/(?:c\.)?workspace_id = :workspaceId/g, 'TRUE'), ...values);
		Object.assign(db, { query: forgetful });
		await mutant.read(actorCalled('analyst (user, workspace 2)')).finally(() => Object.assign(db, { query }));
		expect(leaksFrom(mutant, 'finds')).toBeGreaterThan(0);
		expect(leaksFrom(mutant, 'shows personal')).toBeGreaterThan(0);
	});

	test('an answer tells a hidden row from none, names one in a header or an error, or a refusal writes', async () => {
		const recruiter = actorCalled('own rows (user, workspace 1)');
		const hidden = world.rows.find(({ type, workspace }) => type === 'job' && workspace === 2)!;
		const refusedBy = async (change: (answer: Answer) => Answer | Promise<Answer>) => {
			const mutant = new Matrix(world, routesOf('getJob'));
			await mutant.refuse({ ...recruiter, call: async (method, path, body, headers) => {
				const answer = await recruiter.call(method, path, body, headers);
				return path.includes(hidden.id) ? change(answer) : answer;
			} });
			return mutant;
		};
		expect((await refusedBy((answer) => answer)).leaks).toEqual([]);
		expect((await refusedBy((answer) => ({ ...answer, body: { ...answer.body, detail: 'This job is of another workspace.' } }))).leaks).toHaveLength(1);
		expect((await refusedBy((answer) => ({ ...answer, headers: new Headers([...answer.headers, ['x-hint', 'yes']]) }))).leaks).toHaveLength(1);
		expect(leaksFrom(await refusedBy((answer) => ({ ...answer, headers: new Headers([...answer.headers, ['x-request-id', hidden.word!]]) })), hidden.word!.toLowerCase())).toBe(1);
		expect(leaksFrom(await refusedBy((answer) => ({ ...answer, body: { ...answer.body, requestId: hidden.word } })), hidden.word!.toLowerCase())).toBe(1);
		expect((await refusedBy((answer) => ({ ...answer, status: 403 }))).wrong).toHaveLength(1);
		const writing = await refusedBy(async (answer) => {
			await app.services.db.query("UPDATE jobs SET updated_at = updated_at + interval '1 second' WHERE id = $id", { bind: { id: hidden.id } });
			return answer;
		});
		expect(writing.wrong).toEqual([expect.stringContaining('changed jobs')]);
	});
});

test('what may be changed, made, ranked and run stays within the same rows', async () => {
	for (const actor of world.actors) await matrix.change(actor);
	await untilIdle(app.services.db);
	matrix.lookAtDeliveries();
	matrix.expectClean();
	// These end the session of who asks: somebody is made for each.
	expect(matrix.unasked().filter((pair) => !/^(?:logOut|logOutEverywhere|changePassword) /.test(pair))).toEqual([]);
	console.log(matrix.report());
}, 5 * minutes);

async function deadActors(): Promise<Actor[]> {
	const { admin } = world.places[1]!;
	const must = async (method: string, path: string, body?: unknown) => expect((await admin.call(method, path, body)).status).toBeLessThan(300);
	const [revoked, disabled, gone] = [await makeClient(world, admin, ['recruiter'], 'a client whose token was revoked'), await makeClient(world, admin, ['recruiter'], 'a disabled client'), await makeUser(world, admin, ['recruiter'], 'a deleted user')];
	const [loggedOut, disabledUser] = [await makeUser(world, admin, ['recruiter'], 'a user whose session was ended'), await makeUser(world, admin, ['recruiter'], 'a disabled user')];
	await must('DELETE', `/v1/clients/${revoked.id}/tokens`);
	await must('PATCH', `/v1/clients/${disabled.id}`, { disabled: true });
	await must('DELETE', `/v1/users/${gone.id}`);
	await must('DELETE', `/v1/sessions/${loggedOut.sessionId}`);
	await must('PATCH', `/v1/users/${disabledUser.id}`, { disabled: true });
	const made = (await admin.call('POST', '/v1/workspaces', { name: 'Closed', admin: { email: 'closed@example.com', name: 'Closed' } })).body;
	world.add({ type: 'workspace', id: made.workspace.id, workspace: 2, by: admin.id, about: 'workspace 3' });
	const entered = (await request(app.url, 'POST', '/v1/auth/invitation', { token: tokenOf(made.invitation.link), password })).body;
	const shutOut = userActor(world, { id: made.invitation.userId, workspace: 2, roles: ['admin'], label: 'an admin of a disabled workspace' }, entered);
	expect((await shutOut.call('GET', '/v1/me')).status).toBe(200);
	await must('PATCH', `/v1/workspaces/${made.workspace.id}`, { disabled: true });
	for (const [id, change] of [[gone.id, null], [disabledUser.id, 'disabled']] as const) {
		for (const row of world.rows.filter((one) => one.id === id)) row.status = change ?? 'gone';
	}
	// Rows that are gone, or sessions that have ended, are listed no more.
	for (let at = world.rows.length - 1; at >= 0; at -= 1) {
		const row = world.rows[at]!;
		if (row.status === 'gone' || row.user === gone.id || (row.type === 'session' && (row.user === loggedOut.id || row.user === disabledUser.id))) world.rows.splice(at, 1);
	}
	const none: Actor = { ...admin, label: 'nobody', id: 'nobody', call: (method, path, body, headers) => request(app.url, method, path, body, headers) };
	return [
		{ ...none, dead: 'no token' }, { ...none, label: 'a broken token', dead: 'a token of nobody', call: (method, path, body, headers) => request(app.url, method, path, body, { Authorization: `${revoked.authorization}x`, ...headers }) },
		{ ...revoked, dead: 'revoked' }, { ...disabled, dead: 'disabled' }, { ...gone, dead: 'deleted' }, { ...loggedOut, dead: 'session ended' }, { ...disabledUser, dead: 'disabled' }, { ...shutOut, dead: 'workspace disabled' },
	];
}
