import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { openCanvas, screenshot, signIn, startBrowser } from '../support/browser.ts';
import { application, applicationWorkflow, example, startTalentmatchInN8n } from '../support/talentmatchInN8n.ts';
import type { TalentmatchInN8n } from '../support/talentmatchInN8n.ts';

let it: TalentmatchInN8n;
let browser: Browser;
let page: Page;
let workflowId: string;

beforeAll(async () => {
	it = await startTalentmatchInN8n();
	const { id: jobId } = await it.sidecar.call('POST', '/v1/jobs', { text: example('jobs/backend-engineer-en.txt').toString('utf8') });
	({ id: workflowId } = await it.n8n.client.createWorkflow(applicationWorkflow('apply', jobId, it.credentials)));
	browser = await startBrowser();
	({ page } = await signIn(browser, it.n8n.url));
});
afterAll(async () => {
	await browser?.close();
	await it?.stop();
});

test('the application workflow stands on the canvas, every node known to n8n', async () => {
	await openCanvas(page, it.n8n.url, workflowId);
	expect(await page.locator('[data-test-id="canvas-node"]').count()).toBe(4);
	// n8n writes this under a node whose type it does not know.
	expect(await page.getByText('Install this node', { exact: false }).count()).toBe(0);
	// Webhook and Respond have icons from n8n's font or files; ours are files of the package.
	const ours = page.locator('[data-test-id="canvas-node"] img[src*="talentmatch"]');
	await expect.poll(() => ours.evaluateAll((icons: any[]) => icons.map((icon) => icon.naturalWidth > 0)), { timeout: 15_000 }).toEqual([true, true]);
	await screenshot(page, 'application-workflow');
});

test('a node opens with its fields and our words', async () => {
	await page.locator('[data-test-id="canvas-node"]', { hasText: 'Read the CV' }).dblclick();
	const panel = page.locator('[data-test-id="ndv"]');
	await panel.waitFor();
	await panel.getByText('Input Binary Field').waitFor();
	await screenshot(page, 'cv-analysis-panel');
	await page.keyboard.press('Escape');
	await panel.waitFor({ state: 'hidden' });
});

test('our nodes are found by what they do', async () => {
	await page.locator('[data-test-id="node-creator-plus-button"]').click();
	const search = page.locator('[data-test-id="node-creator-search-bar"]');
	await search.click();
	await search.fill('TalentMatch');
	await page.getByText('TalentMatch CV Analysis').first().waitFor();
	await screenshot(page, 'node-creator');
});

test('a finished run shows the shortlist in n8n itself', async () => {
	const { client, url } = it.n8n;
	await client.publish(workflowId);
	expect((await client.webhook('apply', application('cvs/ngozi-adeyemi-falk.pdf'))).status).toBe(200);
	const { id } = await client.finishedExecution(workflowId);

	await page.goto(`${url}/workflow/${workflowId}/executions/${id}`);
	await page.locator('[data-test-id="canvas-node"]', { hasText: 'Rank for the job' }).dblclick();
	await page.locator('[data-test-id="ndv"]').getByText('Ngozi').first().waitFor();
	await screenshot(page, 'shortlist');
});
