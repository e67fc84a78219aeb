import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../sidecar/src/platform/db/database.ts';
import type { Services } from '../../sidecar/src/platform/context.ts';
import type { Database, DatabaseOptions } from '../../sidecar/src/platform/db/database.ts';
import { grantService, roleOf } from '../../sidecar/src/platform/db/grants.ts';
import { migrate } from '../../sidecar/src/platform/db/migrate.ts';
import { servicesOfThisRun, testMode } from './services.ts';

const migrations = new URL('../../migrations/', import.meta.url);

/**
 * A migrated database of its own, empty but for its tables: embedded in memory, or on the run's PostgreSQL.
 * The caller closes it.
 * @param as on PostgreSQL: the role of the service, as in production, or the owner for a test that makes tables
 */
export async function openTestDatabase({ as = 'service', ...options }: Omit<DatabaseOptions, 'url' | 'dataDir' | 'template'> & { as?: 'service' | 'owner' } = {}): Promise<Database> {
	if (testMode === 'services') {
		const { databaseUrl, ownerUrl } = await servicesOfThisRun();
		await migrateAsOwner(ownerUrl, databaseUrl);
		return openDatabase({ ...options, url: as === 'owner' ? ownerUrl : databaseUrl });
	}
	return openDatabase({ ...options, dataDir: ':memory:', template: await migratedTemplate() });
}

/**
 * Runs SQL that the service itself may not, such as DDL: as the owner of the tables (the embedded database has one role).
 * Not part of an open transaction.
 */
export async function asOwner({ db, config }: Pick<Services, 'db' | 'config'>, ...statements: string[]): Promise<void> {
	const owner = config.database.ownerUrl === undefined ? db : await openDatabase({ url: config.database.ownerUrl, poolSize: 1 });
	try {
		for (const statement of statements) await owner.query(statement);
	} finally {
		if (owner !== db) await owner.close();
	}
}

/** As a start with DATABASE_OWNER_URL does it. */
async function migrateAsOwner(ownerUrl: string, databaseUrl: string): Promise<void> {
	const owner = await openDatabase({ url: ownerUrl, poolSize: 2 });
	try {
		await migrate(owner);
		await grantService(owner, roleOf(databaseUrl));
	} finally {
		await owner.close();
	}
}

/** File of a migrated embedded database, made once per machine and state of the migrations. */
export async function migratedTemplate(): Promise<string> {
	const file = join(tmpdir(), `talentmatch-template-${stateOfMigrations()}.tar`);
	if (existsSync(file)) return file;
	const db = await openDatabase({ dataDir: ':memory:' });
	try {
		await migrate(db);
		// Renamed when whole: other test files may look for it at the same time.
		const draft = `${file}.${process.pid}`;
		await db.saveTemplate(draft);
		renameSync(draft, file);
	} finally {
		await db.close();
	}
	return file;
}

function stateOfMigrations(): string {
	const hash = createHash('sha256').update(readFileSync(new URL('../../sidecar/package-lock.json', import.meta.url)));
	for (const name of readdirSync(migrations).sort()) hash.update(name).update(readFileSync(new URL(name, migrations)));
	return hash.digest('hex').slice(0, 16);
}
