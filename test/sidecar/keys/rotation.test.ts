/** Signing keys in the database: made, rotated by command and by schedule, read by key rings with clocks of the test. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureSigningKey, rotateSigningKey, rotateWhenDue } from '../../../sidecar/src/identity/rotateSigningKey.ts';
import { readKeys, stageOf } from '../../../sidecar/src/identity/SigningKey.ts';
import { createKeyRing } from '../../../sidecar/src/identity/signingKeys.ts';
import type { KeyRing } from '../../../sidecar/src/identity/signingKeys.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { openServices } from '../../../sidecar/src/services.ts';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { testMode } from '../../support/services.ts';

const ecdsa = { name: 'ECDSA', hash: 'SHA-256' };

let app: TestApp;
let db: Database;
beforeAll(async () => {
	app = await startApp({ SIGNING_KEY_LEAD_SECONDS: '30', TOKEN_TTL_SECONDS: '100' });
	db = app.services.db;
});
afterAll(() => app?.close());
beforeEach(async () => {
	await db.query('DELETE FROM signing_keys');
	await ensureSigningKey(app.services);
});

const stages = async () => {
	const { keys, now } = await readKeys(db);
	return Object.fromEntries(keys.map((key) => [key.kid, stageOf(key, keys, now)]));
};
/** Moves the stages of all keys into the past, as if time had passed. */
const passTime = (seconds: number) => db.query("UPDATE signing_keys SET created_at = created_at - :seconds * interval '1 second', activates_at = activates_at - :seconds * interval '1 second', retires_at = retires_at - :seconds * interval '1 second'", { replacements: { seconds } });
const atLater = (seconds: number): { ring: KeyRing; move(by: number): void } => {
	let clock = seconds * 1000;
	return { ring: createKeyRing(app.services, () => clock), move: (by) => (clock += by * 1000) };
};
/** A signature over its own kid, as a token has one over its header. */
const sign = async (ring: KeyRing) => {
	const { kid, privateKey } = await ring.current();
	return { kid, signature: await crypto.subtle.sign(ecdsa, privateKey, Buffer.from(kid)) };
};
const accepts = async (ring: KeyRing, { kid, signature }: Awaited<ReturnType<typeof sign>>) => {
	const header = { alg: 'ES256', kid };
	const key = await (await ring.resolver(header))(header, { payload: '', signature: '' }).catch(() => null);
	return key !== null && (await crypto.subtle.verify(ecdsa, key, signature, Buffer.from(kid)));
};

describe('the first key', () => {
	test('signs at once, and is made once however many processes start', async () => {
		await db.query('DELETE FROM signing_keys');
		const rings = Array.from({ length: 5 }, () => createKeyRing(app.services));
		const kids = await Promise.all(rings.map(async (ring) => (await ring.current()).kid));
		expect(new Set(kids).size).toBe(1);
		expect(await stages()).toEqual({ [kids[0] as string]: 'active' });
	});
});

describe('a staged rotation', () => {
	test('publishes the new key, then lets it sign, then retires the old one when its last token has expired', async () => {
		const [old] = Object.keys(await stages());
		const replica = atLater(0);
		expect((await replica.ring.current()).kid).toBe(old);
		const { kid, activatesAt } = await rotateSigningKey(app.services, { atOnce: false });
		expect(await stages()).toEqual({ [old as string]: 'active', [kid]: 'published' });
		const { keys } = await readKeys(db);
		expect(keys.find((key) => key.kid === old)?.retiresAt).toBe(activatesAt.getTime() + (100 + 60) * 1000);

		// One reading of the keys is enough for all that follows: time passes on the replica's clock alone.
		replica.move(5);
		expect((await replica.ring.jwks()).keys.map((key) => key.kid).sort()).toEqual([old, kid].sort());
		expect((await replica.ring.current()).kid).toBe(old);
	});

	test('of three keys the newest active one signs, and each goes at its own time', async () => {
		const [first] = Object.keys(await stages()) as [string];
		const second = (await rotateSigningKey(app.services, { atOnce: false })).kid;
		const third = (await rotateSigningKey(app.services, { atOnce: false })).kid;
		expect(await stages()).toEqual({ [first]: 'active', [second]: 'published', [third]: 'published' });
		await passTime(31);
		expect(await stages()).toEqual({ [first]: 'verifying', [second]: 'verifying', [third]: 'active' });
		await passTime(160);
		expect(await stages()).toEqual({ [first]: 'retired', [second]: 'retired', [third]: 'active' });
	});

	test('never lets a key sign again: a later one that waits less comes after the one before it', async () => {
		const second = await rotateSigningKey(app.services, { atOnce: false });
		const hasty = { ...app.services, config: { ...app.services.config, signingKeys: { leadSeconds: 10, rotationDays: 0 } } };
		const third = await rotateSigningKey(hasty, { atOnce: false });
		expect(third.activatesAt.getTime()).toBeGreaterThan(second.activatesAt.getTime());
	});

	test('is in the audit log of the first workspace', async () => {
		const { kid } = await rotateSigningKey(app.services, { atOnce: false });
		const rows = await db.query<{ workspace: string; actor: string; details: { atOnce: boolean } }>("SELECT workspace_id AS workspace, actor_id AS actor, details FROM audit_log WHERE action = 'signing_key.rotated' AND subject_id = :kid", { replacements: { kid } });
		expect(rows).toMatchObject([{ workspace: app.credential.workspaceId, actor: 'system', details: { atOnce: false } }]);
	});
});

describe('a rotation at once', () => {
	test('ends every other key, also one that had yet to sign', async () => {
		const [first] = Object.keys(await stages()) as [string];
		const waiting = (await rotateSigningKey(app.services, { atOnce: false })).kid;
		const { kid } = await rotateSigningKey(app.services, { atOnce: true });
		expect(await stages()).toEqual({ [first]: 'retired', [waiting]: 'retired', [kid]: 'active' });
	});

	test('is known to a replica within five seconds, with what it has read before', async () => {
		const replica = atLater(0);
		const token = await sign(replica.ring);
		expect(await accepts(replica.ring, token)).toBe(true);
		const { kid } = await rotateSigningKey(app.services, { atOnce: true });
		replica.move(4);
		expect(await accepts(replica.ring, token)).toBe(false);
		expect((await replica.ring.current()).kid).toBe(kid);
		expect((await replica.ring.jwks()).keys.map((key) => key.kid)).toEqual([kid]);
	});

	test('lets a replica that has not read the new key yet look it up instead of refusing its tokens', async () => {
		const stale = atLater(0);
		await stale.ring.current();
		await rotateSigningKey(app.services, { atOnce: true });
		const token = await sign(createKeyRing(app.services));
		// A moment after its reading it waits for the next one; all who ask meanwhile wait for the same.
		stale.move(0.9);
		expect(await Promise.all(Array.from({ length: 10 }, () => accepts(stale.ring, token)))).toEqual(Array(10).fill(true));
	});
});

describe('kids that nobody knows', () => {
	test('cause one reading a second at most, and none when they cannot be of ours', async () => {
		let reads = 0;
		const counting = new Proxy(db, { get: (target, name) => (name === 'query' ? (...args: Parameters<Database['query']>) => (reads++, target.query(...args)) : Reflect.get(target, name)) });
		let clock = 0;
		const ring = createKeyRing({ db: counting, secretBox: app.services.secretBox }, () => clock);
		await ring.current();
		expect(reads).toBe(1);
		clock += 1_000;
		await Promise.all(Array.from({ length: 50 }, (_, n) => ring.resolver({ kid: createHash('sha256').update(`${n}`).digest('base64url') })));
		expect(reads).toBe(2);
		for (const kid of ['', '../../etc/passwd', "' OR 1=1 --", 'x'.repeat(10_000), '__proto__']) await ring.resolver({ kid });
		await ring.resolver({});
		expect(reads).toBe(2);
	});

	test('a retired key is refused without a look', async () => {
		const ring = createKeyRing(app.services, () => 0);
		const token = await sign(ring);
		await rotateSigningKey(app.services, { atOnce: true });
		let reads = 0;
		const counting = new Proxy(db, { get: (target, name) => (name === 'query' ? (...args: Parameters<Database['query']>) => (reads++, target.query(...args)) : Reflect.get(target, name)) });
		const fresh = createKeyRing({ db: counting, secretBox: app.services.secretBox }, () => 0);
		for (let n = 0; n < 5; n++) expect(await accepts(fresh, token)).toBe(false);
		expect(reads).toBe(1);
	});
});

describe('the schedule', () => {
	test('leaves a young key alone, and any key when it is switched off', async () => {
		expect(await rotateWhenDue(app.services)).toEqual({ rotated: false, deleted: 0 });
		await passTime(91 * 86_400);
		const off = { ...app.services, config: { ...app.services.config, signingKeys: { leadSeconds: 30, rotationDays: 0 } } };
		expect(await rotateWhenDue(off)).toEqual({ rotated: false, deleted: 0 });
	});

	test('rotates an old key once, however many replicas look at the same time', async () => {
		const [old] = Object.keys(await stages()) as [string];
		await passTime(91 * 86_400);
		const looks = await Promise.all(Array.from({ length: 5 }, () => rotateWhenDue(app.services)));
		expect(looks.filter(({ rotated }) => rotated)).toHaveLength(1);
		const now = await stages();
		expect(Object.keys(now)).toHaveLength(2);
		expect(now[old]).toBe('active');
		expect(await rotateWhenDue(app.services)).toEqual({ rotated: false, deleted: 0 });
	});

	test('deletes a key a day after its retirement', async () => {
		const [old] = Object.keys(await stages()) as [string];
		const { kid } = await rotateSigningKey(app.services, { atOnce: true });
		await passTime(86_000);
		expect((await rotateWhenDue(app.services)).deleted).toBe(0);
		await passTime(1_000);
		expect((await rotateWhenDue(app.services)).deleted).toBe(1);
		expect(await stages()).toEqual({ [kid]: 'active' });
		expect(old).not.toBe(kid);
	});
});

if (testMode === 'services') test('a worker that starts rotates a key that is old enough; an API process does not', async () => {
	await passTime(91 * 86_400);
	const api = await openServices({ ...app.services.config, role: 'api' });
	await api.close();
	expect(Object.keys(await stages())).toHaveLength(1);
	const worker = await openServices({ ...app.services.config, role: 'worker' });
	// Closing waits for the look that began with the start.
	await worker.close();
	expect(Object.values(await stages()).sort()).toEqual(['active', 'published']);
});

test('whoever keeps the JWKS as long as it says knows a key before it signs', async () => {
	const { headers } = await request(app.url, 'GET', '/.well-known/jwks.json');
	const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1]);
	expect(maxAge).toBeGreaterThan(0);
	expect(maxAge).toBeLessThan(app.services.config.signingKeys.leadSeconds);
});

test('a private key that was copied into another row signs nothing', async () => {
	const [old] = Object.keys(await stages()) as [string];
	const { kid } = await rotateSigningKey(app.services, { atOnce: true });
	await db.query('UPDATE signing_keys SET private_jwk = (SELECT private_jwk FROM signing_keys WHERE kid = :old) WHERE kid = :kid', { replacements: { old, kid } });
	await expect(createKeyRing(app.services).current()).rejects.toThrow();
});
