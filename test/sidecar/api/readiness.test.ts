import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openCache } from '../../../sidecar/src/platform/cache/cache.ts';
import { workersHealth } from '../../../sidecar/src/platform/health.routes.ts';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { testMode } from '../../support/services.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

const ready = async () => (await request(app.url, 'GET', '/health/ready')).body;

test('readiness names the cache and the workers', async () => {
	const { checks } = await ready();
	expect(checks.cache).toEqual({ status: 'ok', detail: testMode === 'services' ? 'redis' : 'in process' });
	expect(checks.workers.status).toBe('ok');
});

test('readiness tells whether there is a language model, and not which', async () => {
	expect((await ready()).checks.llm).toEqual({ status: 'ok', detail: 'none: answers are extractive' });
	const other = await startApp({ LLM_BASE_URL: 'http://127.0.0.1:9/v1', LLM_MODEL: 'marrow-7b' });
	try {
		const { body } = await request(other.url, 'GET', '/health/ready');
		expect(body.checks.llm).toEqual({ status: 'ok', detail: 'configured' });
		expect(JSON.stringify(body)).not.toContain('marrow');
	} finally {
		await other.close();
	}
});

test('a cache whose Redis is away says so', async () => {
	const cache = await openCache({ redisUrl: 'redis://127.0.0.1:1', prefix: 'away', log: { warn() {}, info() {} } as never });
	try {
		expect(cache.health().status).toBe('degraded');
	} finally {
		await cache.close();
	}
});

test('readiness tells when tasks are long due and no worker takes them, paused agents aside', async () => {
	const { db } = app.services;
	const agent = (await app.call('GET', '/v1/agents')).body.items[0];
	await app.call('POST', `/v1/agents/${agent.id}/pause`, {});
	const id = randomUUID();
	await db.query(
		`INSERT INTO tasks (id, workspace_id, kind, payload, status, run_at, agent_id, created_by) VALUES (:id, :workspaceId, 'cv.analyse', '{}', 'queued', now() - interval '10 minutes', :agentId, 'test')`,
		{ replacements: { id, workspaceId: app.credential.workspaceId, agentId: agent.id } },
	);
	expect((await ready()).checks.workers.status).toBe('ok');
	// The same row, held back by nobody: seen and undone before a worker could look, in one transaction.
	await db.transaction(async () => {
		await db.query('UPDATE tasks SET agent_id = NULL WHERE id = :id', { replacements: { id } });
		expect(await workersHealth({ db })).toMatchObject({ status: 'degraded' });
		await db.query('DELETE FROM tasks WHERE id = :id', { replacements: { id } });
	});
});

test('readiness asks the database once for many who ask at the same time', async () => {
	const { db } = app.services;
	const ping = vi.spyOn(db, 'ping');
	try {
		const answers = await Promise.all(Array.from({ length: 50 }, () => request(app.url, 'GET', '/health/ready')));
		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
		expect(ping.mock.calls.length).toBeLessThan(10);
	} finally {
		ping.mockRestore();
	}
});

test('readiness does not wait for a database that is frozen', async () => {
	const { db } = app.services;
	// The last answer may be told for a second.
	await new Promise((resolve) => setTimeout(resolve, 1_100));
	const ping = vi.spyOn(db, 'ping').mockRejectedValue(new Error('no answer'));
	const query = vi.spyOn(db, 'query').mockReturnValue(new Promise(() => {}));
	try {
		const answer = await request(app.url, 'GET', '/health/ready');
		expect([answer.status, answer.body.status, answer.body.checks.database.status]).toEqual([503, 'down', 'down']);
	} finally {
		ping.mockRestore();
		query.mockRestore();
	}
});
