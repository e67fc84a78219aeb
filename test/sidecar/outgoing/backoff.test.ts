/** What keeps deliveries that failed together from coming back together. */
import { afterEach, beforeAll, afterAll, expect, test, vi } from 'vitest';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { openTestDatabase } from '../../support/database.ts';
import { newWorkspace, openQueue, testTask } from '../platform/queueSupport.ts';

let db: Database;
beforeAll(async () => void (db = await openTestDatabase()));
afterEach(() => void vi.restoreAllMocks());
afterAll(() => db?.close());

test('the wait before an attempt is a random part, from half to all, of one that doubles', async () => {
	const workspaceId = await newWorkspace(db);
	const queue = openQueue(db, null);
	/** seconds from the first attempt to the second, by the ledger */
	const waitWith = async (chance: number): Promise<number> => {
		vi.spyOn(Math, 'random').mockReturnValue(chance);
		const { id } = await queue.tasks.enqueue(testTask(workspaceId));
		await vi.waitFor(async () => expect(await queue.tasks.find(workspaceId, id)).toMatchObject({ status: 'queued', attempt: 1 }), { timeout: 20_000 });
		const [row] = await db.query<{ seconds: number }>('SELECT extract(epoch FROM run_at - started_at)::float AS seconds FROM tasks WHERE id = $id', { bind: { id } });
		return row?.seconds ?? 0;
	};
	try {
		queue.work(async () => {
			throw new Error('not now');
		}, { backoffMs: 3_600_000 });
		const [least, middle, most] = [await waitWith(0), await waitWith(0.5), await waitWith(0.999)];
		expect(middle / least).toBeCloseTo(1.5, 1);
		expect(most / least).toBeCloseTo(2, 1);
	} finally {
		await queue.close();
	}
});
