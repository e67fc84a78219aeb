/** Where the master keys come from. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { forgetRetiredKeys, keepAsRetired, keyFileOf, loadOrCreateKeyFile, secretKeysOf, startNewKey } from '../../../sidecar/src/platform/secretKeys.ts';

const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const production = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tm-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const keysWith = (environment: Record<string, string>) => secretKeysOf(loadConfig({ TALENTMATCH_DATA_DIR: folder, ...environment }));
const written = (name: string, text: string) => {
	writeFileSync(join(folder, name), text);
	return join(folder, name);
};

describe('keys that are given', () => {
	test('come from the environment or from files, the newest first', async () => {
		expect(await keysWith({ ...production, SECRET_KEY: one.toString('hex') })).toEqual([one]);
		// As a container mounts it: readable by all inside.
		const keyFile = written('mounted', `${one.toString('base64')}\n`);
		chmodSync(keyFile, 0o444);
		const retired = written('retired', `${two.toString('hex')}\n\n${three.toString('base64')}\n`);
		expect(await keysWith({ ...production, SECRET_KEY_FILE: keyFile, SECRET_KEYS_RETIRED_FILE: retired })).toEqual([one, two, three]);
		expect(await keysWith({ ...production, SECRET_KEY: one.toString('hex'), SECRET_KEYS_RETIRED: `${two.toString('hex')}, ${three.toString('hex')}` })).toEqual([one, two, three]);
	});

	test('also take the place of the embedded key file', async () => {
		expect(await keysWith({ SECRET_KEY: one.toString('hex') })).toEqual([one]);
		expect(readdirSync(folder)).toEqual([]);
	});

	test('are needed where a database is shared', async () => {
		await expect(keysWith(production)).rejects.toThrow(/SECRET_KEY/);
	});

	test('are one or the other, readable, and of 32 bytes; the error shows no key', async () => {
		const both = { SECRET_KEY: one.toString('hex'), SECRET_KEY_FILE: '/nowhere' };
		await expect((async () => keysWith(both))()).rejects.toThrow(/exclude each other/);
		await expect(keysWith({ SECRET_KEY_FILE: join(folder, 'missing') })).rejects.toThrow(/SECRET_KEY_FILE.*ENOENT/);
		const planted = 'planted-secret-that-is-no-key-0123456789';
		const wrongs: Record<string, string>[] = [{ SECRET_KEY: planted }, { SECRET_KEY: one.toString('hex'), SECRET_KEYS_RETIRED: planted }, { SECRET_KEY_FILE: written('wrong', planted) }];
		for (const wrong of wrongs) {
			const error: unknown = await keysWith(wrong).catch((cause: unknown) => cause);
			expect(String(error)).toMatch(/32 bytes/);
			expect(String(error)).not.toContain('planted');
		}
	});
});

describe('the key file of the embedded default', () => {
	test('is replaced by a new key while the old one is kept beside it', async () => {
		const file = keyFileOf(folder);
		const [old] = await keysWith({});
		expect(await startNewKey(file)).toBe(true);
		const [fresh, kept, ...more] = await keysWith({});
		expect([kept, more]).toEqual([old, []]);
		expect(fresh).not.toEqual(old);
		for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
		await forgetRetiredKeys(file);
		expect(await keysWith({})).toEqual([fresh]);
		expect(readdirSync(folder)).toEqual(['secret.key']);
	});

	test('is not replaced again before the first change is finished: its old key would be lost', async () => {
		const file = keyFileOf(folder);
		const [old] = await keysWith({});
		await startNewKey(file);
		const after = await keysWith({});
		expect(await startNewKey(file)).toBe(false);
		expect(await keysWith({})).toEqual(after);
		expect(after[1]).toEqual(old);
	});

	test('a change that stopped after its first step begins anew, with leftovers in the way', async () => {
		const file = keyFileOf(folder);
		const old = await loadOrCreateKeyFile(file);
		await keepAsRetired(file, old);
		expect(await keysWith({})).toEqual([old, old]);
		writeFileSync(`${file}.draft`, 'half a k', { mode: 0o644 });
		writeFileSync(`${file}.retired.draft`, 'half', { mode: 0o644 });
		expect(await startNewKey(file)).toBe(true);
		expect((await keysWith({}))[1]).toEqual(old);
		expect(existsSync(`${file}.draft`)).toBe(false);
		expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
	});
});
