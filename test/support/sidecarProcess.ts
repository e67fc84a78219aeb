import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startSidecar } from '../../scripts/lib/sidecar.mjs';

export interface SidecarProcess {
	url: string;
	clientId: string;
	clientSecret: string;
	/** Calls the API with a fresh token; throws on 400 and above. */
	call(method: string, path: string, body?: unknown): Promise<any>;
	/** An access token, as n8n would get it. */
	token(): Promise<string>;
	stop(): Promise<void>;
}

/** The sidecar as a user starts it: its own process, an empty data folder, the embedded default. */
export async function startSidecarProcess(env: Record<string, string> = {}): Promise<SidecarProcess> {
	const dataDir = mkdtempSync(join(tmpdir(), 'talentmatch-data-'));
	const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
	const { url, credential, stop } = await startSidecar({ dataDir, port: 0, logFile: join(dataDir, 'sidecar.log'), env }).catch((error) => {
		removeData();
		throw error;
	});
	return {
		url,
		...credential,
		call: async (method, path, body) => (await connect(url, credential)).call(method, path, body),
		async token() {
			const { clientId, clientSecret } = credential;
			const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
			const answer = (await (await fetch(`${url}/v1/oauth/token`, { method: 'POST', body })).json()) as { access_token: string };
			return answer.access_token;
		},
		async stop() {
			await stop();
			removeData();
		},
	};
}
