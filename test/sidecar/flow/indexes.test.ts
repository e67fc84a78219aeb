/** Every way in which rows are looked up beyond their id has its index: what is fast on a test's ten rows stays fast on millions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { asOwner } from '../../support/database.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
	const { db } = app.services;
	const bind = { workspaceId: app.credential.workspaceId };
	// Enough rows of one workspace that the workspace alone is no way to find one of them.
	await db.query(
		`INSERT INTO tasks (id, workspace_id, kind, payload, status, run_at, created_by)
		 SELECT gen_random_uuid(), $workspaceId, 'match.rank', CASE WHEN n % 2 = 0 THEN jsonb_build_object('candidateId', gen_random_uuid())
		   ELSE jsonb_build_object('candidateIds', jsonb_build_array(gen_random_uuid(), gen_random_uuid())) END, 'succeeded', now(), 'test'
		 FROM generate_series(1, 6000) AS n`, { bind });
	await db.query(
		`INSERT INTO events (id, workspace_id, type, subject_type, subject_id, data)
		 SELECT gen_random_uuid(), $workspaceId, 'match.completed', 'job', gen_random_uuid(), jsonb_build_object('candidateId', gen_random_uuid()) FROM generate_series(1, 6000)`, { bind });
	await asOwner(app.services, 'ANALYZE tasks', 'ANALYZE events');
});
afterAll(() => app?.close());

/** Rows of these are never deleted, so nothing looks up what points at them. */
const kept = ['workspaces', 'agents', 'agent_versions'];

test('a foreign key to rows that can be deleted leads an index without a condition', async () => {
	const missing = await app.services.db.query(
		`SELECT c.conrelid::regclass::text || '.' || a.attname AS key
		 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		 WHERE c.contype = 'f' AND NOT c.confrelid::regclass::text = ANY ($kept)
		   AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)
		 ORDER BY 1`,
		{ bind: { kept } },
	);
	expect(missing).toEqual([]);
});

describe('an index answers', () => {
	const id = '01980000-0000-7000-8000-00000000d001';
	const workspace = () => app.credential.workspaceId;
	test.each([
		['the matches of a job, newest first', 'SELECT id FROM matches WHERE workspace_id = $workspace AND job_id = $id ORDER BY created_at DESC, id DESC LIMIT 20', ['matches_by_job']],
		['the matches of a candidate, newest first', 'SELECT id FROM matches WHERE workspace_id = $workspace AND candidate_id = $id ORDER BY created_at DESC, id DESC LIMIT 20', ['matches_by_candidate']],
		['the tasks of a candidate', "DELETE FROM tasks WHERE workspace_id = $workspace AND payload->>'candidateId' = $id::text", ['tasks_by_candidate']],
		['the rankings of chosen people', "SELECT id FROM tasks WHERE workspace_id = $workspace AND payload->'candidateIds' ? $id::text", ['tasks_by_candidates']],
		["the events about a candidate's matches", "DELETE FROM events WHERE workspace_id = $workspace AND type = 'match.completed' AND ((subject_type = 'candidate' AND subject_id = $id) OR data->>'candidateId' = $id::text)", ['events_by_subject', 'events_by_candidate']],
		['the deliveries of a webhook, newest first', 'SELECT id FROM event_deliveries WHERE workspace_id = $workspace AND webhook_id = $id ORDER BY created_at DESC, id DESC LIMIT 20', ['event_deliveries_by_webhook']],
		['the failed deliveries, newest first', "SELECT id FROM event_deliveries WHERE workspace_id = $workspace AND status = 'failed' ORDER BY created_at DESC, id DESC LIMIT 20", ['event_deliveries_failed']],
		['the questions that cite a candidate', 'SELECT id FROM rag_queries WHERE candidate_ids @> ARRAY[$id]::uuid[]', ['candidate_ids']],
	])('%s', async (_, sql, indexes) => {
		const plan = await app.services.db.transaction(async () => {
			// Where the table is empty: the plan of a large one.
			await app.services.db.query('SET LOCAL enable_seqscan = off');
			return app.services.db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql.replace('$workspace', `'${workspace()}'`).replaceAll('$id', `'${id}'`)}`);
		});
		const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
		for (const index of indexes) expect(lines).toContain(index);
		expect(lines).not.toMatch(/Seq Scan|Sort /);
	});
});
