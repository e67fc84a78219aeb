// Starting the sidecar as its own process, and a small client of its REST API. Plain JS on purpose: it runs on Node 20.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { node24, repository } from './run.mjs';

/**
 * Starts the sidecar and waits until it answers. It ends with this process, however that ends (IPC channel).
 *
 * @param {object} options
 * @param {string} options.dataDir
 * @param {number} [options.port] 0 takes a free one
 * @param {Record<string, string>} [options.env]
 * @param {string} [options.logFile] its log; without it the log goes to our stderr
 * @returns {Promise<{url: string, credential: {clientId: string, clientSecret: string}, stop(): Promise<void>, ended: Promise<number | null>}>}
 */
export async function startSidecar({ dataDir, port = 8484, env = {}, logFile }) {
	const child = spawn(node24(), [join(repository, 'sidecar', 'src', 'main.ts')], {
		cwd: repository,
		env: { ...ordinary(process.env), TALENTMATCH_DATA_DIR: dataDir, PORT: String(port), LOG_FORMAT: 'json', ...(logFile && { LOG_FILE: logFile }), ...env },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', (data) => {
			said = (said + data).slice(-20_000);
			if (!logFile) process.stderr.write(data);
		});
	}
	const ended = new Promise((resolve) => child.once('close', resolve));
	const url = await new Promise((resolve, reject) => {
		child.once('message', (message) => resolve(message.url));
		child.once('error', reject);
		void ended.then((code) => reject(new Error(`the sidecar ended with code ${code}:\n${reasonIn(said)}`)));
	});
	const { clientId, clientSecret } = JSON.parse(readFileSync(join(dataDir, 'credential.json'), 'utf8'));
	return {
		url,
		credential: { clientId, clientSecret },
		ended,
		async stop() {
			child.kill('SIGTERM');
			await ended;
		},
	};
}

/**
 * What any program needs, and nothing of ours: a DATABASE_URL in the shell must not turn a demo into work on production.
 * @param {NodeJS.ProcessEnv} env
 */
function ordinary(env) {
	return Object.fromEntries(Object.entries(env).filter(([name]) => /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|NODE_EXTRA_CA_CERTS|NODE_V8_COVERAGE)$/.test(name)));
}

/** The message of the last fatal line, or the last lines as they are. */
function reasonIn(said) {
	const lines = said.trim().split('\n');
	const fatal = lines.findLast((line) => line.includes('"level":60'));
	return fatal ? JSON.parse(fatal).msg : lines.slice(-10).join('\n');
}

/**
 * @param {string} url
 * @param {{clientId: string, clientSecret: string}} credential
 */
export async function connect(url, { clientId, clientSecret }) {
	const answer = await fetch(`${url}/v1/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
	});
	if (!answer.ok) throw new Error(`no access token: ${await answer.text()}`);
	const { access_token: token } = await answer.json();
	return {
		/** @param {string} method @param {string} path @param {unknown} [body] @throws {Error} with the problem's detail */
		async call(method, path, body) {
			const response = await fetch(url + path, {
				method,
				headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
				...(body !== undefined && { body: JSON.stringify(body) }),
			});
			const result = response.status === 204 ? null : await response.json();
			if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${result.code}: ${result.detail}`);
			return result;
		},
	};
}
