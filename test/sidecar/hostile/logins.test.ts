/** What an answer to a login tells about accounts: by its words, by its time, and by addresses that look alike. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { users } from '../../../sidecar/src/identity/User.ts';
import { request, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { makeUser, password } from '../identity/people.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0', TRUSTED_PROXIES: '127.0.0.1' });
	admin = await app.clientWith(['admin']);
});
afterAll(() => app?.close());

let network = 0;
/** From a network of its own each time, so that nobody is locked out. */
const logIn = (email: string, secret = 'not the password 1') => request(app.url, 'POST', '/v1/auth/login', { email, password: secret }, { 'X-Forwarded-For': `203.0.${(network += 1) % 250}.${1 + (network / 250 | 0)}` });

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

test('a known and an unknown account take as long, and so do a disabled one and one that never chose a password', async () => {
	const [known, disabled, invited] = [await makeUser(app, ['recruiter']), await makeUser(app, ['recruiter']), await makeUser(app, ['recruiter'])];
	await users(app.services.db).update({ disabledAt: new Date() }, { where: { id: disabled.id } });
	await users(app.services.db).update({ passwordHash: null }, { where: { id: invited.id } });
	const kinds = { known: known.email, unknown: 'nobody-here@example.com', disabled: disabled.email, invited: invited.email };
	const times: Record<string, number[]> = {};
	await logIn(kinds.known);
	// In turns, so that whatever slows the machine slows all alike.
	for (let round = 0; round < 15; round += 1) {
		for (const [kind, email] of Object.entries(kinds)) {
			const startedAt = performance.now();
			const answer = await logIn(email);
			(times[kind] ??= []).push(performance.now() - startedAt);
			expect([kind, answer.status, answer.body.code]).toEqual([kind, 400, 'invalid_credentials']);
		}
	}
	const unknown = median(times['unknown'] as number[]);
	for (const kind of Object.keys(kinds)) {
		const ratio = median(times[kind] as number[]) / unknown;
		// A login that looks at no password takes a twentieth.
		expect({ kind, ratio }).toEqual({ kind, ratio: expect.toSatisfy((value: number) => value > 0.4 && value < 2.5) });
	}
});

test('an address counts in any case, and one that only looks like it is none', async () => {
	const user = await makeUser(app, ['recruiter']);
	const mixed = user.email.replace('person', 'PerSon').replace('example', 'exampLE');
	expect((await logIn(mixed, password)).status).toBe(200);
	expect((await logIn(` ${user.email} `, password)).status).toBe(200);
	for (const twin of [user.email.replace('p', '\u0440'), user.email.replace('.', '\u3002'), user.email.replace('e', '\u0435'), user.email.replace('o', 'o\u0301'), user.email.replace('person', '\uff50erson'), `${user.email}\u200b`, user.email.replace('@', '\uff20')]) {
		const answer = await logIn(twin, password);
		expect([twin, answer.status, answer.body.code]).toEqual([twin, 400, 'invalid_request']);
	}
	for (const other of [`${user.email}.`, user.email.replace('@', '+x@'), user.email.replace('.com', '.org')]) expect([other, (await logIn(other, password)).status]).toEqual([other, 400]);
});

test('a letter that only lower case makes ASCII gives no second account', async () => {
	const made = await admin.call('POST', '/v1/invitations', { email: 'kim@example.com', name: 'Kim', roles: ['recruiter'] });
	expect(made.status).toBe(201);
	// KELVIN SIGN
	const twin = await admin.call('POST', '/v1/invitations', { email: '\u212aim@example.com', name: 'Kim', roles: ['admin'] });
	expect([400, 409]).toContain(twin.status);
});

test('a password is the same in either form of its letters, and in no other', async () => {
	const user = await makeUser(app, ['recruiter']);
	const me = await request(app.url, 'POST', '/v1/auth/login', { email: user.email, password });
	const accented = 'école près du kanal';
	expect((await request(app.url, 'POST', '/v1/auth/password', { currentPassword: password, newPassword: accented.normalize('NFD') }, { Authorization: `Bearer ${me.body.access_token}` })).status).toBe(204);
	expect((await logIn(user.email, accented.normalize('NFC'))).status).toBe(200);
	for (const other of ['ecole pres du kanal', accented.toUpperCase(), ` ${accented}`, accented.replace('k', '\u212a')]) expect([other, (await logIn(user.email, other)).status]).toEqual([other, 400]);
});
