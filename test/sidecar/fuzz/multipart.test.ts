/** What the fuzzing found in forms with files, each by itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { contents } from '../../support/rows.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ MAX_UPLOAD_MB: '1', MAX_UPLOADS_TOTAL_MB: '2' });
	await app.token();
});
afterAll(() => app?.close());

const head = 'Content-Disposition: form-data; name="file"; filename="cv.txt"\r\nContent-Type: text/plain\r\n';
const send = (body: string, boundary = 'X') => app.call('POST', '/v1/cvs', body, { 'Content-Type': `multipart/form-data; boundary=${boundary}` });

describe('a form that breaks the grammar of multipart', () => {
	test.each([
		['has no blank line after the headers of a part', `--X\r\n${head}Halvard Brinnel\r\n--X--\r\n`],
		['has a header without a name', `--X\r\n: x\r\n\r\nHalvard\r\n--X--\r\n`],
		['has a header with a sign that no name has', `--X\r\nContent_Type: x\r\n\r\nHalvard\r\n--X--\r\n`],
		['ends its lines without CR', `--X\n${head.replaceAll('\r', '')}\nHalvard\n--X--\n`],
		['goes on after the boundary of its first part', `--Xx\r\n${head}\r\nHalvard\r\n--X--\r\n`],
		['breaks a header', `--X\r\nContent-Disposition: form-data\rx\r\n\r\nHalvard\r\n--X--\r\n`],
		['is cut off', `--X\r\n${head}\r\nHalvard`],
		['has a Content-Transfer-Encoding that nobody knows', `--X\r\n${head}Content-Transfer-Encoding: klingon\r\n\r\nHalvard\r\n--X--\r\n`],
		['has a field in an encoding of mails', '--X\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHalvard\r\n--X--\r\n'],
	])('and %s is 400 at once, and nothing is held or written', async (_what, body) => {
		const before = await contents(app.services.db);
		for (let round = 0; round < 4; round += 1) {
			const answer = await send(body);
			expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
			// Beyond the 2 MB for all bodies when those before were still held.
			expect((await send(`${body}${' '.repeat(800_000)}`)).status).toBe(400);
		}
		expect(await contents(app.services.db)).toEqual(before);
	});
});

test('a form that keeps the grammar is taken as before', async () => {
	const answer = await send(`--X\r\n${head}Content-Transfer-Encoding: 8bit\r\n\r\nHalvard Brinnel\nhalvard@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 - 2020\r\n--X--\r\n`);
	expect(answer.status).toBe(202);
});
