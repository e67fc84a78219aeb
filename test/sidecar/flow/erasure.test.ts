/** After an erasure nothing of the person is left in any column of any table; the audit log keeps ids and counts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp, uploadCv } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { countRows, rowsWith, untilIdle } from '../../support/rows.ts';
import { asCommitted, createJob, fillPool, rank } from './pool.ts';
import type { Pool } from './pool.ts';

let app: TestApp;
let pool: Pool;
beforeAll(async () => {
	app = await startApp();
	pool = await fillPool(app, asCommitted().slice(0, 6));
}, 120_000);
afterAll(() => app?.close());

/** The log of what was done, and the event that tells receivers which id is gone: both hold ids and counts only. */
const mayStay = (row: string) => row.startsWith('audit_log:') || (row.startsWith('events:') && row.includes('candidate.erased'));

async function expectGone(needles: string[]): Promise<void> {
	for (const needle of needles) {
		const left = await rowsWith(app.services.db, needle);
		expect([needle, left.filter((row) => !mayStay(row))]).toEqual([needle, []]);
	}
}

describe('DELETE /v1/candidates/{candidateId}', () => {
	test('leaves nothing of the person in any table, and proves what it took', async () => {
		const file = 'callum-prewett.txt';
		const { candidateId, cvId } = pool.people.get(file)!;
		const job = await createJob(app, 'backend-engineer-en.txt');
		const matches = [...(await rank(app, { jobId: job.id })).items, ...(await rank(app, { candidateId })).items].filter((match) => match.candidateId === candidateId);
		const other = [...pool.people.values()].find((person) => person.candidateId !== candidateId)!;
		await app.call('POST', '/v1/matches?wait=30', { candidateId, async: true });
		await app.call('POST', '/v1/matches?wait=30', { jobId: job.id, candidateIds: [candidateId, other.candidateId], async: true });
		await app.call('POST', '/v1/matches?wait=30', { jobId: job.id, candidateId, async: true });
		await app.call('POST', `/v1/agents/cv-analyst/runs`, { input: { cvId } });
		await app.call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['cv.analysed', 'match.completed'] });
		await rank(app, { candidateId });
		await app.call('DELETE', `/v1/webhooks/${(await app.call('GET', '/v1/webhooks')).body.items[0].id}`);
		await untilIdle(app.services.db);
		const asked = await app.call('POST', '/v1/rag/query', { question: 'What has Callum Prewett done with Java?' });
		expect(asked.status).toBe(200);

		const { text } = (await app.call('GET', `/v1/cvs/${cvId}/text`)).body;
		const sentence = text.split('\n').map((line: string) => line.trim()).sort((a: string, b: string) => b.length - a.length)[0].slice(0, 40);
		const profile = (await app.call('GET', `/v1/candidates/${candidateId}`)).body;
		const needles = [candidateId, cvId, profile.name, profile.email, sentence];
		for (const needle of needles) expect([needle, (await rowsWith(app.services.db, needle)).length]).not.toEqual([needle, 0]);

		const before = await countRows(app.services.db);
		const answer = await app.call('DELETE', `/v1/candidates/${candidateId}`);
		expect([answer.status, answer.body.candidateId]).toEqual([200, candidateId]);
		await untilIdle(app.services.db);
		await expectGone(needles);

		const after = await countRows(app.services.db);
		// one entry and one notice are added by the erasure itself
		const added: Record<string, number> = { audit_log: 1, events: 1 };
		const gone = Object.fromEntries(Object.keys(before).map((table) => [table, before[table]! - after[table]! + (added[table] ?? 0)]).filter(([, count]) => count !== 0));
		expect(Object.fromEntries(Object.entries(answer.body.erased).filter(([, count]) => count !== 0))).toEqual(gone);
		expect(gone).toMatchObject({ candidates: 1, cvs: 1, cv_files: 1, sources: 1, matches: new Set(matches.map(({ id }) => id)).size });

		const receipt = await rowsWith(app.services.db, answer.body.receipt);
		expect(receipt.some((row) => row.startsWith('audit_log:') && row.includes('candidate.erased') && row.includes(candidateId))).toBe(true);
		for (const needle of [profile.name, profile.email, sentence]) expect(await rowsWith(app.services.db, needle)).toEqual([]);
		expect((await app.call('DELETE', `/v1/candidates/${candidateId}`)).body).toMatchObject({ status: 404, code: 'not_found' });
	});

	test('touches nobody else: their CVs, passages and matches stay as they were', async () => {
		const [victim, other] = [pool.people.get('bastien-lacoume.docx')!, pool.people.get('friederike-stollberg.pdf')!];
		const job = await createJob(app, 'comptable-general-fr.txt');
		await rank(app, { jobId: job.id });
		await untilIdle(app.services.db);
		const seen = async () => Promise.all([`/v1/candidates/${other.candidateId}`, `/v1/cvs/${other.cvId}`, `/v1/matches?candidateId=${other.candidateId}`, `/v1/jobs/${job.id}`].map(async (path) => (await app.call('GET', path)).body));
		const before = await seen();
		expect((await app.call('DELETE', `/v1/candidates/${victim.candidateId}`)).status).toBe(200);
		expect(await seen()).toEqual(before);
		expect((await rank(app, { jobId: job.id })).items.map(({ candidateId }: any) => candidateId)).not.toContain(victim.candidateId);
		expect((await app.call('GET', '/v1/candidates?limit=100')).body.items.map(({ id }: any) => id)).not.toContain(victim.candidateId);
		const found = await app.call('POST', '/v1/rag/search', { query: 'Lacoume EBP', limit: 50 });
		expect(found.body.items.filter(({ candidateId }: any) => candidateId === victim.candidateId)).toEqual([]);
	});

	test('by the CV erases the candidate that has no other', async () => {
		const { candidateId, cvId } = pool.people.get('giulia-santoro-mele.docx')!;
		const answer = await app.call('DELETE', `/v1/cvs/${cvId}`);
		expect(answer.body).toMatchObject({ cvId, candidateId, erased: { candidates: 1, cvs: 1 } });
		for (const path of [`/v1/candidates/${candidateId}`, `/v1/cvs/${cvId}`, `/v1/cvs/${cvId}/text`, `/v1/cvs/${cvId}/file`]) expect((await app.call('GET', path)).status).toBe(404);
		await untilIdle(app.services.db);
		await expectGone([candidateId, cvId, 'Santoro Mele']);
		const again = await uploadCv(app, 'giulia.docx', example('cvs/giulia-santoro-mele.docx'));
		expect(again.result.cvId).not.toBe(cvId);
	});
});

describe('an erasure while the person is worked on', () => {
	test.each([0, 5, 20, 60, 150, 400])('%i ms after the upload leaves nothing', async (pause) => {
		const text = `Perpetua Lindqvist-${pause}\nperpetua.${pause}@example.com\n\nExperience\nBackend developer, Marlowe Freight, 2016 – 2024\n- Moved the freight desk ${pause} to Java and PostgreSQL\n\nSkills\nJava, PostgreSQL, Docker\n`;
		const task = (await app.call('POST', '/v1/cvs', { text })).body;
		await new Promise((resolve) => setTimeout(resolve, pause));
		const answer = await app.call('DELETE', `/v1/cvs/${task.subject.id}`);
		expect(answer.status).toBe(200);
		await untilIdle(app.services.db);
		await expectGone([task.subject.id, `Lindqvist-${pause}`, `perpetua.${pause}@`, `freight desk ${pause}`, ...(answer.body.candidateId ? [answer.body.candidateId] : [])]);
		expect((await app.call('GET', `/v1/tasks/${task.id}?wait=5`)).status).toBe(404);
	});

	test('many erasures, analyses and rankings at once leave nothing and no candidate without a CV', async () => {
		const job = await createJob(app, 'backend-engineer-en.txt');
		const texts = Array.from({ length: 8 }, (_, index) => `Quirin Abelmann-${index}\nquirin.${index}@example.com\n\nExperience\nBackend developer, Haddon Mills, 2016 – 2024\n- Java and PostgreSQL\n\nSkills\nJava, PostgreSQL\n`);
		const tasks = await Promise.all(texts.map(async (text) => (await app.call('POST', '/v1/cvs', { text })).body));
		const answers = await Promise.all(tasks.flatMap((task) => [app.call('DELETE', `/v1/cvs/${task.subject.id}`), app.call('POST', '/v1/matches', { jobId: job.id })]));
		for (const { status } of answers) expect([200, 404]).toContain(status);
		await untilIdle(app.services.db);
		await expectGone(['Abelmann-', 'quirin.', ...tasks.map((task) => task.subject.id)]);
	});

	test('the same file uploaded while it is erased is either the old CV or a new one, never an error', async () => {
		const body = { text: 'Ignatius Feldwick\nignatius@example.com\n\nExperience\nMiller, Haddon Mills, 2016 – 2024\n\nSkills\nMilling\n' };
		for (let round = 0; round < 8; round += 1) {
			const { subject } = (await app.call('POST', '/v1/cvs', body)).body;
			const uploads = Promise.all([1, 2, 3].map(() => app.call('POST', '/v1/cvs', body)));
			const erasures = await Promise.all([app.call('DELETE', `/v1/cvs/${subject.id}`), app.call('DELETE', `/v1/cvs/${subject.id}`)]);
			expect(erasures.map(({ status }) => status).sort()).toEqual([200, 404]);
			for (const { status } of await uploads) expect([200, 202]).toContain(status);
		}
		await untilIdle(app.services.db);
		for (const { id } of (await app.call('GET', '/v1/cvs?limit=100')).body.items) expect((await app.call('DELETE', `/v1/cvs/${id}`)).status).toBe(200);
		await expectGone(['Feldwick', 'ignatius@']);
	});
});
