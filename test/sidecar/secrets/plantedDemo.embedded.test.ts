/** Must show 7, the demo: what it leaves in logs, tasks, audit, events and metrics holds no secret and no sentence of a CV. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { callerOf, request } from '../../support/app.ts';
import { plantedIn } from './plantedFinder.ts';
import type { Planted } from './plantedFinder.ts';
import { everyRow, filesIn, startTraced } from './plantedProcess.ts';

const repository = new URL('../../../', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'talentmatch-planted-demo-'));
let progress: string;
let rows: { table: string; row: string }[];
const secrets: Planted[] = [];
const personal: Planted[] = [];
const read: Record<string, string> = {};

beforeAll(async () => {
	// Its results, with names and quotes, go to stdout: that is what it is for. Progress goes to stderr.
	({ stderr: progress } = await promisify(execFile)(process.execPath, [new URL('scripts/demo.mjs', repository).pathname, '--once', '--json', '--folder', folder], { maxBuffer: 64 * 1024 * 1024 }));
	const { clientId, clientSecret } = JSON.parse(readFileSync(join(folder, 'credential.json'), 'utf8'));
	secrets.push({ what: 'the client secret', value: clientSecret }, { what: 'the secret key', value: readFileSync(join(folder, 'secret.key'), 'utf8').trim() });
	const db = await openDatabase({ dataDir: join(folder, 'database') });
	try {
		for (const { text, name, email } of await db.query<{ text: string; name: string | null; email: string | null }>('SELECT cvs.text, display_name AS name, email FROM cvs LEFT JOIN candidates ON candidates.id = candidate_id')) {
			for (const value of [name, email]) if (value !== null && value.length > 6) personal.push({ what: 'a name or address', value });
			for (const line of text.split('\n').map((part) => part.trim()).filter((part) => part.length > 40)) personal.push({ what: 'a sentence of a CV', value: line });
		}
		for (const { question } of await db.query<{ question: string }>('SELECT question FROM rag_queries')) personal.push({ what: 'a question', value: question });
		await db.query("UPDATE clients SET roles = '{integration,admin}'");
		rows = await everyRow(db);
	} finally {
		await db.close();
	}
	const { url, stop } = await startTraced({ TALENTMATCH_DATA_DIR: folder, PORT: '0', LOG_FORMAT: 'json', METRICS_TOKEN: 'metrics-of-the-demo-run' });
	try {
		const caller = callerOf(url, { workspaceId: '', clientId, clientSecret });
		for (let path: string | null = '/v1/tasks?limit=100'; path !== null; ) {
			const { body } = await caller.call('GET', path);
			read[path] = JSON.stringify(body);
			path = body.nextCursor === null ? null : `/v1/tasks?limit=100&cursor=${encodeURIComponent(body.nextCursor)}`;
		}
		for (const path of ['/v1/audit?limit=100', '/v1/agents', '/openapi.json']) read[path] = JSON.stringify((await caller.call('GET', path)).body);
		read['/metrics'] = String((await request(url, 'GET', '/metrics', undefined, { Authorization: 'Bearer metrics-of-the-demo-run' })).body);
	} finally {
		await stop();
	}
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test('the demo left something to look for, and somewhere to look', () => {
	expect(personal.length).toBeGreaterThan(200);
	expect(rows.some(({ table, row }) => table === 'cvs' && plantedIn(row, personal).length > 0)).toBe(true);
	expect(Object.values(read).every((text) => text.length > 100)).toBe(true);
	expect(logs().length).toBeGreaterThan(2000);
});

test('the log of the demo holds no secret and no sentence of a CV', () => {
	expect(plantedIn(logs(), [...secrets, ...personal])).toEqual([]);
	expect(plantedIn(progress, secrets)).toEqual([]);
});

test('neither do tasks, audit, agents and metrics, in the database and in the API', () => {
	expect(Object.entries(read).flatMap(([path, text]) => plantedIn(text, [...secrets, ...(path === '/openapi.json' ? [] : personal)]).map((hit) => `${path}: ${hit}`))).toEqual([]);
	const technical = rows.filter(({ table }) => ['tasks', 'audit_log', 'events', 'event_deliveries', 'agent_runs', 'agents', 'agent_versions', 'workflow_executions', 'clients', 'client_secrets', 'signing_keys'].includes(table));
	expect(plantedIn(technical.map(({ row }) => row).join('\n'), personal)).toEqual([]);
});

test('no table holds a secret, nor a file but the two that are for them', () => {
	expect(rows.flatMap(({ table, row }) => plantedIn(row, secrets).map((hit) => `${table}: ${hit}`))).toEqual([]);
	for (const { path, text } of filesIn(folder)) if (!/(?:credential\.json|secret\.key)$/.test(path)) expect(plantedIn(text, secrets), path).toEqual([]);
});

function logs(): string {
	return filesIn(folder).filter(({ path }) => /sidecar[^/]*\.log$/.test(path)).map(({ text }) => Buffer.from(text, 'latin1').toString('utf8')).join('\n');
}
