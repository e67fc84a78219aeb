/** Requirements stay small enough to be embedded and scored at once, and the embedding never holds a transaction open. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadInBoxEmbedder } from '../../../sidecar/src/language/inBoxEmbedder.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => app?.close());

const text = 'Backend Engineer\n\nWhat you need\n- at least four years with Java\n- PostgreSQL\n';
const requirement = (fields: object) => ({ id: 'r1', kind: 'skill', label: 'Skills', importance: 'must', evidence: [], ...fields });
const many = (count: number) => Array.from({ length: count }, (_, index) => `Tool ${index}`);

describe('POST /v1/jobs and PATCH /v1/jobs/{jobId}', () => {
	test.each([
		['51 skill names', { skillNames: many(51) }],
		['51 skill ids', { skillIds: many(51) }],
		['51 fields of study', { educationFields: many(51) }],
		['51 languages', { languageAlternatives: Array.from({ length: 51 }, () => 'de') }],
		['51 quotes', { evidence: Array.from({ length: 51 }, () => ({ start: 0, end: 7, quote: 'Backend' })) }],
		['a skill name of 201 characters', { skillNames: ['x'.repeat(201)] }],
		['a skill id of 201 characters', { skillIds: ['x'.repeat(201)] }],
		['a city of 201 characters', { city: 'x'.repeat(201) }],
	])('refuse a requirement with %s', async (_, fields) => {
		const job = (await app.call('POST', '/v1/jobs', { text })).body;
		const answers = [await app.call('POST', '/v1/jobs', { text, requirements: [requirement(fields)] }), await app.call('PATCH', `/v1/jobs/${job.id}`, { requirements: [requirement(fields)] })];
		expect(answers.map(({ status, body }) => [status, body.code])).toEqual([[400, 'invalid_request'], [400, 'invalid_request']]);
	});

	test('take as many as are allowed', async () => {
		const fields = { skillNames: many(50), skillIds: many(50), educationFields: many(50), city: 'x'.repeat(200) };
		expect((await app.call('POST', '/v1/jobs', { text, requirements: [requirement(fields)] })).status).toBe(201);
	});

	test('embed titles and skills before the transaction', async () => {
		const within: boolean[] = [];
		const real = loadInBoxEmbedder().embed.bind(loadInBoxEmbedder());
		vi.spyOn(loadInBoxEmbedder(), 'embed').mockImplementation(async (...args) => {
			within.push(app.services.db.inTransaction);
			return real(...args);
		});
		const job = (await app.call('POST', '/v1/jobs', { text })).body;
		const created = within.length;
		await app.call('PATCH', `/v1/jobs/${job.id}`, { requirements: [requirement({ skillNames: ['Erlang'] })] });
		expect([created > 0, within.length > created, within.includes(true)]).toEqual([true, true, false]);
	});

	test('twelve changes at once are twelve versions, and the vectors are those of the last', async () => {
		const job = (await app.call('POST', '/v1/jobs', { text })).body;
		const names = many(12);
		const answers = await Promise.all(names.map((name) => app.call('PATCH', `/v1/jobs/${job.id}`, { title: name, requirements: [requirement({ skillNames: [name] })] })));
		expect(answers.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(names.map((_, index) => index + 2));
		const last = (await app.call('GET', `/v1/jobs/${job.id}`)).body;
		expect(last).toMatchObject({ version: 13, title: last.analysis.requirements[0].skillNames[0] });
		const stored = await app.services.db.query<{ facet: string; embedding: string }>("SELECT facet, embedding::text FROM embeddings WHERE owner_type = 'job' AND owner_id = $id ORDER BY facet", { bind: { id: job.id } });
		expect(stored.map(({ facet }) => facet)).toEqual(['skill', 'title']);
		expect(stored[0]?.embedding).toBe(stored[1]?.embedding);
	});

	test('a change of the status alone keeps the version beside a change of the text', async () => {
		const job = (await app.call('POST', '/v1/jobs', { text })).body;
		await Promise.all([app.call('PATCH', `/v1/jobs/${job.id}`, { text: `${text}- Kubernetes\n` }), app.call('PATCH', `/v1/jobs/${job.id}`, { status: 'closed' })]);
		const after = (await app.call('GET', `/v1/jobs/${job.id}`)).body;
		expect(after).toMatchObject({ status: 'closed', version: 2, text: `${text}- Kubernetes\n` });
	});

	test('a text that names very many things gives requirements that can be sent back', async () => {
		const names = Array.from({ length: 3000 }, (_, index) => `XQ${index}`);
		const long = `Backend Engineer\n\nWhat you need\n- experience with ${names.slice(0, 400).join(' or ')}\n${names.map((name) => `- ${name} and Java${name}\n`).join('')}- ${'A'.repeat(5000)}\n`;
		const job = await app.call('POST', '/v1/jobs', { text: long });
		expect(job.status).toBe(201);
		const { requirements } = job.body.analysis;
		expect(requirements.length).toBe(100);
		expect((await app.call('PATCH', `/v1/jobs/${job.body.id}`, { requirements })).status).toBe(200);
	});
});
