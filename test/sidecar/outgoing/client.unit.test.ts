/** The client against real servers of this machine. Names are given addresses by the tests; what is reached is what was said. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo, Server as SocketServer, Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openRequest, sendRequest } from '../../../sidecar/src/platform/outgoing/client.ts';
import type { OutgoingRequest } from '../../../sidecar/src/platform/outgoing/client.ts';
import type { OutgoingPolicy, Resolve } from '../../../sidecar/src/platform/outgoing/destination.ts';
import { trustAuthorities } from '../../../sidecar/src/platform/transport.ts';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority } from '../../support/certificates.ts';

interface Seen {
	method: string;
	url: string;
	headers: IncomingHttpHeaders;
	body: string;
}

const servers: (Server | SocketServer)[] = [];
const seen: Seen[] = [];
let answer: RequestListener;
let port: number;
let otherPort: number;
/** the two servers by their names, wherever the names lead */
let policy: OutgoingPolicy;
const here: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const limits = { maxResponseBytes: 1_000, timeoutMs: 5_000 };
const send = (path: string, more: Partial<OutgoingRequest> = {}) => sendRequest(policy, { url: path.startsWith('/') ? `http://one.example:${port}${path}` : path, resolve: here, ...limits, ...more });

async function listen(server: Server | SocketServer): Promise<number> {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
	const record: RequestListener = async (request, response) => {
		seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: await textOf(request) });
		answer(request, response);
	};
	[port, otherPort] = [await listen(createServer(record)), await listen(createServer(record))];
	policy = { allowedHosts: [`one.example:${port}`, `two.example:${otherPort}`], loopback: false };
});
beforeEach(() => {
	seen.length = 0;
	answer = (_request, response) => response.end('ok');
});
afterAll(async () => {
	for (const server of servers) {
		if ('closeAllConnections' in server) server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
});

const redirectTo = (location: string, status = 302): RequestListener => (request, response) => (request.url === '/start' ? response.writeHead(status, { Location: location }).end('moved') : response.end('there'));

describe('a redirect', () => {
	test.each([
		'http://127.0.0.1:PORT/secret', 'http://2130706433:PORT/secret', 'http://0x7f.1:PORT/secret', 'http://[::ffff:127.0.0.1]:PORT/secret', 'http://[::1]:PORT/secret', 'http://localhost:PORT/secret', '//127.0.0.1:PORT/secret', 'http://169.254.169.254/latest/meta-data/',
		'http://user:word@one.example:PORT/secret', 'http://one.example.:PORT/secret', 'http://two.example:PORT/secret', 'file:///etc/passwd', 'gopher://one.example:PORT/_secret', 'data:text/plain,secret', 'ftp://one.example/secret', 'http:\\\\127.0.0.1:PORT\\secret',
	])('to %s is refused before anything is sent there', async (target) => {
		answer = redirectTo(target.replace('PORT', String(port)));
		await expect(send('/start', { maxRedirects: 3 })).rejects.toMatchObject({ code: 'destination_not_allowed' });
		expect(seen.map(({ url }) => url)).toEqual(['/start']);
	});

	test('is followed as often as is allowed, each hop looked up anew', async () => {
		answer = (request, response) => {
			const hop = Number(request.url?.slice(1));
			if (hop === 0) response.end('there');
			else response.writeHead(307, { Location: `${hop - 1}` }).end();
		};
		const resolve = vi.fn(here);
		const response = await send('/3', { maxRedirects: 3, resolve });
		expect([response.status, response.bytes.toString(), response.url.pathname, resolve.mock.calls.length]).toEqual([200, 'there', '/0', 4]);
		await expect(send('/4', { maxRedirects: 3 })).rejects.toMatchObject({ reason: 'too_many_redirects' });
		expect((await send('/1')).status).toBe(307);
	});

	test('to a name that has meanwhile moved inside is refused', async () => {
		answer = redirectTo('/again');
		const answers = ['127.0.0.1', '10.0.0.5'];
		const rebinding: Resolve = async () => [{ address: answers.shift() as string, family: 4 }];
		await expect(sendRequest({ allowedHosts: [], loopback: true }, { url: `http://rebinding.example:${port}/start`, resolve: rebinding, maxRedirects: 3, ...limits })).rejects.toMatchObject({ code: 'destination_not_allowed' });
		expect(answers).toEqual([]);
		expect(seen.map(({ url }) => url)).toEqual(['/start']);
	});

	test('to another origin leaves credentials behind, and keeps them within one', async () => {
		const headers = { Authorization: 'Bearer secret', Cookie: 'a=b', 'Proxy-Authorization': 'Basic secret', 'X-Api-Key': 'secret', 'X-TalentMatch-Signature': 'sha256=secret', Accept: 'text/plain' };
		answer = redirectTo(`http://two.example:${otherPort}/end`);
		await send('/start', { maxRedirects: 3, headers });
		expect(seen[1]?.headers).toMatchObject({ host: `two.example:${otherPort}`, accept: 'text/plain' });
		expect(JSON.stringify(seen[1]?.headers)).not.toMatch(/secret|a=b/);
		seen.length = 0;
		answer = redirectTo('/end');
		await send('/start', { maxRedirects: 3, headers });
		expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'secret' });
	});

	test.each([[301, 'GET', ''], [302, 'GET', ''], [303, 'GET', ''], [307, 'POST', 'a body'], [308, 'POST', 'a body']])('%i of a POST is followed by %s', async (status, method, body) => {
		answer = redirectTo('/end', status);
		await send('/start', { maxRedirects: 1, method: 'POST', body: 'a body', headers: { 'Content-Type': 'text/plain' } });
		expect(seen[1]).toMatchObject({ method, body });
		expect(seen[1]?.headers['content-length']).toBe(body === '' ? undefined : '6');
	});
});

describe('DNS rebinding', () => {
	test('cannot happen: the connection goes to the address that was checked, whatever a second look-up says', async () => {
		let looks = 0;
		const resolve: Resolve = async () => [{ address: (looks += 1) === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
		expect((await send('/pinned', { resolve })).bytes.toString()).toBe('ok');
		expect([looks, seen.length, seen[0]?.headers.host]).toEqual([1, 1, `one.example:${port}`]);
	});

	test('the next request looks up again, and is refused where the name then leads inside', async () => {
		const answers = ['127.0.0.1', '10.0.0.5'];
		const resolve: Resolve = async () => [{ address: answers.shift() as string, family: 4 }];
		const local: OutgoingPolicy = { allowedHosts: [], loopback: true };
		expect((await sendRequest(local, { url: `http://rebinding.example:${port}/`, resolve, ...limits })).status).toBe(200);
		await expect(sendRequest(local, { url: `http://rebinding.example:${port}/`, resolve, ...limits })).rejects.toMatchObject({ code: 'destination_not_allowed' });
		expect(seen).toHaveLength(1);
	});

	test('of the addresses of a name the next is tried when one does not answer', async () => {
		const resolve: Resolve = async () => [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }];
		expect((await send('/second', { resolve })).status).toBe(200);
	});
});

describe('an answer', () => {
	test('is taken up to the limit and not a byte beyond, with or without a length', async () => {
		answer = (request, response) => {
			const bytes = Buffer.alloc(Number(request.url?.split('/')[2]), 'x');
			if (request.url?.startsWith('/chunked')) response.write(bytes.subarray(0, 10));
			response.end(request.url?.startsWith('/chunked') ? bytes.subarray(10) : bytes);
		};
		for (const way of ['length', 'chunked']) {
			expect((await send(`/${way}/1000`)).bytes).toHaveLength(1000);
			await expect(send(`/${way}/1001`)).rejects.toMatchObject({ reason: 'too_large' });
		}
	});

	test('without end is cut off at the limit', async () => {
		let closed: Promise<unknown> | undefined;
		answer = (request, response) => {
			closed = new Promise((resolve) => request.socket.once('close', resolve));
			const more = (): void => void (response.destroyed || setImmediate(() => response.write('x'.repeat(500), more)));
			more();
		};
		await expect(send('/endless')).rejects.toMatchObject({ reason: 'too_large' });
		await closed;
	});

	test.each(['gzip', 'br', 'deflate', 'gzip, gzip'])('in %s is not unpacked: a few bytes may be gigabytes', async (encoding) => {
		answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(gzipSync(Buffer.alloc(10_000_000)).subarray(0, 500));
		await expect(send('/packed', { headers: { 'Accept-Encoding': 'gzip' } })).rejects.toMatchObject({ reason: 'compressed' });
		expect(seen[0]?.headers['accept-encoding']).toBe('identity');
	});

	test.each([
		['never comes', () => {}],
		['stops after the headers', (response) => response.writeHead(200, { 'Content-Length': 10 }).flushHeaders()],
		['drips', (response) => void setInterval(() => response.write('x'), 20).unref()],
	] as [string, (response: Parameters<RequestListener>[1]) => void][])('that %s ends at the time limit', async (_what, reply) => {
		answer = (_request, response) => reply(response);
		await expect(send('/slow', { timeoutMs: 300 })).rejects.toMatchObject({ reason: 'timeout' });
	});

	test('over many redirects has one time limit for all', async () => {
		answer = (request, response) => void setTimeout(() => response.writeHead(302, { Location: `/${Number(request.url?.slice(1)) + 1}` }).end(), 100);
		await expect(send('/0', { maxRedirects: 1_000, timeoutMs: 450 })).rejects.toMatchObject({ reason: 'timeout' });
		expect(seen.length).toBeLessThan(6);
	});

	test.each([
		['a server that resets the connection', (socket: Socket) => socket.resetAndDestroy()],
		['a server that hangs up in the middle', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy())],
		['what is not HTTP', (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
		['an upgrade nobody asked for', (socket: Socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')],
		['headers without end', (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'X-More: x\r\n'.repeat(10_000)}`)],
	])('from %s fails, without the address that was behind the name', async (_what, reply) => {
		const odd = await listen(createSocketServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', () => reply(socket));
		}));
		const reached = await sendRequest({ allowedHosts: ['one.example'], loopback: false }, { url: `http://one.example:${odd}/`, resolve: here, ...limits }).catch((error: Error) => error);
		expect(reached).toMatchObject({ name: 'OutgoingFailure', reason: 'unreachable' });
		expect((reached as Error).message).not.toContain('127.0.0.1');
	});
});

describe('giving up', () => {
	test('before, while waiting and while reading ends with the reason that was given', async () => {
		const reason = new Error('the caller left');
		await expect(send('/never', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
		expect(seen).toEqual([]);
		answer = () => {};
		const waiting = new AbortController();
		const waited = expect(send('/waiting', { signal: waiting.signal })).rejects.toBe(reason);
		await vi.waitUntil(() => seen.length === 1);
		waiting.abort(reason);
		await waited;
		answer = (_request, response) => void response.write('half');
		const reading = new AbortController();
		const response = await openRequest(policy, { url: `http://one.example:${port}/reading`, resolve: here, ...limits, signal: reading.signal });
		const read = expect((async () => { for await (const _ of response.body) reading.abort(reason); })()).rejects.toBe(reason);
		await read;
	});

	test('while the answer is here but not read yet ends it too: the time limit is that of the reader', async () => {
		const reason = new Error('the caller left');
		const reading = new AbortController();
		const { body } = await openRequest(policy, { url: `http://one.example:${port}/whole`, resolve: here, ...limits, signal: reading.signal });
		await vi.waitUntil(() => body.readableLength > 0);
		reading.abort(reason);
		await expect(body.toArray()).rejects.toBe(reason);
	});

	test('an answer that nobody reads does not end the process', async () => {
		answer = (_request, response) => response.writeHead(200).end('x'.repeat(5_000));
		const { status, body } = await openRequest(policy, { url: `http://one.example:${port}/unread`, resolve: here, ...limits });
		expect(status).toBe(200);
		body.resume();
		await new Promise((resolve) => body.once('close', resolve));
	});
});

describe('HTTPS', () => {
	let authority: Authority;
	let unknown: Authority;
	let secure: OutgoingPolicy;
	const trusted = getCACertificates('default');
	const ports: Record<string, number> = {};
	const reach = (host: string, server: string, more: Partial<OutgoingRequest> = {}) => sendRequest(secure, { url: `https://${host}:${ports[server]}/`, resolve: here, ...limits, ...more });

	beforeAll(async () => {
		[authority, unknown] = [createAuthority(), createAuthority('An authority nobody knows')];
		const certificates = { good: authority.issue(['secure.example']), expired: authority.issue(['secure.example'], { expired: true }), unknown: unknown.issue(['secure.example']) };
		for (const [name, { cert, key }] of Object.entries(certificates)) ports[name] = await listen(createTlsServer({ cert, key }, (request, response) => (request.url === '/down' ? response.writeHead(302, { Location: `http://one.example:${port}/` }).end() : response.end('private'))));
		ports['old'] = await listen(createTlsServer({ cert: certificates.good.cert, key: certificates.good.key, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, (_request, response) => response.end('old')));
		secure = { allowedHosts: ['secure.example', 'other.example', 'one.example'], loopback: false };
	});
	beforeEach(() => trustAuthorities(authority.caFile));
	afterEach(() => {
		setDefaultCACertificates(trusted);
		vi.unstubAllEnvs();
	});
	afterAll(() => {
		authority.remove();
		unknown.remove();
	});

	test('with a certificate of a trusted authority for the right name is reached', async () => {
		expect((await reach('secure.example', 'good')).bytes.toString()).toBe('private');
	});

	test.each([['of an unknown authority', 'secure.example', 'unknown'], ['out of date', 'secure.example', 'expired'], ['of another name', 'other.example', 'good']])('with a certificate %s is refused, also where the environment would let it pass', async (_what, host, server) => {
		await expect(reach(host, server)).rejects.toMatchObject({ reason: 'certificate' });
		vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
		await expect(reach(host, server)).rejects.toMatchObject({ reason: 'certificate' });
	});

	test('without the authority of EXTRA_CA_FILE is refused', async () => {
		setDefaultCACertificates(trusted);
		await expect(reach('secure.example', 'good')).rejects.toMatchObject({ reason: 'certificate' });
	});

	test('older than TLS 1.2 is refused', async () => {
		await expect(reach('secure.example', 'old')).rejects.toMatchObject({ name: 'OutgoingFailure' });
	});

	test('is not left for HTTP by a redirect', async () => {
		await expect(reach('secure.example', 'good', { url: `https://secure.example:${ports['good']}/down`, maxRedirects: 3 })).rejects.toMatchObject({ code: 'destination_not_allowed' });
		expect(seen).toEqual([]);
	});
});
