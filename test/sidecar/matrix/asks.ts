/** How the matrix asks each route: about rows of which kind, with which body, and whose words a good answer may hold. */
import { assign, makeClientRow, makeCollection, makeDocument, makeInvitation, makeJob, makeNamedRole, makePerson, makeUser, makeWebhook, tiny } from './world.ts';
import type { Actor, Row, RowType, World } from './world.ts';
import type { Oracle } from './oracle.ts';

export interface Verdict {
	status: number[];
	code?: string;
}

interface Base {
	/** `about` of rows whose words and ids may stand in the answer, beyond those of the row asked for; with # before it, only ids */
	shows?(asked: Asked): string[];
	/** personal data goes where one of these grants is blind; default the route's own permission */
	blindBy?: string[];
}

export interface Asked {
	world: World;
	oracle: Oracle;
	actor: Actor;
	row: Row;
}

/** One row, named in the path. */
export interface ItemAsk extends Base {
	kind: 'item';
	on: RowType[];
	body?(asked: Asked): unknown;
	/** path parameters beyond the row's own */
	params?(asked: Asked): Record<string, string>;
	/** another row that must be there too, or another rule than that of the permission */
	sees?(asked: Asked): boolean;
	/** of a row that is not there; default 404 */
	hidden?(asked: Asked): Verdict | null;
	/** of a row that is there; default 200, 201, 204 */
	verdict?(asked: Asked): Verdict;
	/** changes the row: a fresh one is made, and tried only where it is there */
	changes?: 'keeps' | 'ends';
}

/** All rows of a kind that are there for the actor, no more and no fewer. */
export interface ListAsk extends Base {
	kind: 'list';
	of: RowType[];
	/** query strings with the rows that fit them */
	queries(world: World, actor: Actor, oracle: Oracle): [query: string, fits: (row: Row) => boolean][];
	pages: boolean;
	/** a query that a blind grant refuses */
	refused?: RegExp;
	/** the path names a row */
	within?: RowType;
	/** what else the list says, beside rows: numbers. @returns what is wrong with it */
	wrongIn?(items: any[], asked: Omit<Asked, 'row'>): string[];
}

/** Asked by a test of its own in matrix.ts. */
export interface OwnAsk {
	kind: 'own';
	/** of the request that shows a missing permission */
	body?: unknown;
}

export type Ask = ItemAsk | ListAsk | OwnAsk;

const everything = (): [string, (row: Row) => boolean][] => [['', () => true]];
const item = (on: RowType | RowType[], ask: Omit<ItemAsk, 'kind' | 'on'> = {}): ItemAsk => ({ kind: 'item', on: [on].flat(), ...ask });
const list = (of: RowType | RowType[], ask: Partial<Omit<ListAsk, 'kind' | 'of'>> = {}): ListAsk => ({ kind: 'list', of: [of].flat(), pages: true, queries: everything, ...ask });
const own = (body?: unknown): OwnAsk => ({ kind: 'own', body });

/** Words that are searched for: of a row that is one's own, of others', of the other workspace. */
const wordsOf = (world: World, type: RowType, name: string): [string, (row: Row) => boolean][] => {
	const rows = world.rows.filter((row) => row.type === type && row.word !== undefined);
	const some = rows.filter((_, index) => index % 4 === 0 || index === rows.length - 1).slice(0, 6);
	return some.map(({ word }) => [`${name}=${word}`, (row) => row.word === word]);
};
const idsOf = (world: World, type: RowType, name: string, fits: (row: Row, id: string) => boolean): [string, (row: Row) => boolean][] => {
	const rows = world.rows.filter((row) => row.type === type);
	const some = rows.filter((_, index) => index % 5 === 0 || index === rows.length - 1).slice(0, 5);
	return some.map(({ id }) => [`${name}=${id}`, (row) => fits(row, id)]);
};
const aboutMatch = ({ world, row }: Asked) => [world.row('job', row.job!)!.about, world.row('candidate', row.candidate!)!.about];
/** Whoever may assign a job sees to whom it is assigned. */
const assignees = ({ world, row }: Asked) => world.assignments.filter(({ job }) => job === row.id).flatMap(({ actor }) => world.rows.filter(({ id, type }) => id === actor && (type === 'user' || type === 'client')).map(({ about }) => about));
const managed = (extra: Omit<ItemAsk, 'kind' | 'on'>): Omit<ItemAsk, 'kind' | 'on'> => ({ verdict: ({ oracle, actor, row }) => (row.status === 'accepted' ? { status: [409], code: 'conflict' } : oracle.covers(actor, row.roles ?? []) ? { status: [200, 201, 204] } : { status: [403], code: 'grant_exceeded' }), ...extra });
const managedRole = (extra: Omit<ItemAsk, 'kind' | 'on'>): Omit<ItemAsk, 'kind' | 'on'> => ({ verdict: ({ oracle, actor, row }) => (oracle.coversRole(actor, row.role!) ? { status: [200, 204] } : { status: [403], code: 'grant_exceeded' }), ...extra });
const blindFile = ({ oracle, actor }: Asked): Verdict => (oracle.blind(actor, 'cvs:read') ? { status: [403], code: 'blind_mode' } : { status: [200] });
/** An assignment shows all matches of a job, so who merely made it may not hand it on. */
const mayAssign = ({ oracle, actor, row }: Asked): Verdict =>
	oracle.grant(actor, 'jobs:assign')!.rows === 'workspace' || oracle.assigned(actor, row.id) ? { status: [200] } : { status: [403], code: 'grant_exceeded' };
/** An agent works for all, so it is held by who reaches all; who does not is told so of any agent there is or is not. */
const controls = ({ oracle, actor }: Asked): Verdict | null => (oracle.grant(actor, 'agents:control')!.rows === 'workspace' ? null : { status: [403], code: 'forbidden' });
const control: Omit<ItemAsk, 'kind' | 'on'> = {
	hidden: controls, verdict: (asked) => controls(asked) ?? { status: [200] },
	// It says by whom it is paused.
	shows: ({ world, actor }) => world.rows.flatMap(({ id, about }) => (id === actor.id ? about : [])),
};
const inCollection = ({ world, row }: Asked) => (row.collection ? [`#${world.row('collection', row.collection)!.about}`] : []);
const somebody = ({ world, actor }: Asked) => ({ actorId: world.places[actor.workspace]!.base.id });

export const asks: Record<string, Ask> = {
	issueToken: own({ grant_type: 'client_credentials', client_id: 'tm_nobody', client_secret: 'nothing' }),
	revokeToken: own({ token: 'nothing' }),
	introspectToken: own({ token: 'nothing' }),
	logIn: own({ email: 'nobody@example.com', password: 'korvette im nebel 7' }),
	acceptInvitation: own({ token: 'tml_nothing', password: 'korvette im nebel 7' }),
	resetPassword: own({ token: 'tml_nothing', password: 'korvette im nebel 7' }),
	logOut: own(),
	logOutEverywhere: own(),
	changePassword: own({ currentPassword: 'x', newPassword: 'vier lampen am kai' }),
	getJwks: own(),
	getMe: own(),
	getLiveness: own(),
	getReadiness: own(),
	getMetrics: own(),

	listSessions: list('session', { pages: false, queries: (_world, actor) => [['', (row) => row.user === actor.id]] }),
	revokeSession: item('session', {
		changes: 'ends',
		sees: ({ oracle, actor, row }) => row.user === actor.id || oracle.sees(actor, 'sessions:revoke', row),
		verdict: ({ oracle, world, actor, row }) => (row.user === actor.id || oracle.covers(actor, world.row('user', row.user!)?.roles ?? []) ? { status: [204] } : { status: [403], code: 'grant_exceeded' }),
	}),
	listUsers: list('user', { queries: (world) => [...everything(), ...wordsOf(world, 'user', 'q'), ['role=tiny', ({ roles }) => roles!.includes('tiny')], ['status=invited', ({ status }) => status === 'invited']] }),
	getUser: item('user'),
	updateUser: item('user', managed({ changes: 'keeps', body: () => ({ name: 'Odo Brandis' }) })),
	deleteUser: item('user', managed({ changes: 'ends' })),
	createPasswordReset: item('user', managed({ changes: 'keeps' })),
	listUserSessions: list('session', { within: 'user', pages: false }),
	endUserSessions: item('user', managed({ changes: 'keeps' })),

	createInvitation: own({ email: 'zoe@example.com', name: 'Zoe', roles: ['tiny'] }),
	listInvitations: list('invitation'),
	renewInvitation: item('invitation', managed({ changes: 'keeps' })),
	withdrawInvitation: item('invitation', managed({ changes: 'ends' })),

	listPermissions: own(),
	listRoles: list('role', {
		pages: false,
		// Who reaches a part of the workspace is not told how many others there are.
		wrongIn: (items, { world, oracle, actor }) => items.flatMap((role) => (['user', 'client', 'collection'] as const).flatMap((type) => {
			const all = oracle.grant(actor, 'roles:read')!.rows === 'workspace';
			const { length } = world.rows.filter((row) => row.type === type && row.workspace === actor.workspace && row.roles?.includes(role.name) && (all || row.by === actor.id));
			return role[`${type}s`] === length ? [] : [`${role.name} is said to have ${role[`${type}s`]} ${type}s instead of ${length}`];
		})),
	}),
	createRole: own({ name: 'another-role', permissions: ['jobs:read'], rows: 'own', blind: true }),
	updateRole: item('role', managedRole({ changes: 'keeps', body: () => ({ description: 'changed' }) })),
	deleteRole: item('role', managedRole({ changes: 'ends' })),

	createClient: own({ name: 'Another', roles: ['tiny'] }),
	listClients: list('client'),
	getClient: item('client'),
	updateClient: item('client', managed({ changes: 'keeps', body: () => ({ name: 'Renamed' }) })),
	deleteClient: item('client', managed({ changes: 'ends' })),
	rotateClientSecret: item('client', managed({ changes: 'keeps', body: () => ({ overlapSeconds: 0 }) })),
	revokeClientTokens: item('client', managed({ changes: 'keeps' })),

	getWorkspace: own(),
	updateOwnWorkspace: own({ name: 'Office' }),
	createWorkspace: own({ name: 'Third', admin: { email: 'third@example.com', name: 'Third' } }),
	listWorkspaces: list('workspace'),
	// The first workspace's own row, changed to what it is: others would close a workspace that is asked later.
	updateWorkspace: item('workspace', { changes: 'keeps', body: () => ({ disabled: false }) }),

	listAuditEntries: own(),
	exportAuditEntries: own(),

	createCv: own({ text: 'x' }),
	listCvs: list('cv', { queries: (world) => [...everything(), ['status=analysed', ({ status }) => status === 'analysed'], ['status=failed', ({ status }) => status === 'failed'], ...idsOf(world, 'candidate', 'candidateId', ({ candidate }, id) => candidate === id)] }),
	getCv: item('cv'),
	getCvText: item('cv', { verdict: (asked) => (asked.row.status === 'failed' && blindFile(asked).code === undefined ? { status: [409], code: 'no_analysed_cv' } : blindFile(asked)) }),
	getCvFile: item('cv', { verdict: blindFile }),
	eraseCv: item('cv', { changes: 'ends' }),
	listCandidates: list('candidate', { queries: (world) => [...everything(), ...wordsOf(world, 'candidate', 'q'), ['language=en', () => true], ['q=zq', () => true]], refused: /^q=/ }),
	getCandidate: item('candidate'),
	eraseCandidate: item('candidate', { changes: 'ends' }),

	createJob: own({ text: 'x' }),
	analyseJobText: own({ text: 'Backend developer\n\nWhat you need\n- Java\n' }),
	listJobs: list('job', { queries: (world) => [...everything(), ...wordsOf(world, 'job', 'q'), ['status=open', () => true]] }),
	getJob: item('job'),
	updateJob: item('job', { changes: 'keeps', body: () => ({ status: 'closed' }) }),
	deleteJob: item('job', { changes: 'ends' }),
	createMatches: own({ jobId: '01980000-0000-7000-8000-00000000f001' }),
	listMatches: list('match', {
		queries: (world) => [...everything(), ...idsOf(world, 'candidate', 'candidateId', ({ candidate }, id) => candidate === id), ...idsOf(world, 'job', 'jobId', ({ job }, id) => job === id)],
		shows: aboutMatch,
	}),
	getMatch: item('match', { shows: aboutMatch }),
	searchCandidates: own({ query: 'Java' }),
	listJobAssignments: item('job', { shows: assignees }),
	getJobAssignment: item('job', {
		params: somebody, shows: assignees,
		sees: ({ oracle, world, actor, row }) => oracle.sees(actor, 'jobs:assign', row) && world.assignments.some(({ job, actor: whose }) => job === row.id && whose === world.places[actor.workspace]!.base.id),
	}),
	assignJob: item('job', { changes: 'keeps', params: somebody, verdict: mayAssign, shows: ({ world, actor }) => [world.row('client', world.places[actor.workspace]!.base.id)!.about] }),
	unassignJob: item('job', {
		changes: 'keeps', params: somebody,
		sees: ({ oracle, actor, row }) => oracle.sees(actor, 'jobs:assign', row) && oracle.grant(actor, 'jobs:assign')!.rows !== 'own',
		// It was assigned by the one before, where that was allowed.
		verdict: (asked) => (mayAssign(asked).status[0] === 200 ? { status: [204] } : { status: [404] }),
	}),

	createCollection: own({ name: 'Another' }),
	listCollections: list('collection'),
	getCollection: item('collection'),
	updateCollection: item('collection', { changes: 'keeps', body: () => ({ description: null }) }),
	deleteCollection: item('collection', { changes: 'ends' }),

	createSource: own({ text: 'x' }),
	listSources: list(['document', 'cvSource'], {
		blindBy: ['sources:read', 'cvs:read'], shows: inCollection,
		queries: (world) => [...everything(), ['kind=document', ({ kind }) => kind === 'document'], ['kind=cv', ({ kind }) => kind === 'cv'], ...idsOf(world, 'collection', 'collectionId', ({ collection }, id) => collection === id)],
	}),
	getSource: item(['document', 'cvSource'], { blindBy: ['sources:read', 'cvs:read'], shows: inCollection }),
	deleteSource: item(['document', 'cvSource'], { changes: 'ends', verdict: ({ row }) => (row.type === 'document' ? { status: [204] } : { status: [409], code: 'conflict' }) }),
	searchPassages: own({ query: 'nothing' }),
	answerQuestion: own({ question: 'nothing' }),

	listAgents: list('agent', { pages: false }),
	getAgent: item('agent'),
	pauseAgent: item('agent', { ...control, changes: 'keeps', body: () => ({}) }),
	resumeAgent: item('agent', { ...control, changes: 'keeps' }),
	runAgent: own({ input: {} }),

	listTasks: list('task', { queries: () => [['kind=cv.analyse', ({ kind }) => kind === 'cv.analyse'], ['kind=source.index', ({ kind, about }) => kind === 'source.index' && about.startsWith('document')], ['kind=cv.analyse&status=failed', ({ kind, status }) => kind === 'cv.analyse' && status === 'failed']] }),
	getTask: item('task'),
	cancelTask: item('task', { changes: 'keeps', verdict: () => ({ status: [409], code: 'task_not_cancellable' }) }),
	retryTask: item('task', { changes: 'keeps', verdict: ({ row }) => (row.status === 'failed' ? { status: [200, 202] } : { status: [409], code: 'task_not_retryable' }) }),

	saveWebhook: own({ url: 'http://127.0.0.1:9/x', events: ['agent.paused'] }),
	listWebhooks: list('webhook', { pages: false }),
	getWebhook: item('webhook'),
	deleteWebhook: item('webhook', { changes: 'ends' }),
	rotateWebhookSecret: item('webhook', { changes: 'keeps', body: () => ({}) }),
	listWebhookDeliveries: list('delivery', { within: 'webhook' }),
	listDeliveries: list('delivery', { queries: () => [...everything(), ['status=failed', () => false]] }),
	retryWebhookDelivery: item('delivery', { changes: 'keeps', params: ({ row }) => ({ webhookId: row.webhook ?? row.id }), verdict: () => ({ status: [200, 409] }) }),
};

/** A row of this kind that is there for the actor and that nobody needs, or null where there can be none. */
export async function freshRow(type: RowType, { world, oracle, actor }: Omit<Asked, 'row'>, permission: string): Promise<Row | null> {
	const { base, admin } = world.places[actor.workspace]!;
	const rows = oracle.grant(actor, permission)?.rows;
	const maker = (creates: string, by: Actor) => (rows === 'workspace' ? by : oracle.has(actor, creates) ? actor : null);
	const by = maker({ job: 'jobs:create', cv: 'cvs:create', candidate: 'cvs:create', document: 'sources:create', collection: 'collections:create', user: 'users:create', session: 'users:create', invitation: 'users:create', role: 'roles:create', client: 'clients:create' }[type as string] ?? 'nothing', ['job', 'cv', 'candidate', 'document'].includes(type) ? base : admin);
	switch (type) {
		case 'job': {
			if (rows !== 'assigned') return by && makeJob(world, by);
			const job = await makeJob(world, base);
			await assign(world, job.id, actor);
			return job;
		}
		case 'cv': case 'candidate': return by && (await makePerson(world, by))[type];
		case 'document': return by && makeDocument(world, by);
		case 'collection': return by && makeCollection(world, by);
		case 'user': return by && (await makeUser(world, by, ['tiny'], 'fresh')).row;
		case 'session': {
			if (by === null) return null;
			const { id } = (await makeUser(world, by, ['tiny'], 'fresh')).row;
			return world.rows.find((row) => row.type === 'session' && row.user === id) ?? null;
		}
		case 'invitation': return by && (await makeInvitation(world, by, ['tiny'])).invitation;
		case 'role': return by && makeNamedRole(world, by, tiny);
		case 'client': return by && (await makeClientRow(world, by, ['tiny'])).row;
		case 'webhook': return rows === 'workspace' ? makeWebhook(world, base, ['task.failed']) : (world.rows.find((row) => row.type === type && row.by === actor.id) ?? null);
		case 'workspace': return world.rows.find((row) => row.type === type && row.workspace === 1) ?? null;
		default: return world.rows.find((row) => row.type === type && oracle.sees(actor, permission, row)) ?? null;
	}
}
