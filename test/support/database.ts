import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../sidecar/src/platform/db/database.ts';
import type { Database, DatabaseOptions } from '../../sidecar/src/platform/db/database.ts';
import { migrate } from '../../sidecar/src/platform/db/migrate.ts';
import { servicesOfThisRun, testMode } from './services.ts';

const migrations = new URL('../../migrations/', import.meta.url);

/**
 * A migrated database of its own, empty but for its tables: embedded in memory, or on the run's PostgreSQL.
 * The caller closes it.
 */
export async function openTestDatabase(options: Omit<DatabaseOptions, 'url' | 'dataDir' | 'template'> = {}): Promise<Database> {
	if (testMode === 'services') {
		const db = await openDatabase({ ...options, url: (await servicesOfThisRun()).databaseUrl });
		await migrate(db);
		return db;
	}
	return openDatabase({ ...options, dataDir: ':memory:', template: await migratedTemplate() });
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
