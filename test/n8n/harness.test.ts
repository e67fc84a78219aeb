import { afterAll, beforeAll, expect, test } from 'vitest';
import { itemsOf, N8nError, startN8nForTests } from '../support/n8n.ts';
import type { N8nForTests } from '../support/n8n.ts';

let n8n: N8nForTests;

beforeAll(async () => {
	n8n = await startN8nForTests();
});
afterAll(() => n8n?.stop());

const echo = {
	name: 'Echo',
	nodes: [
		{
			id: 'a',
			name: 'Webhook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2,
			position: [0, 0],
			parameters: { path: 'echo', httpMethod: 'POST', responseMode: 'responseNode' },
		},
		{
			id: 'b',
			name: 'Respond',
			type: 'n8n-nodes-base.respondToWebhook',
			typeVersion: 1.1,
			position: [300, 0],
			parameters: { respondWith: 'json', responseBody: '={{ { "heard": $json.body.said } }}' },
		},
	],
	connections: { Webhook: { main: [[{ node: 'Respond', type: 'main', index: 0 }]] } },
};

test('a workflow made through the public API answers its webhook, also after n8n restarts', async () => {
	const { id } = await n8n.client.createWorkflow(echo);
	await n8n.client.publish(id);

	const first = await n8n.client.webhook('echo', { json: { said: 'hello' } });
	expect(first).toMatchObject({ status: 200, body: { heard: 'hello' } });
	const execution = await n8n.client.finishedExecution(id);
	expect(execution.status).toBe('success');
	expect(itemsOf(execution, 'Webhook')[0]?.json).toMatchObject({ body: { said: 'hello' } });

	await n8n.restart();
	const again = await n8n.client.webhook('echo', { json: { said: 'still here' } });
	expect(again).toMatchObject({ status: 200, body: { heard: 'still here' } });

	await n8n.client.deleteWorkflow(id);
	expect((await n8n.client.webhook('echo', { json: {} })).status).toBe(404);
});

test('refuses what n8n refuses, with its reason', async () => {
	await expect(n8n.client.createCredential('No such type', 'noSuchCredential', {})).rejects.toThrow(N8nError);
	await expect(n8n.client.publish('no-such-workflow')).rejects.toThrow(/404/);
});
