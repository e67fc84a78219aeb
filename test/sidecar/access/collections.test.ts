/** Collections: who may not read one finds none of its documents, is answered from none, and does not learn that it is there. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { users } from '../../../sidecar/src/identity/User.ts';
import { request, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { makeRole, password, userWith } from '../identity/people.ts';
import { callerWithRole, expectStatus, listAll, problem } from './world.ts';

const salaryText = 'Salary bands\n\nA senior developer at Marrowgate earns between 71,000 and 84,000 euros.';

let app: TestApp;
let admin: Caller;
let recruiter: Caller;
let analyst: Caller;
let manager: Caller;
let salaries: { id: string };
let salarySource: string;
let openSource: string;

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	[admin, recruiter, analyst, manager] = (await Promise.all([['admin'], ['recruiter'], ['analyst'], ['hiring-manager']].map((roles) => app.clientWith(roles)))) as [Caller, Caller, Caller, Caller];
	salaries = await expectStatus(201, admin.call('POST', '/v1/collections', { name: 'Salary bands', description: 'What each level pays', readRoles: ['recruiter'] }));
	salarySource = (await expectStatus(200, recruiter.call('POST', '/v1/sources?wait=30', { title: 'Bands 2026', text: salaryText, externalId: 'bands', collectionId: salaries.id }))).subject.id;
	openSource = (await expectStatus(200, recruiter.call('POST', '/v1/sources?wait=30', { title: 'Marrowgate house rules', text: 'House rules\n\nMarrowgate offices open at seven.' }))).subject.id;
});
afterAll(() => app?.close());

const search = async (caller: Caller, query = 'Marrowgate senior developer salary') => (await expectStatus(200, caller.call('POST', '/v1/rag/search', { query, limit: 50 }))).items.map(({ sourceId }: any) => sourceId);
const answer = async (caller: Caller) => expectStatus(200, caller.call('POST', '/v1/rag/query', { question: 'What does a senior developer at Marrowgate earn?' }));
const withoutQuestion = ({ question: _question, ...rest }: any) => JSON.stringify(rest);

describe('a reader', () => {
	test.each([['named by a role', () => recruiter], ['who manages collections', () => admin]])('%s finds it everywhere', async (_, caller) => {
		expect((await caller().call('GET', `/v1/collections/${salaries.id}`)).body).toMatchObject({ name: 'Salary bands', readRoles: ['recruiter'] });
		expect((await listAll(caller(), '/v1/collections')).map(({ id }) => id)).toContain(salaries.id);
		expect((await caller().call('GET', `/v1/sources/${salarySource}`)).body).toMatchObject({ collectionId: salaries.id });
		expect((await listAll(caller(), `/v1/sources?collectionId=${salaries.id}`)).map(({ id }) => id)).toEqual([salarySource]);
		expect(await search(caller())).toContain(salarySource);
		expect((await answer(caller())).citations.map(({ sourceId }: any) => sourceId)).toContain(salarySource);
	});
});

describe('everybody else', () => {
	test.each([['an analyst', () => analyst], ['a recruiter-less hiring manager', () => manager]])('%s finds the open documents and nothing of it', async (_, caller) => {
		const unknown = await caller().call('GET', `/v1/collections/${randomUUID()}`);
		const hidden = await caller().call('GET', `/v1/collections/${salaries.id}`);
		expect(problem(hidden)).toEqual(problem(unknown));
		expect(hidden.status).toBe(404);
		expect(JSON.stringify(await listAll(caller(), '/v1/collections'))).not.toContain('Salary');
		const found = await search(caller());
		expect(found).toContain(openSource);
		expect(found).not.toContain(salarySource);
		const answered = await answer(caller());
		for (const trace of ['71,000', '84,000', 'Bands 2026', salarySource]) expect(withoutQuestion(answered)).not.toContain(trace);
		const scoped = await expectStatus(200, caller().call('POST', '/v1/rag/search', { query: 'salary', scope: { sourceIds: [salarySource] } }));
		expect(scoped.items).toEqual([]);
	});

	test('gets no source of it by id, list or filter', async () => {
		expect((await analyst.call('GET', `/v1/sources/${salarySource}`)).status).toBe(404);
		expect((await listAll(analyst, '/v1/sources')).map(({ id }) => id)).toEqual([openSource]);
		expect(await listAll(analyst, `/v1/sources?collectionId=${salaries.id}`)).toEqual([]);
	});

	test('another workspace has collections of its own, by the same name', async () => {
		const stranger = await app.otherWorkspace();
		await expectStatus(201, stranger.call('POST', '/v1/collections', { name: 'Salary bands' }));
		expect((await stranger.call('GET', `/v1/collections/${salaries.id}`)).status).toBe(404);
		const put = await stranger.call('POST', '/v1/sources', { text: 'Anything', collectionId: salaries.id });
		expect([put.status, put.body.code]).toEqual([404, 'not_found']);
	});
});

describe('who may add documents but not read the collection', () => {
	let adder: Caller;
	beforeAll(async () => {
		adder = await callerWithRole(app, { name: 'adder', permissions: ['sources:create', 'sources:read', 'sources:delete', 'rag:query', 'collections:read', 'tasks:read'], rows: 'workspace' }, admin);
	});

	test('puts none into it', async () => {
		const put = await adder.call('POST', '/v1/sources', { text: 'Anything at all', collectionId: salaries.id });
		expect(problem(put)).toEqual(problem(await adder.call('POST', '/v1/sources', { text: 'Anything at all', collectionId: randomUUID() })));
		expect(put.status).toBe(404);
	});

	test('adds the same document, or one under the same externalId, and does not learn that it is there', async () => {
		const same = await expectStatus(200, adder.call('POST', '/v1/sources?wait=30', { title: 'My copy', text: salaryText }));
		expect(same.subject.id).not.toBe(salarySource);
		const named = await expectStatus(200, adder.call('POST', '/v1/sources?wait=30', { title: 'Mine', text: 'Something else entirely', externalId: 'bands' }));
		expect(named.subject.id).not.toBe(salarySource);
		expect((await recruiter.call('GET', `/v1/sources/${salarySource}`)).body).toMatchObject({ title: 'Bands 2026', externalId: 'bands' });
		expect(await search(recruiter)).toContain(salarySource);
		for (const id of [same.subject.id, named.subject.id]) await adder.call('DELETE', `/v1/sources/${id}`);
	});

	test('deletes none of it', async () => {
		expect((await adder.call('DELETE', `/v1/sources/${salarySource}`)).status).toBe(404);
		expect((await recruiter.call('GET', `/v1/sources/${salarySource}`)).status).toBe(200);
	});

	test('in one collection the same document is one source', async () => {
		const again = await expectStatus(200, recruiter.call('POST', '/v1/sources?wait=30', { text: salaryText, collectionId: salaries.id }));
		expect(again.subject.id).toBe(salarySource);
	});
});

describe('a change', () => {
	test('of readRoles takes effect at once, both ways', async () => {
		expect(await search(analyst)).not.toContain(salarySource);
		expect((await expectStatus(200, admin.call('PATCH', `/v1/collections/${salaries.id}`, { readRoles: ['recruiter', 'analyst'] }))).readRoles).toEqual(['recruiter', 'analyst']);
		expect(await search(analyst)).toContain(salarySource);
		await expectStatus(200, admin.call('PATCH', `/v1/collections/${salaries.id}`, { readRoles: null }));
		expect(await search(manager)).toContain(salarySource);
		await expectStatus(200, admin.call('PATCH', `/v1/collections/${salaries.id}`, { readRoles: ['recruiter'] }));
		for (const caller of [analyst, manager]) expect(await search(caller)).not.toContain(salarySource);
		expect((await analyst.call('GET', `/v1/sources/${salarySource}`)).status).toBe(404);
	});

	test('is not for who may not read the collection, and of a role with own rows for its own collections only', async () => {
		const keeper = await callerWithRole(app, { name: 'keeper', permissions: ['collections:create', 'collections:read', 'collections:update', 'collections:delete', 'rag:query'], rows: 'own' }, admin);
		for (const [method, body] of [['PATCH', { readRoles: null }], ['DELETE', undefined]] as const) {
			const refused = await keeper.call(method, `/v1/collections/${salaries.id}`, body);
			expect([method, refused.status, refused.body.code]).toEqual([method, 404, 'not_found']);
		}
		const readable = await expectStatus(201, admin.call('POST', '/v1/collections', { name: 'For all' }));
		expect((await keeper.call('GET', `/v1/collections/${readable.id}`)).status).toBe(200);
		expect((await keeper.call('PATCH', `/v1/collections/${readable.id}`, { name: 'Mine now' })).status).toBe(404);
		expect((await keeper.call('DELETE', `/v1/collections/${readable.id}`)).status).toBe(404);
		const mine = await expectStatus(201, keeper.call('POST', '/v1/collections', { name: 'Kept', readRoles: ['keeper'] }));
		expect((await keeper.call('PATCH', `/v1/collections/${mine.id}`, { description: 'Changed' })).body).toMatchObject({ description: 'Changed', name: 'Kept', readRoles: ['keeper'] });
		expect((await keeper.call('DELETE', `/v1/collections/${mine.id}`)).status).toBe(204);
	});

	test('is made with the rights of that moment, not with those of two seconds ago', async () => {
		const user = await userWith(app, ['admin']);
		const own = await expectStatus(201, user.call('POST', '/v1/collections', { name: 'Short reign' }));
		// Straight in the database: nobody tells the processes, so what they remember is old.
		await users(app.services.db).update({ roles: ['recruiter'] }, { where: { id: user.id } });
		for (const [method, path, body] of [['POST', '/v1/collections', { name: 'Too late' }], ['PATCH', `/v1/collections/${own.id}`, { readRoles: ['recruiter'] }], ['DELETE', `/v1/collections/${own.id}`, undefined]] as const) {
			const refused = await user.call(method, path, body);
			expect([method, refused.status, refused.body.code]).toEqual([method, 403, 'forbidden']);
		}
		await expectStatus(204, admin.call('DELETE', `/v1/collections/${own.id}`));
	});

	test('that names a role ends the open links of those who have it, unless its actor made them', async () => {
		const boss = await userWith(app, ['admin']);
		const helper = await userWith(app, ['admin']);
		const role = await makeRole(boss, { permissions: ['rag:query'] });
		const invite = async (by: typeof boss) => (await expectStatus(201, by.call('POST', '/v1/invitations', { email: `person-${randomUUID()}@example.com`, name: 'A Friend', roles: [role.name] }))).link.split('=')[1];
		const accept = async (token: string) => (await request(app.url, 'POST', '/v1/auth/invitation', { token, password })).body.code ?? 'in';
		const make = async (name: string, readRoles: string[]) => (await expectStatus(201, boss.call('POST', '/v1/collections', { name, readRoles }))).id;
		const change = (id: string, body: object) => expectStatus(200, boss.call('PATCH', `/v1/collections/${id}`, body));

		const before = [await invite(helper), await invite(boss)];
		const named = await make('Named when made', [role.name]);
		expect(await Promise.all(before.map(accept))).toEqual(['invalid_link', 'in']);

		const later = await make('Named later', ['recruiter']);
		const open = await invite(helper);
		await change(later, { readRoles: ['recruiter', role.name] });
		expect(await accept(open)).toBe('invalid_link');

		const kept = await invite(helper);
		await change(named, { name: 'Named all along', readRoles: [role.name, 'recruiter'] });
		await change(later, { readRoles: ['recruiter'] });
		expect(await accept(kept)).toBe('in');
		for (const id of [named, later]) await expectStatus(204, boss.call('DELETE', `/v1/collections/${id}`));
	});

	test('names no role that is not there, and no name twice', async () => {
		for (const body of [{ readRoles: ['nobody-has-this'] }, { readRoles: ['recruiter', 'recruiter'] }, {}]) {
			expect([body, (await admin.call('PATCH', `/v1/collections/${salaries.id}`, body)).status]).toEqual([body, 400]);
		}
		expect((await admin.call('POST', '/v1/collections', { name: 'Other', readRoles: ['constructor'] })).status).toBe(400);
		const taken = await admin.call('POST', '/v1/collections', { name: 'Salary bands' });
		expect([taken.status, taken.body.code]).toEqual([409, 'conflict']);
		const other = await expectStatus(201, admin.call('POST', '/v1/collections', { name: 'Second' }));
		expect((await admin.call('PATCH', `/v1/collections/${other.id}`, { name: 'Salary bands' })).status).toBe(409);
	});
});

test('a collection is deleted when it is empty, and each change is in the audit log', async () => {
	const full = await admin.call('DELETE', `/v1/collections/${salaries.id}`);
	expect([full.status, full.body.code]).toEqual([409, 'conflict']);
	await expectStatus(204, recruiter.call('DELETE', `/v1/sources/${salarySource}`));
	await expectStatus(204, admin.call('DELETE', `/v1/collections/${salaries.id}`));
	expect((await admin.call('GET', `/v1/collections/${salaries.id}`)).status).toBe(404);
	const log = await app.services.db.query<{ action: string }>("SELECT action FROM audit_log WHERE subject_id::text = $id ORDER BY created_at, id", { bind: { id: salaries.id } });
	expect(log.map(({ action }) => action)).toEqual(['collection.created', 'collection.updated', 'collection.updated', 'collection.updated', 'collection.deleted']);
});
