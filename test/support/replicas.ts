/** Several processes of one installation, as behind a load balancer, on a PostgreSQL database of their own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase } from '../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../sidecar/src/platform/db/database.ts';
import { callerOf } from './app.ts';
import type { Caller } from './app.ts';
import { servicesOfThisRun } from './services.ts';

export interface Replicas {
	/** base URLs, one a process */
	urls: string[];
	db: Database;
	credential: { workspaceId: string; clientId: string; clientSecret: string };
	/** the bootstrap client at one of the processes */
	callerAt(index: number): Caller;
	stop(): Promise<void>;
}

/** @param options.redis false: PostgreSQL alone, each process with role `all` */
export async function startReplicas(count: number, options: { redis: boolean; environment?: Record<string, string> }): Promise<Replicas> {
	const { databaseUrl, ownerUrl } = await servicesOfThisRun();
	const credential = { workspaceId: '', clientId: 'replicas', clientSecret: 'a-secret-for-tests-of-replicas' };
	const environment = {
		PATH: process.env['PATH'], DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl, SECRET_KEY: 'c'.repeat(64), QUEUE_NAME: `replicas-${randomUUID().slice(0, 8)}`, PORT: '0', LOG_LEVEL: 'error', LOG_FORMAT: 'json',
		DATABASE_POOL_SIZE: '5', BOOTSTRAP_CLIENT_ID: credential.clientId, BOOTSTRAP_CLIENT_SECRET: credential.clientSecret,
		...(options.redis && { REDIS_URL: inject('redisUrl'), TALENTMATCH_ROLE: 'api' }), ...options.environment,
	};
	const children = new Set<ChildProcess>();
	const start = () => {
		const child = spawn(process.execPath, [new URL('../../sidecar/src/main.ts', import.meta.url).pathname], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
		children.add(child);
		return new Promise<string>((resolve, reject) => {
			child.once('message', (message: { url: string }) => resolve(message.url));
			child.once('exit', (code) => reject(new Error(`a replica ended with code ${code}`)));
		});
	};
	const urls = await Promise.all(Array.from({ length: count }, start));
	const db = await openDatabase({ url: databaseUrl });
	const [workspace] = await db.query<{ id: string }>('SELECT id FROM workspaces');
	credential.workspaceId = workspace?.id ?? '';
	return {
		urls, db, credential,
		callerAt: (index) => callerOf(urls[index] as string, credential),
		async stop() {
			await db.close();
			await Promise.all([...children].map((child) => new Promise((resolve) => {
				child.once('exit', resolve);
				child.kill('SIGKILL');
			})));
		},
	};
}
