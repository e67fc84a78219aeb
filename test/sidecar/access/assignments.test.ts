/** Jobs are given to users and clients, and taken from them; what that shows follows at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { makeUser, userWith } from '../identity/people.ts';
import type { UserCaller } from '../identity/people.ts';
import { actorId, expectStatus, listAll, makeRowsOf, whenIndexed } from './world.ts';
import type { RowSet } from './world.ts';

let app: TestApp;
let recruiter: Caller;
let manager: UserCaller;
let rows: RowSet;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	recruiter = await app.clientWith(['recruiter']);
	manager = await userWith(app, ['hiring-manager']);
	rows = await makeRowsOf(recruiter, 'Ottilie Varnbrook', 'Zephyrcourt');
	await whenIndexed(recruiter, [rows.cvId]);
});
afterAll(() => app?.close());

const path = (actor: string, job = rows.jobId) => `/v1/jobs/${job}/assignments/${actor}`;
const statuses = async () => Promise.all([`/v1/jobs/${rows.jobId}`, `/v1/matches/${rows.matchId}`, `/v1/candidates/${rows.candidateId}`, `/v1/cvs/${rows.cvId}`, `/v1/cvs/${rows.cvId}/text`].map(async (row) => (await manager.call('GET', row)).status));
const asked = async () => (await manager.call('POST', '/v1/rag/search', { query: 'Zephyrcourt migration', scope: { kinds: ['cv'] } })).body.items.length;

test('a hiring manager sees the job, its match, its candidate and the CV while the job is assigned', async () => {
	expect([await statuses(), await asked()]).toEqual([[404, 404, 404, 404, 404], 0]);
	const given = await expectStatus(200, recruiter.call('PUT', path(manager.id)));
	expect(given).toMatchObject({ jobId: rows.jobId, actorId: manager.id, actorType: 'user', actorName: 'Ines Talvera', assignedBy: await actorId(recruiter) });
	expect([await statuses(), (await asked()) > 0]).toEqual([[200, 200, 200, 200, 200], true]);
	expect((await recruiter.call('GET', `/v1/jobs/${rows.jobId}/assignments`)).body.items.map(({ actorId: id }: any) => id)).toEqual([manager.id]);

	expect(await expectStatus(200, recruiter.call('PUT', path(manager.id)))).toEqual(given);
	expect((await recruiter.call('DELETE', path(manager.id))).status).toBe(204);
	expect([await statuses(), await asked()]).toEqual([[404, 404, 404, 404, 404], 0]);
	expect((await recruiter.call('DELETE', path(manager.id))).status).toBe(404);
	const log = await app.services.db.query<{ action: string; details: object }>("SELECT action, details FROM audit_log WHERE subject_id::text = $id AND action LIKE 'job.%assigned' ORDER BY created_at, id", { bind: { id: rows.jobId } });
	expect(log).toEqual([{ action: 'job.assigned', details: { actorId: manager.id } }, { action: 'job.unassigned', details: { actorId: manager.id } }]);
});

test('a client may be assigned too, and a candidate ranked later comes with the job', async () => {
	const client = await app.clientWith(['hiring-manager']);
	expect((await recruiter.call('PUT', path(await actorId(client)))).body.actorType).toBe('client');
	const later = await makeRowsOf(recruiter, 'Benedikta Lorhagen', 'Quartzfield');
	expect((await client.call('GET', `/v1/candidates/${later.candidateId}`)).status).toBe(404);
	await expectStatus(200, recruiter.call('POST', '/v1/matches', { jobId: rows.jobId }));
	expect((await client.call('GET', `/v1/candidates/${later.candidateId}`)).status).toBe(200);
	expect((await client.call('GET', `/v1/jobs/${later.jobId}`)).status).toBe(404);
	await recruiter.call('DELETE', path(await actorId(client)));
});

describe('nobody is assigned', () => {
	test.each([
		['who does not exist', async () => randomUUID()],
		['of another workspace', async () => actorId(await app.otherWorkspace(['hiring-manager']))],
		['who is disabled', async () => {
			const { id } = await makeUser(app, ['hiring-manager']);
			await app.services.db.query('UPDATE users SET disabled_at = now() WHERE id = $id', { bind: { id } });
			return id;
		}],
		['who was deleted', async () => {
			const { id } = await makeUser(app, ['hiring-manager']);
			await app.services.db.query('UPDATE users SET deleted_at = now(), email = NULL WHERE id = $id', { bind: { id } });
			return id;
		}],
	])('%s', async (_, who) => {
		const answer = await recruiter.call('PUT', path(await who()));
		expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
		expect(await app.services.db.query('SELECT 1 FROM job_assignments')).toEqual([]);
	});

	test('by who may not, or to a job of another workspace', async () => {
		expect((await manager.call('PUT', path(manager.id))).status).toBe(403);
		const stranger = await app.otherWorkspace();
		expect((await stranger.call('PUT', path(await actorId(stranger)))).status).toBe(404);
		expect((await recruiter.call('PUT', path(manager.id, randomUUID()))).status).toBe(404);
		expect(await app.services.db.query('SELECT 1 FROM job_assignments')).toEqual([]);
	});
});

test('an assignment goes with its job', async () => {
	const job = await expectStatus(201, recruiter.call('POST', '/v1/jobs', { text: 'Baker\n\nRequirements\n- 3 years as a baker\n' }));
	await expectStatus(200, recruiter.call('PUT', path(manager.id, job.id)));
	expect((await listAll(manager, '/v1/jobs')).map(({ id }) => id)).toEqual([job.id]);
	await expectStatus(204, recruiter.call('DELETE', `/v1/jobs/${job.id}`));
	expect(await listAll(manager, '/v1/jobs')).toEqual([]);
	expect(await app.services.db.query('SELECT 1 FROM job_assignments')).toEqual([]);
});
