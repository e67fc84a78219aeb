import { expect, test } from 'vitest';
import { byId, setUp, task, uuid } from './support/suite.ts';

const parts = setUp();
const handbook = { id: uuid(5), externalId: null, kind: 'document', cvId: null, candidateId: null, title: 'Handbook', mediaType: 'text/plain', sha256: 'b', byteSize: 8, language: 'en', status: 'indexed', error: null, taskId: uuid(1), createdAt: '2026-01-01T00:00:00Z', indexedAt: null };
const shortHandbook = { sourceId: uuid(5), externalId: null, title: 'Handbook', kind: 'document', status: 'indexed', language: 'en', createdAt: '2026-01-01T00:00:00Z' };

const answer = {
	id: uuid(50),
	question: 'Qui parle italien ?',
	language: 'fr',
	answer: 'Amal Exemple parle italien [1].',
	abstained: false,
	reason: null,
	mode: 'extractive',
	citations: [
		{ n: 1, sourceId: uuid(5), kind: 'cv', title: 'amal.pdf', cvId: uuid(2), candidateId: uuid(3), candidateName: 'Amal Exemple', chunkId: uuid(6), page: 1, start: 10, end: 22, quote: 'italien (C1)', score: 0.9 },
		{ n: 2, sourceId: uuid(7), kind: 'document', title: 'Handbook', cvId: null, candidateId: null, candidateName: null, chunkId: uuid(8), page: 3, start: 0, end: 4, quote: 'text', score: 0.2 },
	],
	provenance: {},
	durationMs: 12,
};

test('answers each question with its citations', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/rag/query', (call: any) => ({ body: { ...answer, question: call.body.question } }));
	const items = await n8n.run(
		'ragQuery',
		{ resource: 'question', operation: 'ask', question: '={{ $json.q }}', options: { kinds: ['cv'], candidateIds: uuid(3), sourceIds: '', maxCitations: 4 } },
		{ items: [{ json: { q: 'first' } }, { json: { q: 'second' } }] },
	);
	expect(items.map(({ json, pairedItem }) => [json['question'], pairedItem])).toEqual([
		['first', { item: 0 }],
		['second', { item: 1 }],
	]);
	expect(items[0]?.json).toEqual({
		question: 'first',
		answer: 'Amal Exemple parle italien [1].',
		abstained: false,
		citations: [
			{ n: 1, title: 'amal.pdf', page: 1, quote: 'italien (C1)', candidateName: 'Amal Exemple', candidateId: uuid(3), sourceId: uuid(5) },
			{ n: 2, title: 'Handbook', page: 3, quote: 'text', sourceId: uuid(7) },
		],
		mode: 'extractive',
		queryId: uuid(50),
	});
	expect(sidecar.apiCalls()[0]?.body).toEqual({ question: 'first', limit: 4, scope: { kinds: ['cv'], candidateIds: [uuid(3)] } });
});

test('says so when the sources hold no answer', async () => {
	parts.sidecar.on('POST', '/v1/rag/query', { ...answer, answer: null, abstained: true, reason: 'No passage answers this', citations: [] });
	const [item] = await parts.n8n.run('ragQuery', { resource: 'question', operation: 'ask', question: 'Who?' });
	expect(item?.json).toMatchObject({ answer: null, abstained: true, reason: 'No passage answers this', citations: [] });
	expect(parts.sidecar.apiCalls()[0]?.body).toEqual({ question: 'Who?' });
});

test('searches passages, one item each', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/rag/search', { language: 'en', items: [{ quote: 'a' }, { quote: 'b' }] });
	const items = await n8n.run('ragQuery', { resource: 'question', operation: 'search', query: 'nurse', limit: 2, options: {} });
	expect(items.map(({ json, pairedItem }) => [json['quote'], pairedItem])).toEqual([
		['a', { item: 0 }],
		['b', { item: 0 }],
	]);
	expect(sidecar.apiCalls()[0]?.body).toEqual({ query: 'nurse', limit: 2 });
});

test('adds a document and waits until it can be asked', async () => {
	const { sidecar, n8n } = parts;
	const indexing = { kind: 'source.index', subject: { type: 'source', id: uuid(5) } };
	sidecar.on('POST', '/v1/sources', () => ({ status: 202, body: task({ ...indexing, status: 'queued' }) }));
	sidecar.on('GET', `/v1/tasks/${uuid(1)}`, task(indexing));
	sidecar.on('GET', `/v1/sources/${uuid(5)}`, handbook);
	const [item] = await n8n.run('ragQuery', { resource: 'source', operation: 'add', inputType: 'text', text: 'Rule one', options: { title: 'Handbook' } });
	expect(item?.json).toEqual(shortHandbook);
	expect(sidecar.apiCalls()[0]?.body).toEqual({ text: 'Rule one', title: 'Handbook' });
});

test('lists, gets and deletes sources, also for the drop-down', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', '/v1/sources', { items: [handbook, { ...handbook, id: uuid(6), title: 'Policy' }], nextCursor: null });
	sidecar.on('GET', `/v1/sources/${uuid(5)}`, handbook);
	sidecar.on('DELETE', `/v1/sources/${uuid(5)}`, () => ({ status: 204 }));
	expect(await n8n.run('ragQuery', { resource: 'source', operation: 'getAll', filters: { kind: 'document' } })).toHaveLength(2);
	expect(sidecar.apiCalls()[0]?.query).toEqual({ kind: 'document', limit: '50' });
	expect((await n8n.run('ragQuery', { resource: 'source', operation: 'get', sourceId: byId(uuid(5)), simplify: false }))[0]?.json).toEqual(handbook);
	expect((await n8n.run('ragQuery', { resource: 'source', operation: 'delete', sourceId: byId(uuid(5)) }))[0]?.json).toEqual({ sourceId: uuid(5), deleted: true });
	expect((await n8n.listSearch('ragQuery', 'searchSources', 'pol')).results).toEqual([{ name: 'Policy', value: uuid(6) }]);
});
