import { expect, test } from 'vitest';
import { byId, setUp, task, uuid } from './support/suite.ts';

const parts = setUp();
const quote = (text: string) => [{ page: 1, start: 0, end: text.length, quote: text }];

function match(n: number, more: object = {}): object {
	return {
		id: uuid(100 + n),
		rank: n,
		jobId: uuid(1),
		jobTitle: 'Accountant',
		candidateId: uuid(n + 10),
		candidateName: `Candidate ${n}`,
		cvId: uuid(n + 20),
		cvVersion: 1,
		score: 0.9 - n / 10,
		summary: 'Meets both must-haves',
		mustHaves: [
			{ requirementId: 'r1', label: 'SAP', status: 'met', reason: 'SAP is used in work', quotes: quote('SAP FI since 2019') },
			{ requirementId: 'r2', label: 'German B2', status: 'unknown', reason: 'The CV does not say', quotes: [] },
		],
		criteria: [
			{
				criterion: 'title',
				score: 1,
				weight: 0.2,
				hasData: true,
				facts: [{ polarity: 'positive', code: 'same_occupation', params: {}, text: 'Same occupation', requirementId: null, quotes: quote('Comptable') }],
			},
			{
				criterion: 'skills',
				score: 0.8,
				weight: 0.5,
				hasData: true,
				facts: [
					{ polarity: 'positive', code: 'skill_used', params: {}, text: 'Uses SAP', requirementId: 'r1', quotes: quote('SAP FI since 2019') },
					{ polarity: 'unknown', code: 'language_silent', params: {}, text: 'Silent about German', requirementId: 'r2', quotes: [] },
				],
			},
		],
		provenance: { engine: '1' },
		createdAt: '2026-01-01T00:00:00Z',
		...more,
	};
}

const job = {
	id: uuid(1),
	externalId: null,
	title: 'Accountant',
	text: 'We look for …',
	language: 'en',
	status: 'open',
	version: 1,
	analysis: {
		language: 'en',
		title: 'Accountant (m/f/d)',
		seniority: 'senior',
		location: { city: 'Lyon' },
		requirements: [
			{ id: 'r1', kind: 'skill', label: 'SAP', importance: 'must' },
			{ id: 'r2', kind: 'language', label: 'German B2', importance: 'nice' },
		],
		warnings: [{ code: 'short', message: 'The text is short' }],
	},
	createdAt: '2026-01-01T00:00:00Z',
	updatedAt: '2026-01-01T00:00:00Z',
};

test('ranks candidates: one compact item per match, best first, linked to the job it came from', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/matches', (call: any) => ({ body: { ...call.body, direction: 'candidates', poolSize: 2, items: [match(1), match(2)] } }));
	const items = await n8n.run(
		'candidateMatch',
		{ resource: 'match', operation: 'rankCandidates', jobId: byId('={{ $json.jobId }}'), limit: 2, options: { candidateIds: `${uuid(11)}, ${uuid(12)}` } },
		{ items: [{ json: { jobId: uuid(1) } }, { json: { jobId: uuid(2) } }] },
	);
	expect(items.map(({ json, pairedItem }) => [json['rank'], pairedItem])).toEqual([
		[1, { item: 0 }],
		[2, { item: 0 }],
		[1, { item: 1 }],
		[2, { item: 1 }],
	]);
	expect(items[0]?.json).toEqual({
		rank: 1,
		score: 0.8,
		candidateName: 'Candidate 1',
		jobTitle: 'Accountant',
		summary: 'Meets both must-haves',
		mustHaves: [
			{ label: 'SAP', status: 'met', reason: 'SAP is used in work', quote: 'SAP FI since 2019' },
			{ label: 'German B2', status: 'unknown', reason: 'The CV does not say', quote: null },
		],
		reasons: [
			{ criterion: 'skills', polarity: 'positive', text: 'Uses SAP', quote: 'SAP FI since 2019' },
			{ criterion: 'title', polarity: 'positive', text: 'Same occupation', quote: 'Comptable' },
		],
		candidateId: uuid(11),
		jobId: uuid(1),
		cvId: uuid(21),
		matchId: uuid(101),
	});
	expect(sidecar.apiCalls().map(({ body }) => body)).toEqual(
		[uuid(1), uuid(2)].map((jobId) => ({ jobId, candidateIds: [uuid(11), uuid(12)], limit: 2 })),
	);
});

test('a large pool is ranked by a task: waits for it and reads its matches in their order', async () => {
	const { sidecar, n8n } = parts;
	const ranking = { kind: 'match.rank', subject: { type: 'job', id: uuid(1) } };
	sidecar.on('POST', '/v1/matches', () => ({ status: 202, body: task({ ...ranking, status: 'queued' }) }));
	sidecar.on('GET', `/v1/tasks/${uuid(1)}`, task({ ...ranking, result: { total: 3, matchIds: [uuid(102), uuid(101), uuid(103)] } }));
	sidecar.on('GET', '/v1/matches', { items: [match(1), match(2)], nextCursor: 'more' });
	sidecar.on('GET', `/v1/matches/${uuid(103)}`, match(3));
	const items = await n8n.run('candidateMatch', { resource: 'match', operation: 'rankCandidates', jobId: byId(uuid(1)) });
	expect(items.map(({ json }) => [json['rank'], json['matchId']])).toEqual([
		[1, uuid(102)],
		[2, uuid(101)],
		[3, uuid(103)],
	]);
	expect(sidecar.apiCalls().find(({ method, path }) => method === 'GET' && path === '/v1/matches')?.query).toMatchObject({ jobId: uuid(1) });
});

test('ranks jobs for a candidate, explains a pair, and reads stored matches, in full when asked', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/matches', { direction: 'jobs', poolSize: 1, items: [match(1)] });
	sidecar.on('GET', `/v1/matches/${uuid(101)}`, match(1));
	sidecar.on('GET', '/v1/matches', { items: [match(1)], nextCursor: null });

	await n8n.run('candidateMatch', { resource: 'match', operation: 'rankJobs', candidateId: byId(uuid(11)), limit: 5 });
	const [explained] = await n8n.run('candidateMatch', { resource: 'match', operation: 'explain', jobId: byId(uuid(1)), candidateId: byId(uuid(11)), simplify: false });
	expect(explained?.json).toEqual(match(1));
	expect(sidecar.apiCalls().map(({ body }) => body)).toEqual([
		{ candidateId: uuid(11), limit: 5 },
		{ jobId: uuid(1), candidateId: uuid(11) },
	]);
	expect((await n8n.run('candidateMatch', { resource: 'match', operation: 'get', matchId: byId(uuid(101)) }))[0]?.json).toMatchObject({ matchId: uuid(101) });
	expect(await n8n.run('candidateMatch', { resource: 'match', operation: 'getAll', filters: { jobId: uuid(1) } })).toHaveLength(1);
	expect(sidecar.apiCalls().at(-1)?.query).toEqual({ jobId: uuid(1), limit: '50' });
});

test('a ranking that finds nobody returns no item', async () => {
	parts.sidecar.on('POST', '/v1/matches', { direction: 'candidates', poolSize: 0, items: [] });
	expect(await parts.n8n.run('candidateMatch', { resource: 'match', operation: 'rankCandidates', jobId: byId(uuid(1)) })).toEqual([]);
});

test('creates, updates, lists, gets and deletes jobs, and analyses a text without storing it', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/jobs', () => ({ status: 201, body: job }));
	sidecar.on('POST', '/v1/jobs/analyse', job.analysis);
	sidecar.on('PATCH', `/v1/jobs/${uuid(1)}`, job);
	sidecar.on('GET', `/v1/jobs/${uuid(1)}`, job);
	sidecar.on('GET', '/v1/jobs', { items: [job], nextCursor: null });
	sidecar.on('DELETE', `/v1/jobs/${uuid(1)}`, () => ({ status: 204 }));
	const run = async (parameters: object) => (await n8n.run('candidateMatch', { resource: 'job', ...parameters } as never)).map(({ json }) => json);
	const short = { jobId: uuid(1), title: 'Accountant', mustHaves: ['SAP'], niceToHaves: ['German B2'], warnings: ['The text is short'] };

	expect(await run({ operation: 'create', text: 'We look for …', additionalFields: { title: '', externalId: 'req-1', requirements: '[{"id":"r1"}]' } })).toMatchObject([short]);
	expect(await run({ operation: 'analyse', text: 'We look for …' })).toMatchObject([{ title: 'Accountant (m/f/d)', mustHaves: ['SAP'] }]);
	expect(await run({ operation: 'update', jobId: byId(uuid(1)), updateFields: { status: 'closed' }, simplify: false })).toEqual([job]);
	expect(await run({ operation: 'get', jobId: byId(uuid(1)) })).toMatchObject([short]);
	expect(await run({ operation: 'getAll', filters: { q: 'account' } })).toMatchObject([short]);
	expect(await run({ operation: 'delete', jobId: byId(uuid(1)) })).toEqual([{ jobId: uuid(1), deleted: true }]);
	expect(sidecar.apiCalls().map(({ body }) => body)).toEqual([
		{ text: 'We look for …', externalId: 'req-1', requirements: [{ id: 'r1' }] },
		{ text: 'We look for …' },
		{ status: 'closed' },
		undefined,
		undefined,
		undefined,
	]);
});

test('an update without fields and broken requirements are refused before any call', async () => {
	const { sidecar, n8n } = parts;
	const update = { resource: 'job', operation: 'update', jobId: byId(uuid(1)) };
	await expect(n8n.run('candidateMatch', update)).rejects.toMatchObject({ message: 'There is nothing to update' });
	await expect(n8n.run('candidateMatch', { ...update, updateFields: { requirements: '[{' } })).rejects.toMatchObject({ message: 'The requirements are not valid JSON', context: { itemIndex: 0 } });
	expect(sidecar.calls).toEqual([]);
});

test('searches candidates by words, skills and title', async () => {
	const { sidecar, n8n } = parts;
	const found = { candidateId: uuid(11), name: 'Amal Exemple', headline: 'Comptable', city: 'Lyon', score: 0.8, reasons: ['SAP'] };
	sidecar.on('POST', '/v1/candidates/search', { items: [found] });
	const items = await n8n.run('candidateMatch', { resource: 'candidate', operation: 'search', query: 'payroll', limit: 5, filters: { skills: 'SAP, ,IFRS', language: '' } });
	expect(items).toEqual([{ json: found, pairedItem: { item: 0 } }]);
	expect(sidecar.apiCalls()[0]?.body).toEqual({ query: 'payroll', skills: ['SAP', 'IFRS'], limit: 5 });
});

test('lists jobs and candidates for the drop-downs, by words and page by page', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', '/v1/jobs', { items: [job], nextCursor: 'c2' });
	sidecar.on('GET', '/v1/candidates', { items: [{ id: uuid(11), name: null, headline: 'Comptable' }], nextCursor: null });
	expect(await n8n.listSearch('candidateMatch', 'searchJobs', 'acc', 'c1')).toEqual({ results: [{ name: 'Accountant', value: uuid(1) }], paginationToken: 'c2' });
	expect(await n8n.listSearch('candidateMatch', 'searchCandidates')).toEqual({ results: [{ name: 'Name unknown – Comptable', value: uuid(11) }] });
	expect(sidecar.apiCalls().map(({ query }) => query)).toEqual([{ q: 'acc', cursor: 'c1', limit: '50' }, { limit: '50' }]);
});
