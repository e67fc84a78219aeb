import { inject } from 'vitest';
import { createDatabase, withRole } from './postgres.ts';

/** `embedded` (PGlite, in-process queue and cache) or `services` (PostgreSQL, Redis); set by vitest.config.ts. */
export const testMode: 'embedded' | 'services' = process.env['TM_TEST_MODE'] === 'services' ? 'services' : 'embedded';

/**
 * In the services suite: a new database on the run's PostgreSQL, as production has it: `ownerUrl` is the role that owns the
 * tables and migrates, `databaseUrl` the role of the service, which has no right but what the migration gives it. And the
 * run's Redis.
 */
export async function servicesOfThisRun(): Promise<{ databaseUrl: string; ownerUrl: string; redisUrl: string }> {
	const roles = inject('postgresRoles');
	const url = await createDatabase(inject('postgresUrl'), { owner: roles.owner.name });
	return { databaseUrl: withRole(url, roles.service), ownerUrl: withRole(url, roles.owner), redisUrl: inject('redisUrl') };
}
