/** The main job through the API, on the committed examples. What it must find was written down before any scoring existed. */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { untilIdle } from '../../support/rows.ts';
import { asCommitted, createJob, cvFiles, expected, fillPool, rank, scores } from './pool.ts';
import type { Pool } from './pool.ts';

let app: TestApp;
let pool: Pool;
const jobs = new Map<string, any>();
const rankings = new Map<string, any>();

beforeAll(async () => {
	app = await startApp();
	pool = await fillPool(app, asCommitted());
	for (const { job } of expected.jobs) jobs.set(job, await createJob(app, job));
	for (const [file, job] of jobs) rankings.set(file, await rank(app, { jobId: job.id }));
}, 120_000);
afterAll(() => app?.close());

const order = (ranking: any, of: Pool = pool): string[] => ranking.items.map(({ candidateId }: { candidateId: string }) => of.fileOf(candidateId));

describe.each<{ job: string } & Record<string, any>>(expected.jobs)('$job', ({ job: file, ...wanted }) => {
	test('the shortlist is the one a human reader made', () => {
		expect(order(rankings.get(file)).slice(0, wanted.top.length)).toEqual(wanted.top);
		const first = order(rankings.get(file)).slice(0, wanted.notInTop.k);
		expect(first.filter((name) => wanted.notInTop.files.includes(name))).toEqual([]);
	});

	test('each must-have is met, not met or unknown as the CV says', () => {
		const job = jobs.get(file);
		const said = Object.fromEntries(
			Object.entries(wanted.mustHaves as Record<string, Record<string, string>>).map(([cv, phrases]) => {
				const match = rankings.get(file).items.find(({ candidateId }: { candidateId: string }) => pool.fileOf(candidateId) === cv);
				return [cv, Object.fromEntries(Object.keys(phrases).map((phrase) => [phrase, statusOf(job, match, phrase)]))];
			}),
		);
		expect(said).toEqual(wanted.mustHaves);
	});

	test('everybody is scored, best first, between 0 and 1, by weights that sum to 1', () => {
		const { items, poolSize } = rankings.get(file);
		expect([poolSize, items.length]).toEqual([cvFiles.length, cvFiles.length]);
		expect(items.map(({ rank: place }: { rank: number }) => place)).toEqual(items.map((_: unknown, index: number) => index + 1));
		for (const [index, item] of items.entries()) {
			expect(item.score).toBeGreaterThanOrEqual(0);
			expect(item.score).toBeLessThanOrEqual(items[index - 1]?.score ?? 1);
			expect(Math.round(item.score * 1e6) / 1e6).toBe(item.score);
			const weights = item.criteria.filter(({ hasData }: { hasData: boolean }) => hasData).map(({ weight }: { weight: number }) => weight);
			expect(weights.reduce((sum: number, weight: number) => sum + weight, 0)).toBeCloseTo(1, 4);
		}
	});

	test('every quote of every reason is exactly that piece of the CV, on that page', async () => {
		let quotes = 0;
		for (const item of rankings.get(file).items) {
			const { text, pages } = (await app.call('GET', `/v1/cvs/${item.cvId}/text`)).body;
			for (const reason of [...item.mustHaves, ...item.criteria.flatMap(({ facts }: { facts: unknown[] }) => facts)]) {
				if (reason.status === 'met' || reason.polarity === 'positive') expect([reason.label ?? reason.text, reason.quotes.length]).not.toEqual([reason.label ?? reason.text, 0]);
				for (const { page, start, end, quote } of reason.quotes) {
					quotes += 1;
					expect(quote.length).toBeGreaterThan(0);
					expect(text.slice(start, end)).toBe(quote);
					expect(pages.find((range: any) => range.start <= start && start < range.end)?.page).toBe(page);
				}
			}
		}
		expect(quotes).toBeGreaterThan(50);
	});

	test('the requirements quote the advertisement', () => {
		const { text, analysis } = jobs.get(file);
		for (const { evidence } of analysis.requirements) {
			expect(evidence.length).toBeGreaterThan(0);
			for (const { start, end, quote } of evidence) expect(text.slice(start, end)).toBe(quote);
		}
	});

	test('from the candidate to the jobs, and as a single pair, it is the same match', async () => {
		const jobId = jobs.get(file).id;
		for (const item of rankings.get(file).items.slice(0, 6)) {
			const back = await rank(app, { candidateId: item.candidateId });
			expect([back.direction, back.poolSize]).toEqual(['jobs', jobs.size]);
			const there = back.items.find((match: any) => match.jobId === jobId);
			const pair = await rank(app, { jobId, candidateId: item.candidateId });
			for (const match of [there, pair.items[0], (await app.call('GET', `/v1/matches/${item.id}`)).body]) expect({ ...match, rank: 0 }).toEqual({ ...item, rank: 0 });
		}
	});

	test('ranking again gives the same ids and scores, also as a task, in parts and for chosen people', async () => {
		const jobId = jobs.get(file).id;
		const first = rankings.get(file);
		const ids = first.items.map(({ id }: { id: string }) => id);
		expect((await rank(app, { jobId })).items).toEqual(first.items);
		expect((await rank(app, { jobId, limit: 3 })).items).toEqual(first.items.slice(0, 3));

		const task = await app.call('POST', '/v1/matches?wait=30', { jobId, limit: 100, async: true });
		expect([task.status, task.body.kind, task.body.status]).toEqual([200, 'match.rank', 'succeeded']);
		expect(task.body.result).toEqual({ direction: 'candidates', jobId, candidateId: null, poolSize: cvFiles.length, matchIds: ids });

		const chosen = first.items.filter((_: unknown, index: number) => index % 4 === 1);
		const part = await rank(app, { jobId, candidateIds: chosen.map(({ candidateId }: { candidateId: string }) => candidateId).reverse() });
		expect(part.items.map(({ id, score }: any) => [id, score])).toEqual(chosen.map(({ id, score }: any) => [id, score]));
		expect(part.poolSize).toBe(chosen.length);
	});
});

describe('the order does not depend on what must not matter', () => {
	test('the files renamed and uploaded in another order: same order, same scores', async () => {
		const caller = await app.otherWorkspace();
		const renamed = shuffled(asCommitted()).map(({ file, body }, index) => ({ file, body: { ...body, fileName: `upload-${index + 1}` } }));
		const other = await fillPool(caller, renamed);
		for (const [file, job] of jobs) {
			const again = await createJob(caller, file);
			expect(await scores(caller, other, again.id)).toEqual(await scores(app, pool, job.id));
		}
	});

	test("the people's names exchanged: each CV keeps its score", async () => {
		const texts = await Promise.all(cvFiles.map(async (file) => ({ file, text: (await app.call('GET', `/v1/cvs/${pool.people.get(file)?.cvId}/text`)).body.text as string })));
		const exchange = exchangeOfNames();
		const upload = (change: (text: string) => string) => texts.map(({ file, text }) => ({ file, body: { fileName: 'cv.txt', text: change(text) } }));
		const [own, exchanged] = [await app.otherWorkspace(), await app.otherWorkspace()];
		const [ownPool, exchangedPool] = [await fillPool(own, upload((text) => text)), await fillPool(exchanged, upload(exchange))];
		for (const file of jobs.keys()) {
			const before = await scores(own, ownPool, (await createJob(own, file)).id);
			const after = await scores(exchanged, exchangedPool, (await createJob(exchanged, file)).id);
			expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
		}
		const names = async (caller: Caller, people: Pool) => new Map(await Promise.all([...people.people].map(async ([file, { candidateId }]) => [file, (await caller.call('GET', `/v1/candidates/${candidateId}`)).body.name] as const)));
		const [before, after] = [await names(own, ownPool), await names(exchanged, exchangedPool)];
		const read = [...before].filter(([, name]) => name !== null);
		expect(read.length).toBeGreaterThan(cvFiles.length / 2);
		for (const [file, name] of read) expect(after.get(file)).toBe(exchange(name));
	});

	test('somebody else in the pool, or erased from it, changes no score', async () => {
		const caller = await app.otherWorkspace();
		const few = await fillPool(caller, asCommitted().filter((_, index) => index % 3 === 0));
		for (const [file, job] of jobs) {
			const all = new Map(await scores(app, pool, job.id));
			for (const [cv, score] of await scores(caller, few, (await createJob(caller, file)).id)) expect([cv, score]).toEqual([cv, all.get(cv)]);
		}
	});
});

describe('uploads', () => {
	test('the same bytes twice are one CV, under any name', async () => {
		const before = (await app.call('GET', '/v1/candidates?limit=100')).body.items.length;
		const again = await app.call('POST', '/v1/cvs?wait=30', { fileName: 'another-name.pdf', contentBase64: example('cvs/maelys-kerbrat.pdf').toString('base64') });
		expect([again.status, again.body.result.cvId]).toEqual([200, pool.people.get('maelys-kerbrat.pdf')?.cvId]);
		expect((await app.call('GET', '/v1/candidates?limit=100')).body.items).toHaveLength(before);
	});

	test('the same bytes at the same time are one CV', async () => {
		const caller = await app.otherWorkspace();
		const body = { fileName: 'ines.txt', contentBase64: example('cvs/ines-bouchareb.txt').toString('base64') };
		const answers = await Promise.all(Array.from({ length: 5 }, () => caller.call('POST', '/v1/cvs?wait=30', body)));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		expect(new Set(answers.map(({ body: task }) => task.id)).size).toBe(1);
		expect((await caller.call('GET', '/v1/candidates')).body.items).toHaveLength(1);
	});

	test.each(['severine-aubrac-diallo.pdf', 'ludovica-bertacchi.docx', 'callum-prewett.txt'])('%s read from JSON and from multipart is the same', async (file) => {
		const caller = await app.otherWorkspace();
		const form = new FormData();
		form.append('file', new Blob([new Uint8Array(example(`cvs/${file}`))]), file);
		form.append('externalId', 'ats-7');
		const answer = await caller.call('POST', '/v1/cvs?wait=30', form);
		expect([answer.status, answer.body.status]).toEqual([200, 'succeeded']);
		const [sent, known] = [(await caller.call('GET', `/v1/cvs/${answer.body.result.cvId}`)).body, (await app.call('GET', `/v1/cvs/${pool.people.get(file)?.cvId}`)).body];
		const shown = ({ fileName, byteSize, sha256, mediaType, language, profile, facts, warnings, evidence }: any) => ({
			fileName, byteSize, sha256, mediaType, language, profile, facts, warnings, evidence: evidence.map(({ cvId: _cvId, ...rest }: any) => rest),
		});
		expect(shown(sent)).toEqual(shown(known));
		expect(sent.externalId).toBe('ats-7');
		const file_ = await fetch(`${app.url}/v1/cvs/${sent.id}/file`, { headers: { Authorization: `Bearer ${await caller.token()}` } });
		expect(Buffer.from(await file_.arrayBuffer()).equals(example(`cvs/${file}`))).toBe(true);
		expect(file_.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${file}`);
	});

	test('every value of a profile has evidence whose quote stands in the text', async () => {
		for (const { cvId } of pool.people.values()) {
			const { evidence, profile } = (await app.call('GET', `/v1/cvs/${cvId}`)).body;
			const { text } = (await app.call('GET', `/v1/cvs/${cvId}/text`)).body;
			for (const { pointer, spans, confidence } of evidence) {
				expect(pointer.split('/').slice(1).reduce((value: any, key: string) => value?.[key], profile), pointer).toBeDefined();
				for (const { start, end, quote } of spans) expect(text.slice(start, end)).toBe(quote);
				expect(confidence).toBeGreaterThan(0);
				expect(confidence).toBeLessThanOrEqual(1);
			}
			const pointers = new Set(evidence.map(({ pointer }: { pointer: string }) => pointer));
			for (const field of ['name', 'email'].filter((key) => profile.basics[key] !== undefined)) expect(pointers).toContain(`/basics/${field}`);
		}
	});
});

describe('lists and search', () => {
	test.each([
		['/v1/candidates', 4, cvFiles.length], ['/v1/candidates?language=fr', 2, 5], ['/v1/cvs', 5, cvFiles.length], ['/v1/cvs?status=analysed', 7, cvFiles.length],
		['/v1/tasks?kind=cv.analyse', 3, cvFiles.length], ['/v1/sources?kind=cv', 6, cvFiles.length],
	])('%s in pages of %i shows each of its rows once, newest first', async (path, limit, total) => {
		await untilIdle(app.services.db);
		const items = await allPages(app, path, limit);
		expect(items).toHaveLength(total);
		expect(new Set(items.map(({ id }) => id)).size).toBe(total);
		const times = items.map(({ createdAt }) => createdAt);
		expect(times).toEqual([...times].sort().reverse());
	});

	test('rows made in the same millisecond are neither skipped nor repeated', async () => {
		const caller = await app.otherWorkspace();
		const made = await Promise.all(Array.from({ length: 12 }, (_, index) => caller.call('POST', '/v1/jobs', { text: `Carpenter ${index}\n\nRequirements\n- At least 3 years of experience` })));
		await app.services.db.query('UPDATE jobs SET created_at = (SELECT max(created_at) FROM jobs) WHERE workspace_id = $workspaceId', { bind: { workspaceId: caller.credential.workspaceId } });
		const ids = (await allPages(caller, '/v1/jobs', 5)).map(({ id }) => id);
		expect(ids.toSorted()).toEqual(made.map(({ body }) => body.id).toSorted());
	});

	test('filters find what they say', async () => {
		const byName = (await app.call('GET', `/v1/candidates?q=${encodeURIComponent('kerbrat')}`)).body.items;
		expect(byName.map(({ id }: { id: string }) => pool.fileOf(id))).toEqual(['maelys-kerbrat.pdf']);
		expect((await app.call('GET', '/v1/candidates?q=%25')).body.items).toEqual([]);
		expect((await app.call('GET', '/v1/jobs?q=comptable')).body.items.map(({ id }: { id: string }) => id)).toEqual([jobs.get('comptable-general-fr.txt').id]);
		expect((await app.call('GET', '/v1/jobs?status=closed')).body.items).toEqual([]);
		const { candidateId, cvId } = pool.people.get('tobias-rehbein.pdf')!;
		expect((await app.call('GET', `/v1/cvs?candidateId=${candidateId}`)).body.items.map(({ id }: { id: string }) => id)).toEqual([cvId]);
		for (const match of (await app.call('GET', `/v1/matches?candidateId=${candidateId}`)).body.items) expect(match.candidateId).toBe(candidateId);
	});

	test('search finds people by skills in any language and by title', async () => {
		const find = async (body: object): Promise<string[]> => (await app.call('POST', '/v1/candidates/search', body)).body.items.map(({ candidateId }: { candidateId: string }) => pool.fileOf(candidateId));
		expect((await find({ skills: ['Terraform', 'Kubernetes', 'Kafka'] }))[0]).toBe('ngozi-adeyemi-falk.pdf');
		const accountants = ['severine-aubrac-diallo.pdf', 'ludovica-bertacchi.docx', 'friederike-stollberg.pdf', 'nuria-casamitjana.pdf', 'bastien-lacoume.docx', 'ines-bouchareb.txt'];
		expect(accountants).toContain((await find({ title: 'comptable' }))[0]);
		expect(accountants).toContain((await find({ query: 'Buchhalterin' }))[0]);
		expect(await find({ skills: ['PostgreSQL'], language: 'de' })).toContain('tobias-rehbein.pdf');
		expect(await find({ skills: ['PostgreSQL'], language: 'de' })).not.toContain('ngozi-adeyemi-falk.pdf');
	});
});

describe('jobs that change', () => {
	test('a closed job is offered to nobody, and open again it makes the same matches', async () => {
		const job = jobs.get('backend-engineer-en.txt');
		const { candidateId } = pool.people.get('tobias-rehbein.pdf')!;
		const offered = async () => (await rank(app, { candidateId })).items.map(({ jobId }: { jobId: string }) => jobId);
		expect((await app.call('PATCH', `/v1/jobs/${job.id}`, { status: 'closed' })).body).toMatchObject({ status: 'closed', version: 1 });
		expect(await offered()).not.toContain(job.id);
		expect((await app.call('PATCH', `/v1/jobs/${job.id}`, { status: 'open' })).body).toMatchObject({ status: 'open', version: 1 });
		expect((await rank(app, { jobId: job.id })).items).toEqual(rankings.get('backend-engineer-en.txt').items);
	});

	test('other requirements raise the version and make other matches; the old ones stay readable', async () => {
		const caller = await app.otherWorkspace();
		const few = await fillPool(caller, asCommitted().slice(0, 4));
		const job = await createJob(caller, 'backend-engineer-en.txt');
		const before = await rank(caller, { jobId: job.id });
		const changed = await caller.call('PATCH', `/v1/jobs/${job.id}`, { requirements: job.analysis.requirements.slice(0, 2) });
		expect(changed.body.version).toBe(2);
		const after = await rank(caller, { jobId: job.id });
		expect(after.items).toHaveLength(few.people.size);
		expect(after.items.map(({ id }: { id: string }) => id)).not.toEqual(expect.arrayContaining([before.items[0].id]));
		expect((await caller.call('GET', `/v1/matches/${before.items[0].id}`)).body.score).toBe(before.items[0].score);
		expect((await caller.call('DELETE', `/v1/jobs/${job.id}`)).status).toBe(204);
		for (const path of [`/v1/jobs/${job.id}`, `/v1/matches/${after.items[0].id}`]) expect((await caller.call('GET', path)).status).toBe(404);
	});
});

describe.each<{ question: string } & Record<string, any>>(expected.questions)('$question', (asked) => {
	test('is answered from the right CV, with a quote that stands in it', async () => {
		await untilIdle(app.services.db);
		const { status, body } = await app.call('POST', '/v1/rag/query', { question: asked.question });
		expect([status, body.abstained, body.language]).toEqual([200, false, asked.language]);
		const { cvId } = pool.people.get(asked.cites)!;
		const cited = body.citations.filter((citation: any) => citation.cvId === cvId);
		expect(cited.length).toBeGreaterThan(0);
		const { text } = (await app.call('GET', `/v1/cvs/${cvId}/text`)).body;
		for (const { start, end, quote } of cited) expect(text.slice(start, end)).toBe(quote);
		const passages = (await app.call('POST', '/v1/rag/search', { query: asked.question, limit: 50 })).body.items;
		const texts = passages.filter(({ chunkId }: any) => cited.some((citation: any) => citation.chunkId === chunkId)).map((passage: any) => passage.text);
		for (const word of asked.passageWords) expect(texts.join('\n')).toContain(word);
	});
});

test('a question about nothing in the pool is not answered', async () => {
	const { body } = await app.call('POST', '/v1/rag/query', { question: 'Which glacier did the expedition of 1911 cross on skis?' });
	expect([body.abstained, body.answer, body.citations]).toEqual([true, null, []]);
	expect(body.reason).toMatch(/\w/);
});

/** Status of the must-have whose quote of the advertisement shares most with the phrase. */
function statusOf(job: any, match: any, phrase: string): string {
	const at = job.text.indexOf(phrase);
	if (at < 0) throw new Error(`${phrase} does not stand in the advertisement`);
	const shared = ({ start, end }: { start: number; end: number }) => Math.min(end, at + phrase.length) - Math.max(start, at);
	const [best] = job.analysis.requirements
		.filter(({ importance }: any) => importance === 'must')
		.map((requirement: any) => ({ id: requirement.id, shared: Math.max(...requirement.evidence.map(shared)) }))
		.filter((found: any) => found.shared > 0)
		.sort((a: any, b: any) => b.shared - a.shared);
	return best === undefined ? 'no such must-have' : match.mustHaves.find(({ requirementId }: any) => requirementId === best.id)?.status;
}

/** The same other order on every run. */
function shuffled<T>(list: T[]): T[] {
	return list.map((item, index) => ({ item, key: (index * 7 + 3) % list.length })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Each person gets name and e-mail of the next one; upper-case spellings too. */
function exchangeOfNames(): (text: string) => string {
	const folder = new URL('../../../examples/source/people/', import.meta.url);
	const people = readdirSync(folder).sort().map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { name: string; contact: { email: string } });
	const other = new Map<string, string>();
	for (const [index, { name, contact }] of people.entries()) {
		const next = people[(index + 1) % people.length]!;
		other.set(name, next.name).set(name.toUpperCase(), next.name.toUpperCase()).set(contact.email, next.contact.email);
	}
	const all = [...other.keys()].sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return (text) => text.replace(new RegExp(all.join('|'), 'g'), (word) => other.get(word) as string);
}

async function allPages(caller: Caller, path: string, limit: number): Promise<any[]> {
	const items: any[] = [];
	let cursor: string | null = null;
	do {
		const answer = await caller.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
		expect(answer.status).toBe(200);
		expect(answer.body.items.length).toBeLessThanOrEqual(limit);
		items.push(...answer.body.items);
		cursor = answer.body.nextCursor;
	} while (cursor !== null);
	return items;
}
