/** Blind mode: no answer of any route holds a name, contact data, an address or a file name, and every quote keeps its length. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fold } from '../../../sidecar/src/cvs/extract/fold.ts';
import { permissions } from '../../../sidecar/src/identity/permissions.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp } from '../../support/app.ts';
import type { Answer, Caller, TestApp } from '../../support/app.ts';
import { jobText, makeRows, pathOf } from '../api/fixtures.ts';
import type { Rows } from '../api/fixtures.ts';
import { callerWithRole, expectStatus, whenIndexed } from './world.ts';

const cvText = `Séraphine Quillorand
Backend developer
14 Heronsgate Lane, BS3 7QX Wexmoor
seraphine.quillorand@example.com · +44 20 7946 0188 · linkedin.com/in/squillorand

Profile
Colleagues say that Seraphine is calm. SÉRAPHINE QUILLORAND writes to a second address too, sq-home@example.org.

Experience
Quillorand backend developer, Ferncastle Ltd, March 2018 – today
- Built the Quillorand ledger in Java and Kotlin on PostgreSQL
- Is reached by her team under 020 7946 0188, and by nobody else

Education
BSc Computer Science, University of Bristol, 2014 – 2017

Skills
Java, Kotlin, PostgreSQL, Docker, REST APIs

Languages
English (native), German (B1)
`;
const fileName = 'Quillorand-Seraphine.pdf.txt';
const externalId = 'HR-SQ-1988';
/** folded; of numbers the digits */
const secrets = ['seraphine', 'quillorand', 'heronsgate', 'bs3 7qx', 'linkedin', 'sq-home', 'hr-sq-1988'];
const phone = '79460188';
const cityOfHers = 'wexmoor';

let app: TestApp;
let blind: Caller;
let sighted: Caller;
let rows: Rows;

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	sighted = await app.clientWith(['admin']);
	blind = await callerWithRole(app, { name: 'blind-everything', permissions: permissions.filter((permission) => !permission.startsWith('workspaces:')), rows: 'workspace', blind: true }, sighted);
	const others = await makeRows(app);
	const task = await expectStatus(200, sighted.call('POST', '/v1/cvs?wait=30', { fileName, externalId, text: cvText }));
	// As another reading of the same CV could have it.
	await app.services.db.query("UPDATE candidates SET city = 'Wexmoor', headline = 'Backend developer at Quillorand' WHERE id = $id", { bind: { id: task.result.candidateId } });
	const job = await expectStatus(201, sighted.call('POST', '/v1/jobs', { text: jobText }));
	const ranking = await expectStatus(200, sighted.call('POST', '/v1/matches', { jobId: job.id }));
	const match = ranking.items.find(({ candidateId }: any) => candidateId === task.result.candidateId);
	await whenIndexed(sighted, [task.result.cvId]);
	const source = (await expectStatus(200, sighted.call('GET', '/v1/sources?kind=cv'))).items.find(({ cvId }: any) => cvId === task.result.cvId);
	rows = { ...others, jobId: job.id, cvId: task.result.cvId, candidateId: task.result.candidateId, taskId: task.id, matchId: match.id, sourceId: source.id };
});
afterAll(() => app?.close());

/** Every word of an answer, headers and problem included. */
const textOf = ({ headers, body }: Answer): string => fold(JSON.stringify([[...headers], body]));
const found = (answer: Answer): string[] => [...secrets, phone, cityOfHers].filter((secret) => (secret === phone ? textOf(answer).replace(/[^0-9a-z]/g, '') : textOf(answer)).includes(secret));

/** Path and body of everything that answers with people, beside the GET routes. */
const posts = (): [string, string, unknown][] => [
	['POST', '/v1/candidates/search', { skills: ['Java'], title: 'backend developer' }],
	['POST', '/v1/candidates/search', { query: 'Quillorand ledger Java' }],
	['POST', '/v1/matches', { jobId: rows['jobId'] }],
	['POST', '/v1/matches', { candidateId: rows['candidateId'] }],
	['POST', '/v1/matches', { jobId: rows['jobId'], candidateId: rows['candidateId'] }],
	['POST', '/v1/matches?wait=30', { jobId: rows['jobId'], async: true }],
	['POST', '/v1/rag/search', { query: 'ledger Java Kotlin' }],
	['POST', '/v1/rag/search', { query: 'ledger', scope: { candidateIds: [rows['candidateId']] } }],
	['POST', '/v1/rag/query', { question: 'Who built the ledger in Kotlin?' }],
	['POST', '/v1/agents/matcher/runs', { input: { jobId: rows['jobId'] } }],
	['POST', '/v1/agents/rag-assistant/runs', { input: { question: 'Who built the ledger in Kotlin?' } }],
	['POST', '/v1/agents/cv-analyst/runs', { input: { cvId: rows['cvId'] } }],
	['POST', '/v1/cvs?wait=30', { fileName, text: cvText }],
	['POST', '/v1/tasks/' + rows['taskId'] + '/retry', undefined],
	['POST', '/v1/tasks/' + rows['taskId'] + '/cancel', undefined],
];
/** The questions asked hold words of hers by themselves. */
const withoutQuestion = (answer: Answer): Answer => {
	if (typeof answer.body !== 'object' || answer.body === null) return answer;
	const { question: _question, understood: _understood, ...body } = answer.body;
	return { ...answer, body };
};

test('every GET route, and every route that answers with people, says nothing of who she is', async () => {
	const seen: string[] = [];
	const gets = allRoutes(app.services as never).filter(({ method, path }) => method === 'get' && path.startsWith('/v1/'));
	let asked = 0;
	for (const route of gets) {
		const path = pathOf(route, rows);
		for (const suffix of ['', route.query && 'limit' in route.query ? '?limit=100' : '', route.query && 'wait' in route.query ? '?wait=1' : '']) {
			asked++;
			expect([route.id, found(await blind.call('GET', path + suffix))]).toEqual([route.id, []]);
		}
		seen.push(...found(await sighted.call('GET', path)).map((secret) => `${route.id}: ${secret}`));
	}
	for (const [method, path, body] of posts()) {
		asked++;
		const answer = withoutQuestion(await blind.call(method, path, body));
		expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(path.includes('/tasks/') ? 410 : 300);
		expect([path, body, found(answer)]).toEqual([path, body, []]);
		seen.push(...found(withoutQuestion(await sighted.call(method, path, body))).map((secret) => `${path}: ${secret}`));
	}
	console.log(`blind: ${asked} answers looked at; a sighted role is shown her in ${new Set(seen.map((one) => one.split(':')[0])).size} routes`);
	// What is looked for is there to be seen, so its absence means something.
	for (const secret of [...secrets, phone, cityOfHers]) expect(seen.some((one) => one.endsWith(secret)), secret).toBe(true);
	for (const route of ['listCvs', 'getCv', 'getCvText', 'getCvFile', 'listCandidates', 'getCandidate', 'listMatches', 'getMatch', 'listSources', 'getSource', '/v1/candidates/search', '/v1/matches', '/v1/rag/search', '/v1/rag/query']) {
		expect(seen.some((one) => one.startsWith(`${route}:`)), route).toBe(true);
	}
});

/** Every quote of an answer by its place in the CV. */
function quotesOf(value: unknown, into = new Map<string, string>()): Map<string, string> {
	if (Array.isArray(value)) for (const part of value) quotesOf(part, into);
	else if (typeof value === 'object' && value !== null) {
		if ('quote' in value && 'start' in value && 'end' in value) into.set(`${value.start}-${value.end}`, String(value.quote));
		else for (const part of Object.values(value)) quotesOf(part, into);
	}
	return into;
}

test.each(['/v1/cvs/:cvId', '/v1/candidates/:candidateId', '/v1/matches/:matchId'])('quotes of %s keep length and place, and every other letter', async (path) => {
	const filled = path.replace(/:(\w+)/, (_, name: string) => rows[name] as string);
	const masked = quotesOf((await blind.call('GET', filled)).body);
	const shown = quotesOf((await sighted.call('GET', filled)).body);
	expect(masked.size).toBeGreaterThan(3);
	for (const [place, quote] of masked) {
		const original = shown.get(place) as string;
		const [start, end] = place.split('-').map(Number) as [number, number];
		expect(original).toBe(cvText.slice(start, end));
		expect(quote).toHaveLength(original.length);
		for (let i = 0; i < quote.length; i++) if (quote[i] !== '█') expect(quote[i]).toBe(original[i]);
	}
});

test('experience, skills, languages and the country stay, the person gets a code, and evidence of contact data is left out', async () => {
	const masked = (await blind.call('GET', `/v1/cvs/${rows['cvId']}`)).body;
	const shown = (await sighted.call('GET', `/v1/cvs/${rows['cvId']}`)).body;
	expect(masked).toMatchObject({ fileName: 'cv.txt', externalId: null, status: 'analysed', language: 'en' });
	expect(masked.profile.skills).toEqual(shown.profile.skills);
	expect(masked.profile.languages).toEqual(shown.profile.languages);
	expect(masked.profile.work[0]).toMatchObject({ position: '██████████ backend developer', name: 'Ferncastle Ltd', startDate: '2018-03' });
	expect(JSON.stringify(masked.profile.work[0])).toContain('Built the ██████████ ledger in Java');
	expect(Object.keys(masked.profile.basics).filter((key) => !['name', 'label', 'summary', 'location'].includes(key))).toEqual([]);
	expect(masked.profile.basics.name).toMatch(/^Candidate [0-9A-F]{8}$/);
	expect(masked.evidence.filter(({ pointer }: any) => /^\/basics\/(?!label|summary)/.test(pointer))).toEqual([]);
	expect(masked.evidence.length).toBe(shown.evidence.filter(({ pointer }: any) => !/^\/basics\/(?!label|summary)/.test(pointer)).length);
	const candidate = (await blind.call('GET', `/v1/candidates/${rows['candidateId']}`)).body;
	expect(candidate).toMatchObject({ name: masked.profile.basics.name, email: null, city: null, cvs: [{ fileName: 'cv.txt' }] });
	const listed = (await blind.call('GET', '/v1/candidates?limit=100')).body.items;
	expect(new Set(listed.map(({ name }: any) => name)).size).toBe(listed.length);
	const ranking = (await blind.call('POST', '/v1/matches', { jobId: rows['jobId'] })).body;
	expect(ranking.items.find(({ candidateId }: any) => candidateId === rows['candidateId']).candidateName).toBe(masked.profile.basics.name);
	const known = (await sighted.call('POST', '/v1/matches', { jobId: rows['jobId'] })).body;
	expect(ranking.items.map(({ candidateId, score }: any) => [candidateId, score])).toEqual(known.items.map(({ candidateId, score }: any) => [candidateId, score]));
});

test('the reasons of a match say what the CV says, without the name in it', async () => {
	const { candidateName: _name, ...shown } = (await sighted.call('GET', `/v1/matches/${rows['matchId']}`)).body;
	const { candidateName: _code, ...masked } = (await blind.call('GET', `/v1/matches/${rows['matchId']}`)).body;
	expect(JSON.stringify(shown)).toContain('Quillorand backend developer');
	expect(JSON.stringify(masked)).toBe(JSON.stringify(shown).replaceAll('Quillorand', '██████████'));
});

test('text, file and a search by name are refused', async () => {
	for (const path of [`/v1/cvs/${rows['cvId']}/text`, `/v1/cvs/${rows['cvId']}/file`, '/v1/candidates?q=Quillorand', '/v1/candidates?q=Nobody']) {
		const answer = await blind.call('GET', path);
		expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'blind_mode']);
	}
});

test('a question is answered from documents only', async () => {
	const answer = await blind.call('POST', '/v1/rag/search', { query: 'remote work branch office' });
	expect(answer.body.items.map(({ kind }: any) => kind)).toContain('document');
	const cvs = await blind.call('POST', '/v1/rag/search', { query: 'Java Kotlin PostgreSQL', scope: { kinds: ['cv'] } });
	expect(cvs.body.items).toEqual([]);
});

describe('who is blind', () => {
	const seesName = async (caller: Caller) => fold((await caller.call('GET', `/v1/candidates/${rows['candidateId']}`)).body.name) === 'seraphine quillorand';

	test('is said by a setting of the workspace for built-in roles', async () => {
		const analyst = await app.clientWith(['analyst']);
		expect(await seesName(analyst)).toBe(true);
		await expectStatus(200, sighted.call('PATCH', '/v1/workspace', { blindRoles: ['analyst'] }));
		expect(await seesName(await app.clientWith(['analyst']))).toBe(false);
		expect(await seesName(await app.clientWith(['recruiter']))).toBe(true);
		// Two roles of the same reach: what one of them shows is shown.
		expect(await seesName(await app.clientWith(['analyst', 'recruiter']))).toBe(true);
		await expectStatus(200, sighted.call('PATCH', '/v1/workspace', { blindRoles: [] }));
	});

	test('is said permission by permission', async () => {
		await callerWithRole(app, { name: 'sees-candidates', permissions: ['candidates:read'], rows: 'workspace' }, sighted);
		const both = await app.clientWith(['sees-candidates', 'blind-everything']);
		expect(await seesName(both)).toBe(true);
		expect((await both.call('GET', `/v1/cvs/${rows['cvId']}`)).body.fileName).toBe('cv.txt');
	});

	test('an error of a CV that could not be read tells no file name', async () => {
		const answer = await blind.call('POST', '/v1/cvs?wait=30', { fileName: 'Quillorand.txt', text: 'Shopping list\nmilk\nbread\n' });
		expect([answer.body.status, answer.body.error.code]).toEqual(['failed', 'not_a_cv']);
		expect(found(answer)).toEqual([]);
	});
});

test('an erasure by a blind role tells no name', async () => {
	const answer = await blind.call('DELETE', `/v1/candidates/${rows['candidateId']}`);
	expect(answer.status).toBe(200);
	expect(found(answer)).toEqual([]);
});
