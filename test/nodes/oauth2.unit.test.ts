import { expect, test } from 'vitest';
import { clientId, clientSecret, problem } from './support/scriptedSidecar.ts';
import { byId, cv, setUp, uuid } from './support/suite.ts';

const parts = setUp();
const get = { authentication: 'oAuth2', resource: 'cv', operation: 'get', cvId: byId(uuid(2)) };
const tokenCalls = () => parts.sidecar.calls.filter(({ path }) => path === '/v1/oauth/token');

test('fetches a token once, with a form of client credentials, and keeps it', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	await n8n.run('cvAnalysis', get, { items: [{ json: {} }, { json: {} }] });
	await n8n.run('cvAnalysis', get);
	expect(tokenCalls()).toMatchObject([{ body: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret } }]);
	expect(Object.keys(tokenCalls()[0]?.body).sort()).toEqual(['client_id', 'client_secret', 'grant_type']);
	expect(n8n.oAuth2Credential['oauthTokenData']).toMatchObject({ access_token: 'token-1' });
	expect(n8n.credential['accessToken']).toBe('');
});

test('asks for the scope of the credential', async () => {
	const { sidecar, n8n } = parts;
	n8n.oAuth2Credential['scope'] = ' cvs:read  jobs:read ';
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	await n8n.run('cvAnalysis', get);
	expect(tokenCalls()).toMatchObject([{ body: { scope: 'cvs:read jobs:read' } }]);
});

test('a node without a choice, as every one from before, uses the other credential', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	const { authentication: _none, ...before } = get;
	await n8n.run('cvAnalysis', before);
	expect(n8n.credential['accessToken']).toBe('token-1');
	expect(n8n.oAuth2Credential).not.toHaveProperty('oauthTokenData');
});

test('an expired token is renewed and the request, its file included, sent again', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/sources', { id: uuid(1), kind: 'source.index', status: 'queued', progress: 0, result: null, error: null, subject: { type: 'source', id: uuid(5) } });
	const add = { authentication: 'oAuth2', resource: 'source', operation: 'add', inputType: 'base64', contentBase64: 'JVBERg==', fileName: 'a.pdf', waitForResult: false };
	await n8n.run('ragQuery', add);
	sidecar.expireTokens();
	const [item] = await n8n.run('ragQuery', add);
	expect(item?.json).toMatchObject({ sourceId: uuid(5) });
	const [, refused, repeated] = sidecar.apiCalls();
	expect(refused?.headers['authorization']).toBe('Bearer token-1');
	expect(repeated?.headers['authorization']).toBe('Bearer token-2');
	expect(repeated?.body).toEqual(refused?.body);
});

test.each(['from the first', 'when the token is renewed'])('a secret that is refused %s is explained as such', async (when) => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	if (when !== 'from the first') await n8n.run('cvAnalysis', get);
	sidecar.expireTokens();
	n8n.oAuth2Credential['clientSecret'] = 'wrong';
	const failure = { message: 'The TalentMatch sidecar does not accept this client ID and secret', description: expect.stringMatching(/^The client ID or secret is wrong\. .*npm run credential/), httpCode: '400' };
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({ ...failure, context: { itemIndex: 0 } });
	await expect(n8n.listSearch('cvAnalysis', 'searchCvs', undefined, undefined, { authentication: 'oAuth2' })).rejects.toMatchObject(failure);
});

test('a scope that is refused is explained as such', async () => {
	const { sidecar, n8n } = parts;
	sidecar.onToken(() => ({ status: 400, body: { error: 'invalid_scope', error_description: 'The client has none of these permissions.' } }));
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({
		message: 'The TalentMatch sidecar does not give this scope',
		description: expect.stringMatching(/^The client has none of these permissions\. Correct the scope/),
	});
});

test('a sidecar that is not there, and a server that is none, are explained as such', async () => {
	const { sidecar, n8n } = parts;
	n8n.oAuth2Credential['baseUrl'] = 'http://127.0.0.1:9/ ';
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({ message: 'The TalentMatch sidecar cannot be reached', description: expect.stringMatching(/ECONNREFUSED.*npm start/) });
	n8n.oAuth2Credential['baseUrl'] = sidecar.url;
	sidecar.onToken(() => ({ status: 404, body: '<html>Not found</html>' }));
	await expect(n8n.run('cvAnalysis', get)).rejects.toMatchObject({ httpCode: '404', description: expect.stringContaining('base URL') });
});

test.each([
	['too many requests are waited out', problem(429, 'too_many_requests', 'Too many requests: come back later')],
	['a short break is waited out', { ...problem(503, 'service_unavailable', 'The service is starting'), headers: { 'retry-after': '0' } }],
])('at the token endpoint %s', async (_what, reply) => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', `/v1/cvs/${uuid(2)}`, cv());
	sidecar.onToken(() => (tokenCalls().length === 1 ? reply : undefined));
	expect(await n8n.run('cvAnalysis', get)).toHaveLength(1);
	expect(tokenCalls()).toHaveLength(2);
});

test('the trigger registers with the OAuth2 credential', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/webhooks', { id: uuid(7), url: 'x', events: ['cv.analysed'] });
	expect(await n8n.trigger({ authentication: 'oAuth2', events: ['cv.analysed'] }).hook('create')).toBe(true);
	expect(n8n.oAuth2Credential['oauthTokenData']).toMatchObject({ access_token: 'token-1' });
});
