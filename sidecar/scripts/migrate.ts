/**
 * `npm run migrate`: runs the pending migrations and makes the partitions ahead. With DATABASE_OWNER_URL it runs as that
 * role and then gives the role of DATABASE_URL what the service needs.
 * `npm run migrate -- down [name]`: undoes the newest migration, or all from `name` on (`0` for all).
 * `npm run migrate -- status`: lists the pending ones; exit code 1 when there are any.
 */
import path from 'node:path';
import { loadConfig } from '../src/config.ts';
import { openDatabase } from '../src/platform/db/database.ts';
import { grantService, roleOf } from '../src/platform/db/grants.ts';
import { migrate, migrateDown, pendingMigrations } from '../src/platform/db/migrate.ts';
import { ensurePartitions } from '../src/platform/db/partitions.ts';
import { trustAuthorities } from '../src/platform/transport.ts';

const [command = 'up', to] = process.argv.slice(2);
const { database, dataDir, extraCaFile } = loadConfig();
if (extraCaFile !== undefined) trustAuthorities(extraCaFile);
const db = await openDatabase({ url: database.ownerUrl ?? database.url, dataDir: path.join(dataDir, 'database'), poolSize: 2 });
try {
  if (command === 'up') {
    print('ran', await migrate(db));
    await ensurePartitions(db, new Date());
    if (database.ownerUrl !== undefined && database.url !== undefined) print('ran', await grantService(db, roleOf(database.url)));
  } else if (command === 'down') {
    print('undid', await migrateDown(db, to === '0' ? 0 : to));
  } else if (command === 'status') {
    const pending = await pendingMigrations(db);
    print('pending', pending);
    if (pending.length > 0) process.exitCode = 1;
  } else {
    console.error(`Unknown command ${command}. Use up, down [name] or status.`);
    process.exitCode = 2;
  }
} finally {
  await db.close();
}

function print(what: string, names: string[]): void {
  console.log(names.length === 0 ? `${what}: nothing` : names.map((name) => `${what} ${name}`).join('\n'));
}
