/** `npm run sync:schema`: writes migrations/schema.sql from a migrated embedded database, so that a review sees what a migration changes. */
import { writeFile } from 'node:fs/promises';
import { openDatabase } from '../src/platform/db/database.ts';
import { describeSchema } from '../src/platform/db/describeSchema.ts';
import { migrate } from '../src/platform/db/migrate.ts';

const db = await openDatabase({ dataDir: ':memory:' });
try {
  await migrate(db);
  await writeFile(new URL('../../migrations/schema.sql', import.meta.url), await describeSchema(db));
} finally {
  await db.close();
}
