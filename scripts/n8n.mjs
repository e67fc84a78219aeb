// `npm run n8n`: a real n8n with our nodes, the credential and the first template in it, beside a sidecar with the
// example CVs. Everything is kept in .talentmatch/n8n, so a second run finds it as it was left.
//   --folder DIR   keeps everything there instead
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { progress, repository } from './lib/run.mjs';
import { connect, startSidecar } from './lib/sidecar.mjs';
import { createApiKey, n8nClient, setupOwner } from './n8n/api.mjs';
import { installN8n } from './n8n/install.mjs';
import { packNodes } from './n8n/pack.mjs';
import { startN8n } from './n8n/start.mjs';
import { setup } from './setup.mjs';

const { values: options } = parseArgs({ options: { folder: { type: 'string' } } });
const folder = resolve(options.folder ?? join(repository, '.talentmatch', 'n8n'));
const template = join(repository, 'workflows-templates', 'application-to-shortlist');
const running = [];

try {
	await main();
} catch (error) {
	console.error(`\n${error.message}`);
	await stop();
	process.exit(1);
}

async function main() {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	await setup('all');
	await installN8n();
	const packing = progress('building the nodes');
	const packageTgz = await packNodes(folder);
	packing.done('done');

	const sidecar = await startSidecar({ dataDir: join(folder, 'sidecar'), port: portOf('TALENTMATCH_PORT', 8484), logFile: join(folder, 'sidecar.log') });
	running.unshift(sidecar);
	const { call } = await connect(sidecar.url, sidecar.credential);
	await uploadExamples(call);
	const job = await exampleJob(call);

	const starting = progress('starting n8n');
	const n8n = await startN8n({ folder: join(folder, 'user'), packageTgz, port: portOf('N8N_PORT', 5678), say: () => {} });
	running.unshift(n8n);
	starting.done(n8n.url);
	const owner = rememberedOwner();
	const session = await setupOwner(n8n.url, owner);
	const client = n8nClient(session, await createApiKey(session));
	const workflowId = await installTemplate(client, sidecar, job.id);
	const form = `${n8n.url}/form/${await formPath(client, workflowId)}`;

	console.log(`
Application form   ${form}
                   upload a PDF, for instance examples/cvs/maelys-kerbrat.pdf, and see the shortlist for "${job.title}"
n8n editor         ${n8n.url}/workflow/${workflowId}
  sign in as       ${owner.email}
  password         ${owner.password}
Sidecar API        ${sidecar.url}/docs
Everything is kept in ${relative(process.cwd(), folder) || folder}; delete that folder to begin again. Ctrl+C stops both.`);
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop().then(() => process.exit(0)));
	setInterval(() => {}, 60_000);
}

async function stop() {
	for (const part of running.splice(0)) await part.stop();
}

async function uploadExamples(call) {
	const files = readdirSync(join(repository, 'examples', 'cvs')).sort();
	const shown = progress(`reading ${files.length} example CVs`);
	for (const [index, file] of files.entries()) {
		shown.update(`${index}/${files.length}`);
		const task = await call('POST', '/v1/cvs?wait=30', { fileName: file, contentBase64: readFileSync(join(repository, 'examples', 'cvs', file)).toString('base64') });
		if (task.status !== 'succeeded') throw new Error(`${file}: ${task.error?.message ?? task.status}`);
	}
	shown.done('done');
}

async function exampleJob(call) {
	const file = 'backend-engineer-en.txt';
	const { items } = await call('GET', '/v1/jobs?limit=100');
	return items.find(({ externalId }) => externalId === file) ?? call('POST', '/v1/jobs', { text: readFileSync(join(repository, 'examples', 'jobs', file), 'utf8'), externalId: file });
}

function rememberedOwner() {
	const file = join(folder, 'owner.json');
	if (!existsSync(file)) writeFileSync(file, JSON.stringify({ email: 'owner@example.com', password: `Aa1${randomBytes(9).toString('base64url')}` }), { mode: 0o600 });
	return JSON.parse(readFileSync(file, 'utf8'));
}

/** Once: the second run finds the workflow under its name and leaves it as the user has made it. */
async function installTemplate(client, sidecar, jobId) {
	const manifest = JSON.parse(readFileSync(join(template, 'manifest.json'), 'utf8'));
	const draft = JSON.parse(readFileSync(join(template, manifest.versions.at(-1).file), 'utf8'));
	const { data } = await client.call('GET', `/workflows?name=${encodeURIComponent(draft.name)}`);
	const existing = data.find(({ name }) => name === draft.name);
	if (existing) return existing.id;
	const credential = await client.createCredential('TalentMatch account', 'talentMatchApi', { baseUrl: sidecar.url, ...sidecar.credential });
	const { node, parameter } = manifest.parameters.properties.jobId['x-target'];
	const nodes = draft.nodes.map((one) => ({
		...one,
		// Templates carry none, so that two imports do not meet on one path; the editor adds it, the API does not.
		...(one.type === 'n8n-nodes-base.formTrigger' && { webhookId: randomUUID() }),
		...(one.credentials && { credentials: { talentMatchApi: { id: credential.id, name: credential.name } } }),
		...(one.name === node && { parameters: { ...one.parameters, [parameter]: { __rl: true, mode: 'id', value: jobId } } }),
	}));
	const { id } = await client.createWorkflow({ ...draft, nodes });
	await client.publish(id);
	return id;
}

async function formPath(client, workflowId) {
	const { nodes } = await client.call('GET', `/workflows/${workflowId}`);
	const trigger = nodes.find(({ type }) => type === 'n8n-nodes-base.formTrigger');
	return trigger.parameters.path || trigger.parameters.options?.path || trigger.webhookId;
}

function portOf(variable, fallback) {
	return Number(process.env[variable] ?? fallback);
}
