import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, node24, repository, startServer, waitUntil } from '../../scripts/lib/run.mjs';

export interface SidecarProcess {
	url: string;
	clientId: string;
	clientSecret: string;
	/** Calls the API with a fresh token; throws on 400 and above. */
	call<T = any>(method: string, path: string, body?: unknown): Promise<T>;
	/** An access token, as n8n would get it. */
	token(): Promise<string>;
	logs(): string;
	/** Ends it as a crash would; the data folder stays until `stop()`. */
	kill(): Promise<void>;
	stop(): Promise<void>;
}

const clientId = 'n8n-tests';
const clientSecret = 'a-secret-that-only-tests-know';

/**
 * The sidecar as a user starts it: its own process, an empty data folder, embedded database unless `env`
 * says otherwise. It ends with the test process at the latest.
 */
export async function startSidecarProcess(env: Record<string, string> = {}): Promise<SidecarProcess> {
	const dataDir = mkdtempSync(join(tmpdir(), 'talentmatch-data-'));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const server = startServer(node24(), [join(repository, 'sidecar', 'src', 'main.ts')], {
		cwd: dataDir,
		env: {
			PATH: process.env['PATH'],
			HOME: dataDir,
			HOST: '127.0.0.1',
			PORT: String(port),
			PUBLIC_URL: url,
			TALENTMATCH_DATA_DIR: dataDir,
			BOOTSTRAP_CLIENT_ID: clientId,
			BOOTSTRAP_CLIENT_SECRET: clientSecret,
			LOG_FORMAT: 'json',
			...env,
		},
	});
	try {
		await waitUntil(
			async () => {
				if (server.hasEnded()) throw Object.assign(new Error(`the sidecar ended at once:\n${server.logs()}`), { giveUp: true });
				return (await fetch(`${url}/health/ready`)).ok;
			},
			{ what: `the sidecar is ready at ${url}`, timeoutMs: 60_000, because: server.logs },
		);
	} catch (error) {
		await server.stop('SIGKILL');
		throw error;
	}

	const token = async () => {
		const answer = await fetch(`${url}/v1/oauth/token`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
		});
		return ((await answer.json()) as { access_token: string }).access_token;
	};
	return {
		url,
		clientId,
		clientSecret,
		token,
		async call(method, path, body) {
			const answer = await fetch(`${url}${path}`, {
				method,
				headers: { authorization: `Bearer ${await token()}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await answer.text();
			if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
			return text === '' ? undefined : JSON.parse(text);
		},
		logs: server.logs,
		kill: () => server.stop('SIGKILL'),
		async stop() {
			await server.stop();
			rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}
