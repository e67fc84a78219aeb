import { expect, test } from 'vitest';
import { problem } from './support/scriptedSidecar.ts';
import { byId, setUp, task, uuid } from './support/suite.ts';

const parts = setUp();

const matcher = {
	id: uuid(40),
	kind: 'matcher',
	name: 'matcher',
	description: 'Ranks candidates and jobs',
	status: 'active',
	pausedAt: null,
	pausedBy: null,
	pauseReason: null,
	activeVersion: { id: uuid(41), number: 3, config: {}, createdAt: '2026-01-01T00:00:00Z', reason: null },
};
const paused = { ...matcher, status: 'paused', pausedAt: '2026-01-02T00:00:00Z', pauseReason: 'New weights' };

test('lists agents and gets one by name', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('GET', '/v1/agents', { items: [matcher, paused], nextCursor: null });
	sidecar.on('GET', '/v1/agents/matcher', matcher);
	const list = await n8n.run('agentControl', { operation: 'getAll' });
	expect(list.map(({ json }) => json)).toEqual([
		{ agentId: uuid(40), name: 'matcher', kind: 'matcher', status: 'active', description: 'Ranks candidates and jobs', activeVersion: 3 },
		expect.objectContaining({ status: 'paused', pauseReason: 'New weights' }),
	]);
	expect(sidecar.apiCalls()[0]?.query).toEqual({});
	expect(await n8n.run('agentControl', { operation: 'getAll', limit: 1 })).toHaveLength(1);
	expect((await n8n.run('agentControl', { operation: 'get', agentId: byId('matcher'), simplify: false }))[0]?.json).toEqual(matcher);
	expect((await n8n.listSearch('agentControl', 'searchAgents')).results.map(({ name }) => name)).toEqual(['matcher', 'matcher (paused)']);
});

test('pauses with a reason and resumes', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', `/v1/agents/${uuid(40)}/pause`, paused);
	sidecar.on('POST', `/v1/agents/${uuid(40)}/resume`, matcher);
	expect((await n8n.run('agentControl', { operation: 'pause', agentId: byId(uuid(40)), reason: 'New weights' }))[0]?.json).toMatchObject({ status: 'paused' });
	expect((await n8n.run('agentControl', { operation: 'resume', agentId: byId(uuid(40)) }))[0]?.json).toMatchObject({ status: 'active' });
	expect(sidecar.apiCalls()[0]?.body).toEqual({ reason: 'New weights' });
});

test.each([
	[{ runOn: 'cv', cvId: uuid(2) }, { cvId: uuid(2) }],
	[{ runOn: 'job', jobId: uuid(1) }, { jobId: uuid(1) }],
	[{ runOn: 'candidate', candidateId: uuid(3) }, { candidateId: uuid(3) }],
	[{ runOn: 'pair', jobId: uuid(1), candidateId: uuid(3) }, { jobId: uuid(1), candidateId: uuid(3) }],
	[{ runOn: 'question', question: 'Who?' }, { question: 'Who?' }],
	[{ runOn: 'json', inputJson: '{"any": 1}' }, { any: 1 }],
])('runs an agent on %j', async (parameters, input) => {
	const { sidecar, n8n } = parts;
	const answer = { agentId: uuid(40), kind: 'matcher', output: { direction: 'candidates', items: [] } };
	sidecar.on('POST', '/v1/agents/some-agent/runs', answer);
	const [item] = await n8n.run('agentControl', { operation: 'run', agentId: byId('some-agent'), simplify: false, ...parameters });
	expect(item?.json).toEqual(answer);
	expect(sidecar.apiCalls()[0]).toMatchObject({ body: { input }, query: {} });
});

test('an analysis is waited for, or left to go on', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/agents/cv-analyst/runs', { agentId: uuid(42), kind: 'cv-analyst', output: { task: task({ status: 'running' }) } });
	sidecar.on('GET', `/v1/tasks/${uuid(1)}`, task({ result: { cvId: uuid(2) } }));
	const run = { operation: 'run', agentId: byId('cv-analyst'), runOn: 'cv', cvId: uuid(2) };
	expect((await n8n.run('agentControl', run))[0]?.json).toMatchObject({ taskId: uuid(1), status: 'succeeded', result: { cvId: uuid(2) } });
	expect((await n8n.run('agentControl', { ...run, waitForResult: false }))[0]?.json).toMatchObject({ taskId: uuid(1), status: 'running' });
});

test('a ranking comes as one compact item per match, an answer as one', async () => {
	const { sidecar, n8n } = parts;
	const match = { id: uuid(9), rank: 1, score: 0.5, jobId: uuid(1), jobTitle: 'Nurse', candidateId: uuid(3), candidateName: 'Amal', cvId: uuid(2), summary: 'Fits', mustHaves: [], criteria: [] };
	sidecar.on('POST', '/v1/agents/matcher/runs', { agentId: uuid(40), kind: 'matcher', output: { items: [match, { ...match, rank: 2 }] } });
	sidecar.on('POST', '/v1/agents/rag-assistant/runs', {
		agentId: uuid(43),
		kind: 'rag-assistant',
		output: { id: uuid(50), question: 'Who?', language: 'en', answer: null, abstained: true, reason: 'Nothing found', mode: 'extractive', citations: [] },
	});
	const ranked = await n8n.run('agentControl', { operation: 'run', agentId: byId('matcher'), runOn: 'job', jobId: uuid(1) });
	expect(ranked.map(({ json, pairedItem }) => [json['rank'], json['matchId'], pairedItem])).toEqual([
		[1, uuid(9), { item: 0 }],
		[2, uuid(9), { item: 0 }],
	]);
	const [answered] = await n8n.run('agentControl', { operation: 'run', agentId: byId('rag-assistant'), runOn: 'question', question: 'Who?' });
	expect(answered?.json).toMatchObject({ answer: null, abstained: true, reason: 'Nothing found' });
});

test('a paused agent refuses, and its reason stands on the item', async () => {
	const { sidecar, n8n } = parts;
	sidecar.on('POST', '/v1/agents/matcher/runs', () => problem(409, 'agent_paused', 'The matcher is paused (New weights): resume it, or try again later'));
	const [item] = await n8n.run('agentControl', { operation: 'run', agentId: byId('matcher'), runOn: 'job', jobId: uuid(1) }, { continueOnFail: true });
	expect(item).toMatchObject({
		json: { error: 'The matcher is paused (New weights): resume it, or try again later', details: { code: 'agent_paused', status: 409 } },
		pairedItem: { item: 0 },
	});
});

test('input that is not JSON is refused before any call', async () => {
	await expect(parts.n8n.run('agentControl', { operation: 'run', agentId: byId('x'), runOn: 'json', inputJson: '{' })).rejects.toMatchObject({ message: 'The input is not valid JSON' });
	expect(parts.sidecar.calls).toEqual([]);
});
