/** Routes asked in a way of their own: searches, rankings, questions, logs, what makes rows, and rows named beside the one in the path. */
import { request } from '../../support/app.ts';
import type { Allowed, Matrix } from './matrix.ts';
import { nothing, shapeOf } from './matrix.ts';
import { everyPermission } from './oracle.ts';
import { makeUser, nowhere, password, userActor } from './world.ts';
import type { Actor, Row } from './world.ts';

interface Probe {
	reads?(matrix: Matrix, actor: Actor): Promise<void>;
	changes?(matrix: Matrix, actor: Actor): Promise<void>;
}

const allows = (rows: (Row | undefined)[], blind = false): Allowed => ({ about: new Set(rows.flatMap((row) => row?.about ?? [])), blind });
let made = 0;
/** A name is free, unless a row of this workspace has it: what the other one has does not count. */
const onlyHere = (m: Matrix, actor: Actor, row: Row, name: string) => (m.isNew(actor, name) && row.workspace !== actor.workspace ? { status: [201] } : { status: [409], code: 'conflict' });
/** Not planted: whoever made it may see it. */
const newName = () => `made-${(made += 1).toString(36)}`;

const ok = (status: number[] = [200]) => ({ status });
const noSuch = { status: [404], code: 'not_found' };

export const probes: Record<string, Probe> = {
	introspectToken: {
		async reads(m, actor) {
			for (const workspace of [1, 2] as const) {
				const place = m.world.places[workspace]!;
				const token = place.base.authorization!.slice('Bearer '.length);
				const answer = await m.send(actor, 'introspectToken', '/v1/oauth/introspect', { body: { token }, allowed: allows(m.world.rows.filter(({ id }) => id === place.base.id && workspace === actor.workspace)) });
				m.must(answer.body.active === (workspace === actor.workspace), `${actor.label}: a token of workspace ${workspace} is ${answer.body.active ? 'active' : 'not active'}`);
			}
		},
	},
	getMe: {
		async reads(m, actor) {
			const answer = await m.send(actor, 'getMe', '/v1/me', { allowed: allows(m.world.rows.filter(({ id }) => id === actor.id)) });
			m.mustAnswer(`${actor.label}: getMe`, answer, ok());
			const said = answer.body.grants.map(({ permission, rows, blind }: { permission: string; rows: string; blind: boolean }) => `${permission} ${rows} ${blind}`).sort();
			const expected = everyPermission.flatMap((permission) => { const grant = m.oracle.grant(actor, permission); return grant ? [`${permission} ${grant.rows} ${grant.blind}`] : []; }).sort();
			m.must(JSON.stringify(said) === JSON.stringify(expected), `${actor.label}: GET /v1/me says ${said.filter((one: string) => !expected.includes(one)).join(', ')} instead of ${expected.filter((one) => !said.includes(one)).join(', ')}`);
		},
	},
	// Ended are sessions that were made for it.
	logOut: { async changes(m, actor) { await withOwnSession(m, actor, 'logOut', '/v1/auth/logout', [204]); } },
	logOutEverywhere: { async changes(m, actor) { if (actor === m.world.actors[0]) await withOwnUser(m, actor, 'logOutEverywhere', '/v1/auth/logout-all', undefined, [200]); } },
	changePassword: { async changes(m, actor) { if (actor === m.world.actors[0]) await withOwnUser(m, actor, 'changePassword', '/v1/auth/password', { currentPassword: password, newPassword: 'vier lampen am kai' }, [204]); } },
	getMetrics: {
		async reads(m, actor) {
			const answer = await m.send(actor, 'getMetrics', '/metrics');
			m.mustAnswer(`${actor.label}: getMetrics`, answer, ok());
			m.must(!/[0-9a-f]{8}-[0-9a-f]{4}-7/.test(String(answer.body)), `${actor.label}: metrics hold an id`);
		},
	},
	createInvitation: {
		async changes(m, actor) {
			const place = m.world.places[actor.workspace]!;
			const send = (email: string, roles = ['tiny'], allowed = nothing) => m.send(actor, 'createInvitation', '/v1/invitations', { body: { email, name: newName(), roles }, allowed });
			m.mustAnswer(`${actor.label}: invites`, await send(`${newName()}@example.com`), ok([201]));
			for (const user of m.some(actor, ['user'], () => true, 1)) {
				const answer = await send(`${user.word}@example.com`, ['tiny'], allows([user]));
				m.mustAnswer(`${actor.label}: invites ${user.about} again`, answer, onlyHere(m, actor, user, `user ${user.word}`));
			}
			for (const name of place.roles.keys()) {
				if (m.oracle.covers(actor, [name]) || name.startsWith('team-')) continue;
				m.mustAnswer(`${actor.label}: hands on ${name}`, await send(`${newName()}@example.com`, [name]), { status: [403], code: 'grant_exceeded' });
			}
		},
	},
	listPermissions: { async reads(m, actor) { m.mustAnswer(`${actor.label}: listPermissions`, await m.send(actor, 'listPermissions', '/v1/permissions'), ok()); } },
	createRole: {
		async changes(m, actor) {
			const definition = { permissions: ['jobs:read'], rows: 'own', blind: true };
			m.mustAnswer(`${actor.label}: makes a role`, await m.send(actor, 'createRole', '/v1/roles', { body: { name: newName(), ...definition } }), ok([201]));
			for (const role of m.some(actor, ['role'], ({ content }) => content!.startsWith('team-'), 1)) {
				const answer = await m.send(actor, 'createRole', '/v1/roles', { body: { name: role.content, ...definition }, allowed: allows([role]) });
				m.mustAnswer(`${actor.label}: makes a role of the name of ${role.about}`, answer, onlyHere(m, actor, role, `role ${role.content}`));
			}
			const beyond = { name: newName(), permissions: ['jobs:read'], rows: 'workspace', blind: false };
			if (!m.oracle.coversRole(actor, beyond as never)) m.mustAnswer(`${actor.label}: makes a role beyond its own`, await m.send(actor, 'createRole', '/v1/roles', { body: beyond }), { status: [403], code: 'grant_exceeded' });
		},
	},
	createClient: {
		async changes(m, actor) {
			m.mustAnswer(`${actor.label}: makes a client`, await m.send(actor, 'createClient', '/v1/clients', { body: { name: newName(), roles: ['tiny'] } }), ok([201]));
			if (!m.oracle.covers(actor, ['admin'])) m.mustAnswer(`${actor.label}: makes an admin`, await m.send(actor, 'createClient', '/v1/clients', { body: { name: newName(), roles: ['admin'] } }), { status: [403], code: 'grant_exceeded' });
		},
	},
	getWorkspace: {
		async reads(m, actor) {
			const answer = await m.send(actor, 'getWorkspace', '/v1/workspace', { allowed: allows(m.world.rows.filter(({ type, workspace }) => type === 'workspace' && workspace === actor.workspace)) });
			m.must(answer.body.id === m.world.places[actor.workspace]!.id, `${actor.label}: gets workspace ${answer.body.id}`);
		},
	},
	updateOwnWorkspace: {
		async changes(m, actor) {
			const answer = await m.send(actor, 'updateOwnWorkspace', '/v1/workspace', { body: { name: 'Renamed' }, allowed: allows(m.world.rows.filter(({ type, workspace }) => type === 'workspace' && workspace === actor.workspace)) });
			m.must(answer.body.id === m.world.places[actor.workspace]!.id, `${actor.label}: changes workspace ${answer.body.id}`);
		},
	},
	createWorkspace: { async changes(m, actor) { m.mustAnswer(`${actor.label}: createWorkspace`, await m.send(actor, 'createWorkspace', '/v1/workspaces', { body: { name: newName(), admin: { email: `${newName()}@example.com`, name: newName() } } }), ok([201])); } },
	listAuditEntries: {
		async reads(m, actor) {
			const allowed = loggedFor(m, actor);
			let cursor: string | null = null;
			for (let pages = 0; pages < 30; pages += 1) {
				const answer = await m.send(actor, 'listAuditEntries', `/v1/audit?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`, { allowed });
				m.mustAnswer(`${actor.label}: listAuditEntries`, answer, ok());
				if (m.oracle.grant(actor, 'audit:read')!.rows !== 'workspace') m.must(answer.body.items.every((entry: any) => entry.actor.id === actor.id), `${actor.label}: reads what others did`);
				cursor = answer.body.nextCursor;
				if (cursor === null) break;
			}
			for (const row of m.some(actor, ['cv', 'job', 'user'], () => true, 1)) {
				const answer = await m.send(actor, 'listAuditEntries', `/v1/audit?subjectType=${row.type}&subjectId=${row.id}`, { allowed, kind: m.kindOf(actor, row) });
				const there = row.workspace === actor.workspace && (m.oracle.grant(actor, 'audit:read')!.rows === 'workspace' || row.by === actor.id || row.id === actor.id);
				m.must(there || answer.body.items.length === 0, `${actor.label}: finds the log of ${row.about}`);
			}
		},
	},
	exportAuditEntries: {
		async reads(m, actor) {
			for (const format of ['csv', 'ndjson']) m.mustAnswer(`${actor.label}: export`, await m.send(actor, 'exportAuditEntries', `/v1/audit/export?format=${format}`, { allowed: loggedFor(m, actor) }), ok());
		},
	},
	createCv: {
		// The same bytes are the same CV, for who reaches it; who does not learns no more than that somebody has them.
		async reads(m, actor) {
			for (const cv of m.some(actor, ['cv'], ({ workspace, status }) => workspace === actor.workspace && status === 'analysed', 1)) {
				const there = m.oracle.sees(actor, 'cvs:create', cv);
				const answer = await m.send(actor, 'createCv', '/v1/cvs?wait=20', { body: { fileName: 'again.txt', text: cv.content }, kind: m.kindOf(actor, cv), allowed: allows([cv], true) });
				m.mustAnswer(`${actor.label}: uploads ${cv.about} again`, answer, there ? ok([200, 202]) : { status: [409], code: 'conflict' });
				if (there) m.must(answer.body.subject?.id === cv.id, `${actor.label}: the same bytes are another CV`);
			}
		},
		async changes(m, actor) {
			for (const cv of m.some(actor, ['cv'], (row) => row.status === 'analysed' && !m.oracle.sees(actor, 'cvs:create', row), 1)) {
				const answer = await m.send(actor, 'createCv', '/v1/cvs?wait=20', { body: { fileName: 'mine.txt', externalId: cv.externalId, text: `Ottilie ${newName()}\nottilie.${newName()}@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 – 2020\n\nSkills\nJoinery\n` }, kind: m.kindOf(actor, cv) });
				m.must([200, 202, 409].includes(answer.status), `${actor.label}: uploads under another's external id: ${answer.status} ${JSON.stringify(answer.body)}`);
				if (answer.status !== 200) continue;
				const { cvId, candidateId } = answer.body.result;
				for (const [type, id] of [['candidate', candidateId], ['cv', cvId]] as const) m.world.add({ type, id, workspace: actor.workspace, by: actor.id, about: `candidate made by ${actor.id}`, candidate: candidateId });
			}
		},
	},
	createJob: {
		async changes(m, actor) {
			const text = 'Carpenter\n\nWhat you need\n- At least 3 years of joinery\n- English at level B2\n';
			for (const job of m.some(actor, ['job'], () => true, 1)) {
				const answer = await m.send(actor, 'createJob', '/v1/jobs', { body: { text, externalId: job.content }, kind: m.kindOf(actor, job), allowed: allows([job]) });
				m.mustAnswer(`${actor.label}: makes a job under the external id of ${job.about}`, answer, onlyHere(m, actor, job, `job ${job.content}`));
				if (answer.status === 201) m.world.add({ type: 'job', id: answer.body.id, workspace: actor.workspace, by: actor.id, about: `made by ${actor.id}`, status: 'open', content: newName() });
			}
		},
	},
	analyseJobText: { async reads(m, actor) { m.mustAnswer(`${actor.label}: analyseJobText`, await m.send(actor, 'analyseJobText', '/v1/jobs/analyse', { body: { text: 'Backend developer\n\nWhat you need\n- Java\n' } }), ok()); } },
	createMatches: { async changes(m, actor) { await rank(m, actor); } },
	searchCandidates: {
		async reads(m, actor) {
			const visible = m.world.rows.filter((row) => row.type === 'candidate' && m.oracle.sees(actor, 'candidates:read', row));
			const allowed: Allowed = { ...allows(visible, m.oracle.blind(actor, 'candidates:read')), withoutEcho: ({ items }) => items };
			const ids = new Set(visible.map(({ id }) => id));
			const look = (answer: any, what: string) => {
				const found: string[] = answer.body.items.map(({ candidateId }: { candidateId: string }) => candidateId);
				for (const id of found) if (!ids.has(id)) m.leaks.push(`${actor.label}: a search for ${what} finds ${id}`);
				return found;
			};
			for (const body of [{ query: 'Java', limit: 100 }, { skills: ['Java', 'PostgreSQL'], title: 'backend developer', limit: 100 }]) {
				const found = look(await m.send(actor, 'searchCandidates', '/v1/candidates/search', { body, allowed }), JSON.stringify(body));
				m.must(found.length === ids.size, `${actor.label}: a search finds ${found.length} of ${ids.size}`);
			}
			for (const { word } of m.some(actor, ['candidate'], () => true, 1)) look(await m.send(actor, 'searchCandidates', '/v1/candidates/search', { body: { query: word }, allowed }), String(word));
		},
	},
	assignJob: {
		// To somebody of the other workspace: as to nobody.
		async reads(m, actor) {
			const [foreign] = m.some(actor, ['user'], ({ workspace }) => workspace !== actor.workspace, 1);
			for (const job of m.some(actor, ['job'], (row) => m.oracle.sees(actor, 'jobs:assign', row), 1)) {
				const shapes = [];
				for (const somebody of [foreign!, nowhere('user')]) {
					const answer = await m.send(actor, 'assignJob', `/v1/jobs/${job.id}/assignments/${somebody.id}`, { kind: m.kindOf(actor, somebody) });
					m.must([403, 404].includes(answer.status), `${actor.label}: assigns ${job.about} to ${somebody.about}: ${answer.status}`);
					shapes.push(shapeOf(answer, [somebody.id]));
				}
				m.must(shapes[0] === shapes[1], `${actor.label}: an assignment tells somebody of the other workspace from nobody`);
			}
		},
	},
	retryWebhookDelivery: {
		// Of another webhook than the one in the path.
		async reads(m, actor) {
			const [webhook] = m.some(actor, ['webhook'], (row) => m.oracle.sees(actor, 'webhooks:update', row), 1);
			for (const delivery of webhook ? m.some(actor, ['delivery'], (row) => row.webhook !== webhook.id, 1).concat(nowhere('delivery')) : []) {
				m.mustAnswer(`${actor.label}: sends ${delivery.about} by ${webhook!.about}`, await m.send(actor, 'retryWebhookDelivery', `/v1/webhooks/${webhook!.id}/deliveries/${delivery.id}/retry`, { kind: m.kindOf(actor, delivery) }), noSuch);
			}
		},
	},
	createCollection: {
		async changes(m, actor) {
			m.mustAnswer(`${actor.label}: makes a collection`, await m.send(actor, 'createCollection', '/v1/collections', { body: { name: newName() } }), ok([201]));
			for (const collection of m.some(actor, ['collection'], () => true, 1)) {
				const answer = await m.send(actor, 'createCollection', '/v1/collections', { body: { name: collection.content }, kind: m.kindOf(actor, collection), allowed: allows([collection]) });
				m.mustAnswer(`${actor.label}: makes a collection of the name of ${collection.about}`, answer, onlyHere(m, actor, collection, `collection ${collection.content}`));
			}
		},
	},
	createSource: {
		async reads(m, actor) {
			for (const there of m.some(actor, ['document'], ({ workspace, collection }) => workspace === actor.workspace && collection === null, 1)) {
				const reached = m.oracle.sees(actor, 'sources:create', there);
				const answer = await m.send(actor, 'createSource', '/v1/sources?wait=20', { body: { text: there.content }, kind: m.kindOf(actor, there), allowed: allows([there]) });
				m.mustAnswer(`${actor.label}: adds ${there.about} again`, answer, reached ? ok([200, 202]) : { status: [409], code: 'conflict' });
			}
			for (const collection of m.some(actor, ['collection'], (row) => !m.oracle.sees(actor, 'collections:read', { ...row, type: 'collection' }) || row.workspace !== actor.workspace, 1)) {
				if (m.oracle.has(actor, 'collections:read')) m.mustAnswer(`${actor.label}: adds to ${collection.about}`, await m.send(actor, 'createSource', '/v1/sources', { body: { text: newName(), collectionId: collection.id }, kind: m.kindOf(actor, collection) }), noSuch);
			}
		},
		async changes(m, actor) {
			for (const there of m.some(actor, ['document'], ({ collection }) => collection === null, 1)) {
				if (m.oracle.sees(actor, 'sources:create', there)) continue;
				const answer = await m.send(actor, 'createSource', '/v1/sources?wait=20', { body: { title: 'Mine', text: `About ${newName()} ${newName()}.\n`, externalId: there.externalId }, kind: m.kindOf(actor, there) });
				m.must([200, 202, 409].includes(answer.status), `${actor.label}: adds under another's external id: ${answer.status}`);
			}
		},
	},
	searchPassages: { async reads(m, actor) { await askKnowledge(m, actor, 'searchPassages'); } },
	answerQuestion: { async reads(m, actor) { await askKnowledge(m, actor, 'answerQuestion'); } },
	runAgent: { async changes(m, actor) { await runAgents(m, actor); } },
	saveWebhook: {
		async changes(m, actor) {
			const all = m.oracle.grant(actor, 'webhooks:create')!.rows === 'workspace';
			const answer = await m.send(actor, 'saveWebhook', '/v1/webhooks', { body: { url: `${m.world.receiverUrl}/${newName()}`, events: ['agent.paused'] } });
			m.mustAnswer(`${actor.label}: registers a webhook`, answer, all ? ok([201]) : { status: [403], code: 'forbidden' });
			if (!all) return;
			for (const webhook of m.some(actor, ['webhook'], ({ workspace }) => workspace !== actor.workspace, 1)) {
				const same = await m.send(actor, 'saveWebhook', '/v1/webhooks', { body: { url: webhook.content, events: ['task.failed'] }, kind: 'other workspace', allowed: allows([webhook]) });
				m.mustAnswer(`${actor.label}: registers the address of the other workspace`, same, ok([200, 201]));
				m.must(same.body.id !== webhook.id, `${actor.label}: took the webhook of the other workspace`);
			}
		},
	},
};

/** The log holds ids, codes, and the names of roles; no words of people, jobs or documents. */
function loggedFor(m: Matrix, actor: Actor): Allowed {
	const all = m.oracle.grant(actor, 'audit:read')!.rows === 'workspace';
	const rows = m.world.rows.filter((row) => row.workspace === actor.workspace && (row.by === actor.id || row.user === actor.id || row.id === actor.id));
	const words = new Set(m.world.rows.filter(({ type, workspace }) => type === 'role' && workspace === actor.workspace).map(({ about }) => about));
	// Also of rows that are gone.
	const ids = all ? [...m.world.tokens.values()].filter(({ workspace, about }) => workspace === actor.workspace || (actor.workspace === 1 && about.startsWith('workspace '))).map(({ about }) => `#${about}`) : rows.map(({ about }) => `#${about}`);
	const logged = new Set([...ids, ...(all ? words : rows.filter(({ type }) => type === 'role').map(({ about }) => about))]);
	return { about: logged, blind: true };
}

async function askKnowledge(m: Matrix, actor: Actor, routeId: 'searchPassages' | 'answerQuestion'): Promise<void> {
	const search = routeId === 'searchPassages';
	const path = search ? '/v1/rag/search' : '/v1/rag/query';
	const askable = m.world.rows.filter((row) => (row.type === 'document' || row.type === 'cvSource') && m.oracle.askable(actor, row));
	const ids = new Set(askable.map(({ id }) => id));
	const allowed: Allowed = { ...allows(askable, m.oracle.blind(actor, 'rag:query', 'cvs:read')), withoutEcho: ({ question: _question, ...body }) => body };
	const send = async (text: string, row: Row, scope?: object) => {
		const answer = await m.send(actor, routeId, path, { body: { [search ? 'query' : 'question']: text, ...(search && { limit: 20 }), ...(scope && { scope }) }, kind: m.kindOf(actor, row), allowed });
		m.mustAnswer(`${actor.label}: ${routeId}`, answer, ok());
		const found: string[] = (answer.body.items ?? answer.body.citations ?? []).map(({ sourceId }: { sourceId: string }) => sourceId);
		for (const id of found) if (!ids.has(id)) m.leaks.push(`${actor.label}: ${routeId} is answered from ${id}`);
		return found;
	};
	// Of each relation to the actor, and of each collection.
	const rows = m.some(actor, ['document', 'cvSource'], ({ workspace, collection }) => workspace === actor.workspace || !collection, 1).concat(m.world.rows.filter(({ type, workspace, collection }) => type === 'document' && workspace === actor.workspace && collection));
	for (const row of new Set(rows)) {
		const found = await send(search ? row.sentence! : `What does it say: ${row.sentence}?`, row);
		m.must(!m.oracle.askable(actor, row) || found.includes(row.id), `${actor.label}: ${routeId} does not find ${row.about}, which it may read`);
		if (!m.oracle.askable(actor, row)) {
			m.must((await send(row.sentence!, row, { sourceIds: [row.id] })).length === 0, `${actor.label}: ${routeId} looks into ${row.about}`);
			if (row.candidate) m.must((await send(row.sentence!, row, { candidateIds: [row.candidate] })).length === 0, `${actor.label}: ${routeId} looks into ${row.about}`);
		}
		if (!search && row.candidate) await send(`Who is ${row.word}?`, row);
	}
}

/** Every form of a ranking, of what is there and of what is not. */
async function rank(m: Matrix, actor: Actor): Promise<void> {
	const see = (row: Row) => m.oracle.sees(actor, 'matches:create', row);
	const people = m.world.rows.filter((row) => row.type === 'candidate' && see(row));
	const jobs = m.world.rows.filter((row) => row.type === 'job' && see(row));
	const allowed = allows([...people, ...jobs], m.oracle.blind(actor, 'matches:create'));
	const send = (body: object, kind: Row, options = allowed) => m.send(actor, 'createMatches', '/v1/matches?wait=20', { body, kind: m.kindOf(actor, kind), allowed: options });
	const known = (item: any) => m.world.row('match', item.id) ?? m.world.add({ type: 'match', id: item.id, workspace: actor.workspace, by: actor.id, about: `match ${item.id}`, job: item.jobId, candidate: item.candidateId });
	const hiddenPeople = m.some(actor, ['candidate'], (row) => !see(row), 1).concat(nowhere('candidate'));
	const hiddenJobs = m.some(actor, ['job'], (row) => !see(row), 1).concat(nowhere('job'));
	for (const job of m.some(actor, ['job'], see, 1)) {
		const answer = await send({ jobId: job.id, limit: 100 }, job, { ...allowed, about: new Set([...allowed.about, ...m.world.rows.filter(({ type, workspace }) => type === 'match' && workspace === actor.workspace).map(({ about }) => about)]) });
		if (people.length === 0) continue;
		m.mustAnswer(`${actor.label}: ranks for ${job.about}`, answer, ok());
		const found: string[] = (answer.body.items ?? []).map((item: any) => item.candidateId);
		for (const id of found) if (!people.some((row) => row.id === id)) m.leaks.push(`${actor.label}: a ranking for ${job.about} shows ${id}`);
		m.must(answer.body.poolSize === people.length && found.length === people.length, `${actor.label}: a ranking for ${job.about} counts ${answer.body.poolSize} and shows ${found.length} of ${people.length}`);
		(answer.body.items ?? []).forEach(known);
		const task = await send({ jobId: job.id, async: true }, job, { ...allowed, about: new Set([...allowed.about, ...m.world.rows.filter(({ type, workspace }) => type === 'match' && workspace === actor.workspace).map(({ about }) => about)]) });
		m.must(task.body.result?.poolSize === people.length, `${actor.label}: the task of a ranking counts ${task.body.result?.poolSize} of ${people.length}`);
		for (const hidden of hiddenPeople) {
			m.mustAnswer(`${actor.label}: ranks ${hidden.about}`, await send({ jobId: job.id, candidateId: hidden.id }, hidden), noSuch);
			m.mustAnswer(`${actor.label}: ranks ${hidden.about} among others`, await send({ jobId: job.id, candidateIds: [people[0]!.id, hidden.id] }, hidden), noSuch);
		}
	}
	for (const hidden of hiddenPeople) m.mustAnswer(`${actor.label}: ranks jobs for ${hidden.about}`, await send({ candidateId: hidden.id }, hidden), noSuch);
	for (const hidden of hiddenJobs) {
		m.mustAnswer(`${actor.label}: ranks for ${hidden.about}`, await send({ jobId: hidden.id }, hidden), noSuch);
		m.mustAnswer(`${actor.label}: ranks for ${hidden.about} as a task`, await send({ jobId: hidden.id, async: true }, hidden), noSuch);
		if (people[0]) m.mustAnswer(`${actor.label}: ranks a candidate for ${hidden.about}`, await send({ jobId: hidden.id, candidateId: people[0].id }, hidden), noSuch);
	}
	for (const person of m.some(actor, ['candidate'], see, 1)) {
		const open = jobs.filter(({ status }) => status === 'open');
		const answer = await send({ candidateId: person.id, limit: 100 }, person, { ...allowed, about: new Set([...allowed.about, ...m.world.rows.filter(({ type, workspace }) => type === 'match' && workspace === actor.workspace).map(({ about }) => about)]) });
		m.mustAnswer(`${actor.label}: ranks jobs for ${person.about}`, answer, ok());
		const found: string[] = (answer.body.items ?? []).map((item: any) => item.jobId);
		for (const id of found) if (!jobs.some((row) => row.id === id)) m.leaks.push(`${actor.label}: a ranking for ${person.about} shows the job ${id}`);
		m.must(answer.body.poolSize === open.length, `${actor.label}: a ranking for ${person.about} counts ${answer.body.poolSize} of ${open.length} jobs`);
		(answer.body.items ?? []).forEach(known);
	}
}

/** A run reaches no further than the route of the feature, and needs its permission too. */
async function runAgents(m: Matrix, actor: Actor): Promise<void> {
	const send = (agent: string, input: object, kind: Row, allowed = nothing) => m.send(actor, 'runAgent', `/v1/agents/${agent}/runs`, { body: { input }, kind: m.kindOf(actor, kind), allowed });
	for (const [agent, permission, type, key] of [['cv-analyst', 'cvs:create', 'cv', 'cvId'], ['matcher', 'matches:create', 'job', 'jobId'], ['matcher', 'matches:create', 'candidate', 'candidateId']] as const) {
		const may = m.oracle.has(actor, permission);
		for (const row of m.some(actor, [type], (one) => !m.oracle.sees(actor, permission, one), 1).concat(nowhere(type))) {
			m.mustAnswer(`${actor.label}: runs ${agent} on ${row.about}`, await send(agent, { [key]: row.id }, row), may ? noSuch : { status: [403], code: 'forbidden' });
		}
	}
	for (const agent of m.some(actor, ['agent'], ({ workspace }) => workspace !== actor.workspace, 1)) m.mustAnswer(`${actor.label}: runs an agent of the other workspace`, await send(agent.id, { question: 'Who?' }, agent), noSuch);
	if (!m.oracle.has(actor, 'rag:query')) return;
	const askable = m.world.rows.filter((row) => (row.type === 'document' || row.type === 'cvSource') && m.oracle.askable(actor, row));
	for (const row of m.some(actor, ['document', 'cvSource'], ({ sentence }) => sentence !== undefined, 1)) {
		const allowed: Allowed = { ...allows([...askable, ...m.world.rows.filter(({ type, workspace }) => type === 'agent' && workspace === actor.workspace)], m.oracle.blind(actor, 'rag:query', 'cvs:read')), withoutEcho: ({ output: { question: _question, ...output }, ...body }) => ({ ...body, output }) };
		m.mustAnswer(`${actor.label}: runs the assistant`, await send('rag-assistant', { question: `What does it say: ${row.sentence}?` }, row, allowed), ok());
	}
}

async function withOwnSession(m: Matrix, actor: Actor, routeId: string, path: string, status: number[]): Promise<void> {
	if (actor.type !== 'user' || actor !== m.world.actors[0]) return;
	await withOwnUser(m, actor, routeId, path, undefined, status);
}

/** Somebody who is there for this only; afterwards its neighbour is still logged in. */
async function withOwnUser(m: Matrix, actor: Actor, routeId: string, path: string, body: unknown, status: number[]): Promise<void> {
	const user = await makeUser(m.world, m.world.places[actor.workspace]!.admin, ['tiny'], `somebody who ${routeId}`);
	const again = await request(m.world.app.url, 'POST', '/v1/auth/login', { email: `${user.row.word}@example.com`, password, workspaceId: m.world.places[actor.workspace]!.id });
	m.must(again.status === 200, `${user.label} cannot log in: ${again.status}`);
	const other = userActor(m.world, { ...user, label: `another session of ${user.label}` }, again.body);
	m.mustAnswer(user.label, await m.send(user, routeId, path, { body }), { status });
	m.must((await other.call('GET', '/v1/me')).status === (routeId === 'logOut' ? 200 : 401), `${routeId} and the other session`);
	m.must((await actor.call('GET', '/v1/me')).status === 200, `${routeId} of somebody else logged ${actor.label} out`);
}
