/** What people upload by mistake: a clear answer, nothing half-written, and a service that goes on working. */
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp } from '../../support/app.ts';
import type { Answer, TestApp } from '../../support/app.ts';
import { contents, countRows, rowsWith, untilIdle } from '../../support/rows.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
	await app.token();
});
afterAll(() => app?.close());

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as Uint8Array).toString('base64');

/** Both ways to send the same bytes. */
const ways: [string, (fileName: string, bytes: Buffer) => Promise<Answer>][] = [
	['JSON', (fileName, bytes) => app.call('POST', '/v1/cvs?wait=30', { fileName, contentBase64: base64(bytes) })],
	['multipart', (fileName, bytes) => {
		const form = new FormData();
		form.append('file', new Blob([new Uint8Array(bytes)]), fileName);
		return app.call('POST', '/v1/cvs?wait=30', form);
	}],
];

async function expectNothingWritten(work: () => Promise<void>): Promise<void> {
	await untilIdle(app.services.db);
	const before = await contents(app.services.db);
	await work();
	expect(await contents(app.services.db)).toEqual(before);
}

function expectProblem(answer: Answer, status: number, code: string): void {
	expect([answer.status, answer.body.code]).toEqual([status, code]);
	expect(answer.headers.get('content-type')).toContain('application/problem+json');
	expect(answer.body).toMatchObject({ type: `urn:talentmatch:problem:${code}`, status, requestId: answer.headers.get('x-request-id') });
	// one or two sentences that say what to do
	expect(answer.body.detail).toMatch(/\w{3,}.*\.$/);
}

const png = (): Buffer => {
	const chunk = (type: string, data: Buffer) => {
		const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
		const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
		length.writeUInt32BE(data.length);
		sum.writeUInt32BE(crc32(body));
		return Buffer.concat([length, body, sum]);
	};
	const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0]);
	return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(72, 200))), chunk('IEND', Buffer.alloc(0))]);
};

/** One page that shows one picture and no letter: what a scanner makes. */
function scannedPdf(): Buffer {
	const content = 'q 595 0 0 842 0 0 cm /Scan Do Q';
	const pixels = deflateSync(Buffer.alloc(64 * 64, 180));
	return pdfOf([
		'<< /Type /Catalog /Pages 2 0 R >>',
		'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
		'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /Scan 5 0 R >> >> >>',
		`<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
		`<< /Type /XObject /Subtype /Image /Width 64 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /Length ${pixels.length} >>\nstream\n${pixels.toString('latin1')}\nendstream`,
	]);
}

/** The standard security handler with a password that nobody here knows. */
function lockedPdf(): Buffer {
	const key = '<' + '5a'.repeat(32) + '>';
	return pdfOf(
		['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>', `<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ${key} /U ${key} >>`],
		'/Encrypt 4 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]',
	);
}

function pdfOf(objects: string[], trailer = ''): Buffer {
	let text = '%PDF-1.7\n';
	const offsets = objects.map((object, index) => {
		const at = text.length;
		text += `${index + 1} 0 obj\n${object}\nendobj\n`;
		return at;
	});
	const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
	text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${text.length}\n%%EOF\n`;
	return Buffer.from(text, 'latin1');
}

const zip = Buffer.from('504b03041400000000000000210000000000000000000000000005000000612e747874504b010214001400000000000000210000000000000000000000000005000000000000000000000000000000000000612e747874504b0506000000000100010033000000230000000000', 'hex');
const exe = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0', 'latin1'), Buffer.alloc(4096, 7)]);
const recipe = Buffer.from('Lentil soup for four\n\nChop two onions and three carrots and soften them in olive oil for ten minutes.\nAdd 300 g of red lentils, a litre of stock and a spoonful of cumin.\nSimmer for twenty minutes, blend, and serve with lemon juice and black pepper.\n');

describe.each(ways)('a CV sent as %s', (_way, send) => {
	test.each<[string, string, () => Buffer, number, string]>([
		['an empty file', 'empty.pdf', () => Buffer.alloc(0), 422, 'empty_document'],
		['a file of white space', 'blank.txt', () => Buffer.from(' \r\n\t\n\u00a0 '), 422, 'empty_document'],
		['a ZIP archive', 'cv.zip', () => zip, 415, 'unsupported_document'],
		['a ZIP archive with another name', 'cv.docx', () => zip, 415, 'unsupported_document'],
		['a program', 'cv.pdf', () => exe, 415, 'unsupported_document'],
		['an old Office file', 'cv.doc', () => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2048)]), 415, 'unsupported_document'],
		['30 MB', 'large.txt', () => Buffer.alloc(30 * 1024 * 1024, 97), 413, 'payload_too_large'],
		['one byte too much', 'large.txt', () => Buffer.alloc(20 * 1024 * 1024 + 1, 97), 413, 'payload_too_large'],
	])('%s is refused at the door', async (_what, fileName, bytes, status, code) => {
		await expectNothingWritten(async () => expectProblem(await send(fileName, bytes()), status, code));
	});

	test.each<[string, string, () => Buffer, string, string]>([
		['something that is not a CV', 'soup.txt', () => recipe, 'failed', 'not_a_cv'],
		['a picture', 'photo-of-cv.png', png, 'needs_ocr', 'needs_ocr'],
		['a scan without text', 'scan.pdf', scannedPdf, 'needs_ocr', 'needs_ocr'],
		['a PDF under a password', 'locked.pdf', lockedPdf, 'failed', 'document_password_protected'],
		['a PDF cut off in the middle', 'half.pdf', () => example('cvs/maelys-kerbrat.pdf').subarray(0, 9_000), 'failed', 'document_damaged'],
		['a DOCX cut off in the middle', 'half.docx', () => example('cvs/shane-orrick.docx').subarray(0, 5_000), 'failed', 'document_damaged'],
	])('%s ends as a failed task that says why, and no data is made up', async (_what, fileName, bytes, status, code) => {
		const caller = app;
		const before = await countRows(app.services.db);
		const answer = await send(fileName, bytes());
		expect(answer.status).toBe(200);
		expect(answer.body).toMatchObject({ kind: 'cv.analyse', status: 'failed', result: null, error: { code } });
		expect(answer.body.error.message).toMatch(/\w{3,}.*\.$/);
		const cv = (await caller.call('GET', `/v1/cvs/${answer.body.subject.id}`)).body;
		expect(cv).toMatchObject({ status, error: { code }, candidateId: null, profile: null, facts: null, evidence: null });
		expectProblem(await caller.call('GET', `/v1/cvs/${cv.id}/text`), 409, 'no_analysed_cv');
		// The same bytes are the same CV; a failed analysis is tried again, and ends the same way.
		const again = await send(fileName, bytes());
		expect([again.status, again.body]).toMatchObject([200, { status: 'failed', error: { code }, subject: { type: 'cv', id: cv.id } }]);
		const after = await countRows(app.services.db);
		for (const table of ['candidates', 'candidate_skills', 'embeddings', 'sources', 'chunks']) expect([table, after[table]]).toEqual([table, before[table]]);

		expect((await caller.call('DELETE', `/v1/cvs/${cv.id}`)).body).toMatchObject({ cvId: cv.id, candidateId: null, erased: { cvs: 1, cv_files: 1 } });
		expect((await caller.call('GET', `/v1/cvs/${cv.id}`)).status).toBe(404);
		await untilIdle(app.services.db);
		expect((await rowsWith(app.services.db, cv.id)).filter((row) => !row.startsWith('audit_log:') && !isErasureNotice(row))).toEqual([]);
	});
});

describe('a request that cannot be understood', () => {
	const text = example('cvs/callum-prewett.txt').toString();

	test.each<[string, object, string]>([
		['nothing', {}, 'body'], ['only a name', { fileName: 'cv.pdf' }, 'body'], ['two contents', { text, contentBase64: base64(text) }, 'body'],
		['broken base64', { contentBase64: '%%%%' }, 'body.contentBase64'], ['base64 cut off', { contentBase64: base64(text).slice(0, -3) }, 'body.contentBase64'],
		['base64 of the URL kind', { contentBase64: '_-_-' }, 'body.contentBase64'], ['a data: URL', { contentBase64: `data:text/plain;base64,${base64(text)}` }, 'body.contentBase64'],
	])('%s is 400 and names the place', async (_what, body, path) => {
		await expectNothingWritten(async () => {
			const answer = await app.call('POST', '/v1/cvs', body);
			expectProblem(answer, 400, 'invalid_request');
			expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
		});
	});

	test('an empty text is an empty document', async () => {
		await expectNothingWritten(async () => {
			for (const body of [{ text: '' }, { text: ' \n ' }, { contentBase64: '' }]) expectProblem(await app.call('POST', '/v1/cvs', body), 422, 'empty_document');
		});
	});

	test.each<[string, (form: FormData) => void, number]>([
		['no file', (form) => form.append('externalId', '1'), 400],
		['the file under another name', (form) => form.append('cv', new Blob([text]), 'cv.txt'), 400],
		['two files', (form) => {
			form.append('file', new Blob([text]), 'cv.txt');
			form.append('file', new Blob([recipe]), 'soup.txt');
		}, 400],
		['a file and a text', (form) => {
			form.append('file', new Blob([text]), 'cv.txt');
			form.append('text', text);
		}, 400],
		['an unknown field', (form) => {
			form.append('file', new Blob([text]), 'cv.txt');
			form.append('colour', 'blue');
		}, 400],
	])('multipart with %s', async (_what, fill, status) => {
		const form = new FormData();
		fill(form);
		await expectNothingWritten(async () => expectProblem(await app.call('POST', '/v1/cvs', form), status, 'invalid_request'));
	});

	test.each([
		['is cut off', '--X\r\nContent-Disposition: form-data; name="file"; filename="cv.txt"\r\n\r\nOttilie'], ['is no multipart at all', 'hello'], ['is empty', ''],
		['has a part without a name', '--X\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--X--\r\n'],
	])('multipart that %s', async (_what, body) => {
		await expectNothingWritten(async () => {
			const answer = await app.call('POST', '/v1/cvs', body, { 'Content-Type': 'multipart/form-data; boundary=X' });
			expect([400, 415]).toContain(answer.status);
			expect(answer.headers.get('content-type')).toContain('application/problem+json');
		});
	});

	test('multipart without a boundary', async () => {
		await expectNothingWritten(async () => expect((await app.call('POST', '/v1/cvs', 'hello', { 'Content-Type': 'multipart/form-data' })).status).toBe(400));
	});

	test('a file name with a path or control characters is only a name', async () => {
		const answer = await app.call('POST', '/v1/cvs?wait=30', { fileName: '../../etc/\u0007cv "final"\r\n.txt', contentBase64: base64(`${text}\nReference: path`) });
		const { fileName } = (await app.call('GET', `/v1/cvs/${answer.body.subject.id}`)).body;
		expect(fileName).toBe('cv "final".txt');
		const file = await fetch(`${app.url}/v1/cvs/${answer.body.subject.id}/file`, { headers: { Authorization: `Bearer ${await app.token()}` } });
		expect(file.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''cv%20%22final%22.txt");
		expect(file.headers.get('x-content-type-options')).toBe('nosniff');
	});

	test('U+0000 in a CV as text is taken out by its reader', async () => {
		const answer = await app.call('POST', '/v1/cvs?wait=30', { text: `${text.slice(0, 40)}\u0000${text.slice(40)}\nReference: zero` });
		expect(answer.body.status).toBe('succeeded');
	});
});

describe('jobs and matches', () => {
	test.each([['no requirements', 'We are a friendly company by the sea. Come and see us.'], ['white space', '   \n  '], ['one word', 'x']])('a job text with %s is 422 and is not stored', async (_what, text) => {
		await expectNothingWritten(async () => expectProblem(await app.call('POST', '/v1/jobs', { text }), 422, 'job_without_requirements'));
	});

	test('a job cannot lose its requirements later', async () => {
		const job = (await app.call('POST', '/v1/jobs', { text: 'Baker\n\nRequirements\n- At least 2 years as a baker' })).body;
		await expectNothingWritten(async () => {
			for (const change of [{ text: 'Come and see us by the sea.' }, { requirements: [] }]) expectProblem(await app.call('PATCH', `/v1/jobs/${job.id}`, change), 422, 'job_without_requirements');
		});
	});

	test('requirements that quote what does not stand there are refused', async () => {
		const requirement = { id: 'r1', kind: 'skill', label: 'Java', importance: 'must', skillNames: ['Java'], evidence: [{ start: 0, end: 4, quote: 'Java' }] };
		await expectNothingWritten(async () => expectProblem(await app.call('POST', '/v1/jobs', { text: 'We look for somebody.', requirements: [requirement] }), 400, 'invalid_request'));
		const job = (await app.call('POST', '/v1/jobs', { text: 'Java: we look for somebody.', requirements: [requirement] })).body;
		await expectNothingWritten(async () => expectProblem(await app.call('PATCH', `/v1/jobs/${job.id}`, { requirements: [{ ...requirement, evidence: [{ start: 0, end: 6, quote: 'Kotlin' }] }] }), 400, 'invalid_request'));
	});

	test('two requirements with one id are refused: a match names them by id', async () => {
		const requirement = { id: 'r1', kind: 'skill', label: 'Java', importance: 'must', skillNames: ['Java'], evidence: [] };
		await expectNothingWritten(async () => expectProblem(await app.call('POST', '/v1/jobs', { text: 'Somebody.', requirements: [requirement, { ...requirement, label: 'Kotlin' }] }), 400, 'invalid_request'));
	});

	test('an externalId belongs to one job, also when two come at once', async () => {
		const text = 'Baker\n\nRequirements\n- At least 2 years as a baker';
		const answers = await Promise.all(Array.from({ length: 4 }, () => app.call('POST', '/v1/jobs', { text, externalId: 'ats-1' })));
		expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
		expectProblem(await app.call('POST', '/v1/jobs', { text, externalId: 'ats-1' }), 409, 'conflict');
	});

	test('unknown ids are 404 before anything is queued', async () => {
		const unknown = '01980000-0000-7000-8000-0000000fffff';
		const job = (await app.call('POST', '/v1/jobs', { text: 'Baker\n\nRequirements\n- At least 2 years as a baker' })).body;
		await expectNothingWritten(async () => {
			for (const body of [{ jobId: unknown }, { candidateId: unknown }, { jobId: job.id, candidateId: unknown }, { jobId: job.id, candidateIds: [unknown] }]) {
				for (const async of [false, true]) expectProblem(await app.call('POST', '/v1/matches', { ...body, async }), 404, 'not_found');
			}
			for (const body of [{}, { jobId: job.id, candidateId: unknown, candidateIds: [unknown] }, { candidateIds: [unknown] }, { jobId: job.id, limit: 0 }, { jobId: job.id, limit: 101 }, { jobId: job.id, candidateIds: [] }]) {
				expectProblem(await app.call('POST', '/v1/matches', body), 400, 'invalid_request');
			}
		});
	});

	test('an empty pool is an empty ranking', async () => {
		const caller = await app.otherWorkspace();
		const job = (await caller.call('POST', '/v1/jobs', { text: 'Baker\n\nRequirements\n- At least 2 years as a baker' })).body;
		expect((await caller.call('POST', '/v1/matches', { jobId: job.id })).body).toMatchObject({ poolSize: 0, items: [] });
	});
});

test('after all this a CV is still read as ever', async () => {
	const answer = await app.call('POST', '/v1/cvs?wait=30', { fileName: 'ines.txt', contentBase64: base64(example('cvs/ines-bouchareb.txt')) });
	expect([answer.status, answer.body.status]).toEqual([200, 'succeeded']);
	expect((await app.call('GET', `/v1/candidates/${answer.body.result.candidateId}`)).body.name).toBe('Inès Bouchareb');
});

/** Receivers of webhooks are told the id that is gone, and nothing else. */
function isErasureNotice(row: string): boolean {
	return row.startsWith('events:') && row.includes('candidate.erased');
}

function crc32(bytes: Buffer): number {
	let sum = 0xffffffff;
	for (const byte of bytes) {
		sum ^= byte;
		for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return (sum ^ 0xffffffff) >>> 0;
}
