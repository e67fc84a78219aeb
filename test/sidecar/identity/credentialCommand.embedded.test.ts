/** `npm run credential` on a machine where nothing ran before. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSidecar } from '../../../scripts/lib/sidecar.mjs';
import { callerOf } from '../../support/app.ts';

const script = new URL('../../../sidecar/scripts/credential.ts', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'talentmatch-credential-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const run = (...args: string[]) => runIn({}, ...args);
const runIn = (env: Record<string, string>, ...args: string[]) => new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
	execFile(process.execPath, [script, ...args], { env: { ...process.env, TALENTMATCH_DATA_DIR: folder, DATABASE_URL: '', REDIS_URL: '', ...env }, timeout: 120_000 }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
});

test('names the workspaces when there is none of the name that was given, and ends', async () => {
	const { code, stderr } = await run('--workspace', 'nowhere');
	expect([code, stderr]).toEqual([1, 'There is no workspace nowhere. Workspaces: Default workspace.\n']);
}, 180_000);

test('makes the client that was asked for, also as the first of all', async () => {
	const { code, stdout } = await run('--name', 'records office', '--roles', 'auditor');
	expect([code, /"Default workspace" \(auditor\)/.test(stdout)]).toEqual([0, true]);
	const [clientId, clientSecret] = ['id', 'secret'].map((what) => new RegExp(`client ${what} +(\\S+)`).exec(stdout)![1] as string) as [string, string];
	const sidecar = await startSidecar({ dataDir: folder, port: 0, logFile: join(folder, 'sidecar.log'), env: {} });
	try {
		const { body } = await callerOf(sidecar.url, { workspaceId: '', clientId, clientSecret }).call('GET', '/v1/me');
		expect([body.actor.name, body.roles]).toEqual(['records office', ['auditor']]);
	} finally {
		await sidecar.stop();
	}
}, 180_000);

test('gives an https address where the sidecar serves HTTPS, and says how it is used', async () => {
	const { stdout } = await runIn({ PORT: '8443', TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') });
	expect(stdout).toMatch(/base URL +https:\/\/127\.0\.0\.1:8443\n/);
	const { code, stderr } = await run('--role', 'auditor');
	expect([code, /^Unknown option '--role'.* Use `npm run credential /.test(stderr)]).toEqual([1, true]);
}, 180_000);
