/** Argon2 is slow on purpose, and anybody may ask for it: what else the process does must not wait for all of it. */
import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hashSecret, verifySecret } from '../../../sidecar/src/platform/secrets.ts';

test('other work of the same threads does not wait for hashes that were asked for before', async () => {
	let done = 0;
	const hashes = Array.from({ length: 24 }, () => hashSecret('a secret').then(() => (done += 1)));
	await stat('.');
	expect(done).toBeLessThan(12);
	await Promise.all(hashes);
	expect(done).toBe(24);
});

test('comparisons beyond some hundreds are refused, the others go on', async () => {
	const cheap = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2E$AAAAAAAAAAAAAAAAAAAAAA';
	const all = await Promise.allSettled(Array.from({ length: 400 }, () => verifySecret(cheap, 'a secret')));
	const codes = all.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code: string }).code));
	expect(codes.filter((code) => code === false).length).toBeGreaterThanOrEqual(300);
	expect(codes.filter((code) => code === 'service_unavailable').length).toBeGreaterThan(50);
	expect(await verifySecret(await hashSecret('a secret'), 'a secret')).toBe(true);
});
