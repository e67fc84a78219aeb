/** Limits on wrong passwords: what one attacker can do with them against others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countAttempt } from '../../../sidecar/src/identity/passwords.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { userWith } from './people.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

let accounts = 0;
const account = () => ({ workspaceId: app.credential.workspaceId, email: `account-${(accounts += 1)}@example.com` });
const tryOut = (of: { workspaceId: string; email: string }, network: string) => countAttempt(app.services, { ...of, network }).then(() => true, () => false);
const passed = (tries: boolean[]) => tries.filter(Boolean).length;
const rows = async () => (await app.services.db.query<{ n: number }>('SELECT count(*) AS n FROM login_attempts'))[0]?.n as number;

test('from one network eight tries of an account pass, and those beyond lock nobody out elsewhere', async () => {
	const victim = account();
	const attack = await Promise.all(Array.from({ length: 200 }, () => tryOut(victim, '198.51.100.0/24')));
	expect(passed(attack)).toBe(8);
	expect(await tryOut(victim, '203.0.113.0/24')).toBe(true);
	// Nor the colleagues behind the same address.
	expect(await tryOut(account(), '198.51.100.0/24')).toBe(true);
});

test('from many networks fifty tries of an account pass', async () => {
	const victim = account();
	let through = 0;
	for (let network = 0; network < 10; network += 1) for (let n = 0; n < 8; n += 1) if (await tryOut(victim, `192.0.${network}.0/24`)) through += 1;
	expect(through).toBe(50);
});

test('from one network fifty tries of many accounts pass, and those beyond leave no rows', async () => {
	const network = '203.0.114.0/24';
	const attack: boolean[] = [];
	for (let n = 0; n < 60; n += 1) attack.push(await tryOut(account(), network));
	expect([passed(attack), attack.indexOf(false)]).toEqual([50, 50]);
	const before = await rows();
	for (let n = 0; n < 20; n += 1) await tryOut(account(), network);
	expect(await rows()).toBe(before);
});

test('a wrong present password is an entry of the audit log, as a wrong one at a login is', async () => {
	const user = await userWith(app, ['recruiter']);
	const answer = await user.call('POST', '/v1/auth/password', { currentPassword: 'elf gelbe koffer', newPassword: 'vier lampen am kai' });
	expect(answer.body.code).toBe('invalid_credentials');
	expect(await app.services.db.query('SELECT actor_id AS "actorId", details FROM audit_log WHERE action = \'password.refused\' AND subject_id = :id', { replacements: { id: user.id } })).toEqual([{ actorId: user.id, details: { network: '127.0.0.0/24' } }]);
});
