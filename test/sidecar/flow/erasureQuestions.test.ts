/** The log of questions forgets an erased person, however they were named, and also while a question is being answered. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logQuery } from '../../../sidecar/src/knowledge/logQuery.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { rowsWith, untilIdle } from '../../support/rows.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

interface Logged {
	question: string;
	citations: object[];
	candidate_ids: string[];
}

const logged = async (id: string): Promise<Logged | undefined> =>
	(await app.services.db.query<Logged & Record<string, unknown>>('SELECT question, citations, candidate_ids FROM rag_queries WHERE id = $id', { bind: { id } }))[0];
const ask = async (question: string): Promise<any> => {
	const answer = await app.call('POST', '/v1/rag/query', { question });
	expect([question, answer.status]).toEqual([question, 200]);
	return answer.body;
};
async function upload(text: string): Promise<{ candidateId: string; cvId: string }> {
	const { result } = (await app.call('POST', '/v1/cvs?wait=30', { text })).body;
	await untilIdle(app.services.db);
	return result;
}
const cvOf = (name: string, email: string, phone: string) => `${name}\n${email}\n${phone}\n\nExperience\nBackend developer, Haddon Mills, 2016 – 2024\n- Java and PostgreSQL for the grain desk\n\nSkills\nJava, PostgreSQL\n`;

test('questions that name an erased person, in whatever way, keep nothing of it', async () => {
	const { candidateId } = await upload(cvOf('Maëlys Kerbrat-Sünder', 'maelys.ks@example.com', '+44 20 7946 0958'));
	const naming = [
		'Does Kerbrat know Haskell?', 'Does Maelys know Haskell?', 'KERBRAT-SÜNDER Maëlys: Haskell?', 'Kann Suender Haskell?', 'Kerbrats Erfahrung mit Haskell?',
		'Haskell, MAELYS.KS@EXAMPLE.COM?', 'Who answers 020 7946 0958 on Haskell?', 'Haskell, Maëlys Kerbrat-Sünder?'.normalize('NFD'),
	];
	const others = ['Who knows Haskell?', 'Is Kerbratin a tool for Haskell?', 'Does Sundering help with Haskell?'];
	const namingIds = await Promise.all(naming.map(async (question) => (await ask(question)).id));
	const otherIds = await Promise.all(others.map(async (question) => (await ask(question)).id));

	const answer = await app.call('DELETE', `/v1/candidates/${candidateId}`);
	expect(answer.status).toBe(200);
	const left = await Promise.all(namingIds.map(logged));
	expect(left.flatMap((row) => (row === undefined || row.question === '' ? [] : row.question))).toEqual([]);
	for (const row of left) if (row !== undefined) expect([row.citations, row.candidate_ids]).toEqual([[], []]);
	expect(answer.body.erased.rag_queries + answer.body.erased.rag_queries_blanked).toBeGreaterThanOrEqual(naming.length);
	for (const needle of ['Kerbrat-', 'Kerbrats', 'Kerbrat know', 'Maëlys', 'Maelys', '7946', 'Suender']) expect([needle, await rowsWith(app.services.db, needle)]).toEqual([needle, []]);
	expect((await Promise.all(otherIds.map(logged))).map((row) => row?.question)).toEqual(others);
});

test('a name of short parts is known in both orders, and not within other words', async () => {
	const { candidateId } = await upload(cvOf('Bo Xu', 'bo.xu@example.com', '+44 20 7946 0962'));
	const naming = await Promise.all(['Does Xu Bo know Haskell?', 'Haskell: XU, BO', 'Does Bo Xu know Haskell?'].map(async (question) => (await ask(question)).id));
	const other = (await ask('Is Luxu Boat a tool for Haskell?')).id;
	expect((await app.call('DELETE', `/v1/candidates/${candidateId}`)).status).toBe(200);
	expect((await Promise.all(naming.map(logged))).map((row) => row?.question ?? '')).toEqual(['', '', '']);
	expect((await logged(other))?.question).toBe('Is Luxu Boat a tool for Haskell?');
});

test('a question answered while the person is erased is logged without its words', async () => {
	const { candidateId } = await upload(cvOf('Thorsten Ahrweiler', 'thorsten@example.com', '+44 20 7946 0961'));
	const ctx: any = { ...app.services, actor: { id: 'test', workspaceId: app.credential.workspaceId }, requestId: 'test' };
	const entry = (chosen: string) => ({
		id: randomUUID(), question: 'What has Ahrweiler done?', language: 'en', mode: 'extractive' as const, abstained: false, agentVersionId: randomUUID(), provenance: {}, durationMs: 1, tokens: null,
		citations: [{ chunkId: randomUUID(), sourceId: randomUUID(), candidateId: chosen, start: 0, end: 4, score: 1 }],
	});
	const before = entry(candidateId);
	await logQuery(ctx, before);
	expect(await logged(before.id)).toMatchObject({ question: before.question, candidate_ids: [candidateId] });

	const during = entry(candidateId);
	const [erased] = await Promise.all([app.call('DELETE', `/v1/candidates/${candidateId}`), logQuery(ctx, during)]);
	expect(erased.status).toBe(200);
	const after = entry(candidateId);
	await logQuery(ctx, after);
	expect(await logged(before.id)).toBeUndefined();
	expect(await logged(after.id)).toEqual({ question: '', citations: [], candidate_ids: [] });
	expect(await rowsWith(app.services.db, 'Ahrweiler')).toEqual([]);
});

test('the log holds ids and offsets of citations, no text', async () => {
	await upload(cvOf('Odile Brancaster', 'odile@example.com', '+44 20 7946 0977'));
	const answer = await ask('Who used PostgreSQL for the grain desk?');
	expect(answer.citations[0]).toMatchObject({ candidateName: 'Odile Brancaster', quote: expect.stringContaining('grain desk') });
	const { chunkId, sourceId, candidateId, start, end, score } = answer.citations[0];
	expect((await logged(answer.id))?.citations[0]).toEqual({ chunkId, sourceId, candidateId, start, end, score });
});
