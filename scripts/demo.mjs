// `npm run demo`: sets up everything, starts the sidecar on its embedded default, loads examples/, and shows the main job.
//   --once   exits at the end instead of staying up
//   --json   prints the results as JSON on stdout (progress goes to stderr)
//   --folder DIR   keeps its data there; the folder is emptied first (default .talentmatch/demo)
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { progress, repository } from './lib/run.mjs';
import { connect, startSidecar } from './lib/sidecar.mjs';
import { setup } from './setup.mjs';

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, folder: { type: 'string' } } });
const { once, json: asJson } = options;
const say = (line = '') => (asJson ? process.stderr : process.stdout).write(`${line}\n`);

await setup('sidecar');

const dataDir = resolve(options.folder ?? join(repository, '.talentmatch', 'demo'));
const starting = progress('starting the sidecar (embedded database, in-process queue, in-box embedder)');
let sidecar;
try {
	refuseRunning(dataDir);
	rmSync(dataDir, { recursive: true, force: true });
	mkdirSync(dataDir, { recursive: true, mode: 0o700 });
	sidecar = await startSidecar({ dataDir, port: once ? 0 : 8484, logFile: join(dataDir, 'sidecar.log') });
} catch (error) {
	console.error(`\n${error.message}`);
	process.exit(1);
}
starting.done(sidecar.url);
const { call } = await connect(sidecar.url, sidecar.credential);

const examples = join(repository, 'examples');
const cvs = await uploadCvs();
await uploadKnowledge();
const rankings = await rankJobs();
await indexed();
const answers = await ask();

if (asJson) process.stdout.write(`${JSON.stringify({ cvs, rankings, answers }, null, 2)}\n`);
if (once) {
	await sidecar.stop();
	process.exit(0);
}
say();
say(`API and docs    ${sidecar.url}/docs`);
say('For n8n         install n8n-nodes-talentmatch, create a "TalentMatch API" credential and paste:');
say(`  base URL        ${sidecar.url}`);
say(`  client id       ${sidecar.credential.clientId}`);
say(`  client secret   ${sidecar.credential.clientSecret}`);
say('Or run `npm run n8n`: a real n8n with all of this in it. Ctrl+C stops the demo.');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void sidecar.stop().then(() => process.exit(0)));
process.exit((await sidecar.ended) ?? 1);

async function uploadCvs() {
	const files = readdirSync(join(examples, 'cvs')).sort();
	const shown = progress(`reading ${files.length} CVs`);
	const done = [];
	for (const file of files) {
		shown.update(`${done.length}/${files.length} ${file}`);
		const task = await call('POST', '/v1/cvs?wait=30', { fileName: file, contentBase64: readFileSync(join(examples, 'cvs', file)).toString('base64') });
		if (task.status !== 'succeeded') throw new Error(`${file}: ${task.error?.message ?? task.status}`);
		done.push({ file, ...task.result });
	}
	shown.done('done');
	return done;
}

async function uploadKnowledge() {
	for (const file of readdirSync(join(examples, 'knowledge')).sort()) {
		const task = await call('POST', '/v1/sources?wait=30', { fileName: file, text: readFileSync(join(examples, 'knowledge', file), 'utf8') });
		if (task.status !== 'succeeded') throw new Error(`${file}: ${task.error?.message ?? task.status}`);
	}
}

/** The CVs are indexed for questions by tasks of their own, after their analysis. */
async function indexed() {
	for (const status of ['running', 'queued', 'running']) {
		for (const { id } of (await call('GET', `/v1/tasks?kind=cv.index&status=${status}&limit=100`)).items) await call('GET', `/v1/tasks/${id}?wait=30`);
	}
}

async function rankJobs() {
	const rankings = [];
	for (const file of readdirSync(join(examples, 'jobs')).sort()) {
		const job = await call('POST', '/v1/jobs', { text: readFileSync(join(examples, 'jobs', file), 'utf8'), externalId: file });
		const ranking = await call('POST', '/v1/matches', { jobId: job.id, limit: 20 });
		const items = ranking.items.map((match) => ({
			rank: match.rank,
			file: cvs.find(({ cvId }) => cvId === match.cvId).file,
			name: match.candidateName,
			cvId: match.cvId,
			score: match.score,
			summary: match.summary,
			mustHaves: match.mustHaves,
			reasons: match.criteria.flatMap(({ criterion, facts }) => facts.map(({ polarity, text, quotes }) => ({ criterion, polarity, text, quotes }))),
		}));
		rankings.push({ job: file, title: job.title, language: job.language, items });
		showRanking(job, items, ranking.poolSize);
	}
	return rankings;
}

function showRanking(job, items, poolSize) {
	say();
	say(`Shortlist for "${job.title}" (${job.language}; ${poolSize} candidates scored, the first 6 shown)`);
	const marks = { met: '✓', not_met: '✗', unknown: '?' };
	for (const item of items.slice(0, 6)) {
		const musts = item.mustHaves.map(({ status }) => marks[status]).join('');
		say(`${String(item.rank).padStart(3)}.  ${item.score.toFixed(2)}  ${(item.name ?? '?').padEnd(26)} must-haves ${musts}   ${item.file}`);
		say(`      ${item.summary}`);
		for (const { text, quotes } of item.reasons.filter(({ polarity, quotes }) => polarity === 'positive' && quotes.length > 0).slice(0, 2)) {
			say(`      + ${text}  « ${shorten(quotes[0].quote)} » (p. ${quotes[0].page})`);
		}
		for (const { text } of item.reasons.filter(({ polarity }) => polarity === 'negative' || polarity === 'unknown').slice(0, 1)) say(`      – ${text}`);
	}
	say('     (✓ met, ✗ stated otherwise, ? the CV is silent: nobody is rejected by a score)');
}

async function ask() {
	const { questions } = JSON.parse(readFileSync(join(examples, 'expected.json'), 'utf8'));
	const answers = [];
	for (const { question } of questions) {
		const answer = await call('POST', '/v1/rag/query', { question });
		answers.push(answer);
		say();
		say(`Question: ${question}`);
		say(answer.abstained ? `I don't know: ${answer.reason}` : answer.answer);
		for (const citation of answer.citations) say(`  [${citation.n}] ${citation.title}, p. ${citation.page}: « ${shorten(citation.quote, 160)} »`);
	}
	return answers;
}

function shorten(text, length = 90) {
	const line = text.replace(/\s+/g, ' ');
	return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** A second demo must not delete the folder that the first one works in: a living database touches its lock every 5 s. */
function refuseRunning(folder) {
	const lock = join(folder, 'database', 'lock.json');
	if (!existsSync(lock) || Date.now() - statSync(lock).mtimeMs > 20_000) return;
	const { pid, parentPid } = JSON.parse(readFileSync(lock, 'utf8'));
	if (isAlive(pid)) throw new Error(`Another demo runs already (pid ${parentPid}). Stop it first.`);
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}
