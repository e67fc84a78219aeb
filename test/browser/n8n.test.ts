import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { openCanvas, screenshot, signIn, startBrowser } from '../support/browser.ts';
import { startN8nForTests } from '../support/n8n.ts';
import type { N8nForTests } from '../support/n8n.ts';

let n8n: N8nForTests;
let browser: Browser;

beforeAll(async () => {
	[n8n, browser] = await Promise.all([startN8nForTests(), startBrowser()]);
});
afterAll(() => Promise.all([browser?.close(), n8n?.stop()]));

test('an owner signs in and sees a workflow on the canvas', async () => {
	const { id } = await n8n.client.createWorkflow({
		name: 'One node',
		nodes: [
			{ id: 'a', name: 'When clicked', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
			{ id: 'b', name: 'Keep as is', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: [250, 0], parameters: {} },
		],
		connections: { 'When clicked': { main: [[{ node: 'Keep as is', type: 'main', index: 0 }]] } },
	});
	const { page } = await signIn(browser, n8n.url);
	await openCanvas(page, n8n.url, id);
	expect(await page.locator('[data-test-id="canvas-node"]').count()).toBe(2);
	await screenshot(page, 'n8n-canvas');
});
