/** Requests to one route: right by its definition, and then spoilt in every way there is. */
import * as fc from 'fast-check';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import type { FuzzRequest } from './requests.ts';
import { hostileKeys, hostileStrings, hostileValue, idFor, jsonText, likeExample, mutate, mutation, valueOf } from './values.ts';
import type { Mutation, Pools, Schema } from './values.ts';

/** Callers that no guarded route lets in. */
export const outsiders: readonly string[] = ['nobody', 'forger'];
/** Known, and without any permission. */
export const powerless = 'powerless';

export interface Around {
	pools: Pools;
	callers: readonly string[];
}

/** Argon2 and analyses cost a hundred times the rest: they come less often, never not at all. */
const weightOf = (route: AnyRoute): number => (route.rate === 'auth' || route.id.startsWith('logOut') ? 1 : route.rate === 'heavy' ? 2 : 5);

/** @returns requests to all routes and to no route, with all callers */
export function anyRequest(routes: AnyRoute[], around: Around): fc.Arbitrary<FuzzRequest> {
	return fc.oneof(
		...routes.map((route) => ({ weight: weightOf(route), arbitrary: requestTo(route, around) })),
		{ weight: 8, arbitrary: requestToNowhere(routes, around) },
	);
}

export function requestTo(route: AnyRoute, around: Around): fc.Arbitrary<FuzzRequest> {
	return fc.record({ caller: callerFor(around), path: pathOf(route, around.pools), query: queryOf(route, around.pools), headers: oddHeaders, content: contentFor(route, around.pools), method: fc.oneof({ weight: 30, arbitrary: fc.constant(route.method.toUpperCase()) }, { weight: 1, arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'TRACE', 'PROPFIND') }) })
		.map(({ caller, path, query, headers, content, method }) => {
			const request: FuzzRequest = {
				routeId: route.id, caller, method, path: wire(path + query), headers: { ...content.headers, ...headers.headers }, body: content.body, refused: false, alone: headers.alone || method === 'TRACE',
			};
			const toThisRoute = method === route.method.toUpperCase() && path.split('/').length === route.path.split('/').length;
			const lockedOut = route.permission !== 'public' && (outsiders.includes(caller) || (caller === powerless && route.permission !== 'authenticated'));
			return { ...request, refused: toThisRoute && (lockedOut || (content.refused && !('Content-Type' in headers.headers))) };
		});
}

const callerFor = ({ callers }: Around): fc.Arbitrary<string> => fc.oneof({ weight: 5, arbitrary: fc.constant('admin') }, { weight: 4, arbitrary: fc.constantFrom(...callers) });

/** The client refuses to send what is no Latin-1; this is what a careless one would send. */
export const wire = (path: string): string => path.replace(/[^\x21-\x7e]/gu, (character) => (character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80')).slice(0, 20_000);

const oddSegments = ['%2e%2e', '..', '.', '%2f', '%00', '%', '%zz', '%E0%A4%A', '%ff', '%c0%af', '*', '-1', '0', 'null', 'undefined', 'true', '__proto__', 'constructor', '%20', ';', 'x'.repeat(2_000), "'", '%27%20OR%201=1', '{jobId}', ':jobId', '%F0%9F%92%A9'];

function pathOf(route: AnyRoute, pools: Pools): fc.Arbitrary<string> {
	const parts = route.path.split('/').map((part) => (part.startsWith(':')
		? fc.oneof({ weight: 16, arbitrary: idFor(part.slice(1), pools) }, { weight: 2, arbitrary: fc.constantFrom(...oddSegments) }, { weight: 1, arbitrary: fc.constantFrom(...hostileStrings).map((text) => encodeURIComponent(text.toWellFormed())) })
		: fc.constant(part)));
	return fc.tuple(...parts).map((list) => list.join('/'));
}

function queryOf(route: AnyRoute, pools: Pools): fc.Arbitrary<string> {
	const names = Object.keys(route.query ?? {});
	const right = fc.record(Object.fromEntries(names.map((name) => [name, valueOf(route.query[name], name, pools)])), { requiredKeys: [] }).map((values) => Object.entries(values).map(([name, value]) => [name, String(value)]));
	const spoilt = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names, 'limit', 'cursor', 'q'), fc.constantFrom(...hostileKeys)), fc.oneof(fc.constantFrom(...hostileStrings), hostileValue.map((value) => (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, 3_000)))), { maxLength: 3 });
	const raw = fc.constantFrom('?', '?&&&', '?=', '?limit', '?limit[]=1', '?limit[a]=1', '?limit=1&limit=2', '?%00=%00', '?q=%ff', '?q=%', '?cursor[__proto__][x]=1', '?__proto__[polluted]=1', '?constructor.prototype.polluted=1', `?${'a=1&'.repeat(1_500)}`, '?q=a+b%20c', '?wait=1e1', '#fragment', '?limit=１０', '?limit=0x10', '?limit= 5', '?limit=5.0');
	const text = (pairs: string[][]) => (pairs.length === 0 ? '' : `?${pairs.map(([name = '', value = '']) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`);
	const clean = names.length === 0 ? fc.constant('') : right.map(text);
	return fc.oneof({ weight: 12, arbitrary: clean }, { weight: names.length === 0 ? 1 : 4, arbitrary: fc.tuple(right, spoilt).map(([good, bad]) => text([...good, ...bad])) }, { weight: 1, arbitrary: raw });
}

const oddHeaders: fc.Arbitrary<{ headers: Record<string, string>; alone: boolean }> = fc.oneof(
	{ weight: 40, arbitrary: fc.constant({ headers: {}, alone: false }) },
	{ weight: 5, arbitrary: fc.tuple(
		fc.constantFrom('X-Request-Id', 'Accept', 'Accept-Language', 'Accept-Encoding', 'User-Agent', 'Origin', 'Referer', 'Cookie', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-HTTP-Method-Override', 'X-Original-URL', 'Range', 'If-None-Match', 'If-Modified-Since', 'Expect', 'Forwarded', 'X-N8N-Workflow-Id', 'X-N8N-Execution-Id', 'Idempotency-Key', 'Prefer', '__proto__'),
		fc.oneof(fc.constantFrom('', '*/*', 'text/html', 'application/xml;q=1', 'GET', 'DELETE', '/v1/me', '*', 'gzip;q=0', 'bytes=0-0,-1', 'W/"x"', 'Thu, 01 Jan 1970 00:00:00 GMT', '127.0.0.1', '::1, 10.0.0.1, evil', 'https', 'evil.example.com', 'null', 'a'.repeat(4_000), '\u00ff\u00fe', '\t x \t', '"; DROP TABLE jobs; --', '<script>', '{{7*7}}', '-1', '9'.repeat(50), 'run-4711-abc'), fc.string({ maxLength: 20 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''))),
	).map(([name, value]) => ({ headers: { [name]: value }, alone: name === 'Expect' })) },
	{ weight: 2, arbitrary: fc.constantFrom('', 'application/json', 'application/json; charset=utf-16', 'application/json; charset=klingon', 'application/json;', 'application/json, text/html', 'text/json', 'application/vnd.api+json', 'application/problem+json', 'APPLICATION/JSON', 'text/plain', 'application/xml', 'multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'x'.repeat(300)}`, 'multipart/mixed; boundary=X', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-7', 'application/octet-stream', '/', 'json', '*/*').map((type) => ({ headers: { 'Content-Type': type }, alone: false })) },
	{ weight: 1, arbitrary: fc.constantFrom<Record<string, string>>({ 'Content-Length': '-1' }, { 'Content-Length': 'abc' }, { 'Content-Length': '0' }, { 'Content-Length': '1' }, { 'Content-Length': '2, 2' }, { 'Content-Length': '9'.repeat(30) }, { 'Transfer-Encoding': 'chunked' }, { 'Content-Encoding': 'gzip' }, { 'Content-Encoding': 'br, identity' }, { 'Content-Encoding': '' }).map((headers) => ({ headers, alone: true })) },
);

interface Content {
	headers: Record<string, string>;
	body: Buffer | null;
	/** by the schema of the body, whatever else holds */
	refused: boolean;
}

const json = { 'Content-Type': 'application/json' };
const none: Content = { headers: {}, body: null, refused: false };

function contentFor(route: AnyRoute, pools: Pools): fc.Arbitrary<Content> {
	const schema: Schema = route.body;
	if (schema === undefined) {
		return fc.oneof({ weight: 10, arbitrary: fc.constant(none) }, { weight: 2, arbitrary: hostileValue.map((value) => ({ headers: json, body: Buffer.from(jsonText(value)), refused: false })) }, { weight: 1, arbitrary: rawText.map((body) => ({ headers: json, body, refused: false })) });
	}
	const right = fc.oneof({ weight: 3, arbitrary: likeExample(route.bodyExample ?? {}, '', pools) }, { weight: 2, arbitrary: valueOf(schema, '', pools) });
	const asJson = (value: unknown): Content => {
		const text = jsonText(value);
		return { headers: json, body: Buffer.from(text), refused: refusedBy(schema, text) };
	};
	const spoilt = fc.tuple(right, fc.array(mutation, { minLength: 1, maxLength: 2 })).map(([value, list]: [unknown, Mutation[]]) => asJson(list.reduce(mutate, value)));
	return fc.oneof(
		{ weight: 9, arbitrary: right.map(asJson) },
		{ weight: 8, arbitrary: spoilt },
		{ weight: 2, arbitrary: fc.oneof(rawText, right.chain((value) => brokenJson(jsonText(value)))).map((body) => ({ headers: json, body, refused: refusedBy(schema, body.toString('utf8')) })) },
		{ weight: 1, arbitrary: hostileValue.map(asJson) },
		{ weight: 1, arbitrary: fc.constant(none) },
		{ weight: route.form ? 5 : 1, arbitrary: right.chain((value) => formOf(value)) },
		{ weight: route.upload ? 8 : 1, arbitrary: multipart },
	);
}

function refusedBy(schema: Schema, text: string): boolean {
	try {
		return !schema.safeParse(JSON.parse(text)).success;
	} catch {
		// A body of nothing counts as {}, and a byte order mark is taken off.
		return text.trim() !== '' && !text.startsWith('\ufeff');
	}
}

const rawText: fc.Arbitrary<Buffer> = fc.oneof(
	fc.constantFrom('', ' ', '{', '}', '{"', '[', ']', 'null', 'true', '1', '"text"', '{}', '[]', '[{}]', '{}{}', '{"a":1,}', "{'a':1}", '{a:1}', '// x\n{}', '{"a":1,"a":2}', '\ufeff{}', '{"a":NaN}', '{"\\u0000":1}', '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '['.repeat(500), '{"a":'.repeat(300), '"\\ud800"', '\u0000', '{"a":"\n"}').map((text) => Buffer.from(text)),
	fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

function brokenJson(text: string): fc.Arbitrary<Buffer> {
	return fc.oneof(
		fc.nat(Math.max(1, text.length - 1)).map((end) => Buffer.from(text.slice(0, end))),
		fc.constantFrom(Buffer.from(`${text}x`), Buffer.from(text, 'utf16le'), Buffer.from(`\ufeff${text}`), Buffer.from(text, 'latin1'), Buffer.from(text.replace('{', '{"__proto__":{"polluted":1},')), Buffer.from(text.replace('{', '{"unexpected":1,'))),
		fc.tuple(fc.nat(text.length), fc.constantFrom(0, 0xff, 0xc0, 0x80, 0xed)).map(([at, byte]) => {
			const bytes = Buffer.from(text);
			if (at < bytes.length) bytes[at] = byte;
			return bytes;
		}),
	);
}

function formOf(value: unknown): fc.Arbitrary<Content> {
	const pairs = typeof value === 'object' && value !== null ? Object.entries(value).map(([name, part]): [string, string] => [name, typeof part === 'string' ? part.toWellFormed() : String(JSON.stringify(part))]) : [];
	const text = new URLSearchParams(pairs).toString();
	const first = pairs[0]?.[0] ?? 'a';
	return fc.constantFrom(text, `${text}&${text}`, `${text}&__proto__[polluted]=1`, `${text}&constructor[prototype][polluted]=1`, `${text}&${first}[]=x`, `${text}&${first}[a][b]=x`, `${text}&%00=%00`, `${text}&a=%ff`, `${text}&%`, '&&&=', 'a=1&'.repeat(1_500), `a${'[b]'.repeat(200)}=1`)
		.map((body) => ({ headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: Buffer.from(body), refused: false }));
}

const fileNames = ['cv.txt', '', '../../etc/passwd', 'a\\b.txt', 'x'.repeat(2_000), '\u202Etxt.exe', 'é\u0301.txt', '"', 'a";name="other', '%00', '%0d%0aX-Evil:1', '.', '..', 'CON', '=1+1.txt', '<b>.html', '\ufffd', 'cv.pdf', 'cv.docx'];
const cv = 'Halvard Brinnel\nhalvard.brinnel@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 – 2020\n\nSkills\nJoinery\n';

const multipart: fc.Arbitrary<Content> = fc.record({
	name: fc.oneof({ weight: 6, arbitrary: fc.constant('file') }, { weight: 1, arbitrary: fc.constantFrom(...hostileKeys.slice(0, 8), 'files', 'file[]') }),
	fileName: fc.constantFrom(...fileNames),
	bytes: fc.oneof(fc.constantFrom(Buffer.from(cv), Buffer.alloc(0), Buffer.from('%PDF-1.7\n'), Buffer.from('504b0304', 'hex'), Buffer.alloc(2_000, 255), Buffer.from('{\\rtf1 x}'), Buffer.from('<html><script>alert(1)</script></html>')), fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))),
	fields: fc.array(fc.tuple(fc.constantFrom('fileName', 'externalId', 'title', 'text', 'url', 'other', '__proto__', 'collectionId'), fc.constantFrom(...hostileStrings.map((text) => text.toWellFormed()))), { maxLength: 3 }),
	twice: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
	defect: fc.oneof({ weight: 5, arbitrary: fc.constant('none') }, { weight: 5, arbitrary: fc.constantFrom('no end', 'cut', 'other boundary', 'bare LF', 'no name', 'no headers', 'long header', 'nested', 'base64', 'bad encoding', 'preamble', 'no blank line', 'many parts', 'empty') }),
}).map(({ name, fileName, bytes, fields, twice, defect }) => {
	const boundary = 'fuzzBoundary';
	const quoted = (text: string) => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
	const file = () => Buffer.concat([
		Buffer.from(`--${boundary}\r\n${defect === 'no headers' ? '' : `Content-Disposition: form-data;${defect === 'no name' ? '' : ` name="${quoted(name)}"`}; filename="${fileName.includes('";') ? fileName : quoted(fileName)}"\r\nContent-Type: ${defect === 'nested' ? 'multipart/mixed; boundary=inner' : 'text/plain'}\r\n`}${defect === 'long header' ? `X-Long: ${'x'.repeat(70_000)}\r\n` : ''}${defect === 'base64' ? 'Content-Transfer-Encoding: base64\r\n' : defect === 'bad encoding' ? 'Content-Transfer-Encoding: klingon\r\n' : ''}${defect === 'no blank line' ? '' : '\r\n'}`),
		bytes, Buffer.from('\r\n'),
	]);
	const part = ([key, value]: [string, string]) => Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`);
	let body = Buffer.concat([...fields.map(part), file(), ...(twice ? [file()] : []), ...(defect === 'many parts' ? Array.from({ length: 60 }, (_, i) => part([`k${i}`, 'x'])) : []), Buffer.from(defect === 'no end' ? '' : `--${boundary}--\r\n`)]);
	if (defect === 'cut') body = body.subarray(0, Math.floor(body.length / 2));
	if (defect === 'bare LF') body = Buffer.from(body.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
	if (defect === 'preamble') body = Buffer.concat([Buffer.from('before it all\r\n'), body]);
	if (defect === 'empty') body = Buffer.alloc(0);
	return { headers: { 'Content-Type': `multipart/form-data; boundary=${defect === 'other boundary' ? 'another' : boundary}` }, body, refused: false };
});

/** Addresses near the routes and far from them. */
function requestToNowhere(routes: AnyRoute[], around: Around): fc.Arbitrary<FuzzRequest> {
	const near = fc.constantFrom(...routes).chain((route) => fc.constantFrom(
		`${route.path}/`, `/${route.path}`, route.path.toUpperCase(), `${route.path}/..`, `${route.path}%2f`, `${route.path}%00`, `${route.path};x=1`, `${route.path}.json`, route.path.replace('/v1', '/v2'), `${route.path}/x/y`, route.path.replaceAll('/', '//'), route.path.replace('/v1/', '/v1/%2e%2e/v1/'), `/x/..${route.path}`,
	));
	const far = fc.constantFrom('/', '/v1', '/v1/', '/v1/__proto__', '/.env', '/.git/config', '/docs/../../package.json', '/docs/%2e%2e/%2e%2e/package.json', '/docs/..%2f..%2fpackage.json', '/account/../sidecar', '/account/%2e%2e%2f%2e%2e%2fetc/passwd', '/docs/constructor', '/favicon.ico', '/%', '/%00', '/%ff', `/${'a/'.repeat(2_000)}`, `/${'x'.repeat(12_000)}`, '//evil.example.com/', '/\\evil.example.com', '/v1/jobs\\..\\..', '*', 'http://evil.example.com/v1/me', '/?x', '/openapi.json/..', '/docs/%E0%A4%A');
	return fc.record({ caller: callerFor(around), method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), path: fc.oneof(near, far), content: fc.oneof(fc.constant(none), rawText.map((body) => ({ headers: json, body, refused: false }))) })
		.map(({ caller, method, path, content }) => ({ routeId: null, caller, method, path: wire(path), headers: content.headers, body: content.body, refused: false }));
}
