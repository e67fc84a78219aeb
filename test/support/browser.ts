import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ensurePrograms } from '../../scripts/lib/run.mjs';
import { owner } from './n8n.ts';

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));

/** The dead proxy keeps it offline: only 127.0.0.1 can be reached. */
const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--disable-default-apps',
	'--disable-dev-shm-usage',
	'--proxy-server=http://127.0.0.1:9',
	'--proxy-bypass-list=127.0.0.1',
];

/**
 * Debian's Chromium, which can only reach 127.0.0.1. Never use `page.route()` with it: that suppresses
 * CORS preflights and hides missing headers.
 */
export async function startBrowser(): Promise<Browser> {
	ensurePrograms({ chromium: 'chromium' });
	const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
	if (!executablePath) throw new Error('chromium is missing (as root: apt-get install chromium)');
	return chromium.launch({ executablePath, args: flags });
}

/** Opens n8n as its owner; the page shows the list of workflows. */
export async function signIn(browser: Browser, n8nUrl: string): Promise<{ context: BrowserContext; page: Page }> {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	const page = await context.newPage();
	await page.goto(`${n8nUrl}/signin`);
	await page.fill('input[name="emailOrLdapLoginId"]', owner.email);
	await page.fill('input[name="password"]', owner.password);
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
	return { context, page };
}

/** Opens a workflow and waits until its nodes stand on the canvas. */
export async function openCanvas(page: Page, n8nUrl: string, workflowId: string): Promise<void> {
	await page.goto(`${n8nUrl}/workflow/${workflowId}`);
	await page.locator('[data-test-id="canvas-node"]').first().waitFor();
}

/** Writes test/artifacts/<name>.png (not committed) and returns its path, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<string> {
	mkdirSync(artifacts, { recursive: true });
	const path = join(artifacts, `${name}.png`);
	await page.screenshot({ path });
	return path;
}
