/** What one client can hold of a process: connections, time, headers and memory. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../../scripts/lib/run.mjs';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { bodyMemory, limitBody } from '../../../sidecar/src/platform/http/bodyLimit.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { createAuthority } from '../../support/certificates.ts';
import { frontDoor, send } from './support.ts';
import type { Listening } from './support.ts';

const megabyte = 1024 * 1024;
let app: TestApp;
let door: Listening;
beforeAll(async () => {
	app = await startApp();
	door = await frontDoor(app, { HTTP_HEADERS_TIMEOUT_SECONDS: '1', HTTP_REQUEST_TIMEOUT_SECONDS: '3', MAX_UPLOAD_MB: '1', MAX_UPLOADS_TOTAL_MB: '2' });
});
afterAll(async () => {
	await door?.close();
	await app?.close();
});

const bearer = async () => ({ Authorization: `Bearer ${await app.token()}` });
const alive = async (port = door.port) => (await send(port)).status;

describe('a slow client', () => {
	// Each would go on for a minute and more: that the connection ends first is the test.
	test('that sends its headers one by one is cut off; others are served meanwhile', async () => {
		const slow = drip('GET /v1/me HTTP/1.1\r\nHost: localhost\r\n', () => 'X-Slow: 1\r\n');
		expect(await alive()).toBe(200);
		expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 /);
	});

	test('that sends its body byte by byte is cut off, and what it had reserved is free again', async () => {
		const head = `POST /v1/cvs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await app.token()}\r\nContent-Type: application/json\r\nContent-Length: ${1.2 * megabyte | 0}\r\n\r\n`;
		const slow = await held(async () => drip(head, () => ' '));
		expect(await slow.ended).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
		await isFree();
	});

	test('that sends nothing at all is cut off', async () => {
		const silent = drip('', () => '');
		expect(await silent.ended).toMatch(/^(HTTP\/1\.1 408 |$)/);
	});

	test('that never ends its TLS handshake is cut off', async () => {
		const authority = createAuthority();
		const { certFile, keyFile } = authority.issue(['localhost']);
		const https = await frontDoor(app, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, HTTP_HEADERS_TIMEOUT_SECONDS: '1' });
		try {
			expect(await drip('', () => '', https.port).ended).toBe('');
		} finally {
			await https.close();
			authority.remove();
		}
	});

	test('that asks nothing more after its answer keeps its connection for HTTP_KEEP_ALIVE_SECONDS', async () => {
		const brief = await frontDoor(app, { HTTP_KEEP_ALIVE_SECONDS: '1' });
		try {
			const idle = drip('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n', () => '', brief.port);
			expect(await idle.ended).toMatch(/^HTTP\/1\.1 200 [\s\S]*Keep-Alive: timeout=1/);
		} finally {
			await brief.close();
		}
	});
});

describe('headers', () => {
	test('of more than 16 KB, address included, are refused', async () => {
		expect((await send(door.port, { headers: { 'X-Long': 'x'.repeat(17 * 1024) } })).status).toBe(431);
		expect((await send(door.port, { path: `/v1/cvs?cursor=${'x'.repeat(17 * 1024)}` })).status).toBe(431);
	});

	test('of more than 100 fields are refused, before a proxy\'s own could be cut off', async () => {
		const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, '1']));
		expect((await send(door.port, { headers: many(90) })).status).toBe(200);
		const answer = await send(door.port, { headers: many(120) });
		expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'invalid_request']);
		expect((await send(door.port, { headers: many(2_200) })).status).toBe(400);
	});

	test('that leave the length of the body open to two readings are refused', async () => {
		const head = 'POST /v1/oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
		for (const framing of ['Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', 'Content-Length: 2\r\nContent-Length: 3\r\n', 'Transfer-Encoding: chunked, identity\r\n', 'Transfer-Encoding : chunked\r\n', 'Content-Length: +2\r\n']) {
			expect([framing, await drip(`${head}${framing}\r\n{}`, () => '').ended]).toEqual([framing, expect.stringMatching(/^HTTP\/1\.1 400 /)]);
		}
	});
});

test('connections beyond MAX_CONNECTIONS are closed, and their places are free again afterwards', async () => {
	const narrow = await frontDoor(app, { MAX_CONNECTIONS: '5' });
	const held: Socket[] = [];
	try {
		for (let i = 0; i < 5; i++) held.push(await opened(narrow.port));
		await expect(send(narrow.port)).rejects.toThrow();
		held.pop()?.destroy();
		await waitUntil(async () => (await alive(narrow.port).catch(() => 0)) === 200, { what: 'a free place', timeoutMs: 10_000 });
	} finally {
		for (const socket of held) socket.destroy();
		await narrow.close();
	}
});

describe('bodies at the same time', () => {
	const size = 1.2 * megabyte | 0;

	test('beyond MAX_UPLOADS_TOTAL_MB are answered 503 with Retry-After, before they are read; small requests go on', async () => {
		const first = await held(() => begin(size));
		const refused = await upload(size);
		expect([refused.status, JSON.parse(refused.text).code, refused.headers['retry-after']]).toEqual([503, 'service_unavailable', '5']);
		expect((await send(door.port, { path: '/v1/me', headers: await bearer() })).status).toBe(200);
		expect((await upload(60 * 1024)).status).toBe(400);
		first.destroy();
		await isFree();
	});

	test('in chunks count as much as their route takes', async () => {
		const first = await held(() => begin(null));
		first.destroy();
		await isFree();
	});

	test.each([
		['was refused for what it says', async () => expect((await upload(size)).status).toBe(400)],
		['was taken', async () => expect((await upload(0, JSON.stringify({ fileName: 'cv.txt', contentBase64: Buffer.from('Ottilie Varnbrook\nottilie.varnbrook@example.com\n\nExperience\nBaker, Quillhaven Ltd, 2018 - 2020\n'.padEnd(700_000)).toString('base64') }))).status).toBe(202)],
		['was too large, by its length', async () => expect((await upload(3 * megabyte)).status).toBe(413)],
		['was too large, in chunks', async () => expect((await upload(3 * megabyte, undefined, { 'Transfer-Encoding': 'chunked' })).status).toBe(413)],
		['was of a wrong kind', async () => expect((await upload(size, undefined, { 'Content-Type': 'text/plain' })).status).toBe(415)],
		['was broken off', async () => {
			(await held(() => begin(size))).destroy();
		}],
		['was a form that was broken off', async () => {
			const broken = await held(() => begin(size, { 'Content-Type': 'multipart/form-data; boundary=X' }, '--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'));
			broken.destroy();
		}],
	] as [string, () => Promise<unknown>][])('are free again when one of them %s', async (_what, run) => {
		for (let round = 0; round < 4; round++) {
			await run();
			await isFree();
		}
	});

	test('many at once: each is either handled or refused, and all is free afterwards', async () => {
		const answers = await Promise.all(Array.from({ length: 20 }, () => upload(0.9 * megabyte | 0)));
		expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([400, 503]);
		await isFree();
	});

	test('are not waited for when the client went while its token was looked up', () => {
		const gone = Object.assign(new Readable().destroy(), { headers: {} });
		expect(() => limitBody({ request: { length: 5 }, req: gone } as never, 10)).toThrow(/ended before its body/);
	});

	test('are given back once only', () => {
		const memory = bodyMemory(10 * megabyte);
		const release = memory.reserve(6 * megabyte);
		expect(() => memory.reserve(6 * megabyte)).toThrow(/at the same time/);
		release();
		release();
		expect(memory.reserved).toBe(0);
	});

	test('are allowed at least two documents', () => {
		expect(() => loadConfig({ MAX_UPLOAD_MB: '20', MAX_UPLOADS_TOTAL_MB: '39' })).toThrow(/MAX_UPLOADS_TOTAL_MB must be at least 40/);
		expect(() => loadConfig({ MAX_UPLOAD_MB: '100' })).not.toThrow();
	});
});

/** An upload that has its reservation: a body of 1.2 MB does not fit beside it into 2 MB. The probe itself may have been first. */
async function held<Upload extends { refused(): boolean }>(start: () => Promise<Upload>): Promise<Upload> {
	let upload = await start();
	await waitUntil(async () => {
		if (upload.refused()) upload = await start();
		return (await probe()).status === 503 && !upload.refused();
	}, { what: 'a reservation', timeoutMs: 15_000, everyMs: 50 });
	return upload;
}

const probe = () => upload(1.2 * megabyte | 0);

async function isFree(): Promise<void> {
	await waitUntil(async () => (await probe()).status === 400, { what: 'the end of the reservation', timeoutMs: 15_000, everyMs: 50 });
}

/** A whole upload; of white space unless a body is given, which is refused as no JSON. */
async function upload(size: number, body = ' '.repeat(size), headers: Record<string, string> = {}) {
	const length = 'Transfer-Encoding' in headers ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
	return send(door.port, { method: 'POST', path: '/v1/cvs', headers: { 'Content-Type': 'application/json', ...length, ...(await bearer()), ...headers }, body });
}

/** An upload that has sent its headers and a first piece. @param size null: in chunks */
async function begin(size: number | null, headers: Record<string, string> = {}, piece = '{'): Promise<{ refused(): boolean; destroy(): void }> {
	const outgoing = httpRequest({ host: '127.0.0.1', port: door.port, agent: false, method: 'POST', path: '/v1/cvs', headers: { 'Content-Type': 'application/json', ...(await bearer()), ...(size === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(size) }), ...headers } });
	outgoing.on('error', () => {});
	let refused = false;
	outgoing.on('response', () => (refused = true));
	await new Promise<void>((resolve) => outgoing.write(piece, () => resolve()));
	return { refused: () => refused, destroy: () => void outgoing.destroy() };
}

function opened(port: number): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1', () => resolve(socket));
		socket.on('error', reject);
	});
}

/** Sends `head` and then a little for as long as it may. @returns what the other side had said when it ended the connection */
function drip(head: string, more: () => string, port = door.port): { ended: Promise<string>; refused(): boolean } {
	const socket = connect(port, '127.0.0.1');
	let said = '';
	socket.on('data', (data) => (said += data.toString()));
	socket.on('error', () => {});
	const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(said)));
	void (async () => {
		if (head !== '') socket.write(head);
		for (let i = 0; i < 600 && !socket.destroyed; i++) {
			await sleep(100);
			const piece = more();
			if (piece !== '' && socket.writable) socket.write(piece);
		}
		socket.destroy();
	})();
	return { ended, refused: () => said !== '' };
}
