import { expect, test } from 'vitest';
import { problem } from './support/scriptedSidecar.ts';
import { byId, cv, setUp, uuid } from './support/suite.ts';

const parts = setUp();
const get = { resource: 'cv', operation: 'get', cvId: byId(uuid(2)) };

test('fetches a token once and keeps it', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	await n8n.run('cvAnalysis', get, { items: [{ json: {} }, { json: {} }] });
	await n8n.run('cvAnalysis', get);
	expect(sidecar.tokensIssued()).toBe(1);
	expect(n8n.credential['accessToken']).toBe('token-1');
});

test('an expired token is renewed and the request, its file included, sent again', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/sources', { id: uuid(1), kind: 'source.index', status: 'queued', progress: 0, result: null, error: null, subject: { type: 'source', id: uuid(5) } });
	const add = { resource: 'source', operation: 'add', inputType: 'base64', contentBase64: 'JVBERg==', fileName: 'a.pdf', waitForResult: false };
	await n8n.run('ragQuery', add);
	sidecar.expireTokens();
	const [item] = await n8n.run('ragQuery', add);
	expect(item?.json).toMatchObject({ sourceId: uuid(5) });
	expect(sidecar.tokensIssued()).toBe(2);
	const [, refused, repeated] = sidecar.apiCalls();
	expect(repeated?.body).toEqual(refused?.body);
});

test('a wrong secret is explained as such', async () => {
	parts.n8n.credential['clientSecret'] = 'wrong';
	await expect(parts.n8n.run('cvAnalysis', get)).rejects.toMatchObject({
		message: 'The TalentMatch sidecar does not accept this client ID and secret',
		description: expect.stringContaining('npm run credential'),
		context: { itemIndex: 0 },
	});
});

test('a sidecar that is not there is explained as such', async () => {
	parts.n8n.credential['baseUrl'] = 'http://127.0.0.1:9';
	await expect(parts.n8n.run('cvAnalysis', get)).rejects.toMatchObject({
		message: 'The TalentMatch sidecar cannot be reached',
		description: expect.stringMatching(/ECONNREFUSED.*npm start/),
	});
});

test('a base URL may end in a slash', async () => {
	const { sidecar, n8n } = parts;
	n8n.credential['baseUrl'] = `${sidecar.url}/ `;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	expect(await n8n.run('cvAnalysis', get)).toHaveLength(1);
});

test('a problem answer shows its detail, the faulty fields, code and request id', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, () => problem(400, 'invalid_request', 'The request is not valid: correct the fields named', { errors: [{ path: 'limit', message: 'must be 1 to 100' }] }));
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({
		message: 'The request is not valid: correct the fields named',
		description: 'limit: must be 1 to 100. Code: invalid_request. Request: req-1',
		httpCode: '400',
	});
	const [item] = await n8n.run('cvAnalysis', get, { continueOnFail: true });
	expect(item?.json).toEqual({
		error: 'The request is not valid: correct the fields named',
		message: 'limit: must be 1 to 100. Code: invalid_request. Request: req-1',
		details: { code: 'invalid_request', status: 400, requestId: 'req-1', errors: [{ path: 'limit', message: 'must be 1 to 100' }] },
	});
});

test('an answer that is no problem JSON points at the base URL', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, () => ({ status: 502, body: '<html>Bad gateway</html>' }));
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({ httpCode: '502', description: expect.stringContaining('base URL') });
});
