/**
 * Two workspaces whose rows look alike, all made through the API. Every row holds words that stand nowhere else, so
 * that an answer tells by its words whose rows it shows.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from '../../support/app.ts';
import type { Answer, TestApp } from '../../support/app.ts';
import { untilIdle } from '../../support/rows.ts';
import { workspacePermissions } from './oracle.ts';
import type { RoleSpec } from './oracle.ts';

export type RowType = 'job' | 'cv' | 'candidate' | 'match' | 'task' | 'document' | 'cvSource' | 'collection' | 'webhook' | 'delivery' | 'user' | 'invitation' | 'role' | 'client' | 'session' | 'workspace' | 'agent';

export interface Row {
	type: RowType;
	id: string;
	workspace: 1 | 2;
	/** id of the actor who made it */
	by: string;
	/** whose words it holds */
	about: string;
	job?: string;
	candidate?: string;
	collection?: string | null;
	/** of users, clients and invitations: theirs; of collections: who may read; null for everybody */
	roles?: string[] | null;
	role?: RoleSpec;
	user?: string;
	webhook?: string;
	kind?: string;
	status?: string;
	/** what this row is searched by */
	word?: string;
	sentence?: string;
	content?: string;
	externalId?: string;
}

export interface Actor {
	label: string;
	type: 'user' | 'client';
	workspace: 1 | 2;
	id: string;
	roles: string[];
	/** of a narrowed token */
	scope: string[] | null;
	/** why no request of it is taken */
	dead: string | null;
	sessionId: string | null;
	/** the header it sends */
	authorization?: string;
	call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** `id`: of a row; `actor`: of somebody, which stands as maker in many rows of the workspace */
export interface Token {
	about: string;
	kind: 'personal' | 'content' | 'id' | 'actor';
	workspace: 1 | 2;
}

interface Place {
	id: string;
	blindRoles: string[];
	roles: Map<string, RoleSpec>;
	admin: Actor;
	/** makes what is nobody's own */
	base: Actor;
}

export const password = 'korvette im nebel 7';
export const first = ['ba', 'do', 'fe', 'gi', 'hu', 'ja', 'ke', 'li', 'mo', 'nu', 'pa', 're', 'si', 'to', 'vu', 'wa', 'ye', 'zo', 'bru', 'dra'];
export const second = ['brin', 'dolm', 'fenk', 'garv', 'holt', 'jurn', 'kast', 'lumb', 'mord', 'nask'];

export class World {
	readonly app: TestApp;
	readonly places: Record<number, Place> = {};
	readonly rows: Row[] = [];
	readonly assignments: { job: string; actor: string }[] = [];
	readonly actors: Actor[] = [];
	readonly tokens = new Map<string, Token>();
	/** bodies that arrived, by the path of the webhook */
	readonly received: { path: string; body: string }[] = [];
	readonly receiver: Server;
	private words = 0;

	constructor(app: TestApp) {
		this.app = app;
		this.receiver = createServer((incoming, response) => {
			const parts: Buffer[] = [];
			incoming.on('data', (part: Buffer) => parts.push(part));
			incoming.on('end', () => {
				this.received.push({ path: incoming.url ?? '', body: Buffer.concat(parts).toString() });
				response.end('ok');
			});
		});
	}

	row(type: RowType, id: string): Row | undefined {
		return this.rows.find((row) => row.type === type && row.id === id);
	}

	add(row: Row): Row {
		this.rows.push(row);
		const kind = row.type === 'user' || row.type === 'client' ? 'actor' : 'id';
		this.plant(row.id, row.about, kind, row.workspace);
		return row;
	}

	plant(word: string, about: string, kind: Token['kind'], workspace: 1 | 2): void {
		this.tokens.set(word.toLowerCase(), { about, kind, workspace });
	}

	/** "Zqbadolm": no other text has the letters zq, and no such word is part of another. */
	word(about: string, kind: 'personal' | 'content', workspace: 1 | 2): string {
		const number = this.words++;
		const word = `Zq${second[number % 10]}${first[Math.floor(number / 10) % 20]}${second[Math.floor(number / 200) % 10]}`;
		this.plant(word, about, kind, workspace);
		return word;
	}

	async start(): Promise<void> {
		await new Promise<void>((resolve) => this.receiver.listen(0, '127.0.0.1', resolve));
	}

	async close(): Promise<void> {
		this.receiver.closeAllConnections();
		await new Promise((resolve) => this.receiver.close(resolve));
	}

	get receiverUrl(): string {
		return `http://127.0.0.1:${(this.receiver.address() as AddressInfo).port}`;
	}
}

/** What the maker needs of an answer, or the reason why it did not come. */
async function made(by: Actor, method: string, path: string, body?: unknown): Promise<any> {
	const answer = await by.call(method, path, body);
	if (answer.status >= 300) throw new Error(`${by.label}: ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
	return answer.body;
}

export async function makeJob(world: World, by: Actor, assignTo: Actor[] = []): Promise<Row> {
	const about = `job ${world.rows.length}`;
	const [title, platform] = [world.word(about, 'content', by.workspace), world.word(about, 'content', by.workspace)];
	const text = `Backend developer ${title}\n\nWhat you need\n- At least 3 years with Java or Kotlin for the ${platform} platform\n- PostgreSQL\n- English at level B2\n`;
	const { id } = await made(by, 'POST', '/v1/jobs', { title: `Backend developer ${title}`, text, externalId: `job-${platform}` });
	const row = world.add({ type: 'job', id, workspace: by.workspace, by: by.id, about, word: title, status: 'open', content: `job-${platform}` });
	for (const actor of assignTo) await assign(world, id, actor);
	return row;
}

export async function assign(world: World, job: string, actor: Actor): Promise<void> {
	await made(world.places[actor.workspace]!.base, 'PUT', `/v1/jobs/${job}/assignments/${actor.id}`);
	world.assignments.push({ job, actor: actor.id });
}

export interface Person {
	cv: Row;
	candidate: Row;
	task: Row;
}

export async function makePerson(world: World, by: Actor): Promise<Person> {
	const about = `candidate ${world.rows.length}`;
	const personal = () => world.word(about, 'personal', by.workspace);
	const content = () => world.word(about, 'content', by.workspace);
	const [given, family, street, file, external, employer, ledger] = [personal(), personal(), personal(), personal(), personal(), content(), content()];
	const phone = `7946 0${String(100 + world.rows.length).padStart(3, '0')}`;
	world.plant(phone.replace(' ', ''), about, 'personal', by.workspace);
	const sentence = `Moved the ${ledger} reconciliation ledger of nine regional branches to event streams in Java`;
	const text = `${given} ${family}
Backend developer
${given.toLowerCase()}.${family.toLowerCase()}@example.com · +44 20 ${phone} · ${street} Street 12, Bristol

Experience
Backend developer, ${employer} Ltd, March 2018 – today
- Builds REST APIs in Java and Kotlin on PostgreSQL, packed with Docker
- ${sentence}

Education
BSc Computer Science, University of Bristol, 2014 – 2017

Skills
Java, Kotlin, PostgreSQL, Docker, REST APIs

Languages
English (native), German (B1)
`;
	const task = await made(by, 'POST', '/v1/cvs?wait=30', { fileName: `${file}.txt`, text, externalId: `cv-${external}` });
	if (task.status !== 'succeeded') throw new Error(`the CV of ${by.label} was not analysed: ${JSON.stringify(task)}`);
	const { cvId, candidateId } = task.result;
	const common = { workspace: by.workspace, by: by.id, about, candidate: candidateId as string, word: family, sentence, content: text, externalId: `cv-${external}` };
	return {
		candidate: world.add({ type: 'candidate', id: candidateId, ...common }),
		cv: world.add({ type: 'cv', id: cvId, ...common, status: 'analysed' }),
		task: world.add({ type: 'task', id: task.id, ...common, kind: 'cv.analyse', status: task.status }),
	};
}

/** A file that is no CV: a row without a candidate, and a task that failed. */
export async function makeFailedCv(world: World, by: Actor): Promise<void> {
	const about = `failed CV ${world.rows.length}`;
	const [file, external, text] = [world.word(about, 'personal', by.workspace), world.word(about, 'personal', by.workspace), world.word(about, 'personal', by.workspace)];
	const task = await made(by, 'POST', '/v1/cvs?wait=30', { fileName: `${file}.txt`, text: `The weather in ${text} is fine today, and it will stay so. Bring an umbrella nevertheless.`, externalId: `cv-${external}` });
	if (task.status !== 'failed') throw new Error(`what is no CV ended as ${task.status}`);
	const common = { workspace: by.workspace, by: by.id, about, status: 'failed', word: text };
	world.add({ type: 'cv', id: task.subject.id, ...common });
	world.add({ type: 'task', id: task.id, ...common, kind: 'cv.analyse' });
}

export async function makeMatch(world: World, by: Actor, job: Row, person: Person): Promise<Row> {
	const { items } = await made(by, 'POST', '/v1/matches', { jobId: job.id, candidateId: person.candidate.id });
	return world.add({ type: 'match', id: items[0].id, workspace: by.workspace, by: by.id, about: `${job.about} & ${person.candidate.about}`, job: job.id, candidate: person.candidate.id });
}

export async function makeDocument(world: World, by: Actor, collection: Row | null = null): Promise<Row> {
	const about = `document ${world.rows.length}`;
	const [title, office, external] = [world.word(about, 'content', by.workspace), world.word(about, 'content', by.workspace), world.word(about, 'content', by.workspace)];
	const sentence = `Whoever travels to the ${office} branch office is paid the mileage allowance at the end of the month`;
	const text = `Travel rules\n\n${sentence}.\n`;
	const task = await made(by, 'POST', '/v1/sources?wait=30', { title: `Rules ${title}`, text, externalId: `doc-${external}`, ...(collection && { collectionId: collection.id }) });
	world.add({ type: 'task', id: task.id, workspace: by.workspace, by: by.id, about, kind: 'source.index', status: task.status });
	return world.add({ type: 'document', id: task.subject.id, workspace: by.workspace, by: by.id, about, collection: collection?.id ?? null, word: office, sentence, content: text, kind: 'document', externalId: `doc-${external}` });
}

export async function makeCollection(world: World, by: Actor, roles: string[] | null = null): Promise<Row> {
	const about = `collection ${world.rows.length}`;
	const body = { name: `Handbook ${world.word(about, 'content', by.workspace)}`, description: `About ${world.word(about, 'content', by.workspace)}`, readRoles: roles };
	const { id } = await made(by, 'POST', '/v1/collections', body);
	return world.add({ type: 'collection', id, workspace: by.workspace, by: by.id, about, roles, content: body.name });
}

export async function makeWebhook(world: World, by: Actor, events: string[]): Promise<Row> {
	const about = `webhook ${world.rows.length}`;
	const url = `${world.receiverUrl}/${world.word(about, 'content', by.workspace)}`;
	const { id } = await made(by, 'POST', '/v1/webhooks', { url, events, description: `For ${world.word(about, 'content', by.workspace)}` });
	return world.add({ type: 'webhook', id, workspace: by.workspace, by: by.id, about, content: url });
}

export async function makeInvitation(world: World, by: Actor, roles: string[]): Promise<{ user: Row; invitation: Row; link: string }> {
	const about = `user ${world.rows.length}`;
	const [given, family] = [world.word(about, 'content', by.workspace), world.word(about, 'content', by.workspace)];
	const { id, userId, link } = await made(by, 'POST', '/v1/invitations', { email: `${given}@example.com`, name: `${given} ${family}`, roles });
	const common = { workspace: by.workspace, by: by.id, about, roles, word: given, status: 'invited' };
	return { user: world.add({ type: 'user', id: userId, ...common }), invitation: world.add({ type: 'invitation', id, ...common, user: userId }), link };
}

export async function makeUser(world: World, by: Actor, roles: string[], label: string): Promise<Actor & { row: Row }> {
	const { user, invitation, link } = await makeInvitation(world, by, roles);
	const answer = await request(world.app.url, 'POST', '/v1/auth/invitation', { token: tokenOf(link), password });
	if (answer.status !== 200) throw new Error(`${label}: ${JSON.stringify(answer.body)}`);
	user.status = 'active';
	invitation.status = 'accepted';
	world.add({ type: 'session', id: answer.body.session_id, workspace: by.workspace, by: user.id, about: user.about, user: user.id });
	return { ...userActor(world, { id: user.id, workspace: by.workspace, roles, label }, answer.body), row: user };
}

export const tokenOf = (link: string): string => /#[\w-]+=([\w-]+)/.exec(link)?.[1] as string;

export function userActor(world: World, about: Pick<Actor, 'id' | 'workspace' | 'roles' | 'label'>, tokens: { access_token: string; session_id: string }): Actor {
	return { ...about, type: 'user', scope: null, dead: null, sessionId: tokens.session_id, ...bearer(world, tokens.access_token) };
}

export async function makeClientRow(world: World, by: Actor, roles: string[]): Promise<{ row: Row; clientId: string; clientSecret: string }> {
	const about = `client ${world.rows.length}`;
	const name = `Import ${world.word(about, 'content', by.workspace)}`;
	const { id, clientId, clientSecret } = await made(by, 'POST', '/v1/clients', { name, roles });
	return { row: world.add({ type: 'client', id, workspace: by.workspace, by: by.id, about, roles }), clientId, clientSecret };
}

export async function makeClient(world: World, by: Actor, roles: string[], label: string, scope: string[] | null = null): Promise<Actor> {
	const { row, clientId, clientSecret } = await makeClientRow(world, by, roles);
	const answer = await request(world.app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...(scope && { scope: scope.join(' ') }) });
	return { label, type: 'client', workspace: by.workspace, id: row.id, roles, scope, dead: null, sessionId: null, ...bearer(world, answer.body.access_token) };
}

export async function makeRole(world: World, by: Actor, name: string, role: RoleSpec): Promise<Row> {
	const about = `role ${world.rows.length}`;
	const { id } = await made(by, 'POST', '/v1/roles', { name, description: `For ${world.word(about, 'content', by.workspace)}`, ...role });
	world.places[by.workspace]!.roles.set(name, role);
	return world.add({ type: 'role', id, workspace: by.workspace, by: by.id, about, role, content: name });
}

/** The name of a role that somebody makes is planted too, in the letters a name may have. */
export async function makeNamedRole(world: World, by: Actor, role: RoleSpec): Promise<Row> {
	const about = `role ${world.rows.length}`;
	const name = `team-${world.word(about, 'content', by.workspace).toLowerCase()}`;
	const row = await makeRole(world, by, name, role);
	world.plant(name.slice(5), row.about, 'content', by.workspace);
	return row;
}

function bearer(world: World, token: string): Pick<Actor, 'authorization' | 'call'> {
	const authorization = `Bearer ${token}`;
	return { authorization, call: (method, path, body, headers = {}) => request(world.app.url, method, path, body, { Authorization: authorization, ...headers }) };
}

/** Covered by all who can hand on anything. */
export const tiny: RoleSpec = { permissions: ['jobs:read'], rows: 'own', blind: true };
const all = (rows: RoleSpec['rows'], blind = false): RoleSpec => ({ permissions: workspacePermissions, rows, blind });

export async function buildWorld(app: TestApp): Promise<World> {
	const world = new World(app);
	await world.start();
	const boot = await app.clientWith(['admin']);
	const me = (await boot.call('GET', '/v1/me')).body;
	const admin: Actor = { label: 'first admin', type: 'client', workspace: 1, id: me.actor.id, roles: ['admin'], scope: null, dead: null, sessionId: null, call: boot.call };
	const place = (id: string, owner: Actor): Place => ({ id, blindRoles: [], roles: new Map(), admin: owner, base: owner });
	world.places[1] = place(me.workspace.id, admin);
	world.add({ type: 'workspace', id: me.workspace.id, workspace: 1, by: admin.id, about: 'workspace 1' });
	for (const { id, name, createdBy, roles } of (await made(admin, 'GET', '/v1/clients?limit=100')).items) {
		world.add({ type: 'client', id, workspace: 1, by: createdBy, about: `client ${name}`, roles });
	}
	await makeSecondWorkspace(world, admin);
	for (const workspace of [1, 2] as const) await furnish(world, workspace);
	await untilIdle(app.services.db);
	await registerIndexedCvs(world);
	return world;
}

async function makeSecondWorkspace(world: World, admin: Actor): Promise<void> {
	const [name, given] = [world.word('workspace 2', 'content', 2), world.word('user admin 2', 'content', 2)];
	const { workspace, invitation } = await made(admin, 'POST', '/v1/workspaces', { name: `Office ${name}`, admin: { email: `${given}@example.com`, name: given } });
	const answer = await request(world.app.url, 'POST', '/v1/auth/invitation', { token: tokenOf(invitation.link), password });
	const owner = userActor(world, { label: 'admin of the second workspace', id: invitation.userId, workspace: 2, roles: ['admin'] }, answer.body);
	world.places[2] = { id: workspace.id, blindRoles: [], roles: new Map(), admin: owner, base: owner };
	const common = { workspace: 2 as const, by: admin.id, about: 'user admin 2', roles: ['admin'], word: given, status: 'active' };
	world.add({ type: 'workspace', id: workspace.id, workspace: 2, by: admin.id, about: 'workspace 2' });
	world.add({ type: 'user', id: owner.id, ...common });
	world.add({ type: 'invitation', id: invitation.id, ...common, user: owner.id, status: 'accepted' });
	world.add({ type: 'session', id: answer.body.session_id, workspace: 2, by: owner.id, about: 'user admin 2', user: owner.id });
	world.actors.push(owner);
}

/** The same in both: actors of every kind, rows of their own, rows that are assigned to some, rows of others. */
async function furnish(world: World, workspace: 1 | 2): Promise<void> {
	const place = world.places[workspace]!;
	const { admin } = place;
	for (const { id } of (await made(admin, 'GET', '/v1/agents')).items) world.add({ type: 'agent', id, workspace, by: 'system', about: `agents ${workspace}` });
	place.base = await makeClient(world, admin, ['integration'], `integration of workspace ${workspace}`);
	await makeRole(world, admin, 'tiny', tiny);
	await makeRole(world, admin, 'vault-reader', tiny);
	// They register webhooks first; only then they are narrowed to what is their own.
	const ownRoles = [await makeRole(world, admin, 'own-rows', all('workspace')), await makeRole(world, admin, 'own-blind', all('workspace', true))];
	await makeRole(world, admin, 'assigned-rows', all('assigned'));
	await makeRole(world, admin, 'assigned-blind', all('assigned', true));
	await makeRole(world, admin, 'all-blind', all('workspace', true));

	const user = (roles: string[], label: string) => makeUser(world, admin, roles, `${label} (user, workspace ${workspace})`);
	const client = (roles: string[], label: string, scope: string[] | null = null) => makeClient(world, admin, roles, `${label} (client, workspace ${workspace})`, scope);
	const owners = [await user(['own-rows'], 'own rows'), ...(workspace === 1 ? [await client(['own-rows'], 'own rows'), await client(['own-blind'], 'own rows, blind')] : [])];
	const managers = [await user(['hiring-manager'], 'hiring-manager'), ...(workspace === 1 ? [await client(['hiring-manager'], 'hiring-manager'), await user(['assigned-rows'], 'assigned rows'), await client(['assigned-blind'], 'assigned rows, blind')] : [])];
	const several = workspace === 1 ? [await user(['own-rows', 'hiring-manager', 'vault-reader'], 'own rows + hiring-manager + vault-reader'), await client(['assigned-blind', 'own-rows'], 'assigned rows, blind + own rows')] : [];
	const plain = [
		await user(['analyst'], 'analyst'), await user(['recruiter'], 'recruiter'),
		...(workspace === 1 ? [
			place.base, await user(['admin'], 'admin'), await user(['auditor'], 'auditor'), await client(['all-blind'], 'all rows, blind'), await user(['own-rows', 'analyst'], 'own rows + analyst, blind'),
			await client(['admin'], 'admin with a scope', ['cvs:read', 'candidates:read', 'jobs:read', 'tasks:read', 'rag:query']), await client(['own-rows'], 'own rows with a scope', ['matches:read', 'sources:read', 'users:read']), await client(['tiny'], 'one permission'),
		] : []),
	];
	world.actors.push(...owners, ...managers, ...several, ...plain);
	// A workspace with built-in roles that see no names: another one in each.
	place.blindRoles = [workspace === 1 ? 'analyst' : 'hiring-manager'];
	await made(admin, 'PATCH', '/v1/workspace', { blindRoles: place.blindRoles });

	await makeWebhook(world, place.base, ['cv.analysed', 'match.completed', 'candidate.erased', 'agent.paused', 'agent.resumed', 'task.failed', 'cv.failed']);
	const narrowed = [...owners, ...several];
	for (const actor of narrowed) await makeWebhook(world, actor, ['agent.paused']);
	for (const row of ownRoles) {
		const role = { ...row.role!, rows: 'own' as const };
		await made(admin, 'PATCH', `/v1/roles/${row.id}`, { rows: 'own' });
		Object.assign(row, { role });
		place.roles.set(row.content!, role);
	}

	const shut = [await makeCollection(world, admin, ['vault-reader']), await makeCollection(world, admin, ['hiring-manager', 'assigned-rows']), await makeCollection(world, admin)];
	for (const collection of [null, ...shut]) await makeDocument(world, collection === null ? place.base : admin, collection);
	const [jobA, jobB, jobC] = [await makeJob(world, place.base, managers.filter((_, index) => index % 2 === 0)), await makeJob(world, place.base, [...managers.filter((_, index) => index % 2 === 1), ...several]), await makeJob(world, place.base)];
	const [a, b, c] = [await makePerson(world, place.base), await makePerson(world, place.base), await makePerson(world, place.base)];
	for (const [job, person] of [[jobA, a], [jobB, b], [jobC, c]] as const) await makeMatch(world, place.base, job, person);
	await makeFailedCv(world, place.base);

	const makers = [...owners, ...several, ...managers.filter(({ roles }) => !roles.includes('hiring-manager'))];
	for (const actor of makers) {
		const [job, person] = [await makeJob(world, actor), await makePerson(world, actor)];
		await makeMatch(world, actor, job, person);
		await makeFailedCv(world, actor);
		// Ranked by somebody who sees everybody: the job is one's own, the candidate is not.
		await makeMatch(world, place.base, job, c);
		await makeDocument(world, actor);
		await makeCollection(world, actor);
		await makeCollection(world, actor, ['vault-reader']);
		await makeInvitation(world, actor, ['tiny']);
		await makeClientRow(world, actor, ['tiny']);
		await makeNamedRole(world, actor, tiny);
	}
	for (const what of ['pause', 'resume']) await made(place.base, 'POST', `/v1/agents/matcher/${what}`, what === 'pause' ? { reason: `Looked at ${world.word(`agents ${workspace}`, 'content', workspace)}` } : undefined);
	await untilIdle(world.app.services.db);
	for (const webhook of world.rows.filter(({ type, workspace: where }) => type === 'webhook' && where === workspace)) {
		for (const { id, status } of (await made(place.admin, 'GET', `/v1/webhooks/${webhook.id}/deliveries?limit=100`)).items) {
			world.add({ type: 'delivery', id, workspace, by: webhook.by, about: webhook.about, webhook: webhook.id, status });
		}
	}
}

/** Every CV is a source too, made by nobody. */
async function registerIndexedCvs(world: World): Promise<void> {
	for (const workspace of [1, 2] as const) {
		for (const source of (await made(world.places[workspace]!.admin, 'GET', '/v1/sources?kind=cv&limit=100')).items) {
			const { about, sentence, word } = world.row('candidate', source.candidateId)!;
			world.add({ type: 'cvSource', id: source.id, workspace, by: 'system', about, candidate: source.candidateId, kind: 'cv', word: word!, sentence: sentence! });
		}
	}
}

export const nowhere = (type: RowType): Row => ({ type, id: randomUUID(), workspace: 1, by: 'nobody', about: 'nothing' });
