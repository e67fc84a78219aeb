/** The pages of the sidecar in a real browser: an invitation is accepted, sessions are ended, the API is tried from its docs. */
import { randomBytes, randomUUID, createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneTimeLinks, users } from '../../sidecar/src/identity/User.ts';
import { rotateSigningKey } from '../../sidecar/src/identity/rotateSigningKey.ts';
import { request, startApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { startBrowser } from '../support/browser.ts';

let app: TestApp;
let browser: Browser;
beforeAll(async () => {
	[app, browser] = await Promise.all([startApp(), startBrowser()]);
});
afterAll(async () => {
	await browser?.close();
	await app?.close();
});

const email = 'ines.talvera@example.com';

async function invitation(purpose: 'invitation' | 'password-reset', userId: string): Promise<string> {
	const token = `tml_${randomBytes(32).toString('base64url')}`;
	const tokenHash = createHash('sha256').update(token).digest('base64url');
	await oneTimeLinks(app.services.db).create({ id: randomUUID(), workspaceId: app.credential.workspaceId, userId, purpose, tokenHash, createdBy: 'test', createdAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) });
	return `${app.url}/account#${purpose}=${token}`;
}

/** A new page that fails the test for anything its policy had to block or any script error. */
async function open(url: string): Promise<{ page: Page; complaints: string[] }> {
	const context = await browser.newContext();
	const page = await context.newPage();
	const complaints: string[] = [];
	page.on('console', (message) => {
		// A refused request is logged by the browser as an error of its own; the page says it in words.
		if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
	});
	page.on('pageerror', (error) => complaints.push(error.message));
	await page.goto(url);
	return { page, complaints };
}

test('an invitation leads to a password, to the account, and works once', async () => {
	const userId = randomUUID();
	await users(app.services.db).create({ id: userId, workspaceId: app.credential.workspaceId, email, name: 'Ines', roles: ['recruiter'], createdBy: 'test', createdAt: new Date() });
	const link = await invitation('invitation', userId);
	const { page, complaints } = await open(link);
	expect(page.url()).not.toContain('tml_');
	await page.getByLabel('Your name').fill('Ines Talvera');
	await page.getByLabel('Choose a password').fill('talentmatch1');
	await page.getByRole('button', { name: 'Save and sign in' }).click();
	await page.getByRole('status').getByText(/tried first|different/).waitFor();
	await page.getByLabel('Choose a password').fill('korvette im nebel 7');
	await page.getByRole('button', { name: 'Save and sign in' }).click();
	await page.getByText('Ines Talvera, recruiter in Default workspace').waitFor();
	expect(await page.getByRole('listitem').textContent()).toMatch(/^Chrome on Linux, network 127\.0\.0\.0\/24, last used .* \(here\)$/);
	expect(complaints).toEqual([]);

	const again = await open(link);
	await again.page.getByLabel('Choose a password').fill('korvette im nebel 7');
	await again.page.getByRole('button', { name: 'Save and sign in' }).click();
	await again.page.getByRole('status').getByText('used already').waitFor();
});

test('one signs in, ends another session, changes the password and signs out', async () => {
	const [here, there] = [await open(`${app.url}/account`), await open(`${app.url}/account`)];
	for (const { page } of [here, there]) {
		await page.getByLabel('E-mail address').fill(email);
		await page.getByLabel('Password', { exact: true }).fill('korvette im nebel 7');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByText('Where you are signed in').waitFor();
	}
	const before = await there.page.getByRole('listitem').count();
	await there.page.getByRole('button', { name: /End the session/ }).first().click();
	await there.page.getByText('That session has ended.').waitFor();
	expect(await there.page.getByRole('listitem').count()).toBe(before - 1);
	await there.page.getByLabel('Present password').fill('korvette im nebel 7');
	await there.page.getByLabel('New password').fill('vier lampen am kai');
	await there.page.getByRole('button', { name: 'Change the password' }).click();
	await there.page.getByText('Your other sessions have ended.').waitFor();
	expect(await there.page.getByRole('listitem').count()).toBe(1);
	await there.page.getByRole('button', { name: 'Sign out', exact: true }).click();
	await there.page.getByLabel('E-mail address').waitFor();
	// The other page finds out with its next step.
	await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await here.page.getByLabel('E-mail address').waitFor();
	expect([...here.complaints, ...there.complaints]).toEqual([]);
});

test('an answer to a refresh that is lost on the way signs nobody out', async () => {
	const { page, complaints } = await open(`${app.url}/account`);
	await page.evaluate(() => {
		const send = globalThis.fetch;
		let expired: string | null = null;
		let lost = false;
		globalThis.fetch = async (path, init) => {
			const shown = new Headers(init?.headers).get('Authorization');
			if (path === '/v1/oauth/token') {
				const answer = await send(path, init);
				if (lost) return answer;
				lost = true;
				throw new TypeError('The network is gone');
			}
			// The token that is shown with the first try to sign out has expired from then on.
			if (path === '/v1/auth/logout-all') expired ??= shown;
			if (shown !== null && shown === expired) return new Response(JSON.stringify({ code: 'token_expired' }), { status: 401 });
			return send(path, init);
		};
	});
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill('vier lampen am kai');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByText('Where you are signed in').waitFor();
	await page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await page.getByRole('status').getByText('The network is gone').waitFor();
	await page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await page.getByRole('status').getByText('Signed out everywhere: 1 session has ended.').waitFor();
	expect(complaints).toEqual([]);
});

test('a signing key that has leaked and is rotated signs nobody out', async () => {
	const { page } = await open(`${app.url}/account`);
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill('vier lampen am kai');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByText('Where you are signed in').waitFor();
	const { access_token } = (await request(app.url, 'POST', '/v1/auth/login', { email, password: 'vier lampen am kai' })).body;
	await rotateSigningKey(app.services, { atOnce: true });
	await expect.poll(async () => (await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${access_token}` })).body.code, { timeout: 15_000 }).toBe('unauthenticated');
	await page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await page.getByRole('status').getByText('Signed out everywhere: 2 sessions have ended.').waitFor();
});

test('the docs log in and try a route', async () => {
	const { page, complaints } = await open(`${app.url}/docs`);
	const form = page.getByRole('form', { name: 'Log in to try the API' });
	await form.getByRole('combobox').selectOption('client');
	await form.locator('input[name=name]').fill(app.credential.clientId);
	await form.locator('input[name=secret]').fill('wrong');
	await form.getByRole('button', { name: 'Log in' }).click();
	await form.getByText('The client id or the client secret is wrong').waitFor();
	await form.locator('input[name=secret]').fill(app.credential.clientSecret);
	await form.getByRole('button', { name: 'Log in' }).click();
	await form.getByText('Logged in').waitFor();
	const operation = page.locator('#operations-Identity-getMe');
	await operation.getByRole('button', { name: /get/i }).first().click();
	await operation.getByRole('button', { name: 'Try it out' }).click();
	await operation.getByRole('button', { name: 'Execute' }).click();
	await operation.locator('.live-responses-table').getByText('"integration"').waitFor();
	expect(complaints).toEqual([]);
});
