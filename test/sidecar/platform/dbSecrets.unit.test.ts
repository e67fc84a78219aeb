import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadOrCreateKeyFile, parseKey } from '../../../sidecar/src/platform/secretKeys.ts';
import { hashSecret, verifySecret } from '../../../sidecar/src/platform/secrets.ts';

test('keys come as hex or base64 of 32 bytes', () => {
	const key = randomBytes(32);
	expect(parseKey(key.toString('hex'))).toEqual(key);
	expect(parseKey(`${key.toString('base64')}\n`)).toEqual(key);
	expect(() => parseKey('short')).toThrow(/32 bytes/);
});

test('a key file is made once, for its owner only, and refused when others can read it', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'tm-key-'));
	const file = join(folder, 'new', 'secret.key');
	const keys = await Promise.all(Array.from({ length: 5 }, () => loadOrCreateKeyFile(file)));
	expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(readFileSync(file, 'utf8').trim()).toHaveLength(64);
	chmodSync(file, 0o644);
	await expect(loadOrCreateKeyFile(file)).rejects.toThrow(/chmod 600/);
	rmSync(folder, { recursive: true });
});

test('a secret is verified against its Argon2id hash', async () => {
	const hash = await hashSecret('correct horse');
	expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
	expect(await verifySecret(hash, 'correct horse')).toBe(true);
	expect(await verifySecret(hash, 'correct horsf')).toBe(false);
	expect(await verifySecret('$argon2id$broken', 'x')).toBe(false);
	expect(await hashSecret('correct horse')).not.toBe(hash);
});

test('a hash made by another implementation (the argon2 reference) is understood', async () => {
	// echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 24 -e
	const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
	expect(await verifySecret(reference, 'password')).toBe(true);
});
