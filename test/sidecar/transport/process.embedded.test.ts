/** The sidecar as a process of its own, serving HTTPS: start, signals and refusals. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, waitUntil } from '../../../scripts/lib/run.mjs';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority, Certificate } from '../../support/certificates.ts';
import { send } from './support.ts';

let authority: Authority;
let folder: string;
let certificate: Certificate;
const processes = new Set<ChildProcess>();

beforeAll(() => {
	authority = createAuthority();
	folder = mkdtempSync(join(tmpdir(), 'talentmatch-https-'));
	certificate = authority.issue(['localhost', '127.0.0.1']);
});
afterAll(() => {
	for (const child of processes) child.kill('SIGKILL');
	authority?.remove();
	if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

test.skipIf(process.platform === 'win32')('serves HTTPS and the redirect, takes up a new certificate on SIGHUP, and stops on SIGTERM', async () => {
	const redirectPort = await freePort();
	const { child, output, ended } = launch({ HTTP_REDIRECT_PORT: String(redirectPort) });
	const url = new URL(await new Promise<string>((resolve, reject) => {
		child.once('message', (message: { url: string }) => resolve(message.url));
		void ended.then(() => reject(new Error(output())));
	}));
	expect(url.protocol).toBe('https:');
	const ask = () => send(Number(url.port), { tls: { ca: authority.ca } });
	const before = await ask();
	expect([before.status, before.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
	expect((await send(redirectPort, { path: '/docs', headers: { Host: 'localhost' } })).headers.location).toBe(`https://localhost:${url.port}/docs`);

	const renewed = authority.issue(['localhost', '127.0.0.1']);
	copyFileSync(renewed.keyFile, certificate.keyFile);
	copyFileSync(renewed.certFile, certificate.certFile);
	child.kill('SIGHUP');
	await waitUntil(async () => (await ask()).fingerprint !== before.fingerprint, { what: 'the new certificate', timeoutMs: 30_000, because: output });

	child.kill('SIGTERM');
	expect(await ended).toBe(0);
});

test.skipIf(process.platform === 'win32')('does not start with a key that every user may read', async () => {
	chmodSync(certificate.keyFile, 0o644);
	const { output, ended } = launch();
	expect(await ended).toBe(1);
	expect(output()).toMatch(/can be read by every user of this machine/);
	chmodSync(certificate.keyFile, 0o600);
});

function launch(environment: Record<string, string> = {}): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
	const child = spawn(process.execPath, [new URL('../../../sidecar/src/main.ts', import.meta.url).pathname], {
		env: { PATH: process.env['PATH'], TALENTMATCH_DATA_DIR: join(folder, 'data'), PORT: '0', LOG_FORMAT: 'json', TLS_CERT_FILE: certificate.certFile, TLS_KEY_FILE: certificate.keyFile, ...environment },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	processes.add(child);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
	return { child, output: () => output, ended: new Promise((resolve) => child.once('close', (code) => resolve(code))) };
}
