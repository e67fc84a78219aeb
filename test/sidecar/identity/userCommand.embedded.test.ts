/** `npm run user`: how the first person comes into an installation that knows no password. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSidecar } from '../../../scripts/lib/sidecar.mjs';
import { request } from '../../support/app.ts';
import { password } from './people.ts';

const script = new URL('../../../sidecar/scripts/user.ts', import.meta.url).pathname;
const email = 'ines.talvera@example.com';
let folder: string;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'talentmatch-user-'));
});
afterEach(async () => {
	for (const stop of stops.splice(0)) await stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Run {
	code: number;
	stdout: string;
	stderr: string;
}
const run = (...args: string[]) => new Promise<Run>((resolve) => {
	execFile(process.execPath, [script, ...args], { env: { ...process.env, TALENTMATCH_DATA_DIR: folder, DATABASE_URL: '', REDIS_URL: '' } }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
});
const tokenIn = ({ stdout }: Run, purpose: string) => new RegExp(`^  http://127\\.0\\.0\\.1:8484/account#${purpose}=(tml_[\\w-]{43})$`, 'm').exec(stdout)![1] as string;
const start = async () => {
	const sidecar = await startSidecar({ dataDir: folder, port: 0, logFile: join(folder, 'sidecar.log'), env: {} });
	stops.push(sidecar.stop);
	return sidecar.url as string;
};

test('invites the first administrator, renews an unused invitation, and resets a password later', async () => {
	const first = tokenIn(await run('--email', email.toUpperCase(), '--name', 'Ines Talvera'), 'invitation');
	const second = tokenIn(await run('--email', email), 'invitation');
	const url = await start();
	expect((await request(url, 'POST', '/v1/auth/invitation', { token: first, password })).body.code).toBe('invalid_link');
	const { access_token } = (await request(url, 'POST', '/v1/auth/invitation', { token: second, password })).body;
	const bearer = { Authorization: `Bearer ${access_token}` };
	expect((await request(url, 'GET', '/v1/me', undefined, bearer)).body).toMatchObject({ actor: { type: 'user', name: 'Ines Talvera' }, roles: ['admin'] });
	expect((await request(url, 'GET', '/v1/users', undefined, bearer)).body.items).toHaveLength(1);

	const busy = await run('--email', email);
	expect([busy.code, busy.stdout]).toEqual([1, '']);
	expect(busy.stderr).toMatch(/in use by process/);

	await stops.pop()!();
	const other = await run('--email', email, '--roles', 'recruiter');
	expect([/\(admin\)/.test(other.stdout), /roles stay as they are/.test(other.stdout)]).toEqual([true, true]);
	const reset = tokenIn(await run('--email', email), 'password-reset');
	const again = await start();
	expect((await request(again, 'POST', '/v1/auth/password-reset', { token: reset, password: 'vier lampen am kai' })).status).toBe(200);
	expect((await request(again, 'POST', '/v1/auth/login', { email, password })).body.code).toBe('invalid_credentials');
	expect((await request(again, 'POST', '/v1/auth/login', { email, password: 'vier lampen am kai' })).status).toBe(200);
});

test('says what is missing or unknown, and then makes nobody', async () => {
	for (const [args, message] of [
		[['--email', 'nobody'], /--email/], [['--mail', email], /'--mail'.* Use `npm run user -- --email /], [['--email', email], /--name/], [['--email', email, '--name', 'Ines', '--roles', 'owner'], /no role owner\. Roles: admin, /], [['--email', email, '--name', 'Ines', '--workspace', 'Elsewhere'], /no workspace Elsewhere/],
	] as const) {
		const { code, stdout, stderr } = await run(...args);
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toMatch(message);
	}
	const made = await run('--email', email, '--name', 'Ines Talvera', '--roles', 'recruiter, auditor');
	expect(made.stdout).toContain('(recruiter, auditor)');
});
