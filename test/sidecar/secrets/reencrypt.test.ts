/** Changing the master key of a database that is in use. */
import { createCipheriv, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../../../sidecar/src/platform/context.ts';
import { systemActor } from '../../../sidecar/src/platform/context.ts';
import { createSecretBox, keyIdOf } from '../../../sidecar/src/platform/secrets.ts';
import { createKeyRing } from '../../../sidecar/src/identity/signingKeys.ts';
import { reencrypt, sealedColumns } from '../../../sidecar/src/sealed.ts';
import { saveWebhook } from '../../../sidecar/src/workflows/saveWebhook.ts';
import { webhooks } from '../../../sidecar/src/workflows/Webhook.ts';
import type { WebhookRow } from '../../../sidecar/src/workflows/Webhook.ts';
import { rotateWebhookSecret, signDelivery } from '../../../sidecar/src/workflows/webhookSecrets.ts';
import { callerOf, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { testMode } from '../../support/services.ts';
import { makeRows } from '../api/fixtures.ts';

const old = Buffer.alloc(32, 0xaa);
const fresh = randomBytes(32);

let app: TestApp;
let workspaceId: string;
beforeAll(async () => {
	app = await startApp({ SECRET_KEY: old.toString('hex') });
	workspaceId = app.credential.workspaceId;
});
afterAll(() => app?.close());

/** As a process with these keys, newest first. */
const as = (...keys: Buffer[]): Ctx => ({ ...app.services, secretBox: createSecretBox(keys), actor: systemActor(workspaceId), requestId: randomUUID(), signal: new AbortController().signal, task: null });
const newWebhook = async (ctx: Ctx, secret: string, url = `http://127.0.0.1:9/${randomUUID()}`) => ({ id: (await saveWebhook(ctx, { url, events: ['agent.paused'], secret })).webhook.id, url, secret });
const rowOf = async (ctx: Ctx, id: string) => (await webhooks(ctx.db).findByPk(id, { raw: true })) as WebhookRow;
const opens = async (ctx: Ctx, { id, secret }: { id: string; secret: string }) => {
	expect(signDelivery(ctx, await rowOf(ctx, id), '1', 'body').split(',')[0]).toBe(`sha256=${createHmac('sha256', secret).update('1.body').digest('hex')}`);
};

test('a sealed value stands in no column that the list of sealed columns does not name', async () => {
	await makeRows(app);
	await app.call('POST', `/v1/webhooks/${(await newWebhook(as(old), 'a-secret-of-the-receiver-0')).id}/rotate-secret`, {});
	await rotateWebhookSecret(as(old), { webhookId: (await newWebhook(as(old), 'a-secret-of-the-receiver-1')).id, overlapSeconds: 3600 });
	const { db } = app.services;
	const columns = await db.query<{ table: string; column: string; type: string }>(
		`SELECT c.table_name AS "table", c.column_name AS "column", c.udt_name AS type FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace
		 WHERE c.table_schema = 'public' AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND (c.udt_name IN ('text', 'varchar', 'jsonb', 'json', 'bpchar', 'citext', 'bytea') OR c.udt_name LIKE '\\_%')`,
	);
	expect(columns.length).toBeGreaterThan(100);
	const holding: string[] = [];
	for (const { table, column, type } of columns) {
		const text = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
		const [found] = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM "${table}" WHERE ${text} ~ 'v[0-9]\\.[0-9a-f]{8}\\.[A-Za-z0-9_-]{16,}\\.'`);
		if ((found?.n ?? 0) > 0) holding.push(`${table}.${column}`);
	}
	expect(holding.sort()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort());
});

test('a sealed secret that was copied to another row signs nothing', async () => {
	const ctx = as(old);
	const [one, two] = [await newWebhook(ctx, 'a-secret-of-the-receiver-1'), await newWebhook(ctx, 'a-secret-of-the-receiver-2')];
	await app.services.db.query('UPDATE webhooks SET secret = (SELECT secret FROM webhooks WHERE id = :one) WHERE id = :two', { replacements: { one: one.id, two: two.id } });
	await opens(ctx, one);
	const copied = await rowOf(ctx, two.id);
	expect(() => signDelivery(ctx, copied, '1', 'body')).toThrow();
	const report = await reencrypt(ctx);
	expect(report.unopened).toEqual([{ table: 'webhooks', column: 'secret', rowId: two.id }]);
	await app.services.db.query('DELETE FROM webhooks WHERE id = :two', { replacements: { two: two.id } });
});

test('everything is sealed with the new key while webhooks are saved and rotated, and no change of theirs is lost', async () => {
	const [before, during, after] = [as(old, fresh), as(fresh, old), as(fresh)];
	const known: { id: string; url: string; secret: string }[] = [];
	for (let n = 0; n < 39; n++) known.push(await newWebhook(before, `secret-before-${n}-${randomUUID()}`));
	// Without overlap the former secret is gone; with it, it moves to another column as it is.
	for (const webhook of known.slice(0, 5)) {
		webhook.secret = `rotated-${randomUUID()}`;
		await rotateWebhookSecret(before, { webhookId: webhook.id, overlapSeconds: 3600, secret: webhook.secret });
	}
	let going = true;
	let saves = 0;
	// Each has webhooks of its own. Replicas that have the old key in front go on with it until they are started again.
	const savers = [before, during, before].map(async (ctx, saver) => {
		for (let n = saver; going; n += 3) {
			const webhook = known[n % 39] as { id: string; url: string; secret: string };
			const secret = `saved-${saver}-${n}-${randomUUID()}`;
			if (n % 2 === 0) await saveWebhook(ctx, { url: webhook.url, events: ['agent.paused'], secret });
			else await rotateWebhookSecret(ctx, { webhookId: webhook.id, overlapSeconds: 3600, secret });
			webhook.secret = secret;
			saves++;
		}
	});
	let reencrypted = 0;
	for (let round = 0; round < 2; round++) reencrypted += (await reencrypt(during, { batchSize: 7 })).columns.reduce((sum, column) => sum + column.reencrypted, 0);
	going = false;
	await Promise.all(savers);

	const last = await reencrypt(during, { batchSize: 7 });
	expect(last.unopened).toEqual([]);
	expect(last.retiredKeys).toEqual([{ keyId: before.secretBox.keyIds[0], values: 0 }]);
	const again = await reencrypt(during);
	expect(again.columns.map(({ reencrypted: n }) => n)).toEqual(sealedColumns.map(() => 0));
	expect(again.columns.find(({ column }) => column === 'secret')?.values).toBeGreaterThanOrEqual(39);
	for (const webhook of known) await opens(after, webhook);
	console.log(`${saves} saves during two re-encryptions, ${reencrypted} values sealed anew meanwhile`);
	expect(saves).toBeGreaterThan(10);
	expect((await createKeyRing({ db: app.services.db, secretBox: after.secretBox }).current()).kid).toBeTruthy();
	// Back to the app's own key, as the others need it.
	await reencrypt(as(old, fresh));
	expect((await callerOf(app.url, app.credential).call('GET', '/v1/me')).status).toBe(200);
});

test('a secret that was set between reading and writing stays as it was set', async () => {
	const ctx = as(fresh, old);
	const webhook = await newWebhook(as(old), 'set-first-0123456789abcdef');
	const box = ctx.secretBox;
	let first = true;
	// The change comes in exactly between: after this value was read and before it is written.
	const rewrap: typeof box.rewrap = (sealed, place) => {
		const anew = box.rewrap(sealed, place);
		if (place.endsWith(webhook.id) && first) {
			first = false;
			interference = saveWebhook(as(old), { url: webhook.url, events: ['agent.paused'], secret: 'set-later-0123456789abcdef' });
		}
		return anew;
	};
	let interference: Promise<unknown> = Promise.resolve();
	const { db } = app.services;
	const waiting = new Proxy(db, { get: (target, name) => (name === 'transaction' ? async (work: () => Promise<unknown>) => (await interference, target.transaction(work)) : Reflect.get(target, name)) });
	const report = await reencrypt({ db: waiting, secretBox: { ...box, rewrap } });
	expect([first, report.unopened]).toEqual([false, []]);
	await opens(as(fresh), { ...webhook, secret: 'set-later-0123456789abcdef' });
	await reencrypt(as(old, fresh));
});

test('what no key opens is named by table and row, the rest is sealed anew, and the retired key is still needed', async () => {
	const lost = randomBytes(32);
	const [unopenable, fine] = [await newWebhook(as(lost), 'sealed-with-a-lost-key-1'), await newWebhook(as(old), 'sealed-with-the-old-key-1')];
	const report = await reencrypt(as(fresh, old));
	expect(report.unopened).toEqual([{ table: 'webhooks', column: 'secret', rowId: unopenable.id }]);
	await opens(as(fresh), fine);
	expect(report.retiredKeys[0]?.values).toBe(0);
	await app.services.db.query('DELETE FROM webhooks WHERE id = :id', { replacements: { id: unopenable.id } });
	await reencrypt(as(old, fresh));
});

test('secrets that the version before has sealed are bound to their rows', async () => {
	const webhook = await newWebhook(as(old), 'sealed-by-the-version-before');
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', old, nonce);
	const body = Buffer.concat([cipher.update(webhook.secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
	const sealed = ['v1', as(old).secretBox.keyIds[0], nonce.toString('base64url'), body.toString('base64url')].join('.');
	await app.services.db.query('UPDATE webhooks SET secret = :sealed WHERE id = :id', { replacements: { sealed, id: webhook.id } });
	await opens(as(old), webhook);
	expect((await reencrypt(as(old))).columns.map(({ reencrypted }) => reencrypted)).toEqual([0, 1, 0]);
	const row = await rowOf(as(old), webhook.id);
	expect([row.secret.slice(0, 3), keyIdOf(row.secret)]).toEqual(['v2.', as(old).secretBox.keyIds[0]]);
	await opens(as(old), webhook);
});

if (testMode === 'services') test('two re-encryptions at once do the work once', async () => {
	for (let n = 0; n < 20; n++) await newWebhook(as(old), `at-once-${n}-0123456789abcdef`);
	const reports = await Promise.all([reencrypt(as(fresh, old), { batchSize: 3 }), reencrypt(as(fresh, old), { batchSize: 3 })]);
	const [total] = await app.services.db.query<{ n: number }>(`SELECT (SELECT count(*)::int FROM webhooks) + (SELECT count(*)::int FROM webhooks WHERE previous_secret IS NOT NULL) + (SELECT count(*)::int FROM signing_keys) AS n`);
	expect(reports.flatMap(({ columns }) => columns).reduce((sum, { reencrypted }) => sum + reencrypted, 0)).toBe(total?.n);
	await reencrypt(as(old, fresh));
});
