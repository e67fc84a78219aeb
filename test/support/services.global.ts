import type { TestProject } from 'vitest/node';
import { createRoles, dropRoles, startPostgres } from './postgres.ts';
import type { PostgresRoles } from './postgres.ts';
import { startRedis } from './redis.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** Superuser URL of the PostgreSQL of this run; give each test file its own database on it. */
		postgresUrl: string;
		/** The two roles of a production install, made for this run. */
		postgresRoles: PostgresRoles;
		/** A Redis shared by the run; a test that stops or pauses Redis starts its own. */
		redisUrl: string;
	}
}

/** One PostgreSQL and one Redis for the whole services suite. */
export default async function startServices(project: TestProject) {
	const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
	const roles = await createRoles(postgres.url);
	project.provide('postgresUrl', postgres.url);
	project.provide('postgresRoles', roles);
	project.provide('redisUrl', redis.url);
	return async () => {
		// A server of our own goes with its roles.
		if (process.env['TEST_DATABASE_URL']) await dropRoles(postgres.url, roles).catch((error: unknown) => console.error(error));
		await Promise.all([postgres.stop(), redis.stop()]);
	};
}
