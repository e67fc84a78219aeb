/** The example CVs, in seven languages and all layouts, through the eyes of a blind role. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fold } from '../../../sidecar/src/cvs/extract/fold.ts';
import { startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { asCommitted, createJob, cvFiles, fillPool } from '../flow/pool.ts';
import type { Pool } from '../flow/pool.ts';
import { callerWithRole } from './world.ts';

let app: TestApp;
let admin: Caller;
let blind: Caller;
let pool: Pool;
beforeAll(async () => {
	app = await startApp();
	admin = await app.clientWith(['admin']);
	blind = await callerWithRole(app, { name: 'blind', rows: 'workspace', blind: true }, admin);
	pool = await fillPool(admin, asCommitted());
});
afterAll(() => app?.close());

/** As words of folded text. */
const words = (value: unknown): string => ` ${fold(JSON.stringify(value)).replace(/[^\p{L}\p{N}@.]+/gu, ' ')} `;

test.each(cvFiles)('%s', async (file) => {
	const { cvId, candidateId } = pool.people.get(file)!;
	const { basics } = (await admin.call('GET', `/v1/cvs/${cvId}`)).body.profile;
	const answers = words([(await blind.call('GET', `/v1/cvs/${cvId}`)).body, (await blind.call('GET', `/v1/candidates/${candidateId}`)).body, (await blind.call('GET', `/v1/matches?candidateId=${candidateId}&limit=100`)).body]);
	const names = fold(basics.name).split(/[^\p{L}]+/u).filter((part) => part.length >= 3 && !['van', 'von', 'der', 'den', 'del', 'dos', 'das'].includes(part));
	expect(names.length).toBeGreaterThan(0);
	for (const part of names) expect(answers).not.toContain(` ${part} `);
	if (basics.email !== undefined) expect(answers).not.toContain(fold(basics.email));
	if (basics.location?.address !== undefined) expect(answers).not.toContain(words(basics.location.address).trim());
	const phone = basics.phone?.replace(/\D/g, '').slice(-8);
	if (phone !== undefined) expect(answers.replace(/\D/g, '')).not.toContain(phone);
});

test('rankings and searches name nobody, and rank as they do for others', async () => {
	const job = await createJob(admin, 'backend-engineer-en.txt');
	const shown = (await admin.call('POST', '/v1/matches', { jobId: job.id, limit: 100 })).body.items;
	const masked = await blind.call('POST', '/v1/matches', { jobId: job.id, limit: 100 });
	expect(masked.body.items.map(({ candidateId, score }: any) => [candidateId, score])).toEqual(shown.map(({ candidateId, score }: any) => [candidateId, score]));
	const search = await blind.call('POST', '/v1/candidates/search', { title: 'engineer', skills: ['Java'], limit: 100 });
	const text = words([masked.body, search.body, (await blind.call('GET', '/v1/candidates?limit=100')).body]);
	for (const { candidateName } of shown) expect(text).not.toContain(words(candidateName));
});
