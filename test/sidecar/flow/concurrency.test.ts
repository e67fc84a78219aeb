/** Things that people do at the same moment: each answer is one of those that doing them in some order would give. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

const text = 'Backend Engineer\n\nWhat you need\n- PostgreSQL\n- at least four years with Java';

test('a job that is changed and deleted at once is changed or gone, and deleted once', async () => {
	for (let round = 0; round < 15; round++) {
		const { id } = (await app.call('POST', '/v1/jobs', { text: `${text}\n- round ${round} of Docker` })).body;
		const answers = await Promise.all([
			app.call('PATCH', `/v1/jobs/${id}`, { title: 'Another title' }), app.call('DELETE', `/v1/jobs/${id}`), app.call('DELETE', `/v1/jobs/${id}`), app.call('PATCH', `/v1/jobs/${id}`, { text: `${text}\n- Kubernetes` }),
		]);
		expect([200, 404]).toContain(answers[0].status);
		expect([200, 404]).toContain(answers[3].status);
		expect([answers[1].status, answers[2].status].sort()).toEqual([204, 404]);
		const deleted = await app.services.db.query("SELECT 1 FROM audit_log WHERE action = 'job.deleted' AND subject_id = :id", { replacements: { id } });
		expect(deleted).toHaveLength(1);
	}
});

test('an agent that several people pause at once is paused, and told, once', async () => {
	const count = async (type: string) => (await app.services.db.query('SELECT 1 FROM events WHERE type = :type', { replacements: { type } })).length;
	const before = await count('agent.paused');
	const pauses = await Promise.all([1, 2, 3, 4].map(() => app.call('POST', '/v1/agents/matcher/pause', {})));
	expect(pauses.map(({ status, body }) => [status, body.status])).toEqual(pauses.map(() => [200, 'paused']));
	expect(await count('agent.paused')).toBe(before + 1);
	await Promise.all([1, 2].map(() => app.call('POST', '/v1/agents/matcher/resume')));
	expect(await count('agent.resumed')).toBe(1);
});

test('webhooks that are deleted while events happen make nothing fail', async () => {
	for (let round = 0; round < 15; round++) {
		const hooks = await Promise.all([1, 2, 3].map((n) => app.call('POST', '/v1/webhooks', { url: `http://127.0.0.1:9/${round}/${n}`, events: ['agent.paused', 'agent.resumed'] })));
		const answers = await Promise.all([
			app.call('POST', `/v1/agents/matcher/${round % 2 === 0 ? 'pause' : 'resume'}`, round % 2 === 0 ? {} : undefined), ...hooks.map(({ body }) => app.call('DELETE', `/v1/webhooks/${body.id}`)),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 204, 204, 204]);
	}
});
