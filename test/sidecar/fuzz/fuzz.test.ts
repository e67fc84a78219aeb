/**
 * Requests that are right by schema, and spoilt, to every route there is. TM_FUZZ_SEED repeats a run, TM_FUZZ_REQUESTS
 * makes it longer.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { testMode } from '../../support/services.ts';
import { runCampaign } from './campaign.ts';
import { createJudge } from './judge.ts';
import { patienceFor } from './patience.ts';
import { makeWorld } from './world.ts';
import type { World } from './world.ts';

const seed = Number(process.env['TM_FUZZ_SEED'] ?? 20_261_122);
const requests = Number(process.env['TM_FUZZ_REQUESTS'] ?? (testMode === 'embedded' ? 20_000 : 2_000));
const routes = allRoutes({} as never);

let app: TestApp;
let world: World;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'read=0,write=0,heavy=0,auth=0,public=0', TOKEN_TTL_SECONDS: '7200', MAX_UPLOAD_MB: '1', TASK_RECONCILE_SECONDS: '1' });
	world = await makeWorld(app);
});
afterAll(async () => {
	await app?.close();
	await world?.close();
});

test(`${requests} requests: none ends in 500 or never, none is answered otherwise than declared, none that is refused writes`, async () => {
	await world.prepare();
	world.target.patienceMs = await patienceFor(app.url);
	const startedAt = performance.now();
	const report = await runCampaign({ ...world, routes, judge: createJudge(routes, app.openApi), db: app.services.db, seed, requests });
	const taken = [...report.routes.values()].filter(([fine]) => fine > 0).length;
	console.log(`fuzz: seed ${seed}, ${report.requests} requests in ${Math.round((performance.now() - startedAt) / 1000)} s, ${report.watched} of them watched for writes; ${report.routes.size} of ${routes.length} routes, ${taken} of them took some; statuses ${[...report.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ')}; slowest ${Math.round(report.slowestMs)} ms`);
	const never = routes.filter(({ id }) => !report.routes.has(id)).map(({ id }) => id);
	expect(never).toEqual([]);
	// What is asked must mostly make sense: else only the first checks would be tried.
	if (requests >= 20_000) expect(taken / routes.length, `never taken: ${routes.filter(({ id }) => (report.routes.get(id)?.[0] ?? 0) === 0).map(({ id }) => id).join(', ')}`).toBeGreaterThan(0.85);
	expect(polluted()).toEqual([]);
}, 900_000);

/** What a request may have hung on every object of this process: the service runs in it. */
function polluted(): string[] {
	return Object.keys(Object.prototype);
}
