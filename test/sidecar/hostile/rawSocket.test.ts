/** What no client library sends: requests that two readers would cut differently, on a bare connection. test/sidecar/transport/limits.test.ts has the lengths. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
	app = await startApp();
	token = await app.token();
});
afterAll(() => app?.close());

/** Everything that was answered until the service closed, or until nothing more came after the answers. */
function exchange(bytes: string): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
		let said = '';
		let quiet: NodeJS.Timeout | undefined;
		const rest = () => {
			clearTimeout(quiet);
			quiet = setTimeout(() => socket.destroy(), 700);
		};
		socket.on('data', (data) => {
			said += data.toString('latin1');
			rest();
		});
		socket.on('error', () => {});
		socket.on('close', () => {
			clearTimeout(quiet);
			resolve(said);
		});
		socket.on('connect', () => {
			socket.write(Buffer.from(bytes, 'latin1'));
			rest();
		});
	});
}

const statuses = (said: string): string[] => [...said.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status as string);
const host = 'Host: localhost\r\n';
const smuggled = 'GET /v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('a request that could be cut in two ways is refused, and nothing behind it is read', () => {
	test.each([
		['a length and chunks', `POST /health/live HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
		['chunks and a length', `POST /health/live HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: ${smuggled.length + 5}\r\n\r\n0\r\n\r\n${smuggled}`],
		['two lengths', `POST /health/live HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
		['two lengths in one', `POST /health/live HTTP/1.1\r\n${host}Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
		['a negative length', `POST /health/live HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n${smuggled}`],
		['a length in hexadecimal', `POST /health/live HTTP/1.1\r\n${host}Content-Length: 0x10\r\n\r\n${smuggled}`],
		['chunks twice', `POST /health/live HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`],
		['chunks with a tail', `POST /health/live HTTP/1.1\r\n${host}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n${smuggled}`],
		['an unknown transfer encoding', `POST /health/live HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
		['white space before the colon', `POST /health/live HTTP/1.1\r\n${host}Content-Length : 4\r\n\r\n${smuggled}`],
		['a folded header', `POST /health/live HTTP/1.1\r\n${host}X-Long: a\r\n Content-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`],
		['a header that begins with white space', `GET /health/live HTTP/1.1\r\n ${host}\r\n${smuggled}`],
		['a bare LF between headers', `GET /health/live HTTP/1.1\r\n${host}X-A: b\nX-Smuggled: c\r\n\r\n${smuggled}`],
		['a bare CR in a header', `GET /health/live HTTP/1.1\r\n${host}X-A: b\rX-Smuggled: c\r\n\r\n${smuggled}`],
		['U+0000 in a header', `GET /health/live HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n${smuggled}`],
		['a chunk size that is none', `POST /v1/oauth/token HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n${smuggled}`],
		['a chunk size beyond every number', `POST /v1/oauth/token HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n${smuggled}`],
		['a chunk longer than it says', `POST /v1/oauth/token HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}}\r\n0\r\n\r\n${smuggled}`],
		['a space in the address', `GET /health/live x HTTP/1.1\r\n${host}\r\n${smuggled}`],
		['no version', `GET /health/live\r\n${host}\r\n${smuggled}`],
		['a version that is none', `GET /health/live HTTP/9.9\r\n${host}\r\n${smuggled}`],
		['the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`],
		['a method that is none', `G@T /health/live HTTP/1.1\r\n${host}\r\n${smuggled}`],
		['no host', `GET /health/live HTTP/1.1\r\n\r\n${smuggled}`],
	])('%s', async (_what, bytes) => {
		const said = await exchange(bytes);
		expect(statuses(said).slice(0, 1)).toEqual([expect.stringMatching(/^4\d\d$/)]);
		expect(statuses(said)).toHaveLength(1);
	});
});

describe('a host that is not ours', () => {
	test.each([
		['in Host', 'Host: evil.example.com\r\n', '/health/live'], ['in X-Forwarded-Host', `${host}X-Forwarded-Host: evil.example.com\r\nX-Host: evil.example.com\r\nForwarded: host=evil.example.com\r\n`, '/health/live'],
		['in the address', host, 'http://evil.example.com/health/live'], ['with a port and a user', 'Host: user@evil.example.com:99\r\n', '/health/live'],
	])('%s comes back in no answer', async (_what, headers, path) => {
		for (const address of [path, path.replace('/health/live', '/docs'), path.replace('/health/live', '/openapi.json'), path.replace('/health/live', '/nothing')]) {
			expect(await exchange(`GET ${address} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)).not.toContain('evil.example.com');
		}
	});

	test('is in no link that is passed on', async () => {
		const admin = await app.clientWith(['admin']);
		const body = JSON.stringify({ email: 'odo@example.com', name: 'Odo', roles: ['recruiter'] });
		const said = await exchange(`POST /v1/invitations HTTP/1.1\r\nHost: evil.example.com\r\nX-Forwarded-Host: evil.example.com\r\nX-Forwarded-Proto: https\r\nOrigin: https://evil.example.com\r\nReferer: https://evil.example.com/\r\nAuthorization: Bearer ${await admin.token()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
		expect(statuses(said)).toEqual(['201']);
		expect(said).toContain('/account#invitation=');
		expect(said).not.toContain('evil.example.com');
	});
});

describe('a header of the request', () => {
	test.each(['X-Request-Id: abcdefgh\tX', 'X-Request-Id: abcdefgh%0d%0aSet-Cookie: a=b', 'X-Request-Id: <script>alert(1)</script>', 'X-Request-Id: \u00ff\u00feabcdefgh', 'X-Request-Id: =cmd|calc!A1', 'X-Request-Id: ../../../x/y', 'X-Request-Id: {{7*7}}abc', 'X-Request-Id: abcdefgh\r\nX-Request-Id: ijklmnop'])('%j comes back in none of the answer', async (line) => {
		const said = await exchange(`GET /health/live HTTP/1.1\r\n${host}${line}\r\nConnection: close\r\n\r\n`);
		expect(statuses(said)).toEqual(['200']);
		expect(said).toMatch(/x-request-id: [0-9a-f]{8}-[0-9a-f-]{27}\r\n/i);
		expect(said).not.toMatch(/set-cookie/i);
	});

	test('poisons no cache: every answer with a token or a refusal says no-store, whatever was sent', async () => {
		for (const line of ['X-Forwarded-Host: evil.example.com', 'X-Original-URL: /v1/me', 'X-Forwarded-Scheme: nothttps', 'X-HTTP-Method-Override: POST', 'Range: bytes=0-1', 'If-None-Match: *', 'Cache-Control: only-if-cached, max-age=99999', 'Pragma: x-get-cache-key']) {
			for (const address of ['/v1/me', '/v1/me/x.css', '/v1/me?utm=1', '/v1/jobs;.js']) {
				const said = await exchange(`GET ${address} HTTP/1.1\r\n${host}${line}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);
				expect(said).toMatch(/cache-control: no-store/i);
				expect(statuses(said)).toEqual([address.startsWith('/v1/me/') || address.includes(';') ? '404' : address.includes('?') ? '400' : '200']);
			}
		}
	}, 120_000);
});
