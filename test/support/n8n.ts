import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiKey, n8nClient, setupOwner } from '../../scripts/n8n/api.mjs';
import { startN8n } from '../../scripts/n8n/start.mjs';
import type { RunningN8n } from '../../scripts/n8n/start.mjs';

export { itemsOf, N8nError } from '../../scripts/n8n/api.mjs';
export { packNodes } from '../../scripts/n8n/pack.mjs';
export type { RunningN8n };
export type N8nClient = ReturnType<typeof n8nClient>;

export const owner = { email: 'owner@example.com', password: 'Canvas-and-coffee-1' };

export interface N8nForTests extends RunningN8n {
	client: N8nClient;
	/** Stops n8n and starts it again on the same folder and port, as after a reboot. */
	restart(): Promise<void>;
}

/**
 * A fresh n8n in a temporary folder, with its owner and a client of its public API.
 * `stop()` also removes the folder.
 */
export async function startN8nForTests(
	options: { packageTgz?: string; sidecarUrl?: string; env?: Record<string, string> } = {},
): Promise<N8nForTests> {
	const parent = mkdtempSync(join(tmpdir(), 'talentmatch-n8n-'));
	const folder = join(parent, 'user');
	mkdirSync(folder);
	let running = await startN8n({ folder, ...options });
	const session = await setupOwner(running.url, owner);
	const client = n8nClient(session, await createApiKey(session));
	const port = Number(new URL(running.url).port);
	return {
		url: running.url,
		folder,
		client,
		logs: () => running.logs(),
		async restart() {
			await running.stop();
			const { packageTgz: _alreadyInstalled, ...rest } = options;
			running = await startN8n({ folder, port, ...rest });
		},
		async stop() {
			await running.stop();
			rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}
