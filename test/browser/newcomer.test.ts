/** Must show 3: `npm run n8n` ends in a browser on a shortlist made from an uploaded PDF, also the second time. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { freePort, repository } from '../../scripts/lib/run.mjs';
import { screenshot, startBrowser } from '../support/browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'talentmatch-newcomer-'));
let browser: Browser;
let command: ChildProcess | undefined;

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(async () => {
	await browser?.close();
	await stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the form takes a PDF and shows the shortlist, with the person in it and quoted reasons', async () => {
	const form = await run();
	const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
	await page.goto(form);
	await page.setInputFiles('input[type=file]', join(repository, 'examples', 'cvs', 'maelys-kerbrat.pdf'));
	await page.locator('button', { hasText: 'Analyse and show the shortlist' }).click();
	await page.getByRole('heading', { name: 'Shortlist: Senior Backend Engineer (JVM)' }).waitFor();
	const text = (await page.textContent('body')) ?? '';
	expect(text).toContain('Maëlys Kerbrat');
	expect(text).toMatch(/met: Java or Kotlin/);
	await screenshot(page, 'newcomer-shortlist');

	await page.goto(form);
	await page.setInputFiles('input[type=file]', { name: 'scan.png', mimeType: 'application/pdf', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64') });
	await page.locator('button', { hasText: 'Analyse and show the shortlist' }).click();
	await page.getByText('This CV could not be read').waitFor();
	await screenshot(page, 'newcomer-problem');
});

test('a second run finds everything as it was left', async () => {
	await stop();
	const form = await run();
	const page = await browser.newPage();
	await page.goto(form);
	await page.locator('input[type=file]').waitFor();
});

/** @returns the URL of the application form that the command prints */
async function run(): Promise<string> {
	const child = spawn(process.execPath, [join(repository, 'scripts', 'n8n.mjs'), '--folder', folder], {
		env: { ...process.env, N8N_PORT: String(await freePort()), TALENTMATCH_PORT: String(await freePort()) }, stdio: ['ignore', 'pipe', 'pipe'],
	});
	command = child;
	let said = '';
	return new Promise((resolve, reject) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (data) => {
				said += data;
				const form = /Application form\s+(http\S+)[\s\S]*Ctrl\+C/.exec(said)?.[1];
				if (form) resolve(form);
			});
		}
		child.once('exit', (code) => reject(new Error(`npm run n8n ended with ${code}:\n${said}`)));
	});
}

async function stop(): Promise<void> {
	if (!command || command.exitCode !== null || command.signalCode !== null) return;
	command.kill('SIGTERM');
	await once(command, 'exit');
}
