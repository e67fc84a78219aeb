import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp, uploadCv } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { startLlm } from '../../support/llm.ts';
import type { ScriptedLlm } from '../../support/llm.ts';
import { rowsWith, untilIdle } from '../../support/rows.ts';

const expected = JSON.parse(readFileSync(new URL('../../../examples/expected.json', import.meta.url), 'utf8'));
const question = expected.questions[0];
const policies = ['recruiting-policy-en.md', 'politique-teletravail-fr.md'];
const cvFiles = ['severine-aubrac-diallo.pdf', 'bastien-lacoume.docx', 'ines-bouchareb.txt', 'tobias-rehbein.pdf', 'giulia-santoro-mele.docx', 'callum-prewett.txt'];

async function addSource(caller: Caller, body: object): Promise<any> {
	const answer = await caller.call('POST', '/v1/sources?wait=30', body);
	if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
	return answer.body;
}
const contentOf = (path: string) => ({ fileName: path.split('/').at(-1), contentBase64: example(path).toString('base64') });
const ask = async (caller: Caller, body: object) => (await caller.call('POST', '/v1/rag/query', body)).body;

/** The text that the offsets of a citation point into. */
async function cited(app: TestApp, citation: any): Promise<string> {
	const sql = citation.cvId === null ? 'SELECT text FROM sources WHERE id = $id' : 'SELECT text FROM cvs WHERE id = $id';
	const [row] = await app.services.db.query<{ text: string }>(sql, { bind: { id: citation.cvId ?? citation.sourceId } });
	return row!.text.slice(citation.start, citation.end);
}

describe('knowledge', () => {
	let app: TestApp;
	beforeAll(async () => {
		app = await startApp();
		for (const policy of policies) await addSource(app, contentOf(`knowledge/${policy}`));
		for (const file of cvFiles) await uploadCv(app, file, example(`cvs/${file}`));
		await untilIdle(app.services.db);
	});
	afterAll(() => app?.close());

	describe('answers', () => {
		test('a French question with the right CV, quoted exactly', async () => {
			const answer = await ask(app, { question: question.question });
			expect(answer).toMatchObject({ language: 'fr', abstained: false, mode: 'extractive' });
			expect(answer.citations[0]).toMatchObject({ title: question.cites, kind: 'cv', candidateName: 'Séverine Aubrac-Diallo' });
			for (const word of question.passageWords) expect(answer.citations[0].quote).toContain(word);
			for (const citation of answer.citations) expect(await cited(app, citation)).toBe(citation.quote);
			expect(answer.answer).toContain('[1]');
		});

		test.each([
			['When are application documents deleted?', 'recruiting-policy-en.md', /six months/],
			['How many euros does somebody get for recommending a candidate?', 'recruiting-policy-en.md', /1,500 euros/],
			['Combien de jours de télétravail par semaine sont possibles ?', 'politique-teletravail-fr.md', /Deux jours/],
			['Quel jour est un jour de présence pour tous ?', 'politique-teletravail-fr.md', /mardi/],
		])('%s', async (text, title, quote) => {
			const answer = await ask(app, { question: text });
			expect(answer.citations[0]?.title).toBe(title);
			expect(answer.answer).toMatch(quote);
		});

		test('the same question the same way', async () => {
			const [first, second] = [await ask(app, { question: question.question }), await ask(app, { question: question.question })];
			expect(second.answer).toBe(first.answer);
			expect(second.citations).toEqual(first.citations);
		});

		test.each([
			['Wie viele Tage Sonderurlaub gibt es bei einer Hochzeit?', 'de', /^(Keine Quelle|Die Quellen)/],
			['What is the dress code at the summer party?', 'en', /^(No source|The sources)/],
			['Qui sait piloter un hélicoptère de sauvetage ?', 'fr', /^(Aucune source|Les sources)/],
		])('nothing where the sources are silent: %s', async (text, language, reason) => {
			expect(await ask(app, { question: text })).toMatchObject({ answer: null, abstained: true, citations: [], language, reason: expect.stringMatching(reason) });
		});

		test('within a scope only', async () => {
			const documents = await ask(app, { question: question.question, scope: { kinds: ['document'] } });
			expect(documents.abstained).toBe(true);
			const { citations } = await ask(app, { question: question.question });
			const others = await ask(app, { question: question.question, scope: { candidateIds: [citations[0].candidateId] } });
			expect(new Set(others.citations.map(({ candidateId }: any) => candidateId))).toEqual(new Set([citations[0].candidateId]));
			const nowhere = await ask(app, { question: question.question, scope: { sourceIds: ['01980000-0000-7000-8000-000000000000'] } });
			expect(nowhere.abstained).toBe(true);
		});

		test('are logged with what made them', async () => {
			const answer = await ask(app, { question: question.question });
			const [row] = await app.services.db.query('SELECT mode, abstained, candidate_ids, agent_version_id FROM rag_queries WHERE id = $id', { bind: { id: answer.id } });
			expect(row).toEqual({ mode: 'extractive', abstained: false, candidate_ids: [...new Set(answer.citations.map(({ candidateId }: any) => candidateId))], agent_version_id: answer.provenance.agentVersionId });
		});
	});

	describe('search', () => {
		test('finds a skill by its name in another language', async () => {
			await addSource(app, { title: 'Testhandbuch', text: 'Testhandbuch\n\nUnsere Mannschaft legt Wert auf Testautomatisierung. Jede Änderung wird nachts geprüft, und die Ergebnisse stehen am Morgen bereit.' });
			const { body } = await app.call('POST', '/v1/rag/search', { query: 'test automation', limit: 3 });
			expect(body.items[0].title).toBe('Testhandbuch');
		});

		test('finds words without their accents', async () => {
			const { body } = await app.call('POST', '/v1/rag/search', { query: 'teletravail equipement', language: 'fr', limit: 3 });
			expect(body.items[0].text).toContain('Équipement');
		});

		test('takes any text as a question and none as SQL or tsquery', async () => {
			for (const query of ["a' | b & !c:* <-> (", '\\', "''''", 'C++ C# .NET', '日本語の質問', ':workspaceId $1 ?']) {
				expect((await app.call('POST', '/v1/rag/search', { query })).status, query).toBe(200);
				expect((await app.call('POST', '/v1/rag/query', { question: query })).status, query).toBe(200);
			}
		});
	});

	describe('access', () => {
		test('another workspace finds, reads and deletes nothing', async () => {
			const other = await app.otherWorkspace();
			expect((await other.call('POST', '/v1/rag/search', { query: question.question })).body.items).toEqual([]);
			expect((await ask(other, { question: question.question })).abstained).toBe(true);
			const { sourceId } = (await ask(app, { question: question.question })).citations[0];
			expect((await other.call('GET', `/v1/sources/${sourceId}`)).status).toBe(404);
			expect((await other.call('DELETE', `/v1/sources/${sourceId}`)).status).toBe(404);
			expect((await ask(other, { question: question.question, scope: { sourceIds: [sourceId] } })).abstained).toBe(true);
		});
	});

	describe('sources', () => {
		test('are the same for the same bytes, and replaced under their external id', async () => {
			const first = await addSource(app, { externalId: 'travel', title: 'Travel', text: 'Travel policy\n\nTrips above 300 kilometres are made by night train.' });
			const again = await addSource(app, { text: 'Travel policy\n\nTrips above 300 kilometres are made by night train.' });
			expect(again.id).toBe(first.id);
			const replaced = await addSource(app, { externalId: 'travel', title: 'Travel', text: 'Travel policy\n\nTrips above 500 kilometres are made by hot-air balloon.' });
			expect(replaced.subject).toEqual(first.subject);
			const { items } = (await app.call('POST', '/v1/rag/search', { query: 'trips kilometres night train balloon', scope: { sourceIds: [first.subject.id] } })).body;
			expect(items.map(({ text }: any) => text).join()).toMatch(/^(?!.*night train).*balloon/s);
		});

		test('move to content that is already here when their own is replaced by it', async () => {
			const old = await addSource(app, { externalId: 'lunch', text: 'Lunch is served at noon in the orangery.' });
			const plain = await addSource(app, { text: 'Lunch is served at one in the boathouse.' });
			const moved = await addSource(app, { externalId: 'lunch', text: 'Lunch is served at one in the boathouse.' });
			expect(moved.subject).toEqual(plain.subject);
			expect((await app.call('GET', `/v1/sources/${old.subject.id}`)).status).toBe(404);
			expect((await app.call('GET', `/v1/sources/${plain.subject.id}`)).body.externalId).toBe('lunch');
		});

		test('are indexed once however often the task runs', async () => {
			const { subject } = await addSource(app, { text: 'Bicycles may be parked in the old smithy.' });
			const { indexSource } = await import('../../../sidecar/src/knowledge/indexSource.ts');
			const ctx: any = { ...app.services, actor: { workspaceId: app.credential.workspaceId }, task: null };
			await Promise.all([indexSource(ctx, { sourceId: subject.id }), indexSource(ctx, { sourceId: subject.id })]);
			const [row] = await app.services.db.query('SELECT count(*) AS n FROM chunks WHERE source_id = $id', { bind: { id: subject.id } });
			expect(row).toEqual({ n: 1 });
		});

		test('are gone with their passages once deleted', async () => {
			const { subject } = await addSource(app, { text: 'The lighthouse keeper signs all invoices with sepia ink.' });
			expect((await app.call('DELETE', `/v1/sources/${subject.id}`)).status).toBe(204);
			expect((await app.call('GET', `/v1/sources/${subject.id}`)).status).toBe(404);
			expect(await rowsWith(app.services.db, 'sepia ink')).toEqual([]);
		});

		test('of kind cv are listed, and deleted as CVs only', async () => {
			const { items } = (await app.call('GET', '/v1/sources?kind=cv&limit=100')).body;
			expect(items.map(({ title }: any) => title).sort()).toEqual([...cvFiles].sort());
			expect((await app.call('DELETE', `/v1/sources/${items[0].id}`)).status).toBe(409);
		});

		test.each([
			['no content', {}, 400, 'invalid_request'],
			['two contents', { text: 'a', contentBase64: 'YQ==' }, 400, 'invalid_request'],
			['broken base64', { contentBase64: 'YQ=' }, 400, 'invalid_request'],
			['base64 with spaces inside', { contentBase64: 'Y Q==' }, 400, 'invalid_request'],
			['0 bytes', { contentBase64: '' }, 422, 'empty_document'],
			['an empty text', { text: '' }, 422, 'empty_document'],
			['a program', { fileName: 'a.pdf', contentBase64: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString('base64') }, 415, 'unsupported_document'],
			['an unknown field', { text: 'a', colour: 'red' }, 400, 'invalid_request'],
		])('refuse %s and store nothing', async (_, body, status, code) => {
			const count = async () => (await app.services.db.query('SELECT count(*) AS n FROM sources'))[0];
			const before = await count();
			const answer = await app.call('POST', '/v1/sources', body);
			expect([answer.status, answer.body.code]).toEqual([status, code]);
			expect(await count()).toEqual(before);
		});

		test('take a multipart upload', async () => {
			const form = new FormData();
			form.set('file', new Blob([example('knowledge/recruiting-policy-en.md')], { type: 'text/markdown' }), 'policy copy.md');
			const answer = await app.call('POST', '/v1/sources?wait=30', form);
			expect(answer.body).toMatchObject({ status: 'succeeded', kind: 'source.index' });
		});

		test('say why a document could not be indexed', async () => {
			const answer = await app.call('POST', '/v1/sources?wait=30', { fileName: 'broken.pdf', contentBase64: Buffer.from('%PDF-1.7\nnothing more').toString('base64') });
			expect(answer.body.status).toBe('failed');
			expect((await app.call('GET', `/v1/sources/${answer.body.subject.id}`)).body).toMatchObject({ status: 'failed', error: { code: answer.body.error.code } });
		});
	});

	test('a paused assistant refuses questions until it is resumed', async () => {
		await app.call('POST', '/v1/agents/rag-assistant/pause', { reason: 'test' });
		expect((await app.call('POST', '/v1/rag/query', { question: 'Anything?' })).body.code).toBe('agent_paused');
		expect((await app.call('POST', '/v1/rag/search', { query: 'Anything?' })).status).toBe(409);
		await app.call('POST', '/v1/agents/rag-assistant/resume', {});
		expect((await app.call('POST', '/v1/rag/query', { question: 'Anything?' })).status).toBe(200);
	});

	test('erasing a candidate leaves no passage and no question that cites or names the person', async () => {
		const { citations } = await ask(app, { question: question.question });
		await ask(app, { question: 'Does Séverine Aubrac-Diallo speak Wolof?' });
		const answer = await app.call('DELETE', `/v1/candidates/${citations[0].candidateId}`);
		expect(answer.body.erased).toMatchObject({ sources: 1, chunks: expect.any(Number), rag_queries: expect.any(Number) });
		expect(await rowsWith(app.services.db, 'Aubrac')).toEqual([]);
		expect(await rowsWith(app.services.db, citations[0].candidateId).then((rows) => rows.filter((row) => row.startsWith('rag_queries')))).toEqual([]);
		const after = await ask(app, { question: question.question });
		expect(after.citations.filter(({ title }: any) => title === question.cites)).toEqual([]);
	});
});

describe('with a language model', () => {
	let app: TestApp;
	let llm: ScriptedLlm;
	beforeAll(async () => {
		llm = await startLlm();
		app = await startApp({ LLM_BASE_URL: llm.url, LLM_MODEL: 'scripted', LLM_TIMEOUT_MS: '2000' });
		for (const policy of policies) await addSource(app, contentOf(`knowledge/${policy}`));
	});
	afterAll(async () => {
		await app?.close();
		await llm?.stop();
	});
	const referral = { question: 'What does somebody get for recommending a candidate?' };
	/** The number under which the prompt holds the passage with these words. */
	const numberOf = (words: string) => (request: any) => JSON.parse(request.body.messages.at(-1).content).passages.find(({ text }: any) => text.includes(words)).n as number;

	test('keeps a sentence that its passage supports and drops what was made up', async () => {
		llm.clear();
		llm.replyOnce((request) => {
			const n = numberOf('1,500 euros')(request);
			return { abstain: false, sentences: [
				{ text: 'Employees receive 1,500 euros once the new colleague has completed the probation period.', citations: [n] },
				{ text: 'Employees receive 2,500 euros once the new colleague has completed the probation period.', citations: [n] },
				{ text: 'The board of directors gives a golden watch to everybody.', citations: [n] },
				{ text: 'Nobody knows where this comes from.', citations: [99] },
			] };
		});
		const answer = await ask(app, referral);
		expect(answer).toMatchObject({ mode: 'llm', abstained: false, provenance: { model: 'scripted', fallback: null, droppedSentences: 3 } });
		expect(answer.answer).toBe('Employees receive 1,500 euros once the new colleague has completed the probation period. [1]');
		expect(answer.citations).toHaveLength(1);
		expect(answer.citations[0].quote).toContain('1,500 euros');
	});

	test('abstains when no sentence can be verified, and when the model does', async () => {
		llm.clear();
		llm.replyOnce({ abstain: false, sentences: [{ text: 'Recommenders win a cruise to Antarctica.', citations: [1] }] });
		expect(await ask(app, referral)).toMatchObject({ mode: 'llm', abstained: true, answer: null, citations: [] });
		llm.replyOnce({ abstain: true, sentences: [] });
		expect(await ask(app, referral)).toMatchObject({ abstained: true, reason: expect.stringMatching(/do not hold the answer/) });
		llm.replyOnce({ sentences: 'not a list' });
		expect(await ask(app, referral)).toMatchObject({ abstained: true });
	});

	test('sends passages as data, without ids, and answers by quotes when the model is away', async () => {
		llm.clear();
		llm.fail(500);
		const answer = await ask(app, referral);
		expect(answer).toMatchObject({ mode: 'extractive', abstained: false, provenance: { fallback: 'llm_unavailable', model: null } });
		const [request] = llm.requests;
		expect(Object.keys(JSON.parse(request!.body.messages[1].content).passages[0])).toEqual(['n', 'source', 'text']);
		llm.clear();
		llm.fail('garbage', 1);
		expect(await ask(app, referral)).toMatchObject({ mode: 'extractive', provenance: { fallback: 'llm_unavailable' } });
	});
});

test('every example CV becomes passages whose text is a slice of the CV', async () => {
	const { makeChunks } = await import('../../../sidecar/src/knowledge/Chunk.ts');
	const { headingsOf } = await import('../../../sidecar/src/knowledge/chunkText.ts');
	const { readDocument, closeDocumentWorkers } = await import('../../../sidecar/src/documents/readDocument.ts');
	for (const file of readdirSync(new URL('../../../examples/cvs/', import.meta.url))) {
		const { text, pages } = await readDocument(example(`cvs/${file}`), { fileName: file });
		const chunks = makeChunks({ text, pages, headings: headingsOf(text), language: 'fr' });
		expect(chunks.length, file).toBeGreaterThan(1);
		for (const chunk of chunks) expect(text.slice(chunk.start, chunk.end), file).toBe(chunk.text);
	}
	await closeDocumentWorkers();
});
