/** What the nodes do when the sidecar asks them to wait. */
import { describe, expect, test, vi } from 'vitest';
import { problem } from './support/scriptedSidecar.ts';
import type { Reply } from './support/scriptedSidecar.ts';
import { byId, cv, setUp, task, uuid } from './support/suite.ts';

const parts = setUp();
// They wait for real.
vi.setConfig({ testTimeout: 30_000 });
const get = { resource: 'cv', operation: 'get', cvId: byId(uuid(2)) };
const getPath = `/v1/cvs/${uuid(2)}`;
const analyse = { resource: 'cv', operation: 'analyse', inputType: 'text', text: 'a CV', waitForResult: false };
const createJob = { resource: 'job', operation: 'create', text: 'We are looking for a baker.' };

const tooMany = (headers: Record<string, string> = { 'retry-after': '1' }): Reply => ({ ...problem(429, 'too_many_requests', 'Too many requests: wait'), headers });
const busy = (headers: Record<string, string> = { 'retry-after': '1' }): Reply => ({ ...problem(503, 'service_unavailable', 'Too much is being uploaded at the same time'), headers });

/** Refuses so many times, then answers. @returns when each call came */
function refuseFirst(method: string, path: string, times: number, refusal: () => Reply, answer: unknown): number[] {
	const came: number[] = [];
	parts.sidecar.on(method, path, () => {
		came.push(performance.now());
		return came.length <= times ? refusal() : { body: answer };
	});
	return came;
}

describe('after 429', () => {
	test('waits as long as Retry-After says and sends the same again, also what would be done twice', async () => {
		const came = refuseFirst('POST', '/v1/jobs', 2, tooMany, { id: uuid(7), title: 'Baker', requirements: [] });
		const [item] = await parts.n8n.run('candidateMatch', { ...createJob, simplify: false });
		expect(item?.json['id']).toBe(uuid(7));
		expect(came).toHaveLength(3);
		for (const [i, time] of came.slice(1).entries()) expect(time - (came[i] as number)).toBeGreaterThanOrEqual(990);
		const bodies = parts.sidecar.apiCalls().map(({ body }) => body);
		expect(bodies[2]).toEqual(bodies[0]);
	});

	test('takes a date in Retry-After by the clock of the server', async () => {
		const serverNow = Date.UTC(2001, 0, 1);
		const headers = { date: new Date(serverNow).toUTCString(), 'retry-after': new Date(serverNow + 2000).toUTCString() };
		const came = refuseFirst('GET', getPath, 1, () => tooMany(headers), cv());
		expect(await parts.n8n.run('cvAnalysis', get)).toHaveLength(1);
		expect((came[1] as number) - (came[0] as number)).toBeGreaterThanOrEqual(1990);
	});

	test('of a proxy without Retry-After waits a moment', async () => {
		const came = refuseFirst('GET', getPath, 1, () => ({ status: 429, body: 'slow down' }), cv());
		expect(await parts.n8n.run('cvAnalysis', get)).toHaveLength(1);
		expect(came).toHaveLength(2);
	});

	test('of the token endpoint waits too', async () => {
		let refused = 0;
		parts.sidecar.onToken(() => (refused++ === 0 ? tooMany() : undefined));
		parts.sidecar.on('GET', getPath, cv());
		expect(await parts.n8n.run('cvAnalysis', get)).toHaveLength(1);
		expect(refused).toBe(2);
	});

	test('that asks for more than it has patience for fails at once and says what to do', async () => {
		const came = refuseFirst('GET', getPath, Infinity, () => tooMany({ 'retry-after': '3600' }), cv());
		await expect(parts.n8n.run('cvAnalysis', get)).rejects.toMatchObject({
			message: 'Too many requests: wait',
			description: expect.stringMatching(/^Sent once, and asked to wait 3600 s more\. .*Loop Over Items.*RATE_LIMITS.*Code: too_many_requests\. Request: req-1$/),
			httpCode: '429',
			context: { itemIndex: 0 },
		});
		expect(came).toHaveLength(1);
		const [item] = await parts.n8n.run('cvAnalysis', get, { continueOnFail: true });
		expect(item?.json).toMatchObject({ details: { code: 'too_many_requests', status: 429 } });
	});

	test('gives up when all waiting together would be too long', async () => {
		parts.sidecar.on('POST', '/v1/cvs', () => ({ status: 202, body: task({ status: 'queued', progress: 0 }) }));
		const came = refuseFirst('GET', `/v1/tasks/${uuid(1)}`, Infinity, tooMany, task());
		await expect(parts.n8n.run('cvAnalysis', { ...analyse, waitForResult: true, timeout: 3 })).rejects.toMatchObject({ httpCode: '429', description: expect.stringMatching(/^Sent \d+ times/) });
		expect(came.length).toBeGreaterThanOrEqual(2);
		expect(came.length).toBeLessThanOrEqual(3);
	});

	test('in a list of the editor does not let its user wait long', async () => {
		const came = refuseFirst('GET', '/v1/agents', Infinity, () => tooMany({ 'retry-after': '15' }), {});
		await expect(parts.n8n.listSearch('agentControl', 'searchAgents')).rejects.toMatchObject({ httpCode: '429' });
		expect(came).toHaveLength(1);
	});
});

describe('after 503 with Retry-After', () => {
	test('what does nothing a second time is sent again', async () => {
		const uploads = refuseFirst('POST', '/v1/cvs', 1, busy, task({ status: 'queued' }));
		expect(await parts.n8n.run('cvAnalysis', analyse)).toHaveLength(1);
		expect(uploads).toHaveLength(2);
		const reads = refuseFirst('GET', getPath, 1, busy, cv());
		expect(await parts.n8n.run('cvAnalysis', get)).toHaveLength(1);
		expect(reads).toHaveLength(2);
	});

	test.each([
		['a new job', 'candidateMatch', createJob, '/v1/jobs'],
		['a run of an agent', 'agentControl', { resource: 'agent', operation: 'run', agentId: byId('rag-assistant'), runOn: 'question', question: 'Who can weld?' }, '/v1/agents/rag-assistant/runs'],
	])('%s is not sent again, and the error says why', async (_what, node, parameters, path) => {
		const came = refuseFirst('POST', path, Infinity, busy, {});
		await expect(parts.n8n.run(node, parameters)).rejects.toMatchObject({ httpCode: '503', description: expect.stringContaining('It was not sent again, as it might be done twice') });
		expect(came).toHaveLength(1);
	});
});

test('a 503 that does not say when to come back fails at once', async () => {
	const came = refuseFirst('GET', getPath, Infinity, () => busy({}), cv());
	await expect(parts.n8n.run('cvAnalysis', get)).rejects.toMatchObject({ description: expect.stringContaining('Retry On Fail') });
	expect(came).toHaveLength(1);
});

test.each([400, 403, 404, 409, 413, 500, 502])('%i is not sent again', async (status) => {
	const came = refuseFirst('GET', getPath, Infinity, () => ({ ...problem(status, 'other', 'No'), headers: { 'retry-after': '1' } }), cv());
	await expect(parts.n8n.run('cvAnalysis', get)).rejects.toMatchObject({ httpCode: String(status) });
	expect(came).toHaveLength(1);
});
