/**
 * Every column that holds sealed text, and their re-encryption with the newest key. A column that is missing here is a
 * defect (a test looks over all text of a database for sealed values).
 */
import type { Services } from './platform/context.ts';
import { isSerializationFailure } from './platform/db/database.ts';
import { keyIdOf, sealedPlace } from './platform/secrets.ts';

export interface SealedColumn {
  table: string;
  column: string;
  /** column of the primary key, and its type */
  id: string;
  idType: 'uuid' | 'text';
  /** the column that the text was sealed for, where rows move it into another one */
  sealedAs?: string;
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'signing_keys', column: 'private_jwk', id: 'kid', idType: 'text' },
  { table: 'webhooks', column: 'secret', id: 'id', idType: 'uuid' },
  { table: 'webhooks', column: 'previous_secret', id: 'id', idType: 'uuid', sealedAs: 'secret' },
];

export interface ReencryptionReport {
  /** per column in order: values found, and those that were sealed anew */
  columns: { table: string; column: string; values: number; reencrypted: number }[];
  /** values that no given key opens, or that stand where they were not sealed for */
  unopened: { table: string; column: string; rowId: string }[];
  /** by the id of each retired key, how many values still need it */
  retiredKeys: { keyId: string; values: number }[];
}

/** A service that still seals with an older key could keep one look from ever being the last. */
const mostLooks = 10;
const mostTries = 10;

/**
 * Seals every value with the newest key; the service may run. Each value is changed only if it still is what was read, so
 * a secret that is set meanwhile stays; it looks again until it finds nothing to do. Safe to stop and to repeat.
 * @param batchSize rows read and changed in one transaction
 */
export async function reencrypt(services: Pick<Services, 'db' | 'secretBox'>, { batchSize = 200 }: { batchSize?: number } = {}): Promise<ReencryptionReport> {
  const report: ReencryptionReport = { columns: [], unopened: [], retiredKeys: [] };
  const needed = new Map<string, number>();
  for (const column of sealedColumns) {
    let reencrypted = 0;
    for (let look = 1; ; look += 1) {
      const seen = await lookThrough(services, column, batchSize);
      reencrypted += seen.changed;
      if (seen.outdated > 0 && look < mostLooks) continue;
      report.columns.push({ table: column.table, column: column.column, values: seen.values, reencrypted });
      report.unopened.push(...seen.unopened.map((rowId) => ({ table: column.table, column: column.column, rowId })));
      for (const [keyId, values] of seen.byKey) needed.set(keyId, (needed.get(keyId) ?? 0) + values);
      break;
    }
  }
  report.retiredKeys = services.secretBox.keyIds.slice(1).map((keyId) => ({ keyId, values: needed.get(keyId) ?? 0 }));
  return report;
}

interface Seen {
  values: number;
  /** values that were not of the newest key when they were read, whether their change succeeded or not */
  outdated: number;
  changed: number;
  unopened: string[];
  /** as read, by key */
  byKey: Map<string, number>;
}

async function lookThrough(services: Pick<Services, 'db' | 'secretBox'>, column: SealedColumn, batchSize: number): Promise<Seen> {
  const seen: Seen = { values: 0, outdated: 0, changed: 0, unopened: [], byKey: new Map() };
  for (let after: string | null = null; ; ) {
    const rows = await readBatch(services, column, after, batchSize);
    const changes: { rowId: string; sealed: string; anew: string }[] = [];
    for (const { rowId, sealed } of rows) {
      seen.values += 1;
      const keyId = keyIdOf(sealed);
      if (keyId !== null) seen.byKey.set(keyId, (seen.byKey.get(keyId) ?? 0) + 1);
      try {
        const anew = services.secretBox.rewrap(sealed, sealedPlace(column.table, column.sealedAs ?? column.column, rowId));
        if (anew !== null) changes.push({ rowId, sealed, anew });
      } catch {
        // Why it does not open says nothing that the row's id does not, and could say too much.
        seen.unopened.push(rowId);
      }
    }
    seen.outdated += changes.length;
    seen.changed += await change(services, column, changes);
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return seen;
    after = last.rowId;
  }
}

async function readBatch({ db }: Pick<Services, 'db'>, { table, column, id, idType }: SealedColumn, after: string | null, batchSize: number): Promise<{ rowId: string; sealed: string }[]> {
  return db.query(
    `SELECT ${id}::text AS "rowId", ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL AND ($after::${idType} IS NULL OR ${id} > $after::${idType}) ORDER BY ${id} LIMIT $batchSize::int`,
    { bind: { after, batchSize } },
  );
}

/** In the order of the ids, so that two of these wait for each other instead of both failing. @returns rows changed */
async function change({ db }: Pick<Services, 'db'>, { table, column, id, idType }: SealedColumn, changes: { rowId: string; sealed: string; anew: string }[]): Promise<number> {
  if (changes.length === 0) return 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(async () => {
        let changed = 0;
        for (const { rowId, sealed, anew } of changes) {
          const rows = await db.query(`UPDATE ${table} SET ${column} = $anew WHERE ${id} = $rowId::${idType} AND ${column} = $sealed RETURNING 1 AS one`, { bind: { rowId, sealed, anew } });
          changed += rows.length;
        }
        return changed;
      });
    } catch (error) {
      if (!isSerializationFailure(error) || attempt === mostTries) throw error;
    }
  }
}
