import type { Database } from './database.ts';

/** Tables that are partitioned by UTC month. */
export const monthlyTables = ['audit_log', 'rag_queries', 'workflow_executions'] as const;

const monthsAhead = 3;

/**
 * Makes the partitions of the month of `now` and the three after it, where they are missing. Call it at start and at
 * least once a month; several processes may call it at once.
 */
export async function ensurePartitions(db: Database, now: Date): Promise<void> {
  await db.exclusive('partitions', async () => {
    for (const table of monthlyTables) {
      for (let ahead = 0; ahead <= monthsAhead; ahead++) {
        const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
        await db.query('SELECT ensure_month_partition(:table, :month)', { replacements: { table, month } });
      }
    }
  });
}
