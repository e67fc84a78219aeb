/** HTTPS served directly and behind a proxy: protocol, certificate, its renewal, and what comes in the clear. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../../scripts/lib/run.mjs';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { readCertificate } from '../../../sidecar/src/platform/http/certificate.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority, Certificate } from '../../support/certificates.ts';
import { frontDoor, send } from './support.ts';
import type { Listening } from './support.ts';

let app: TestApp;
let authority: Authority;
let files: string;
let door: Listening;
const certFile = () => join(files, 'tls.crt');
const keyFile = () => join(files, 'tls.key');

beforeAll(async () => {
	app = await startApp();
	authority = createAuthority();
	files = mkdtempSync(join(tmpdir(), 'talentmatch-tls-'));
	install(authority.issue(['localhost', '127.0.0.1']));
	door = await frontDoor(app, { TLS_CERT_FILE: certFile(), TLS_KEY_FILE: keyFile(), HTTP_REDIRECT_PORT: '0' });
});
afterAll(async () => {
	await door?.close();
	await app?.close();
	authority?.remove();
	if (files) rmSync(files, { recursive: true, force: true });
});

const secure = (options: Parameters<typeof send>[1] = {}) => send(door.port, { ...options, tls: { ca: authority.ca } });
const plain = (options: Parameters<typeof send>[1] = {}) => send(door.redirectPort as number, options);

describe('HTTPS served directly', () => {
	test('answers the API, with HSTS', async () => {
		const answer = await secure({ path: '/v1/me', headers: { Authorization: `Bearer ${await app.token()}` } });
		expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
	});

	test('shows a certificate that a client without the authority refuses', async () => {
		await expect(send(door.port, { tls: { ca: createdElsewhere().ca } })).rejects.toThrow(/unable to verify|self.signed/);
	});

	test('speaks TLS 1.2 and 1.3', async () => {
		expect([await handshake('TLSv1.2', 'TLSv1.2'), await handshake('TLSv1.3', 'TLSv1.3')]).toEqual(['TLSv1.2', 'TLSv1.3']);
	});

	test('refuses TLS 1.0 and 1.1', async () => {
		for (const version of ['TLSv1', 'TLSv1.1'] as const) await expect(handshake(version, version)).rejects.toThrow(/protocol version|unsupported protocol/i);
	});

	test('does not answer plain HTTP on the same port', async () => {
		await expect(send(door.port)).rejects.toThrow();
	});

	test('ignores what an untrusted client says of its protocol', async () => {
		expect((await secure({ headers: { 'X-Forwarded-Proto': 'http' } })).status).toBe(200);
	});
});

describe('the certificate', () => {
	test('is taken up anew when its files change, and a running connection goes on', async () => {
		const before = (await secure()).fingerprint;
		const kept = await openConnection();
		install(authority.issue(['localhost', '127.0.0.1']));
		const after = await waitUntil(async () => {
			const { fingerprint } = await secure();
			return fingerprint !== before && fingerprint;
		}, { what: 'the new certificate', timeoutMs: 30_000 });
		expect(after).not.toBe(before);
		expect(await kept.ask()).toMatch(/^HTTP\/1\.1 200/);
		kept.end();
	});

	test('is taken up at once when asked (SIGHUP)', async () => {
		const before = (await secure()).fingerprint;
		install(authority.issue(['localhost', '127.0.0.1']));
		door.app.reloadCertificate();
		expect((await secure()).fingerprint).not.toBe(before);
	});

	test('stays while the files do not fit together', async () => {
		const before = (await secure()).fingerprint;
		for (const broken of [() => copyFileSync(authority.issue(['localhost']).certFile, certFile()), () => writeFileSync(certFile(), 'nonsense'), () => rmSync(certFile())]) {
			broken();
			door.app.reloadCertificate();
			expect((await secure()).fingerprint).toBe(before);
		}
		install(authority.issue(['localhost', '127.0.0.1']));
		door.app.reloadCertificate();
		expect((await secure()).fingerprint).not.toBe(before);
	});
});

describe('a start', () => {
	const quiet = { warn() {} };
	const other = () => authority.issue(['localhost']);

	test.skipIf(process.platform === 'win32').each([0o644, 0o604, 0o606, 0o641])('with a key file of the rights %o is refused', (mode) => {
		const made = other();
		chmodSync(made.keyFile, mode);
		expect(() => readCertificate(made, quiet)).toThrow(/can be read by every user of this machine.*chmod o=/);
	});

	test.skipIf(process.platform === 'win32').each([0o600, 0o400, 0o440, 0o640])('with a key file of the rights %o is taken', (mode) => {
		const made = other();
		chmodSync(made.keyFile, mode);
		expect(() => readCertificate(made, quiet)).not.toThrow();
	});

	test('says which file is wrong', () => {
		const made = other();
		expect(() => readCertificate({ ...made, keyFile: other().keyFile }, quiet)).toThrow(/does not belong to the first certificate/);
		expect(() => readCertificate({ ...made, certFile: '/nowhere/tls.crt' }, quiet)).toThrow(/TLS_CERT_FILE .* cannot be read \(ENOENT\)/);
		expect(() => readCertificate({ ...made, certFile: made.keyFile }, quiet)).toThrow(/is not a PEM certificate/);
		expect(() => readCertificate({ certFile: made.certFile, keyFile: restricted('no key') }, quiet)).toThrow(/is not a PEM private key/);
	});

	test('with an expired certificate warns', () => {
		const said: string[] = [];
		readCertificate(authority.issue(['localhost'], { expired: true }), { warn: (_details: object, text?: string) => void said.push(text as string) } as never);
		expect(said).toEqual([expect.stringContaining('has expired')]);
	});

	test.each([[{ TLS_CERT_FILE: 'a' }, /belong together/], [{ TLS_KEY_FILE: 'a' }, /belong together/], [{ HTTP_REDIRECT_PORT: '80' }, /needs TLS_CERT_FILE/]])('with %j is refused', (environment, message) => {
		expect(() => loadConfig(environment as Record<string, string>)).toThrow(message);
	});
});

describe('the listener for plain HTTP', () => {
	const home = () => `https://127.0.0.1:${door.port}`;
	const host = { Host: '127.0.0.1:1' };

	test.each(['GET', 'HEAD'])('redirects %s, whatever the address', async (method) => {
		for (const path of ['/', '/docs', '/v1/cvs?limit=2&q=a%20b', '/nothing']) {
			const answer = await plain({ method, path, headers: host });
			expect([answer.status, answer.headers.location, answer.headers['strict-transport-security'], answer.headers['cache-control']]).toEqual([308, home() + path, undefined, 'no-store']);
		}
	});

	test.each([['POST', '/v1/oauth/token'], ['DELETE', '/v1/cvs/1'], ['OPTIONS', '/v1/cvs'], ['PATCH', '/'], ['TRACE', '/']])('refuses %s %s and says that what was sent is exposed', async (method, path) => {
		const answer = await plain({ method, path, headers: host, ...(method === 'POST' && { body: 'client_secret=x' }) });
		expect([answer.status, answer.headers['content-type'], answer.headers.location]).toEqual([403, expect.stringContaining('application/problem+json'), undefined]);
		expect(JSON.parse(answer.text)).toMatchObject({ code: 'https_required', detail: expect.stringMatching(/consider the token or secret in it exposed/) });
	});

	test('refuses a GET with a token: redirected, its client would go on sending it in the clear', async () => {
		const answer = await plain({ path: '/v1/me', headers: { ...host, Authorization: `Bearer ${await app.token()}` } });
		expect([answer.status, JSON.parse(answer.text).code, answer.headers.location]).toEqual([403, 'https_required', undefined]);
	});

	test.each(['evil.example@127.0.0.1', 'a b', 'localhost/evil', 'localhost\\@evil.example', '[::1', '[evil.example]', '-evil', 'x'.repeat(300), 'localhost:999999', 'a?b', 'a#b'])('redirects to no host that is none: %s', async (name) => {
		const answer = await plain({ headers: { Host: name } });
		expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
	});

	test.each([
		['localhost', 'https://localhost'], ['LocalHost:80', 'https://LocalHost'], ['[::1]:80', 'https://[::1]'], ['hr.example.com:8080', 'https://hr.example.com'],
	])('redirects the host %s to its HTTPS port', async (name, base) => {
		expect((await plain({ path: '/docs', headers: { Host: name } })).headers.location).toBe(`${base}:${door.port}/docs`);
	});

	test.each([
		['//evil.example/a', '//evil.example/a'], ['/\\evil.example', '//evil.example'], ['http://evil.example/a?b', '/a?b'], ['/a%0d%0aSet-Cookie:%20x=1', '/a%0d%0aSet-Cookie:%20x=1'], ['/?next=https://evil.example', '/?next=https://evil.example'],
	])('keeps %s a path of this host, and one header', async (target, path) => {
		const answer = await rawRequest(door.redirectPort as number, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
		const [, location] = /\r\nLocation: ([^\r\n]*)\r\n/i.exec(answer) ?? [];
		expect(location).toBe(`https://localhost:${door.port}${path}`);
		expect(new URL(location as string).hostname).toBe('localhost');
		expect(answer.toLowerCase()).not.toContain('\r\nset-cookie');
	});

	test('redirects to PUBLIC_URL where there is one, whatever the Host', async () => {
		const named = await frontDoor(app, { TLS_CERT_FILE: certFile(), TLS_KEY_FILE: keyFile(), HTTP_REDIRECT_PORT: '0', PUBLIC_URL: 'https://hr.example.com/talent/' });
		try {
			expect((await send(named.redirectPort as number, { path: '/docs?a=1', headers: { Host: 'evil.example' } })).headers.location).toBe('https://hr.example.com/talent/docs?a=1');
		} finally {
			await named.close();
		}
	});
});

describe('behind a trusted proxy, with PUBLIC_URL on https', () => {
	let proxied: Listening;
	let stranger: Listening;
	beforeAll(async () => {
		proxied = await frontDoor(app, { TRUSTED_PROXIES: '127.0.0.0/8', PUBLIC_URL: 'https://hr.example.com' });
		stranger = await frontDoor(app, { TRUSTED_PROXIES: '10.0.0.0/8', PUBLIC_URL: 'https://hr.example.com' });
	});
	afterAll(async () => {
		await proxied?.close();
		await stranger?.close();
	});
	const http = { 'X-Forwarded-Proto': 'http' };

	test('a page that was asked for in the clear is redirected', async () => {
		const answer = await send(proxied.port, { path: '/docs?x=1', headers: { ...http, Host: 'evil.example' } });
		expect([answer.status, answer.headers.location]).toEqual([308, 'https://hr.example.com/docs?x=1']);
	});

	test('a token that was sent in the clear is refused, valid or not', async () => {
		for (const token of [await app.token(), 'nonsense']) {
			const answer = await send(proxied.port, { path: '/v1/me', headers: { ...http, Authorization: `Bearer ${token}` } });
			expect([answer.status, JSON.parse(answer.text).code, answer.headers['access-control-allow-origin']]).toEqual([403, 'https_required', undefined]);
		}
		expect((await send(proxied.port, { method: 'POST', path: '/v1/oauth/token', headers: http })).status).toBe(403);
	});

	test('what came by https is answered, and what no proxy forwarded too', async () => {
		const token = { Authorization: `Bearer ${await app.token()}` };
		expect((await send(proxied.port, { path: '/v1/me', headers: { ...token, 'X-Forwarded-Proto': 'https' } })).headers['strict-transport-security']).toBe('max-age=31536000');
		const direct = await send(proxied.port, { path: '/v1/me', headers: token });
		expect([direct.status, direct.headers['strict-transport-security']]).toEqual([200, undefined]);
	});

	test('an untrusted peer can neither switch HSTS on nor have itself redirected', async () => {
		for (const scheme of ['http', 'https']) {
			const answer = await send(stranger.port, { path: '/docs', headers: { 'X-Forwarded-Proto': scheme, 'X-Forwarded-For': '10.0.0.1' } });
			expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, undefined]);
		}
	});
});

function install({ certFile: cert, keyFile: key }: Certificate): void {
	copyFileSync(key, keyFile());
	chmodSync(keyFile(), 0o600);
	copyFileSync(cert, certFile());
}

let elsewhere: Authority | undefined;
function createdElsewhere(): Authority {
	return (elsewhere ??= createAuthority('Somebody else'));
}
afterAll(() => elsewhere?.remove());

function restricted(text: string): string {
	const file = join(files, 'other.key');
	writeFileSync(file, text, { mode: 0o600 });
	return file;
}

function handshake(minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3', maxVersion: typeof minVersion): Promise<string | null> {
	return new Promise((resolve, reject) => {
		// Old versions are offered at security level 0 only.
		const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.ca, minVersion, maxVersion, ...(minVersion < 'TLSv1.2' && { ciphers: 'DEFAULT@SECLEVEL=0' }) }, () => {
			resolve(socket.getProtocol());
			socket.destroy();
		});
		socket.on('error', reject);
	});
}

async function openConnection(): Promise<{ ask(): Promise<string>; end(): void }> {
	const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.ca });
	const ask = () => new Promise<string>((resolve, reject) => {
		socket.once('data', (data) => resolve(data.toString()));
		socket.once('error', reject);
		socket.once('close', () => reject(new Error('the connection was closed')));
		socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
	});
	await ask();
	return { ask, end: () => socket.destroy() };
}

function rawRequest(port: number, text: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connectPlain(port, '127.0.0.1', () => socket.write(text));
		let answer = '';
		socket.on('data', (data) => (answer += data.toString()));
		socket.on('close', () => resolve(answer));
		socket.on('error', reject);
	});
}
