/** `npm run reencrypt -- --new-key` on a data folder, stopped between its steps and killed at any moment. */
import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { systemActor } from '../../../sidecar/src/platform/context.ts';
import type { Ctx } from '../../../sidecar/src/platform/context.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { keepAsRetired, keyFileOf, loadOrCreateKeyFile, secretKeysOf, startNewKey } from '../../../sidecar/src/platform/secretKeys.ts';
import { createSecretBox } from '../../../sidecar/src/platform/secrets.ts';
import { reencrypt } from '../../../sidecar/src/sealed.ts';
import { openServices } from '../../../sidecar/src/services.ts';
import { saveWebhook } from '../../../sidecar/src/workflows/saveWebhook.ts';
import { webhooks } from '../../../sidecar/src/workflows/Webhook.ts';
import type { WebhookRow } from '../../../sidecar/src/workflows/Webhook.ts';
import { signDelivery } from '../../../sidecar/src/workflows/webhookSecrets.ts';
import { migratedTemplate } from '../../support/database.ts';

// Each of these starts several processes with a database of their own.
vi.setConfig({ testTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), 'talentmatch-new-key-'));
const secret = 'a-secret-of-the-receiver-0123456789';
const webhookIds: string[] = [];
let original: string;

/** A data folder in use: signing key, workspace and webhooks. Each test works on its own copy. */
beforeAll(async () => {
	original = join(parent, 'original');
	await withServices(original, async (ctx) => {
		for (let n = 0; n < 30; n++) webhookIds.push((await saveWebhook(ctx, { url: `http://127.0.0.1:9/${n}`, events: ['agent.paused'], secret })).webhook.id);
	});
});
afterAll(() => rmSync(parent, { recursive: true, force: true, maxRetries: 5 }));

const copy = () => {
	const folder = join(parent, randomUUID());
	cpSync(original, folder, { recursive: true });
	return folder;
};
const keyIn = (folder: string) => readFileSync(keyFileOf(folder), 'utf8');
const finished = (folder: string) => !existsSync(`${keyFileOf(folder)}.retired`);

test('seals everything with a new key and forgets the old one', async () => {
	const folder = copy();
	const run = await command(folder, '--new-key');
	expect([run.code, run.said]).toEqual([0, expect.stringContaining('webhooks.secret: 30 values, 30 sealed anew')]);
	expect(run.said).toContain('signing_keys.private_jwk: 1 values, 1 sealed anew');
	expect(run.said).toMatch(/The retired key [0-9a-f]{8} is no longer needed/);
	expect([finished(folder), keyIn(folder) === keyIn(original)]).toEqual([true, false]);
	expect(run.said).not.toContain(keyIn(folder).trim());
	await everythingOpens(folder);
	expect((await command(folder)).said).toContain('webhooks.secret: 30 values, 0 sealed anew');
});

describe('stopped', () => {
	test.each<[string, (folder: string, db: Database) => Promise<unknown>]>([
		['after the old key was kept', async (folder) => keepAsRetired(keyFileOf(folder), await loadOrCreateKeyFile(keyFileOf(folder)))],
		['after the new key was made', (folder) => startNewKey(keyFileOf(folder))],
		['in the midst of sealing anew', (folder, db) => sealedAnew(folder, db, 10)],
		['before the old key was forgotten', (folder, db) => sealedAnew(folder, db, Infinity)],
	])('%s, everything opens with the keys of the folder, and the command finishes', async (_where, steps) => {
		const folder = copy();
		await withDatabase(folder, async (db) => {
			await steps(folder, db);
			expect(await unopened(folder, db)).toEqual([]);
		});
		expect((await command(folder, '--new-key')).code).toBe(0);
		expect([finished(folder), keyIn(folder) === keyIn(original)]).toEqual([true, false]);
		expect(await withDatabase(folder, (db) => unopened(folder, db))).toEqual([]);
	});
});

test('killed once the old key is kept, once the key is new, and once something is sealed anew, it finishes in the end', async () => {
	const folder = copy();
	const before = keyIn(folder);
	const kills: ((said: string) => boolean)[] = [() => !finished(folder), () => keyIn(folder) !== before, (said) => said.includes('sealed anew')];
	for (const when of kills) await script('reencrypt', folder, ['--new-key'], when);
	await everythingOpens(folder);
	expect((await command(folder, '--new-key')).code).toBe(0);
	expect(finished(folder)).toBe(true);
	await everythingOpens(folder);
});

test('a value that cannot be opened is named, keeps the old key, and the exit code tells', async () => {
	const folder = copy();
	const lost = createSecretBox([Buffer.alloc(32, 7)]).seal('planted-secret', 'planted-place');
	await withServices(folder, (ctx) => ctx.db.query('UPDATE webhooks SET secret = :lost WHERE id = :id', { replacements: { lost, id: webhookIds[3] as string } }));
	const run = await command(folder, '--new-key');
	expect([run.code, run.said]).toEqual([1, expect.stringContaining(`webhooks.secret of row ${webhookIds[3]}`)]);
	expect(run.said).not.toMatch(/planted|v2\./);
	expect(finished(folder)).toBe(false);
});

test('is refused where the key is given from outside', async () => {
	const run = await command(copy(), '--new-key', { SECRET_KEY: 'a'.repeat(64) });
	expect([run.code, run.said]).toEqual([1, expect.stringContaining('SECRET_KEYS_RETIRED')]);
});

test('the keys command rotates the signing key and lists the stages', async () => {
	const folder = copy();
	const rotated = await script('keys', folder, ['rotate']);
	expect([rotated.code, rotated.said]).toEqual([0, expect.stringMatching(/is published and signs from[\s\S]*published[\s\S]*active/)]);
	const now = await script('keys', folder, ['rotate', '--now']);
	expect([now.code, now.said.match(/ (active|retired) /g)?.sort()]).toEqual([0, [' active ', ' retired ', ' retired ']]);
	expect((await script('keys', folder, ['list'])).said.match(/^[\w-]{43} /gm)).toHaveLength(3);
	expect((await script('keys', folder, ['burn'])).code).toBe(1);
});

/** Sealing anew that ends after so many values, as a killed process does. */
async function sealedAnew(folder: string, db: Database, most: number): Promise<void> {
	await startNewKey(keyFileOf(folder));
	const box = await boxOf(folder);
	let done = 0;
	const rewrap: typeof box.rewrap = (sealed, place) => {
		if (++done > most) throw new Error('stopped');
		return box.rewrap(sealed, place);
	};
	await reencrypt({ db, secretBox: { ...box, rewrap } }, { batchSize: 4 });
}

/** The sealed values that do not open with the keys of the folder; nothing is changed. */
async function unopened(folder: string, db: Database): Promise<string[]> {
	const box = await boxOf(folder);
	const values = await db.query<{ sealed: string; place: string }>("SELECT private_jwk AS sealed, 'signing_keys.private_jwk:' || kid AS place FROM signing_keys UNION ALL SELECT secret, 'webhooks.secret:' || id FROM webhooks");
	expect(values).toHaveLength(31);
	return values.filter(({ sealed, place }) => {
		try {
			return box.unseal(sealed, place) === '';
		} catch {
			return true;
		}
	}).map(({ place }) => place);
}

const rowOf = async (ctx: Ctx, id: string) => (await webhooks(ctx.db).findByPk(id, { raw: true })) as WebhookRow;

const boxOf = async (folder: string) => createSecretBox(await secretKeysOf(loadConfig({ TALENTMATCH_DATA_DIR: folder })));

async function withDatabase<T>(folder: string, work: (db: Database) => Promise<T>): Promise<T> {
	const db = await openDatabase({ dataDir: join(folder, 'database') });
	try {
		return await work(db);
	} finally {
		await db.close();
	}
}

/** By the service itself. */
async function everythingOpens(folder: string): Promise<void> {
	await withServices(folder, async (ctx) => {
		const expected = `sha256=${createHmac('sha256', secret).update('1.body').digest('hex')}`;
		for (const id of webhookIds) expect(signDelivery(ctx, await rowOf(ctx, id), '1', 'body')).toBe(expected);
	});
}

async function withServices(folder: string, work: (ctx: Ctx) => Promise<unknown>): Promise<void> {
	const { services, firstStart, close } = await openServices(loadConfig({ TALENTMATCH_DATA_DIR: folder, LOG_LEVEL: 'silent' }), { template: await migratedTemplate() });
	try {
		await firstStart();
		const [workspace] = await services.db.query<{ id: string }>('SELECT id FROM workspaces');
		await work({ ...services, actor: systemActor((workspace as { id: string }).id), requestId: randomUUID(), signal: new AbortController().signal, task: null });
	} finally {
		await close();
	}
}

function command(folder: string, option?: string, environment: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
	return script('reencrypt', folder, option === undefined ? [] : [option], undefined, environment);
}

/** @param killWhen looked at every few milliseconds with what the command has said; then it is killed */
async function script(name: string, folder: string, args: string[], killWhen?: (said: string) => boolean, environment: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
	const child = spawn(process.execPath, [new URL(`../../../sidecar/scripts/${name}.ts`, import.meta.url).pathname, ...args], {
		env: { PATH: process.env['PATH'], TALENTMATCH_DATA_DIR: folder, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
	const watch = setInterval(() => killWhen?.(said) === true && child.kill('SIGKILL'), 2);
	const [code] = (await once(child, 'close')) as [number | null];
	clearInterval(watch);
	return { code, said };
}
