/** What has expired goes: the tables of tries and revoked tokens do not grow for ever. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServices } from '../../../sidecar/src/services.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

test('at a start too: a service that is restarted every few hours would keep it otherwise', async () => {
	const { config, db } = app.services;
	await db.query("INSERT INTO login_attempts (key, failures, window_ends_at) VALUES ('over', 1, now() - interval '1 hour'), ('not over', 1, now() + interval '1 hour')");
	// Closing waits for the look that began with the start.
	await (await openServices({ ...config, role: 'worker' })).close();
	expect(await db.query('SELECT key FROM login_attempts')).toEqual([{ key: 'not over' }]);
});
