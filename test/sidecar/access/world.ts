/** A workspace with rows of several people, to be asked for by roles of every reach. Everybody in it is invented. */
import { jobText } from '../api/fixtures.ts';
import type { Caller, TestApp } from '../../support/app.ts';

export const allRowPermissions = [
	'cvs:create', 'cvs:read', 'cvs:erase', 'candidates:read', 'candidates:erase', 'jobs:create', 'jobs:read', 'jobs:update', 'jobs:delete', 'jobs:assign', 'matches:create', 'matches:read',
	'sources:create', 'sources:read', 'sources:delete', 'collections:create', 'collections:read', 'collections:update', 'collections:delete', 'rag:query', 'agents:read', 'agents:run', 'agents:control',
	'tasks:read', 'tasks:control',
];

/** One person's CV; the name says whose rows these are. */
export const cvOf = (name: string, project: string) => `${name}
Backend developer
${name.toLowerCase().replace(' ', '.')}@example.com · +44 20 7946 0${String(100 + (name.length % 10))} · Bristol

Experience
Backend developer, Quillhaven Ltd, March 2018 – today
- Builds REST APIs in Java and Kotlin on PostgreSQL, packed with Docker
- Led the ${project} migration of nine regional branches

Education
BSc Computer Science, University of Bristol, 2014 – 2017

Skills
Java, Kotlin, PostgreSQL, Docker, REST APIs

Languages
English (native), German (B1)
`;

export interface RowSet {
	name: string;
	cvId: string;
	candidateId: string;
	jobId: string;
	matchId: string;
	taskId: string;
	documentId: string;
}

/** A client of a new role of the workspace. */
export async function callerWithRole(app: TestApp, role: { name: string; permissions?: string[]; rows: string; blind?: boolean }, admin: Caller): Promise<Caller> {
	const made = await admin.call('POST', '/v1/roles', { description: 'For this test', permissions: allRowPermissions, blind: false, ...role });
	if (made.status !== 201) throw new Error(`no role: ${JSON.stringify(made.body)}`);
	return app.clientWith([role.name]);
}

/** The id by which rows and assignments know a caller. */
export async function actorId(caller: Caller): Promise<string> {
	return (await expectStatus(200, caller.call('GET', '/v1/me'))).actor.id;
}

/** One row of every kind, made by the caller. */
export async function makeRowsOf(caller: Caller, name: string, project: string): Promise<RowSet> {
	const task = await expectStatus(200, caller.call('POST', '/v1/cvs?wait=30', { fileName: `${name.replace(' ', '-')}.txt`, text: cvOf(name, project) }));
	if (task.status !== 'succeeded') throw new Error(`the CV was not analysed: ${JSON.stringify(task)}`);
	const job = await expectStatus(201, caller.call('POST', '/v1/jobs', { text: `${jobText}- ${project}\n`, title: `Developer for ${project}` }));
	const ranking = await expectStatus(200, caller.call('POST', '/v1/matches', { jobId: job.id, candidateId: task.result.candidateId }));
	const source = await expectStatus(200, caller.call('POST', '/v1/sources?wait=30', { title: `Notes on ${project}`, text: `Notes\n\nThe ${project} budget is decided every spring.` }));
	return { name, cvId: task.result.cvId, candidateId: task.result.candidateId, jobId: job.id, matchId: ranking.items[0].id, taskId: task.id, documentId: source.subject.id };
}

export async function expectStatus(status: number, answering: Promise<{ status: number; body: any }>): Promise<any> {
	const answer = await answering;
	if (answer.status !== status) throw new Error(`answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
	return answer.body;
}

/** Every item of a list, page after page. */
export async function listAll(caller: Pick<Caller, 'call'>, path: string): Promise<any[]> {
	const items: any[] = [];
	for (let cursor: string | null = ''; cursor !== null; ) {
		const page: any = await expectStatus(200, caller.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`));
		// What is filtered after paging leaves short pages, and cursors that tell of hidden rows.
		if (page.nextCursor !== null && page.items.length < 3) throw new Error(`a page of ${path} holds ${page.items.length} items and another follows`);
		if (page.items.length === 0 && items.length > 0) throw new Error(`the last page of ${path} is empty`);
		items.push(...page.items);
		cursor = page.nextCursor;
	}
	return items;
}

/** CVs are indexed by tasks of their own. */
export async function whenIndexed(caller: Caller, cvIds: string[]): Promise<void> {
	for (let looks = 0; looks < 300; looks++) {
		const indexed = new Set((await listAll(caller, '/v1/sources?kind=cv')).map(({ cvId }) => cvId));
		if (cvIds.every((cvId) => indexed.has(cvId))) return;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error('the CVs were not indexed');
}

/** Without what differs from request to request. */
export function problem({ status, body }: { status: number; body: any }): object {
	const { instance: _instance, requestId: _requestId, ...rest } = body;
	return { status, ...rest };
}
