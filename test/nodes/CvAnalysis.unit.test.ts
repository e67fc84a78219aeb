import { expect, test } from 'vitest';
import { problem } from './support/scriptedSidecar.ts';
import { byId, cv, setUp, task, uuid } from './support/suite.ts';

const parts = setUp();
const analyse = { resource: 'cv', operation: 'analyse' };
const pdf = (name: string) => ({ json: {}, binary: { data: { data: Buffer.from(`%PDF ${name}`).toString('base64'), mimeType: 'application/pdf', fileName: name } } });

test('sends each item its own file as base64 and returns one compact profile per item, linked to it', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', (call: any) => ({ body: task({ subject: { type: 'cv', id: call.body.fileName === 'a.pdf' ? uuid(10) : uuid(11) } }) }));
	sidecar.on('GET', `/v1/cvs/${uuid(10)}`, cv({ id: uuid(10) }));
	sidecar.on('GET', `/v1/cvs/${uuid(11)}`, cv({ id: uuid(11) }));

	const items = await n8n.run('cvAnalysis', analyse, { items: [pdf('a.pdf'), pdf('b.pdf')] });

	expect(items.map(({ json, pairedItem }) => [json['cvId'], pairedItem])).toEqual([
		[uuid(10), { item: 0 }],
		[uuid(11), { item: 1 }],
	]);
	expect(items[0]?.json).toMatchObject({
		candidateId: uuid(3),
		name: 'Amal Exemple',
		experienceYears: 5.5,
		work: [{ title: 'Comptable', employer: 'Exemple SA', from: '2019-03' }],
		skills: ['sap', 'IFRS'],
		languages: ['French (native)'],
		lowestConfidence: 0.71,
		warnings: ['No phone number was found'],
	});
	const posts = sidecar.apiCalls().filter(({ method }) => method === 'POST');
	expect(posts.map(({ body }) => body)).toEqual(['a.pdf', 'b.pdf'].map((fileName) => ({ fileName, contentBase64: Buffer.from(`%PDF ${fileName}`).toString('base64') })));
	expect(posts[0]?.query).toEqual({ wait: '20' });
	for (const call of sidecar.apiCalls()) {
		expect(call.headers).toMatchObject({ 'x-n8n-workflow-id': 'wf-1', 'x-n8n-execution-id': '4711', 'x-n8n-instance': 'http://n8n.example.com/' });
	}
});

test('takes text, base64 or a URL instead of a file, resolved per item', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', task());
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	await n8n.run('cvAnalysis', { ...analyse, inputType: 'text', text: '={{ $json.cv }}', options: { externalId: 'x-1' } }, { items: [{ json: { cv: 'first' } }, { json: { cv: 'second' } }] });
	await n8n.run('cvAnalysis', { ...analyse, inputType: 'base64', contentBase64: 'data:application/pdf;base64,JVBERg==', fileName: 'cv.pdf' });
	await n8n.run('cvAnalysis', { ...analyse, inputType: 'url', url: '={{ $json.link }}' }, { items: [{ json: { link: ' https://example.com/cv.pdf ' } }] });
	await n8n.run('cvAnalysis', { ...analyse, inputType: 'url', url: 'https://example.com/download?id=7', fileName: 'amal.pdf' });
	await expect(n8n.run('cvAnalysis', { ...analyse, inputType: 'url', url: '={{ $json.none }}' })).rejects.toMatchObject({ message: expect.stringMatching(/URL|url/) });
	expect(sidecar.apiCalls().filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
		{ text: 'first', externalId: 'x-1' },
		{ text: 'second', externalId: 'x-1' },
		{ fileName: 'cv.pdf', contentBase64: 'JVBERg==' },
		{ url: 'https://example.com/cv.pdf' },
		{ fileName: 'amal.pdf', url: 'https://example.com/download?id=7' },
	]);
});

test('asks for the task until it is done', async () => {
	const { sidecar, n8n } = parts;
	let asked = 0;
	sidecar.on('POST', '/v1/cvs', () => ({ status: 202, body: task({ status: 'queued', progress: 0 }) }));
	sidecar.on('GET', `/v1/tasks/${uuid(1)}`, () => ({ body: (asked += 1) < 3 ? task({ status: 'running', progress: 50 }) : task({ result: { cvId: uuid(2) } }) }));
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	const [item] = await n8n.run('cvAnalysis', { ...analyse, inputType: 'text', text: 'a CV', simplify: false });
	expect(asked).toBe(3);
	expect(item?.json).toEqual(cv());
});

test('gives up at the timeout and names the task that goes on', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', () => ({ status: 202, body: task({ status: 'queued', progress: 0 }) }));
	sidecar.on('GET', `/v1/tasks/${uuid(1)}`, () => ({ body: task({ status: 'running', progress: 40 }) }));
	await expect(n8n.run('cvAnalysis', { ...analyse, inputType: 'text', text: 'a CV', timeout: 1 })).rejects.toMatchObject({
		message: 'The task is still running after 1 s',
		description: expect.stringContaining(uuid(1)),
	});
});

test('without waiting returns the task at once', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', () => ({ status: 202, body: task({ status: 'queued', progress: 0 }) }));
	const [item] = await n8n.run('cvAnalysis', { ...analyse, inputType: 'text', text: 'a CV', waitForResult: false });
	expect(item?.json).toEqual({ taskId: uuid(1), kind: 'cv.analyse', status: 'queued', progress: 0, cvId: uuid(2) });
	expect(sidecar.apiCalls()).toHaveLength(1);
	expect(sidecar.apiCalls()[0]?.query).toEqual({ wait: '0' });
});

test('a CV that cannot be read fails on its own item, with the reason, and the others go on', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', (call: any) =>
		call.body.text === 'broken'
			? { body: task({ status: 'failed', error: { code: 'document_damaged', message: 'The file is damaged: export it again' } }) }
			: call.body.text === 'scan'
				? { body: task({ subject: { type: 'cv', id: uuid(9) } }) }
				: { body: task() },
	);
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	sidecar.on('GET', `/v1/cvs/${uuid(9)}`, cv({ id: uuid(9), status: 'needs_ocr', candidateId: null, profile: null, evidence: [], facts: null }));
	const items = await n8n.run(
		'cvAnalysis',
		{ ...analyse, inputType: 'text', text: '={{ $json.text }}' },
		{ items: ['broken', 'good', 'scan', ''].map((text) => ({ json: { text } })), continueOnFail: true },
	);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2, 3].map((item) => ({ item })));
	expect(items[0]?.json).toEqual({ error: 'The file is damaged: export it again', message: `Code: document_damaged. Task: ${uuid(1)}`, details: { code: 'document_damaged' } });
	expect(items[1]?.json).toMatchObject({ name: 'Amal Exemple' });
	expect(items[2]?.json).toMatchObject({ error: 'The document is a scan without text: it has to pass an OCR first', details: { code: 'needs_ocr' } });
	expect(items[3]?.json).toMatchObject({ error: '"Text" is empty' });
});

test('without "continue on fail" the error carries the index of the item, the first included', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/cvs', (call: any) => (call.body.text === 'bad' ? problem(422, 'not_a_cv', 'This is an invoice, not a CV') : { body: task() }));
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	for (const bad of [0, 2]) {
		const items = [0, 1, 2].map((index) => ({ json: { text: index === bad ? 'bad' : 'good' } }));
		await expect(n8n.run('cvAnalysis', { ...analyse, inputType: 'text', text: '={{ $json.text }}' }, { items })).rejects.toMatchObject({
			message: 'This is an invoice, not a CV',
			httpCode: '422',
			context: { itemIndex: bad },
		});
	}
});

test('a missing binary field is told on its item', async () => {
	const items = await parts.n8n.run('cvAnalysis', analyse, { items: [{ json: {} }], continueOnFail: true });
	expect(items[0]).toMatchObject({ json: { error: expect.stringContaining('data') }, pairedItem: { item: 0 } });
});

test('gets one CV by id or URL, its text, and many over several pages', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	sidecar.on('GET', `/v1/cvs/${uuid(2)}/text`, { text: 'Amal Exemple', pages: [] });
	sidecar.on('GET', '/v1/cvs', (call: any) =>
		call.query.cursor === undefined ? { body: { items: [cv({ id: uuid(20) })], nextCursor: 'c2' } } : { body: { items: [cv({ id: uuid(21) })], nextCursor: null } },
	);
	const url = { __rl: true, mode: 'url', value: `http://127.0.0.1:8484/v1/cvs/${uuid(2)}` };
	expect((await n8n.run('cvAnalysis', { resource: 'cv', operation: 'get', cvId: byId(` ${uuid(2)} `) }))[0]?.json).toMatchObject({ cvId: uuid(2) });
	expect((await n8n.run('cvAnalysis', { resource: 'cv', operation: 'get', cvId: url, simplify: false }))[0]?.json).toEqual(cv());
	expect((await n8n.run('cvAnalysis', { resource: 'cv', operation: 'getText', cvId: byId(uuid(2)) }))[0]?.json).toMatchObject({ text: 'Amal Exemple' });

	const all = await n8n.run('cvAnalysis', { resource: 'cv', operation: 'getAll', returnAll: true, filters: { status: 'analysed' } });
	expect(all.map(({ json, pairedItem }) => [json['cvId'], pairedItem])).toEqual([
		[uuid(20), { item: 0 }],
		[uuid(21), { item: 0 }],
	]);
	expect(sidecar.apiCalls().slice(-2).map(({ query }) => query)).toEqual([
		{ status: 'analysed', limit: '100' },
		{ status: 'analysed', limit: '100', cursor: 'c2' },
	]);
	const first = await n8n.run('cvAnalysis', { resource: 'cv', operation: 'getAll', limit: 1 });
	expect(first).toHaveLength(1);
	expect(sidecar.apiCalls().at(-1)?.query).toEqual({ limit: '1' });
});

test('erases a CV and a candidate and returns the proof; an empty id never reaches the API', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('DELETE', `/v1/cvs/${uuid(2)}`, { receipt: 'r1' });
	sidecar.on('DELETE', `/v1/candidates/${uuid(3)}`, { candidateId: uuid(3), erased: { cvs: 1 }, receipt: 'r2' });
	expect((await n8n.run('cvAnalysis', { resource: 'cv', operation: 'erase', cvId: byId(uuid(2)) }))[0]?.json).toEqual({ receipt: 'r1' });
	expect((await n8n.run('cvAnalysis', { resource: 'candidate', operation: 'erase', candidateId: byId(uuid(3)) }))[0]?.json).toMatchObject({ receipt: 'r2' });

	const before = sidecar.calls.length;
	await expect(n8n.run('cvAnalysis', { resource: 'cv', operation: 'erase', cvId: byId('={{ $json.none }}') })).rejects.toMatchObject({ message: expect.stringContaining('cvId') });
	expect(sidecar.calls).toHaveLength(before);
});

test('a URL of something else is refused on its item', async () => {
	const cvId = { __rl: true, mode: 'url', value: '={{ $json.url }}' };
	const items = ['http://127.0.0.1:8484/v1/jobs/1', 'nonsense'].map((url) => ({ json: { url } }));
	for (const item of items) {
		await expect(parts.n8n.run('cvAnalysis', { resource: 'cv', operation: 'get', cvId }, { items: [item] })).rejects.toMatchObject({ context: { itemIndex: 0 } });
	}
	expect(parts.sidecar.calls).toEqual([]);
});
