import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Umzug } from 'umzug';
import type { Database } from './database.ts';
import { isPermissionDenied } from './errors.ts';

const migrationsFolder = fileURLToPath(new URL('../../../../migrations', import.meta.url));
const lock = 'migrations';

/**
 * Runs the pending migrations, each in a transaction of its own. Several processes may call it at once.
 * @returns names of those that this call ran, such as `0001-foundation`
 * @throws when the database has migrations that this version does not know: it was migrated by a newer one
 */
export function migrate(db: Database): Promise<string[]> {
  return db.exclusive(lock, async () => {
    const umzug = umzugOf(db);
    await refuseNewerDatabase(db);
    return (await umzug.up()).map(({ name }) => name);
  });
}

/**
 * Undoes migrations, newest first.
 * @param to name of the oldest one to undo; without it only the newest, with 0 all
 */
export function migrateDown(db: Database, to?: string | 0): Promise<string[]> {
  return db.exclusive(lock, async () => {
    await refuseNewerDatabase(db);
    return (await umzugOf(db).down(to === undefined ? {} : { to })).map(({ name }) => name);
  });
}

/** @returns names of the migrations that have not run on this database */
export async function pendingMigrations(db: Database): Promise<string[]> {
  return (await umzugOf(db).pending()).map(({ name }) => name);
}

function umzugOf(db: Database) {
  return new Umzug({
    logger: undefined,
    context: db,
    migrations: names().map((name) => ({
      name,
      // The note that it ran is in the same transaction: a crash leaves both or neither.
      up: () => run(db, `${name}.up.sql`, 'INSERT INTO schema_migrations (name) VALUES (:name)', name),
      down: () => run(db, `${name}.down.sql`, 'DELETE FROM schema_migrations WHERE name = :name', name),
    })),
    storage: {
      executed: () => executed(db),
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
  });
}

function names(): string[] {
  return readdirSync(migrationsFolder)
    .filter((file) => file.endsWith('.up.sql'))
    .map((file) => file.slice(0, -'.up.sql'.length))
    .sort();
}

async function executed(db: Database): Promise<string[]> {
  const [table] = await db.query<{ name: string | null }>("SELECT to_regclass('schema_migrations') AS name");
  if (table?.name === null) return [];
  const rows = await db.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name').catch((error: unknown) => {
    if (isPermissionDenied(error)) throw new Error('The role of DATABASE_URL has no rights on the tables yet. Run `npm run migrate` with DATABASE_OWNER_URL set: it gives them (docs/audit.md).', { cause: error });
    throw error;
  });
  return rows.map(({ name }) => name);
}

async function refuseNewerDatabase(db: Database): Promise<void> {
  const known = new Set(names());
  const unknown = (await executed(db)).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(`The database has migrations of a newer version of TalentMatch (${unknown.join(', ')}). Start that version, or restore a backup made before it.`);
  }
}

async function run(db: Database, file: string, note: string, name: string): Promise<void> {
  const sql = readFileSync(join(migrationsFolder, file), 'utf8');
  const ran = db.transaction(async () => {
    // An index on a big table takes longer than a request may.
    await db.query('SET LOCAL statement_timeout = 0');
    await db.query('CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    await db.sequelize.query(sql);
    await db.query(note, { replacements: { name } });
  });
  await ran.catch((error: unknown) => {
    if (isPermissionDenied(error)) throw new Error(`The role of this connection may not run the migration ${name}. Run \`npm run migrate\` with DATABASE_OWNER_URL set to the role that owns the tables (docs/audit.md).`, { cause: error });
    throw error;
  });
}
