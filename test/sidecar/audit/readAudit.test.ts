import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditStatement } from '../../../sidecar/src/identity/readAudit.ts';
import type { AuditFilter } from '../../../sidecar/src/identity/readAudit.ts';
import { ensurePartitions } from '../../../sidecar/src/platform/db/partitions.ts';
import { startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { asOwner } from '../../support/database.ts';
import { testMode } from '../../support/services.ts';

let app: TestApp;
let auditor: Caller;
let stranger: Caller;
const people = [randomUUID(), randomUUID()] as const;
beforeAll(async () => {
	app = await startApp();
	auditor = await app.clientWith(['auditor']);
	stranger = await app.otherWorkspace(['auditor']);
	// Entries of 2019 and 2020, so that what the test does itself is not among them.
	for (const month of [0, 1, 2, 3]) await ensurePartitions(app.services.db, new Date(Date.UTC(2020, month, 1)));
	for (let n = 0; n < 30; n += 1) await insert({ at: new Date(Date.UTC(2020, n % 3, 10, 0, 0, Math.floor(n / 6))), actor: people[n % 2] as string, action: n % 5 === 0 ? 'user.invited' : 'client.created', subject: n % 3 === 0 ? ['client', `c${n}`] : null });
});
afterAll(() => app?.close());

async function insert({ at, actor, action, subject = null, requestId = null }: { at: Date; actor: string; action: string; subject?: [string, string] | null; requestId?: string | null }): Promise<void> {
	await app.services.db.query(
		`INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action, subject_type, subject_id, details, request_id)
		 VALUES (:id, :workspaceId, :at, 'user', :actor, :action, :type, :subjectId, '{"n": 1}', :requestId)`,
		{ replacements: { id: randomUUID(), workspaceId: app.credential.workspaceId, at, actor, action, type: subject?.[0] ?? null, subjectId: subject?.[1] ?? null, requestId } },
	);
}

const of2020 = 'from=2020-01-01T00:00:00Z&to=2020-07-01T00:00:00Z';
const list = async (query: string, caller = auditor) => {
	const answer = await caller.call('GET', `/v1/audit?${query}`);
	expect([query, answer.status]).toEqual([query, 200]);
	return answer.body;
};
const listAll = async (query: string): Promise<any[]> => (await list(`limit=100&${of2020}&${query}`)).items;
const latest = async (action: string) => (await list(`action=${action}&limit=1`)).items[0];

describe('the list', () => {
	test('is newest first, and pages show every entry once, also those of one moment', async () => {
		const whole = await listAll('');
		expect(whole).toHaveLength(30);
		const keys = whole.map(({ createdAt, id }) => `${createdAt} ${id}`);
		expect(keys).toEqual([...keys].sort().reverse());
		expect(new Set(whole.map(({ createdAt }) => createdAt)).size).toBeLessThan(30);
		for (const limit of [1, 4, 29, 30]) {
			const seen: any[] = [];
			for (let cursor: string | null = ''; cursor !== null; ) {
				const page: any = await list(`limit=${limit}&${of2020}${cursor && `&cursor=${cursor}`}`);
				seen.push(...page.items);
				cursor = page.nextCursor;
			}
			expect(seen).toEqual(whole);
		}
	});

	test('shows who did what to what', async () => {
		const cv = (await app.call('POST', '/v1/jobs', { text: 'Backend developer\n\nRequirements\n- Java' }, { 'X-Request-Id': 'audit-test-1' })).body;
		const me = (await app.call('GET', '/v1/me')).body.actor;
		expect(await latest('job.created')).toEqual({
			id: expect.any(String), createdAt: expect.any(String), actor: { type: 'client', id: me.id }, action: 'job.created', subject: { type: 'job', id: cv.id }, details: {}, requestId: 'audit-test-1',
		});
	});

	test.each([
		['action=user.invited', 6], ['action=client.created', 24], ['action=client.*', 24], ['action=user.*', 6], ['action=clien.*', 0], ['action=client.creat.*', 0],
		['actorType=user', 30], ['actorType=client', 0], ['actorType=system', 0], ['subjectType=client', 10], ['subjectType=client&subjectId=c3', 1], ['subjectType=client&subjectId=c1', 0],
		['from=2020-02-01T00:00:00Z&to=2020-03-01T00:00:00Z', 10], ['from=2020-02-01T00:00:00%2B02:00&to=2020-02-10T00:00:00Z', 0],
		['from=2020-02-10T00:00:00Z&to=2020-02-10T00:00:00.001Z', 2], ['to=2020-02-10T00:00:00Z&from=2020-02-01T00:00:00Z', 0],
	])('by %s has %i entries', async (query, count) => {
		expect((await list(query.includes('from') ? `limit=100&${query}` : `limit=100&${of2020}&${query}`)).items).toHaveLength(count);
	});

	test('by actor has theirs only', async () => {
		const [first, second] = [await listAll(`actorId=${people[0]}`), await listAll(`actorId=${people[1]}`)];
		expect([first.length, second.length]).toEqual([15, 15]);
		expect(new Set(first.map(({ actor }) => actor.id))).toEqual(new Set([people[0]]));
	});

	test('takes an underscore and a per cent sign of a filter as they are', async () => {
		await insert({ at: new Date('2020-03-20T00:00:00Z'), actor: 'x', action: 'webhook_x.saved' });
		expect((await list(`${of2020}&action=webhook_x.*`)).items).toHaveLength(1);
		expect((await list(`${of2020}&action=webhook-x.*`)).items).toHaveLength(0);
		expect((await auditor.call('GET', '/v1/audit?action=%25.*')).status).toBe(400);
	});

	test.each([
		'action=', 'action=*', 'action=a..b', 'action=Client.created', "action=a';DROP", 'actorType=admin', 'actorId=', 'actorId=a b', 'subjectId=c3', 'from=yesterday', 'from=0000-01-01T00:00:00Z', 'to=1969-12-31T23:59:59Z',
		'from=2020-02-01T00:00:00Z&to=2020-02-01T00:00:00Z', 'from=2020-02-01', 'limit=101', `action=${'a'.repeat(101)}`,
	])('refuses %s', async (query) => {
		const answer = await auditor.call('GET', `/v1/audit?${query}`);
		expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
	});

	test('takes the ends of time', async () => {
		for (const query of ['from=1970-01-01T00:00:00Z', 'to=9999-12-31T23:59:59-23:59', 'from=9999-12-31T23:59:59Z']) await list(query);
		const cursor = Buffer.from(JSON.stringify(['0000-01-01T00:00:00Z', randomUUID()])).toString('base64url');
		expect((await auditor.call('GET', `/v1/audit?cursor=${cursor}`)).body.code).toBe('invalid_cursor');
	});
});

describe('the export', () => {
	const fetchExport = async (query: string, caller = auditor) => {
		const answer = await caller.call('GET', `/v1/audit/export?${of2020}&${query}`);
		expect([query, answer.status]).toEqual([query, 200]);
		return { type: answer.headers.get('content-type'), disposition: answer.headers.get('content-disposition'), next: answer.headers.get('x-next-cursor'), body: answer.body as string };
	};

	test('goes on over bounded parts until every entry came once, in the order of the list', async () => {
		const whole = (await listAll('action=client.*')).map(({ id }) => id);
		const seen: string[] = [];
		let parts = 0;
		for (let cursor: string | null = ''; cursor !== null; parts += 1) {
			const part: any = await fetchExport(`format=csv&action=client.*&maxRows=7${cursor && `&cursor=${cursor}`}`);
			const lines: string[] = part.body.split('\r\n').slice(1, -1);
			expect(lines.length).toBeLessThanOrEqual(7);
			seen.push(...lines.map((line) => line.slice(1, 37)));
			cursor = part.next;
		}
		expect(parts).toBe(4);
		expect(seen).toEqual(whole);
	});

	test('is NDJSON of the entries as the list shows them', async () => {
		const { type, disposition, body } = await fetchExport('action=user.invited');
		expect([type, disposition]).toEqual(['application/x-ndjson; charset=utf-8', 'attachment; filename="audit.ndjson"']);
		const lines = body.trimEnd().split('\n').map((line) => JSON.parse(line));
		expect(lines).toEqual(await listAll('action=user.invited'));
	});

	test('has no cell that a spreadsheet runs', async () => {
		const hostile = ['=HYPERLINK("http://example.com")', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'];
		for (const [n, text] of hostile.entries()) await insert({ at: new Date(Date.UTC(2020, 4, 1, 0, 0, n)), actor: text, action: 'hostile.tested', subject: [text, text], requestId: text });
		const { type, body } = await fetchExport('format=csv&action=hostile.tested');
		expect(type).toBe('text/csv; charset=utf-8');
		const cells = [...body.matchAll(/"((?:[^"]|"")*)"/g)].map((match) => match[1] as string);
		expect(cells).toHaveLength(9 * (hostile.length + 1));
		expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
		expect(cells.filter((cell) => cell.startsWith("'"))).toHaveLength(4 * hostile.length);
	});

	test.each(['maxRows=0', 'maxRows=10001', 'format=xlsx', 'limit=5', 'cursor=x'])('refuses %s', async (query) => {
		expect((await auditor.call('GET', `/v1/audit/export?${query}`)).status).toBe(400);
	});
});

describe('who reads the log', () => {
	test('is in it, with what was asked for but not the ids', async () => {
		const me = (await auditor.call('GET', '/v1/me')).body.actor.id;
		await auditor.call('GET', `/v1/audit?limit=3&${of2020}&actorId=${people[0]}`);
		expect(await latest('audit.read')).toMatchObject({ actor: { type: 'client', id: me }, details: { rows: 3, filters: ['actorId', 'from', 'to'], continued: false, from: '2020-01-01T00:00:00.000Z' } });
		await auditor.call('GET', `/v1/audit/export?format=csv&maxRows=4&${of2020}`);
		const entry = await latest('audit.exported');
		expect(entry).toMatchObject({ actor: { type: 'client', id: me }, details: { rows: 4, format: 'csv', filters: ['from', 'to'], continued: false } });
		expect(JSON.stringify(entry)).not.toContain(people[0]);
	});

	test('of another workspace sees nothing of ours', async () => {
		for (const query of [of2020, `${of2020}&action=client.*`, `${of2020}&actorId=${people[0]}`, `${of2020}&subjectType=client&subjectId=c3`]) expect((await list(query, stranger)).items).toEqual([]);
		const cursor = (await list(`${of2020}&limit=1`)).nextCursor;
		expect((await list(`${of2020}&cursor=${cursor}`, stranger)).items).toEqual([]);
		const text = JSON.stringify(await list('limit=100', stranger));
		expect(text).not.toContain(people[0]);
		const exported = await stranger.call('GET', `/v1/audit/export?format=csv&${of2020}`);
		expect(exported.body.split('\r\n')).toHaveLength(2);
	});

	test.each([['recruiter'], ['integration'], ['analyst'], ['hiring-manager']])('needs the permission, which %s does not give', async (role) => {
		const caller = await app.clientWith([role]);
		for (const path of ['/v1/audit', '/v1/audit/export']) expect((await caller.call('GET', path)).body).toMatchObject({ status: 403, code: 'forbidden' });
	});

	test('may be an administrator', async () => {
		expect((await (await app.clientWith(['admin'])).call('GET', '/v1/audit')).status).toBe(200);
	});

	test('with own rows only sees what they did themselves', async () => {
		const [mine] = people;
		const actor = { type: 'user' as const, id: mine, name: '', workspaceId: app.credential.workspaceId, roles: [], permissions: new Set(['audit:read']), grants: new Map([['audit:read', { rows: 'own' as const, blind: false }]]), sessionId: null, tokenId: null };
		const { sql, replacements } = auditStatement(actor, { from: new Date('2020-01-01'), to: new Date('2020-04-01') }, null, 100);
		const rows = await app.services.db.query<{ actorId: string }>(sql, { replacements });
		expect(rows).toHaveLength(15);
		expect(new Set(rows.map(({ actorId }) => actorId))).toEqual(new Set([mine]));
	});
});

if (testMode === 'services') {
	describe('PostgreSQL looks at', () => {
		const plan = async (filter: AuditFilter, cursor: { createdAt: Date; id: string } | null = null) => {
			const actor = { workspaceId: app.credential.workspaceId, type: 'system' as const, id: 'system', name: '', roles: [], permissions: new Set<string>(), grants: new Map(), sessionId: null, tokenId: null };
			const { sql, replacements } = auditStatement(actor, filter, cursor, 21);
			return (await app.services.db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, { replacements })).map((row) => row['QUERY PLAN']).join('\n');
		};
		const partitionsIn = (text: string) => [...new Set([...text.matchAll(/ on (audit_log_\w+)/g)].map((match) => match[1]))].sort();

		test('the months asked for, and no other', async () => {
			expect(partitionsIn(await plan({ from: new Date('2020-02-01T00:00:00Z'), to: new Date('2020-03-01T00:00:00Z') }))).toEqual(['audit_log_202002']);
			expect(partitionsIn(await plan({ from: new Date('2020-02-15T00:00:00Z'), to: new Date('2020-03-15T00:00:00Z') }))).toEqual(['audit_log_202002', 'audit_log_202003']);
		});

		test('what is behind the cursor, and no newer month', async () => {
			const cursor = { createdAt: new Date('2020-02-15T00:00:00Z'), id: randomUUID() };
			expect(partitionsIn(await plan({ from: new Date('2020-01-01T00:00:00Z'), to: new Date('2020-07-01T00:00:00Z') }, cursor))).toEqual(['audit_log_202001', 'audit_log_202002']);
		});

		test('an index for the filters there are', async () => {
			const { db } = app.services;
			await db.query(
				`INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action, subject_type, subject_id)
				 SELECT gen_random_uuid(), CASE WHEN n % 4 = 0 THEN :workspaceId::uuid ELSE gen_random_uuid() END, timestamptz '2020-05-01 00:00Z' + n * interval '1 minute', 'user', 'actor' || n % 4000, 'many.made', 'thing', 'thing' || n FROM generate_series(1, 20000) AS n`,
				{ replacements: { workspaceId: app.credential.workspaceId } },
			);
			await asOwner(app.services, 'ANALYZE audit_log');
			const may = { from: new Date('2020-05-01T00:00:00Z'), to: new Date('2020-06-01T00:00:00Z') };
			expect(await plan(may)).toMatch(/Index Scan.*workspace_id_created_at_id/);
			expect(await plan({ ...may, actorId: 'actor20' })).toMatch(/workspace_id_actor_id/);
			expect(await plan({ ...may, subjectType: 'thing', subjectId: 'thing20' })).toMatch(/workspace_id_subject/);
		});
	});
}
