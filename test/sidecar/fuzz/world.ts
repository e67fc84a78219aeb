/** Callers of every kind, and rows of two workspaces, kept alive while requests delete them. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '../../../sidecar/src/identity/createClient.ts';
import { callerOf, request } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { untilIdle } from '../../support/rows.ts';
import { cvText, jobText, makeRows } from '../api/fixtures.ts';
import { makeUser, password, userWith } from '../identity/people.ts';
import type { Around } from './generate.ts';
import type { FuzzAnswer, FuzzRequest, Target } from './requests.ts';

export interface World {
	target: Target;
	prepare(): Promise<Around>;
	/** gives a caller whose token has died another one */
	revive(caller: string): Promise<void>;
	/** ids of another workspace in answers */
	review(answered: { request: FuzzRequest; answer: FuzzAnswer }[]): Promise<string[]>;
	close(): Promise<void>;
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Where a parameter is not named after its table. */
const tableOf: Record<string, string> = { matchId: 'matches', deliveryId: 'event_deliveries', invitationId: "(SELECT * FROM one_time_links WHERE purpose = 'invitation' AND used_at IS NULL AND revoked_at IS NULL) AS open_invitations", actorId: 'users' };
/** Answers that reach beyond one workspace, for the first one only; and those to whoever shows a secret, whoever asks. */
const beyondCaller = new Set(['listWorkspaces', 'createWorkspace', 'updateWorkspace', 'logIn', 'issueToken', 'acceptInvitation', 'resetPassword']);

export async function makeWorld(app: TestApp): Promise<World> {
	const sink = await startSink();
	const sinkUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
	const target: Target = { url: app.url, callers: new Map<string, string | null>([['nobody', null], ['forger', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.x']]), patienceMs: 60_000 };
	const home = app.credential.workspaceId;
	const ours = await makeRows(app);
	let other: { caller: Caller; rows: Record<string, string> } | null = null;
	const callers: Record<string, () => Promise<string>> = {
		admin: async () => `Bearer ${await (await app.clientWith(['admin'])).token()}`,
		integration: async () => `Bearer ${await (await app.clientWith(['integration'])).token()}`,
		auditor: async () => `Bearer ${await (await app.clientWith(['auditor'])).token()}`,
		powerless: async () => `Bearer ${await (await app.clientWith([])).token()}`,
		recruiter: async () => `Bearer ${(await userWith(app, ['recruiter'])).tokens.access_token}`,
		// sees the jobs that were assigned, and what belongs to them
		scoped: async () => `Bearer ${(await userWith(app, ['hiring-manager'])).tokens.access_token}`,
		stranger: async () => {
			const caller = await app.otherWorkspace();
			const workspaceId = caller.credential.workspaceId;
			const there = { ...app, ...caller, clientWith: async (roles: string[]) => callerOf(app.url, await createClient(app.services, { workspaceId, name: 'theirs', roles })) } as TestApp;
			other = { caller, rows: await makeRows(there) };
			return `Bearer ${await caller.token()}`;
		},
	};
	let links = 0;
	/** id → workspace of every row that ever was */
	const owners = new Map<string, string>();
	const tables = new Map<string, string>();
	/** a stranger whose workspace was disabled comes from another one */
	const workspacesOf = new Map<string, Set<string>>();

	const alive = async (authorization: string | null | undefined) => authorization !== null && authorization !== undefined && (await request(app.url, 'GET', '/v1/me', undefined, { Authorization: authorization })).status === 200;

	async function noteOwners(): Promise<void> {
		const scoped = await app.services.db.query<{ name: string }>("SELECT table_name AS name FROM information_schema.columns JOIN pg_class ON relname = table_name AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition WHERE table_schema = 'public' AND column_name IN ('id', 'workspace_id') GROUP BY table_name HAVING count(*) = 2");
		for (const { name } of scoped) for (const row of await app.services.db.query<{ id: string; workspace: string }>(`SELECT id, workspace_id AS workspace FROM "${name}"`)) {
			owners.set(row.id, row.workspace);
			tables.set(row.id, name);
		}
	}

	async function idsNow(names: string[]): Promise<Map<string, string[]>> {
		const ids = new Map<string, string[]>();
		const busy = [...target.callers.values()].flatMap((authorization) => [...Buffer.from(authorization?.split('.')[1] ?? '', 'base64url').toString().matchAll(uuids)].map(([id]) => id));
		for (const name of names) {
			const table = tableOf[name] ?? `${name.replace(/Id$/, '')}s`;
			const [known] = table.startsWith('(') ? [{ known: true }] : await app.services.db.query<{ known: boolean }>('SELECT to_regclass($table) IS NOT NULL AS known', { bind: { table: `public.${table}` } });
			const rows = known?.known ? await app.services.db.query<{ id: string }>(`SELECT id FROM ${table} ${table === 'workspaces' ? '' : 'WHERE workspace_id = $home'} ORDER BY ${table === 'workspaces' ? 'is_operator DESC' : 'id DESC'} LIMIT 12`, table === 'workspaces' ? undefined : { bind: { home } }) : [];
			const usable = rows.map(({ id }) => id).filter((id) => name === 'workspaceId' || !busy.includes(id));
			ids.set(name, usable.length > 0 ? usable : ours[name] !== undefined ? [ours[name]] : []);
		}
		return ids;
	}

	/** As much as is needed for every route to find something; what is there already stays. */
	async function topUp(): Promise<void> {
		const admin = (method: string, path: string, body?: unknown) => request(app.url, method, path, body, { Authorization: target.callers.get('admin') as string });
		for (const { id, status } of (await admin('GET', '/v1/agents')).body.items ?? []) if (status === 'paused') await admin('POST', `/v1/agents/${id}/resume`);
		await admin('POST', '/v1/cvs?wait=10', { fileName: 'ottilie.txt', text: cvText });
		const job = (await admin('POST', '/v1/jobs', { text: jobText })).body;
		await admin('POST', '/v1/matches', { jobId: job.id });
		for (const [path, body] of [
			['/v1/webhooks', { url: `${sinkUrl}/kept`, events: ['agent.paused'] }], ['/v1/sources?wait=10', { title: 'House rules', text: 'Remote work\n\nTwo days a week, from the Quillhaven branch office.' }],
			['/v1/collections', { name: `Handbooks ${owners.size}` }], ['/v1/roles', { name: `reader-${owners.size}`, permissions: ['jobs:read'] }], ['/v1/clients', { name: 'Import', roles: ['integration'] }],
			['/v1/invitations', { email: `invited-${owners.size}@example.com`, name: 'Merle Varnbrook', roles: ['recruiter'] }],
		] as const) await admin('POST', path, body);
		const scoped = JSON.parse(Buffer.from(target.callers.get('scoped')?.split('.')[1] ?? '', 'base64url').toString()).sub;
		await admin('PUT', `/v1/jobs/${job.id}/assignments/${scoped}`);
	}

	async function revive(name: string): Promise<void> {
		const make = callers[name];
		if (make === undefined || await alive(target.callers.get(name))) return;
		target.callers.set(name, await make());
		const claims = JSON.parse(Buffer.from(target.callers.get(name)?.split('.')[1] ?? '', 'base64url').toString());
		workspacesOf.set(name, (workspacesOf.get(name) ?? new Set()).add(claims.workspace));
	}

	return {
		target,
		revive,
		async prepare() {
			for (const name of Object.keys(callers)) await revive(name);
			// A delivery that fails would be tried again while rows are compared.
			await app.services.db.query("UPDATE webhooks SET url = $sinkUrl || '/of/' || id WHERE url LIKE '%127.0.0.1:9/%'", { bind: { sinkUrl } });
			await noteOwners();
			await topUp();
			await untilIdle(app.services.db);
			await noteOwners();
			const names = [...new Set(Object.keys(ours))];
			const next = (await request(app.url, 'GET', '/v1/tasks?limit=1', undefined, { Authorization: target.callers.get('admin') as string })).body.nextCursor;
			const theirs = (await request(app.url, 'GET', '/v1/tasks?limit=1', undefined, { Authorization: target.callers.get('stranger') as string })).body.nextCursor;
			const keeper = await makeUser(app, ['recruiter']);
			links += 1;
			const admin = (path: string, body?: unknown) => request(app.url, 'POST', path, body, { Authorization: target.callers.get('admin') as string });
			const link = links % 2 === 0 ? await admin(`/v1/users/${keeper.id}/password-reset`) : await admin('/v1/invitations', { email: `linked-${links}@example.com`, name: 'Merle Varnbrook', roles: ['recruiter'] });
			const token = JSON.stringify(link.body).match(/tml_[\w-]+/)?.[0] ?? '';
			const known = { token, email: keeper.email, password, currentPassword: password, client_id: app.credential.clientId, client_secret: app.credential.clientSecret };
			const pools = { ids: await idsNow(names), foreign: Object.values(other?.rows ?? {}), cursors: [next, theirs].filter((cursor) => typeof cursor === 'string'), sinkUrl, known };
			return { pools, callers: [...target.callers.keys()] };
		},
		async review(answered) {
			await noteOwners();
			const wrong: string[] = [];
			for (const { request: sent, answer } of answered) {
				if (sent.routeId !== null && beyondCaller.has(sent.routeId) && answer.status < 400) continue;
				const mine = workspacesOf.get(sent.caller);
				const said = `${sent.path}\n${sent.body?.toString() ?? ''}`.toLowerCase();
				// Addresses of the tests' own people hold an id, and anybody may invite them.
				for (const [found] of answer.text.replace(/[\w.+-]+@example\.com/g, '').matchAll(uuids)) {
					const owner = owners.get(found.toLowerCase());
					if (owner !== undefined && mine?.has(owner) !== true && !said.includes(found.toLowerCase())) wrong.push(`${sent.method} ${sent.path} of ${sent.caller} shows ${found} of another workspace (${tables.get(found.toLowerCase())}): …${answer.text.slice(Math.max(0, answer.text.indexOf(found) - 200), answer.text.indexOf(found) + 100)}…`);
				}
			}
			return wrong.slice(0, 5);
		},
		async close() {
			sink.closeAllConnections();
			await new Promise((resolve) => sink.close(resolve));
		},
	};
}

/** Takes whatever is sent, so that no delivery comes again; serves a document. */
async function startSink(): Promise<Server> {
	const sink = createServer((incoming, response) => {
		incoming.resume();
		response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`Halvard Brinnel\nhalvard@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 - 2020\n`);
	});
	await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
	return sink;
}
