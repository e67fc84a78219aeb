/** The process itself: first start, its credential, and a clean stop. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callerOf, example, request } from '../../support/app.ts';

const main = new URL('../../../sidecar/src/main.ts', import.meta.url).pathname;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'talentmatch-start-'));
});
afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('writes the credential of a first start into an owner-only file, and it works', async () => {
	const { url } = await start();
	const file = join(folder, 'credential.json');
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
	const { clientId, clientSecret } = JSON.parse(readFileSync(file, 'utf8'));
	expect((await callerOf(url, { workspaceId: '', clientId, clientSecret }).call('GET', '/v1/me')).body).toMatchObject({ roles: ['integration'] });
});

test('a first start that fails on a taken port loses no credential', async () => {
	const blocker = createServer().listen(0, '127.0.0.1');
	await once(blocker, 'listening');
	const port = String((blocker.address() as AddressInfo).port);
	await expect(start({ PORT: port })).rejects.toThrow('ended with code 1');
	expect(existsSync(join(folder, 'credential.json'))).toBe(false);
	blocker.close();
	const { url } = await start({ PORT: port });
	const { clientId, clientSecret } = JSON.parse(readFileSync(join(folder, 'credential.json'), 'utf8'));
	expect((await callerOf(url, { workspaceId: '', clientId, clientSecret }).call('GET', '/v1/me')).status).toBe(200);
});

test('a credential file that was deleted unused is made again; one whose client is in use is not', async () => {
	const first = await start();
	await stop(first.child);
	rmSync(join(folder, 'credential.json'));
	const second = await start();
	const { clientId, clientSecret } = JSON.parse(readFileSync(join(folder, 'credential.json'), 'utf8'));
	await callerOf(second.url, { workspaceId: '', clientId, clientSecret }).token();
	await stop(second.child);
	rmSync(join(folder, 'credential.json'));
	await start();
	expect(existsSync(join(folder, 'credential.json'))).toBe(false);
});

test('SIGTERM lets a request in flight end, then the process ends with 0', async () => {
	const { url, child } = await start();
	const { clientId, clientSecret } = JSON.parse(readFileSync(join(folder, 'credential.json'), 'utf8'));
	const token = await callerOf(url, { workspaceId: '', clientId, clientSecret }).token();
	const body = JSON.stringify({ fileName: 'cv.txt', text: example('cvs/callum-prewett.txt').toString('utf8') });
	const upload = httpRequest(`${url}/v1/cvs`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } });
	const answered = once(upload, 'response');
	upload.write(body.slice(0, 100));
	await sleep(300);
	child.kill('SIGTERM');
	await sleep(300);
	await expect(request(url, 'GET', '/health/live')).rejects.toThrow();
	upload.end(body.slice(100));
	const [response] = await answered;
	expect(response.statusCode).toBe(202);
	response.resume();
	const [code] = await once(child, 'exit');
	expect(code).toBe(0);
});

test('a second process is refused the same data folder by name', async () => {
	await start();
	await expect(start()).rejects.toThrow(/ended with code 1[\s\S]*in use by process/);
});

test('a wrong key is told at the start, not at the first token', async () => {
	const first = await start({ SECRET_KEY: 'a'.repeat(64) });
	await stop(first.child);
	await expect(start({ SECRET_KEY: 'b'.repeat(64) })).rejects.toThrow('cannot be opened with this SECRET_KEY');
});

async function start(environment: Record<string, string> = {}): Promise<{ url: string; child: ChildProcess }> {
	const child = spawn(process.execPath, [main], {
		env: { PATH: process.env['PATH'], TALENTMATCH_DATA_DIR: folder, PORT: '0', LOG_FORMAT: 'json', LOG_LEVEL: 'warn', ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	children.push(child);
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said += data));
	const url = await new Promise<string>((resolve, reject) => {
		child.once('message', (message: { url: string }) => resolve(message.url));
		child.once('close', (code) => reject(new Error(`ended with code ${code}: ${said}`)));
	});
	return { url, child };
}

async function stop(child: ChildProcess): Promise<void> {
	child.kill('SIGTERM');
	await once(child, 'exit');
}
