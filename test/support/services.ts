import { inject } from 'vitest';
import { createDatabase } from './postgres.ts';

/** `embedded` (PGlite, in-process queue and cache) or `services` (PostgreSQL, Redis); set by vitest.config.ts. */
export const testMode: 'embedded' | 'services' = process.env['TM_TEST_MODE'] === 'services' ? 'services' : 'embedded';

/** In the services suite: a new database on the run's PostgreSQL, and the run's Redis. */
export async function servicesOfThisRun(): Promise<{ databaseUrl: string; redisUrl: string }> {
	return { databaseUrl: await createDatabase(inject('postgresUrl')), redisUrl: inject('redisUrl') };
}
