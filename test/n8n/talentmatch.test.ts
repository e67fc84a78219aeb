import { createHmac } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../../scripts/lib/run.mjs';
import { itemsOf } from '../support/n8n.ts';
import {
	application,
	applicationWorkflow,
	chain,
	example,
	node,
	respondWithItems,
	startTalentmatchInN8n,
	webhook,
} from '../support/talentmatchInN8n.ts';
import type { TalentmatchInN8n } from '../support/talentmatchInN8n.ts';

/** The shortest life the sidecar gives a token; it allows clocks to differ by another 10 s. */
const tokenSeconds = 5;
const untilExpired = (tokenSeconds + 11) * 1000;

let it: TalentmatchInN8n;
let jobId: string;

beforeAll(async () => {
	it = await startTalentmatchInN8n({ sidecarEnv: { TOKEN_TTL_SECONDS: String(tokenSeconds) } });
	jobId = (await it.sidecar.call('POST', '/v1/jobs', { text: example('jobs/backend-engineer-en.txt').toString('utf8') })).id;
});
afterAll(() => it?.stop());

test('the package holds what was built, its manifest and its papers, and nothing else', () => {
	const { stdout } = spawnSync('tar', ['-tzf', it.packageTgz], { encoding: 'utf8' });
	const files = stdout.trim().split('\n').map((path) => path.replace(/^package\//, ''));
	expect(files).toContain('dist/nodes/CvAnalysis/CvAnalysis.node.js');
	expect(files.filter((path) => !/^(dist\/(nodes|credentials|icons)\/|package\.json$|README|LICENSE)/.test(path))).toEqual([]);
});

test('a credential is tested against the sidecar, and a wrong secret is told', async () => {
	const { client } = it.n8n;
	for (const [type, { id }] of Object.entries({ ...it.credentials, ...it.oAuth2Credentials })) {
		expect(await client.testCredential(id), type).toMatchObject({ status: 'OK' });
		const wrong = await client.createCredential(`Wrong secret of ${type}`, type, { ...rightFields(), clientSecret: 'not the secret of this client' });
		expect(await client.testCredential(wrong.id), type).toMatchObject({ status: 'Error' });
	}
});

test('a PDF posted to a webhook comes back as a shortlist whose quotes stand in the CV', async () => {
	const { client } = it.n8n;
	const { id } = await client.createWorkflow(applicationWorkflow('apply', jobId, it.credentials));
	await client.publish(id);

	const answer = await client.webhook('apply', application('cvs/ngozi-adeyemi-falk.pdf'));
	expect(answer.status, JSON.stringify(answer.body)).toBe(200);
	expect(answer.body).toHaveLength(1);
	const [match] = answer.body;
	expect(match).toMatchObject({ rank: 1, jobId });
	expect(match.candidateName).toMatch(/^Ngozi/);
	expect(match.score).toBeGreaterThan(0.5);
	expect(match.mustHaves.map((mustHave: any) => mustHave.status)).toContain('met');
	const { text } = await it.sidecar.call('GET', `/v1/cvs/${match.cvId}/text`);
	const quotes = [...match.mustHaves, ...match.reasons].map((reason: any) => reason.quote).filter((quote) => quote !== null);
	expect(quotes).not.toEqual([]);
	for (const quote of quotes) expect(text).toContain(quote);

	const execution = await client.finishedExecution(id);
	for (const name of ['Read the CV', 'Rank for the job']) {
		for (const item of itemsOf(execution, name)) expect(item.pairedItem).toEqual({ item: 0 });
	}
});

test('a second applicant is ranked together with the first', async () => {
	const answer = await it.n8n.client.webhook('apply', application('cvs/callum-prewett.txt'));
	expect(answer.status, JSON.stringify(answer.body)).toBe(200);
	expect(answer.body.map((match: any) => match.candidateName)).toEqual([
		expect.stringMatching(/^Ngozi/),
		expect.stringMatching(/^Callum/),
	]);
});

test('workflows with either credential go on working when their access token has expired', async () => {
	const { client } = it.n8n;
	for (const [path, authentication, credentials] of [['jobs', 'clientSecret', it.credentials], ['jobs-oauth2', 'oAuth2', it.oAuth2Credentials]] as const) {
		const { id } = await client.createWorkflow(listJobs(path, { authentication }, credentials));
		await client.publish(id);
	}
	const answers = async () => [await client.webhook('jobs', { json: {} }), await client.webhook('jobs-oauth2', { json: {} })];
	const before = await answers();
	for (const { body } of before) expect(body).toMatchObject([{ jobId }]);

	const old = await it.sidecar.token();
	await sleep(untilExpired);
	const refused = await fetch(`${it.sidecar.url}/v1/me`, { headers: { authorization: `Bearer ${old}` } });
	expect(refused.status).toBe(401);
	expect(await answers()).toMatchObject(before.map(({ body }) => ({ status: 200, body })));
});

test.each<[string, object, { message: string; description: RegExp }]>([
	['a wrong secret', { clientSecret: 'not the secret of this client' }, { message: 'The TalentMatch sidecar does not accept this client ID and secret', description: /npm run credential/ }],
	['a scope that the client has not', { scope: 'roles:manage' }, { message: 'The TalentMatch sidecar does not give this scope', description: /empty it/ }],
	['a base URL where nothing listens', { baseUrl: 'http://127.0.0.1:9' }, { message: 'The TalentMatch sidecar cannot be reached', description: /npm start/ }],
])('an OAuth2 credential with %s fails with an error that says what to do', async (what, data, { message, description }) => {
	const { client } = it.n8n;
	const { id, name } = await client.createCredential(what, 'talentMatchOAuth2Api', { ...rightFields(), ...data });
	const path = `refused-${id}`;
	const workflow = await client.createWorkflow(listJobs(path, { authentication: 'oAuth2' }, { talentMatchOAuth2Api: { id, name } }));
	await client.publish(workflow.id);
	expect((await client.webhook(path, { json: {} })).status).toBe(500);
	const { error } = (await client.finishedExecution(workflow.id)).data.resultData;
	expect(error).toMatchObject({ message, description: expect.stringMatching(description) });
});

test('a scope narrows what a workflow may do', async () => {
	const { client } = it.n8n;
	const { id, name } = await client.createCredential('Jobs only', 'talentMatchOAuth2Api', { ...rightFields(), scope: 'jobs:read' });
	const credentials = { talentMatchOAuth2Api: { id, name } };
	const workflow = await client.createWorkflow(
		chain('Jobs, then CVs', [
			webhook('jobs-only'),
			node('candidateMatch', 'Jobs', { authentication: 'oAuth2', resource: 'job', operation: 'getAll' }, { credentials }),
			node('cvAnalysis', 'CVs', { authentication: 'oAuth2', resource: 'cv', operation: 'getAll' }, { credentials }),
			respondWithItems,
		]),
	);
	await client.publish(workflow.id);
	expect((await client.webhook('jobs-only', { json: {} })).status).toBe(500);
	const execution = await client.finishedExecution(workflow.id);
	expect(itemsOf(execution, 'Jobs').map(({ json }) => json.jobId)).toEqual([jobId]);
	expect(execution.data.resultData.error).toMatchObject({ httpCode: '403', node: { name: 'CVs' } });
});

test('with "continue on fail" a bad file is reported on its own item, and the others are read', async () => {
	const { client } = it.n8n;
	const { id } = await client.createWorkflow(
		chain('Several CVs', [
			webhook('several'),
			node('n8n-nodes-base.splitOut', 'Each CV', { fieldToSplitOut: 'body.cvs', options: {} }),
			node(
				'cvAnalysis',
				'Read the CV',
				{
					resource: 'cv',
					operation: 'analyse',
					inputType: 'base64',
					contentBase64: '={{ $json.content }}',
					fileName: '={{ $json.name }}',
				},
				{ credentials: it.credentials, onError: 'continueRegularOutput' },
			),
			respondWithItems,
		]),
	);
	await client.publish(id);
	const base64 = (file: string) => example(file).toString('base64');
	const cvs = [
		{ name: 'broken.pdf', content: Buffer.from('this is no PDF, whatever its name says \u0001\u0002').toString('base64') },
		{ name: 'tobias.pdf', content: base64('cvs/tobias-rehbein.pdf') },
		{ name: 'not-base64.pdf', content: '%%% not base64 %%%' },
	];
	const { status, body } = await client.webhook('several', { json: { cvs } });

	expect(status, JSON.stringify(body)).toBe(200);
	expect(body).toHaveLength(3);
	expect(body[0].error).toEqual(expect.stringMatching(/\w+ \w+/));
	expect(body[1]).toMatchObject({ status: 'analysed', name: expect.stringMatching(/^Tobias/) });
	expect(body[2].error).toEqual(expect.stringMatching(/\w+ \w+/));
	const items = itemsOf(await client.finishedExecution(id), 'Read the CV');
	expect(items.map((item) => item.pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
});

test('without "continue on fail" the execution fails with the message of the sidecar', async () => {
	const { client } = it.n8n;
	const { id } = await client.createWorkflow(
		chain('Unknown CV', [
			webhook('unknown'),
			node(
				'cvAnalysis',
				'Get it',
				{ resource: 'cv', operation: 'get', cvId: { __rl: true, mode: 'id', value: '01990000-0000-7000-8000-000000000000' } },
				{ credentials: it.credentials },
			),
			respondWithItems,
		]),
	);
	await client.publish(id);
	expect((await client.webhook('unknown', { json: {} })).status).toBe(500);
	const execution = await client.finishedExecution(id);
	expect(execution.status).toBe('error');
	expect(execution.data.resultData.error).toMatchObject({ httpCode: '404', node: { name: 'Get it' } });
});

test('the trigger registers and removes itself with the OAuth2 credential', async () => {
	const { client } = it.n8n;
	const { id } = await client.createWorkflow(
		chain('On every erasure', [
			node('talentMatchTrigger', 'When erased', { authentication: 'oAuth2', events: ['candidate.erased'] }, { credentials: it.oAuth2Credentials, webhookId: 'talentmatch-oauth2' }),
			node('n8n-nodes-base.noOp', 'Go on', {}),
		]),
	);
	await client.publish(id);
	expect((await it.sidecar.call('GET', '/v1/webhooks')).items).toMatchObject([{ events: ['candidate.erased'] }]);
	await client.unpublish(id);
	expect((await it.sidecar.call('GET', '/v1/webhooks')).items).toEqual([]);
});

test('the trigger runs on the event of the sidecar and on nothing that is not signed by it', async () => {
	const { client } = it.n8n;
	const hook = 'talentmatch-trigger';
	const { id } = await client.createWorkflow(
		chain('On every CV', [
			node('talentMatchTrigger', 'When a CV was read', { events: ['cv.analysed'] }, { credentials: it.credentials, webhookId: hook }),
			node('n8n-nodes-base.noOp', 'Go on', {}),
		]),
	);
	await client.publish(id);
	const registered = (await it.sidecar.call('GET', '/v1/webhooks')).items;
	expect(registered).toHaveLength(1);
	expect(registered[0]).toMatchObject({ events: ['cv.analysed'] });
	expect(Object.keys(registered[0])).not.toContain('secret');
	const url: string = registered[0].url;
	expect(url.startsWith(it.n8n.url)).toBe(true);

	await it.sidecar.call('POST', '/v1/cvs?wait=20', {
		fileName: 'maelys-kerbrat.pdf',
		contentBase64: example('cvs/maelys-kerbrat.pdf').toString('base64'),
	});
	const execution = await client.finishedExecution(id);
	expect(execution.status).toBe('success');
	const [event] = itemsOf(execution, 'When a CV was read');
	expect(event?.json).toMatchObject({ type: 'cv.analysed', subject: { type: 'cv' } });

	// The same event again, signed or not, by somebody who listens on the wire.
	const body = JSON.stringify(event?.json);
	const secret = await triggerSecret(id);
	const now = Math.floor(Date.now() / 1000);
	const sign = (timestamp: number, text: string, key = secret) =>
		`sha256=${createHmac('sha256', key).update(`${timestamp}.${text}`).digest('hex')}`;
	const deliver = async (headers: Record<string, string>, text = body) =>
		(await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text })).status;
	const signed = (timestamp: number, signature: string) => ({
		'x-talentmatch-timestamp': String(timestamp),
		'x-talentmatch-signature': signature,
	});

	expect(await deliver({})).toBe(401);
	expect(await deliver(signed(now, sign(now, body, 'another secret')))).toBe(401);
	expect(await deliver(signed(now, sign(now, body)), body.replace('cv.analysed', 'cv.analysed '))).toBe(401);
	expect(await deliver(signed(now - 3600, sign(now - 3600, body)))).toBe(401);
	expect(await client.executions(id)).toHaveLength(1);
	expect(await deliver(signed(now, sign(now, body)))).toBe(200);
	await waitUntil(async () => (await client.executions(id)).length === 2, { what: 'the signed delivery starts an execution', timeoutMs: 20_000 });

	await client.unpublish(id);
	expect((await it.sidecar.call('GET', '/v1/webhooks')).items).toEqual([]);
});

/** n8n keeps what a trigger remembers in the workflow's static data. */
async function triggerSecret(workflowId: string): Promise<string> {
	const { staticData } = await it.n8n.client.call('GET', `/workflows/${workflowId}`);
	const data = typeof staticData === 'string' ? JSON.parse(staticData) : staticData;
	return data['node:When a CV was read'].secret;
}

const rightFields = () => ({ baseUrl: it.sidecar.url, clientId: it.sidecar.clientId, clientSecret: it.sidecar.clientSecret });

function listJobs(path: string, parameters: object, credentials: object) {
	return chain(`List jobs at ${path}`, [
		webhook(path),
		node('candidateMatch', 'Jobs', { ...parameters, resource: 'job', operation: 'getAll', returnAll: true }, { credentials }),
		respondWithItems,
	]);
}
