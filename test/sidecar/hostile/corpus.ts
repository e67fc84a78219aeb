/**
 * Hostile requests, each with the one answer that is right. `{jobId}` stands for a row of the caller's workspace,
 * `{their.jobId}` for one of another workspace. What goes through the parsers of documents stands in
 * test/sidecar/documents, what the guard of outgoing requests makes of names and redirects in test/sidecar/outgoing.
 */
export interface HostileItem {
	name: string;
	kind: 'ssrf' | 'path traversal' | 'prototype pollution' | 'header injection' | 'verb tampering' | 'mass assignment' | 'foreign id' | 'exhaustion' | 'content type' | 'oauth' | 'unicode';
	/** default admin */
	as?: 'admin' | 'nobody';
	method: string;
	path: string;
	/** text is sent as it is */
	body?: unknown;
	headers?: Record<string, string>;
	/** of the problem, or `error` of OAuth */
	code: string;
}

const json = { 'Content-Type': 'application/json' };
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const multipart = { 'Content-Type': 'multipart/form-data; boundary=X' };
const part = (head: string, content = 'Halvard') => `--X\r\nContent-Disposition: form-data; ${head}\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--X--\r\n`;

/** Forms of addresses inside, as one string each. */
const inside = [
	'http://127.0.0.1.nip.io.invalid/', 'http://[::]/', 'http://[0:0:0:0:0:ffff:a00:1]/', 'http://[::ffff:a9fe:a9fe]/', 'http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/', 'http://169。254。169。254/', 'http://0xa9fea9fe/', 'http://0251.0376.0251.0376/', 'http://10.1/', 'http://172.16.0.1:80/', 'http://192.168.0.1#@example.com/',
	'http://example.com@10.0.0.1/', 'http://10.0.0.1%2f@example.invalid/', 'http://metadata.google.internal/', 'http://[fe80::1]/', 'http://[fec0::1]/', 'http://224.0.0.1/', 'http://255.255.255.255/', 'http://198.18.0.1/', 'http://192.0.0.1/', 'http://240.0.0.1/', 'http://[ff02::1]/', 'http://[64:ff9b:1::a00:1]/', 'http://[100::1]/',
	'gopher://10.0.0.1:6379/_FLUSHALL', 'dict://10.0.0.1:11211/stat', 'ldap://10.0.0.1/', 'jar:http://10.0.0.1/x!/', 'file://localhost/etc/passwd', 'data:text/plain;base64,eA==', 'javascript:alert(1)', 'blob:http://10.0.0.1/x', 'ws://10.0.0.1/', 'view-source:http://10.0.0.1/', 'HTTP://10.0.0.1/', 'http:/\\10.0.0.1/', 'https:10.0.0.1',
] as const;

const ssrf: HostileItem[] = inside.flatMap((url): HostileItem[] => [
	{ name: `a webhook to ${url}`, kind: 'ssrf', method: 'POST', path: '/v1/webhooks', body: { url, events: ['cv.analysed'] }, code: 'destination_not_allowed' },
	{ name: `a CV from ${url}`, kind: 'ssrf', method: 'POST', path: '/v1/cvs', body: { url }, code: 'destination_not_allowed' },
	{ name: `a source from ${url}`, kind: 'ssrf', method: 'POST', path: '/v1/sources', body: { url }, code: 'destination_not_allowed' },
]);

const traversal: HostileItem[] = [
	...['/docs/../package.json', '/docs/..%2fpackage.json', '/docs/%2e%2e/package.json', '/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/docs/....//package.json', '/docs/..\\..\\package.json', '/docs/%c0%ae%c0%ae/package.json', '/docs/swagger-ui.css%00.png', '/docs//etc/passwd', '/docs/__proto__', '/account/../sidecar/package.json', '/account/%2e%2e/package.json', '/account/..%5c..%5cpackage.json', '/account/account.js/..', '/account/%00', '/openapi.json/..', '/.env', '/.git/config', '/%2e%2e/%2e%2e/etc/passwd', '/v1/../openapi.json/x', '/v1/%2e%2e/metrics'].map((path): HostileItem => ({
		name: path, kind: 'path traversal', as: 'nobody', method: 'GET', path, code: 'not_found',
	})),
	...['..%2f..%2fjobs', '%2e%2e', 'x%2f..%2fy', '..%5c', '%00', "' OR 1=1", '*', '{jobId}%00', '{jobId}%2f..', ' {jobId}', '{jobId}%0a'].map((id): HostileItem => ({ name: `the id ${id}`, kind: 'path traversal', method: 'GET', path: `/v1/jobs/${id.replace("' OR 1=1", '%27%20OR%201=1').replace(' {', '%20{')}`, code: 'invalid_request' })),
];

const polluting = ['{"__proto__":{"polluted":1},"text":5}', '{"constructor":{"prototype":{"polluted":1}},"text":"x"}', '{"text":{"__proto__":{"polluted":1}}}', '{"requirements":[{"__proto__":{"polluted":1}}],"text":"x"}', '{"prototype":{"polluted":1},"text":"x"}'];
const pollution: HostileItem[] = [
	...polluting.map((body): HostileItem => ({ name: `the body ${body}`, kind: 'prototype pollution', method: 'POST', path: '/v1/jobs', body, headers: json, code: 'invalid_request' })),
	// The parser of forms leaves such keys out: what remains is a client that does not exist.
	...['__proto__[polluted]=1', 'constructor[prototype][polluted]=1', '__proto__.polluted=1', 'grant_type[__proto__][polluted]=1', '__proto__=1'].map((body): HostileItem => ({ name: `the form ${body}`, kind: 'prototype pollution', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: `grant_type=client_credentials&client_id=a&client_secret=b&${body}`, headers: form, code: 'invalid_client' })),
	...['__proto__[polluted]=1', '__proto__.polluted=1', 'constructor.prototype.polluted=1', 'limit[__proto__]=1', '__proto__=1', 'toString=1', 'hasOwnProperty=1'].map((query): HostileItem => ({ name: `the query ${query}`, kind: 'prototype pollution', method: 'GET', path: `/v1/jobs?${query}`, code: 'invalid_request' })),
	...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name): HostileItem => ({ name: `a part called ${name}`, kind: 'prototype pollution', method: 'POST', path: '/v1/cvs', body: part(`name="${name}"; filename="a.txt"`), headers: multipart, code: 'invalid_request' })),
	...['__proto__', 'constructor', 'toString'].map((agent): HostileItem => ({ name: `the agent ${agent}`, kind: 'prototype pollution', method: 'POST', path: `/v1/agents/${agent}/runs`, body: { input: {} }, code: 'not_found' })),
	...['__proto__', 'constructor', 'toString'].map((role): HostileItem => ({ name: `the role ${role}`, kind: 'prototype pollution', method: 'POST', path: '/v1/clients', body: { name: 'x', roles: [role] }, code: 'invalid_request' })),
	...['__proto__', 'constructor', 'toString'].map((permission): HostileItem => ({ name: `the permission ${permission}`, kind: 'prototype pollution', method: 'POST', path: '/v1/roles', body: { name: 'x', permissions: [permission] }, code: 'invalid_request' })),
];

const injection: HostileItem[] = [
	...['http://127.0.0.1:9/\r\nX-Evil: 1', 'http://127.0.0.1:9/x\u0000y', 'http://127.0.0.1:9\r\n/'].map((url): HostileItem => ({ name: `a webhook to ${JSON.stringify(url)}`, kind: 'header injection', method: 'POST', path: '/v1/webhooks', body: { url, events: ['nothing'] }, code: 'invalid_request' })),
	{ name: 'a webhook secret that holds U+0000', kind: 'header injection', method: 'POST', path: '/v1/webhooks', body: { url: 'http://127.0.0.1:9/hook', events: ['cv.analysed'], secret: `${'x'.repeat(40)}\u0000` }, code: 'invalid_request' },
	...['/v1/users/{userId}', '/v1/roles/{roleId}', '/v1/clients/{clientId}'].map((path): HostileItem => ({ name: `a name of two lines for ${path}`, kind: 'header injection', method: 'PATCH', path, body: { name: 'Merle\r\nSet-Cookie: a=b' }, code: 'invalid_request' })),
];

const verbs: HostileItem[] = [
	...['PUT', 'TRACE', 'PROPFIND', 'MKCOL', 'LOCK', 'SEARCH', 'PURGE', 'LINK', 'SUBSCRIBE'].map((method): HostileItem => ({ name: `${method} of a job`, kind: 'verb tampering', method, path: '/v1/jobs/{jobId}', code: 'method_not_allowed' })),
	...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'].map((name): HostileItem => ({ name: `POST with ${name}: DELETE`, kind: 'verb tampering', method: 'POST', path: '/v1/jobs/{jobId}', headers: { [name]: 'DELETE' }, code: 'method_not_allowed' })),
	{ name: 'the query _method=DELETE', kind: 'verb tampering', method: 'POST', path: '/v1/jobs/{jobId}?_method=DELETE', code: 'method_not_allowed' },
	...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix'].map((name): HostileItem => ({ name: `an address without a route and ${name}: /v1/me`, kind: 'verb tampering', method: 'GET', path: '/v1/nothing', headers: { [name]: '/v1/me' }, code: 'not_found' })),
	{ name: 'HEAD without a token of what needs one, as POST', kind: 'verb tampering', as: 'nobody', method: 'POST', path: '/v1/jobs', body: {}, code: 'unauthenticated' },
];

const foreign: HostileItem[] = [
	{ name: 'a ranking of their candidates', kind: 'foreign id', method: 'POST', path: '/v1/matches', body: { jobId: '{jobId}', candidateIds: ['{candidateId}', '{their.candidateId}'] }, code: 'not_found' },
	{ name: 'a ranking for their job', kind: 'foreign id', method: 'POST', path: '/v1/matches', body: { jobId: '{their.jobId}', candidateId: '{candidateId}' }, code: 'not_found' },
	{ name: 'a ranking of their candidate, as a task', kind: 'foreign id', method: 'POST', path: '/v1/matches', body: { candidateId: '{their.candidateId}', async: true }, code: 'not_found' },
	{ name: 'a source into their collection', kind: 'foreign id', method: 'POST', path: '/v1/sources', body: { text: 'House rules', title: 'Rules', collectionId: '{their.collectionId}' }, code: 'not_found' },
	{ name: 'a run over their CV', kind: 'foreign id', method: 'POST', path: '/v1/agents/cv-analyst/runs', body: { input: { cvId: '{their.cvId}' } }, code: 'not_found' },
	{ name: 'a run over their job', kind: 'foreign id', method: 'POST', path: '/v1/agents/matcher/runs', body: { input: { jobId: '{their.jobId}' } }, code: 'not_found' },
	{ name: 'our job for their user', kind: 'foreign id', method: 'PUT', path: '/v1/jobs/{jobId}/assignments/{their.userId}', code: 'not_found' },
	{ name: 'their job for our user', kind: 'foreign id', method: 'PUT', path: '/v1/jobs/{their.jobId}/assignments/{userId}', code: 'not_found' },
	{ name: 'their delivery under our webhook', kind: 'foreign id', method: 'POST', path: '/v1/webhooks/{webhookId}/deliveries/{their.deliveryId}/retry', code: 'not_found' },
	{ name: 'our delivery under their webhook', kind: 'foreign id', method: 'POST', path: '/v1/webhooks/{their.webhookId}/deliveries/{deliveryId}/retry', code: 'not_found' },
	{ name: 'the sessions of their user', kind: 'foreign id', method: 'DELETE', path: '/v1/users/{their.userId}/sessions', code: 'not_found' },
	{ name: 'their id in upper case', kind: 'foreign id', method: 'GET', path: '/v1/jobs/{THEIR.jobId}', code: 'not_found' },
];

const deep = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const exhaustion: HostileItem[] = [
	...['0', '-1', '101', '1e9', '9007199254740993', 'Infinity', 'NaN', '1.5', '１０', '', ' ', '1,2', 'true', '[]'].map((limit): HostileItem => ({ name: `a page of ${JSON.stringify(limit)}`, kind: 'exhaustion', method: 'GET', path: `/v1/jobs?limit=${encodeURIComponent(limit)}`, code: 'invalid_request' })),
	{ name: 'arrays in arrays, 10,000 deep', kind: 'exhaustion', method: 'POST', path: '/v1/candidates/search', body: `{"skills":${deep(10_000)}}`, headers: json, code: 'invalid_request' },
	{ name: 'a run with 200 levels', kind: 'exhaustion', method: 'POST', path: '/v1/agents/rag-assistant/runs', body: `{"input":{"question":${deep(200)}}}`, headers: json, code: 'invalid_request' },
	{ name: '50,000 keys', kind: 'exhaustion', method: 'POST', path: '/v1/jobs', body: JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, 1]))), headers: json, code: 'invalid_request' },
	{ name: '20,000 ids', kind: 'exhaustion', method: 'POST', path: '/v1/matches', body: JSON.stringify({ jobId: '{jobId}', candidateIds: Array.from({ length: 20_000 }, () => '01980000-0000-7000-8000-0000000fffff') }), headers: json, code: 'invalid_request' },
	{ name: '100,000 skills', kind: 'exhaustion', method: 'POST', path: '/v1/candidates/search', body: { skills: Array.from({ length: 100_000 }, () => 'Java') }, code: 'invalid_request' },
	{ name: 'a question of 900,000 characters', kind: 'exhaustion', method: 'POST', path: '/v1/rag/query', body: { question: 'why '.repeat(225_000) }, code: 'invalid_request' },
	{ name: 'a number of 100,000 digits', kind: 'exhaustion', method: 'POST', path: '/v1/matches', body: `{"jobId":"{jobId}","limit":${'9'.repeat(100_000)}}`, headers: json, code: 'invalid_request' },
	{ name: 'a form of 60 KB to the token route', kind: 'exhaustion', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: 'a=1&'.repeat(15_000), headers: form, code: 'payload_too_large' },
	{ name: 'a form of 1,500 keys to the token route', kind: 'exhaustion', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: Array.from({ length: 1_500 }, (_, i) => `k${i}=1`).join('&'), headers: form, code: 'invalid_request' },
	{ name: 'a password of 1,000 characters', kind: 'exhaustion', as: 'nobody', method: 'POST', path: '/v1/auth/login', body: { email: 'ines@example.com', password: 'x'.repeat(1_000) }, code: 'invalid_request' },
	{ name: 'a form of a hundred fields with a file', kind: 'exhaustion', method: 'POST', path: '/v1/cvs', body: Array.from({ length: 100 }, (_, i) => `--X\r\nContent-Disposition: form-data; name="k${i}"\r\n\r\nx\r\n`).join('') + '--X--\r\n', headers: multipart, code: 'payload_too_large' },
	{ name: 'two files', kind: 'exhaustion', method: 'POST', path: '/v1/cvs', body: part('name="file"; filename="a.txt"').replace('--X--\r\n', '') + part('name="file"; filename="b.txt"'), headers: multipart, code: 'invalid_request' },
	{ name: 'a wait of a day', kind: 'exhaustion', method: 'GET', path: '/v1/tasks/{taskId}?wait=86400', code: 'invalid_request' },
	{ name: 'an export of ten million rows', kind: 'exhaustion', method: 'GET', path: '/v1/audit/export?maxRows=10000000', code: 'invalid_request' },
];

const contentTypes: HostileItem[] = [
	...['text/plain', 'text/json', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=X', 'text/html', 'application/octet-stream', 'application/x-yaml', 'image/svg+xml', 'application/jsonp'].map((type): HostileItem => ({ name: `JSON as ${type}`, kind: 'content type', method: 'POST', path: '/v1/jobs', body: '{"text":"Baker\\n\\nRequirements\\n- 2 years"}', headers: { 'Content-Type': type }, code: 'unsupported_content_type' })),
	...['utf-7', 'utf-16', 'ibm500', 'klingon'].map((charset): HostileItem => ({ name: `JSON in ${charset}`, kind: 'content type', method: 'POST', path: '/v1/jobs', body: 'not read', headers: { 'Content-Type': `application/json; charset=${charset}` }, code: 'invalid_request' })),
	...['gzip', 'deflate', 'br', 'zstd', 'gzip, identity', 'x-gzip'].map((encoding): HostileItem => ({ name: `a body in ${encoding}`, kind: 'content type', method: 'POST', path: '/v1/jobs', body: '{}', headers: { ...json, 'Content-Encoding': encoding }, code: 'unsupported_content_type' })),
	{ name: 'XML with an entity to the token route', kind: 'content type', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', headers: { 'Content-Type': 'application/xml' }, code: 'unsupported_content_type' },
	{ name: 'a form with a file where no file is taken', kind: 'content type', method: 'POST', path: '/v1/roles', body: part('name="file"; filename="a.txt"'), headers: multipart, code: 'unsupported_content_type' },
];

const oauth: HostileItem[] = [
	{ name: 'the client secret in the query', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token?client_id={clientKey}&client_secret={clientSecret}&grant_type=client_credentials', body: {}, code: 'invalid_request' },
	{ name: 'the client secret in the query, by GET', kind: 'oauth', as: 'nobody', method: 'GET', path: '/v1/oauth/token?client_id={clientKey}&client_secret={clientSecret}&grant_type=client_credentials', code: 'method_not_allowed' },
	{ name: 'the secret twice', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: 'grant_type=client_credentials&client_id={clientKey}&client_secret=a&client_secret={clientSecret}', headers: form, code: 'invalid_request' },
	{ name: 'the secret as an array', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: '{clientKey}', client_secret: ['{clientSecret}'] }, code: 'invalid_request' },
	{ name: 'an object for the client id', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: { $ne: null }, client_secret: { $ne: null } }, code: 'invalid_request' },
	{ name: 'a scope of the operator', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: '{clientKey}', client_secret: '{clientSecret}', scope: 'workspaces:create' }, code: 'invalid_scope' },
	{ name: 'a scope with a wildcard', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: '{clientKey}', client_secret: '{clientSecret}', scope: '*' }, code: 'invalid_scope' },
	{ name: 'a client id with SQL', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: "' OR '1'='1", client_secret: "' OR '1'='1" }, code: 'invalid_client' },
	{ name: 'an access token as a refresh token', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'refresh_token', refresh_token: '{refreshLike}' }, code: 'invalid_grant' },
	{ name: 'a redirect_uri', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/oauth/token', body: { grant_type: 'client_credentials', client_id: '{clientKey}', client_secret: '{clientSecret}', redirect_uri: 'https://evil.example.com' }, code: 'invalid_request' },
	{ name: 'a token as a cookie', kind: 'oauth', as: 'nobody', method: 'GET', path: '/v1/me', headers: { Cookie: 'access_token={token}; Authorization=Bearer {token}' }, code: 'unauthenticated' },
	{ name: 'a token in the query', kind: 'oauth', as: 'nobody', method: 'GET', path: '/v1/me?access_token={token}', code: 'unauthenticated' },
	{ name: 'a token in a form', kind: 'oauth', as: 'nobody', method: 'POST', path: '/v1/jobs', body: 'access_token={token}', headers: form, code: 'unauthenticated' },
];

const unicode: HostileItem[] = [
	...['ines.t\u0430lvera@example.com', 'ines.talvera@ex\u0430mple.com', 'ines.talvera\u200b@example.com', 'ines\uff0etalvera@example.com', 'ines.talvera@example\u3002com', '\u202eines.talvera@example.com', 'i\u0307nes.talvera@example.com', '"ines talvera"@example.com', 'ines.talvera@example.com\u0000', 'ines.talvera@example.com,evil@example.org', 'ines.talvera@example.com\nbcc:evil@example.org'].map((email): HostileItem => ({ name: `the address ${JSON.stringify(email)}`, kind: 'unicode', method: 'POST', path: '/v1/invitations', body: { email, name: 'Ines Talvera', roles: ['recruiter'] }, code: 'invalid_request' })),
	...['adm\u0130n', '\uff41dmin', 'ADMIN', 'admin ', 'admin\u200b', '\u0430dmin'].map((role): HostileItem => ({ name: `the role ${JSON.stringify(role)}`, kind: 'unicode', method: 'POST', path: '/v1/clients', body: { name: 'x', roles: [role] }, code: 'invalid_request' })),
];

export const corpus: readonly HostileItem[] = [...ssrf, ...traversal, ...pollution, ...injection, ...verbs, ...foreign, ...exhaustion, ...contentTypes, ...oauth, ...unicode];
