/** Every operation of every node against the real sidecar: what the nodes send is what its routes take, and the other way round. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeParameters, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPackage, nodeType } from '../../nodes/support/builtPackage.ts';
import { startTestN8n } from '../../nodes/support/runNode.ts';
import type { TestN8n } from '../../nodes/support/runNode.ts';
import { byId } from '../../nodes/support/suite.ts';
import { startSidecarProcess } from '../../support/sidecarProcess.ts';
import type { SidecarProcess } from '../../support/sidecarProcess.ts';

const example = (path: string) => readFileSync(join(import.meta.dirname, '../../../examples', path));
const done = new Set<string>();

let sidecar: SidecarProcess;
let n8n: TestN8n;
beforeAll(async () => {
	// A pool of two is then a task to wait for; a pair is answered at once.
	sidecar = await startSidecarProcess({ MATCH_SYNC_LIMIT: '1' });
	n8n = await startTestN8n(sidecar.url);
	Object.assign(n8n.credential, { clientId: sidecar.clientId, clientSecret: sidecar.clientSecret });
}, 120_000);
afterAll(() => sidecar?.stop());

async function run(node: string, resource: string, operation: string, parameters: INodeParameters = {}, file?: string): Promise<any[]> {
	done.add(`${node} ${resource} ${operation}`);
	const binary = file === undefined ? undefined : { data: { data: example(file).toString('base64'), mimeType: 'application/octet-stream', fileName: file } };
	const items = await n8n.run(node, { resource, operation, ...parameters }, { items: [{ json: {}, ...(binary && { binary }) }] });
	for (const { pairedItem } of items) expect(pairedItem).toEqual({ item: 0 });
	return items.map(({ json }) => json);
}

test('CVs, jobs, matches and candidates', async () => {
	const [cv] = await run('cvAnalysis', 'cv', 'analyse', {}, 'cvs/ngozi-adeyemi-falk.pdf');
	expect(cv).toMatchObject({ status: 'analysed', name: expect.stringMatching(/^Ngozi/), skills: expect.arrayContaining([expect.any(String)]) });
	const [queued] = await run('cvAnalysis', 'cv', 'analyse', { inputType: 'text', text: example('cvs/callum-prewett.txt').toString(), waitForResult: false });
	expect(queued).toMatchObject({ kind: 'cv.analyse', taskId: expect.any(String), cvId: expect.any(String) });
	await sidecar.call('GET', `/v1/tasks/${queued.taskId}?wait=20`);

	const cvId = byId(cv.cvId);
	expect(await run('cvAnalysis', 'cv', 'get', { cvId })).toEqual([cv]);
	expect((await run('cvAnalysis', 'cv', 'get', { cvId, simplify: false }))[0]).toMatchObject({ id: cv.cvId, profile: { basics: { name: cv.name } } });
	expect(await run('cvAnalysis', 'cv', 'getText', { cvId })).toMatchObject([{ text: expect.stringContaining('Ngozi') }]);
	expect(await run('cvAnalysis', 'cv', 'getAll', { returnAll: true, filters: { status: 'analysed' } })).toHaveLength(2);

	const text = example('jobs/backend-engineer-en.txt').toString();
	const [analysis] = await run('candidateMatch', 'job', 'analyse', { text });
	expect(analysis.mustHaves).not.toEqual([]);
	const [job] = await run('candidateMatch', 'job', 'create', { text, additionalFields: { externalId: 'req-1' } });
	expect(job).toMatchObject({ externalId: 'req-1', mustHaves: analysis.mustHaves });
	const jobId = byId(job.jobId);
	expect(await run('candidateMatch', 'job', 'update', { jobId, updateFields: { title: 'Backend engineer (m/f/d)' } })).toMatchObject([{ title: 'Backend engineer (m/f/d)' }]);
	expect(await run('candidateMatch', 'job', 'get', { jobId })).toMatchObject([{ jobId: job.jobId }]);
	expect(await run('candidateMatch', 'job', 'getAll', { filters: { q: 'backend', status: 'open' } })).toHaveLength(1);

	const ranked = await run('candidateMatch', 'match', 'rankCandidates', { jobId });
	expect(ranked.map(({ rank }) => rank)).toEqual([1, 2]);
	const best = ranked[0];
	expect(best.reasons[0]).toMatchObject({ criterion: expect.any(String), text: expect.any(String) });
	const candidateId = byId(cv.candidateId);
	expect(await run('candidateMatch', 'match', 'rankCandidates', { jobId, options: { candidateIds: cv.candidateId } })).toMatchObject([{ candidateId: cv.candidateId, rank: 1 }]);
	expect(await run('candidateMatch', 'match', 'rankJobs', { candidateId })).toMatchObject([{ jobId: job.jobId }]);
	const [pair] = await run('candidateMatch', 'match', 'explain', { jobId, candidateId });
	expect(pair.score).toBe(ranked.find((match) => match.candidateId === cv.candidateId).score);
	expect(await run('candidateMatch', 'match', 'get', { matchId: byId(best.matchId) })).toMatchObject([{ matchId: best.matchId, score: best.score }]);
	expect(await run('candidateMatch', 'match', 'getAll', { filters: { jobId: job.jobId } })).not.toEqual([]);

	expect(await run('candidateMatch', 'candidate', 'search', { query: 'Kotlin backend developer', filters: { skills: 'PostgreSQL' } })).not.toEqual([]);
	expect(await run('candidateMatch', 'candidate', 'get', { candidateId })).toMatchObject([{ name: cv.name, currentCvId: cv.cvId }]);
	expect(await run('candidateMatch', 'candidate', 'getAll', { filters: { q: 'Ngozi' } })).toHaveLength(1);

	expect((await n8n.listSearch('candidateMatch', 'searchJobs', 'backend')).results).toMatchObject([{ value: job.jobId }]);
	expect((await n8n.listSearch('candidateMatch', 'searchCandidates')).results).toHaveLength(2);
	expect((await n8n.listSearch('cvAnalysis', 'searchCvs', 'ngozi')).results).toMatchObject([{ value: cv.cvId }]);
});

test('questions and documents', async () => {
	const [source] = await run('ragQuery', 'source', 'add', { options: { title: 'Recruiting policy' } }, 'knowledge/recruiting-policy-en.md');
	expect(source).toMatchObject({ title: 'Recruiting policy', status: 'indexed', language: 'en' });
	const [answer] = await run('ragQuery', 'question', 'ask', { question: 'What does somebody receive who recommends a candidate?', options: { kinds: ['document'], sourceIds: source.sourceId, maxCitations: 3 } });
	expect(answer).toMatchObject({ abstained: false, citations: [expect.objectContaining({ sourceId: source.sourceId, quote: expect.any(String) })] });
	expect((await run('ragQuery', 'question', 'search', { query: 'referral', limit: 2 })).length).toBeGreaterThan(0);
	expect(await run('ragQuery', 'source', 'get', { sourceId: byId(source.sourceId) })).toEqual([source]);
	expect(await run('ragQuery', 'source', 'getAll', { filters: { kind: 'document' } })).toEqual([source]);
	expect((await n8n.listSearch('ragQuery', 'searchSources', 'policy')).results).toMatchObject([{ value: source.sourceId }]);
	expect(await run('ragQuery', 'source', 'delete', { sourceId: byId(source.sourceId) })).toEqual([{ sourceId: source.sourceId, deleted: true }]);
});

test('agents', async () => {
	const agents = await run('agentControl', 'agent', 'getAll');
	expect(agents.map(({ kind }) => kind).sort()).toEqual(['cv-analyst', 'matcher', 'rag-assistant']);
	const [{ cvId }] = await run('cvAnalysis', 'cv', 'getAll', { limit: 1 });
	expect(await run('agentControl', 'agent', 'run', { agentId: byId('cv-analyst'), runOn: 'cv', cvId })).toMatchObject([{ status: 'succeeded', cvId }]);
	const [{ jobId }] = await run('candidateMatch', 'job', 'getAll');
	expect(await run('agentControl', 'agent', 'run', { agentId: byId('matcher'), runOn: 'job', jobId })).toMatchObject([{ rank: 1 }, { rank: 2 }]);
	expect(await run('agentControl', 'agent', 'run', { agentId: byId('rag-assistant'), runOn: 'question', question: 'Who has worked with Kotlin?' })).toMatchObject([{ question: 'Who has worked with Kotlin?' }]);

	const matcher = byId('matcher');
	expect(await run('agentControl', 'agent', 'pause', { agentId: matcher, reason: 'Checking' })).toMatchObject([{ status: 'paused', pauseReason: 'Checking' }]);
	await expect(run('candidateMatch', 'match', 'rankCandidates', { jobId: byId(jobId) })).rejects.toMatchObject({ httpCode: '409', description: expect.stringContaining('agent_paused') });
	expect(await run('agentControl', 'agent', 'resume', { agentId: matcher })).toMatchObject([{ status: 'active' }]);
	expect(await run('agentControl', 'agent', 'get', { agentId: matcher })).toMatchObject([{ name: 'matcher', status: 'active' }]);
	expect((await n8n.listSearch('agentControl', 'searchAgents', 'match')).results).toHaveLength(1);
});

test('the trigger registers at the sidecar, again without a second registration, and leaves', async () => {
	const trigger = n8n.trigger({ events: ['cv.analysed', 'agent.paused'] });
	expect(await trigger.hook('create')).toBe(true);
	expect(await trigger.hook('checkExists')).toBe(true);
	expect(await trigger.hook('create')).toBe(true);
	expect((await sidecar.call('GET', '/v1/webhooks')).items).toMatchObject([{ url: trigger.url(), events: ['cv.analysed', 'agent.paused'] }]);
	expect(await trigger.hook('delete')).toBe(true);
	expect((await sidecar.call('GET', '/v1/webhooks')).items).toEqual([]);
});

test('erasing', async () => {
	const [{ jobId }] = await run('candidateMatch', 'job', 'getAll');
	const [first, second] = await run('cvAnalysis', 'cv', 'getAll');
	expect(await run('cvAnalysis', 'cv', 'erase', { cvId: byId(first.cvId) })).toMatchObject([{ receipt: expect.any(String) }]);
	expect(await run('cvAnalysis', 'candidate', 'erase', { candidateId: byId(second.candidateId) })).toMatchObject([{ candidateId: second.candidateId, receipt: expect.any(String) }]);
	expect(await run('cvAnalysis', 'cv', 'getAll')).toEqual([]);
	expect(await run('candidateMatch', 'job', 'delete', { jobId: byId(jobId) })).toEqual([{ jobId, deleted: true }]);
});

test('no operation was left out', async () => {
	const loader = await loadPackage();
	const all = ['cvAnalysis', 'candidateMatch', 'ragQuery', 'agentControl'].flatMap((node) =>
		nodeType(loader, node)
			.description.properties.filter(({ name }) => name === 'operation')
			.flatMap(({ displayOptions, options }: INodeProperties) =>
				(options as INodePropertyOptions[]).map(({ value }) => `${node} ${String(displayOptions?.show?.['resource']?.[0])} ${value}`),
			),
	);
	expect(all.length).toBeGreaterThan(20);
	expect(all.filter((operation) => !done.has(operation))).toEqual([]);
});
