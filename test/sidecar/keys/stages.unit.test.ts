/** The stages of signing keys, on clocks of the test. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signerAt, stageOf, verifiersAt } from '../../../sidecar/src/identity/SigningKey.ts';
import type { StagedKey } from '../../../sidecar/src/identity/SigningKey.ts';

const keys: StagedKey[] = [
	{ kid: 'next', activatesAt: 2_000, retiresAt: null },
	{ kid: 'now', activatesAt: 1_000, retiresAt: 3_000 },
	{ kid: 'before', activatesAt: 0, retiresAt: 1_500 },
];

test.each([
	[999, 'before', ['next', 'now', 'before'], ['published', 'published', 'active']],
	[1_000, 'now', ['next', 'now', 'before'], ['published', 'active', 'verifying']],
	[1_499, 'now', ['next', 'now', 'before'], ['published', 'active', 'verifying']],
	[1_500, 'now', ['next', 'now'], ['published', 'active', 'retired']],
	[2_000, 'next', ['next', 'now'], ['active', 'verifying', 'retired']],
	[3_000, 'next', ['next'], ['active', 'retired', 'retired']],
])('at %i signs %s', (now, signer, verifiers, stages) => {
	expect(signerAt(keys, now)?.kid).toBe(signer);
	expect(verifiersAt(keys, now).map(({ kid }) => kid)).toEqual(verifiers);
	expect(keys.map((key) => stageOf(key, keys, now))).toEqual(stages);
});

test('before its first key is active nothing signs', () => {
	expect(signerAt(keys, -1)).toBeUndefined();
	expect(signerAt([], 0)).toBeUndefined();
});

describe('replicas that read the keys at moments of their own', () => {
	/** As in signingKeys.ts: keys are read again when they are older than this. */
	const freshMs = 4_000;
	const slackMs = 60_000;

	// Everything happens on the database's clock; a replica knows its keys as they were up to `freshMs` ago.
	test('refuse no token of another in staged rotations, whenever each of them read', () => {
		const scenario = fc.record({
			ttlMs: fc.integer({ min: 5_000, max: 900_000 }),
			leadMs: fc.integer({ min: 10_000, max: 60_000 }),
			rotations: fc.array(fc.integer({ min: 0, max: 2_000_000 }), { maxLength: 8 }),
			uses: fc.array(fc.record({
				issuedAt: fc.integer({ min: 0, max: 2_000_000 }), share: fc.float({ min: 0, max: 1, noNaN: true }),
				issuerAge: fc.integer({ min: 0, max: freshMs }), verifierAge: fc.integer({ min: 0, max: freshMs }),
			}), { minLength: 1, maxLength: 40 }),
		});
		fc.assert(fc.property(scenario, ({ ttlMs, leadMs, rotations, uses }) => {
			// What the table held at each moment, after each rotation.
			let table: StagedKey[] = [{ kid: 'first', activatesAt: -1_000_000, retiresAt: null }];
			const history = [{ from: -Infinity, keys: table }];
			for (const at of rotations.toSorted((a, b) => a - b)) {
				const activatesAt = Math.max(at + leadMs, Math.max(...table.map((key) => key.activatesAt)) + 1);
				table = [...table.map((key) => ({ ...key, retiresAt: key.retiresAt ?? activatesAt + ttlMs + slackMs })), { kid: `at ${at} ${table.length}`, activatesAt, retiresAt: null }];
				history.push({ from: at, keys: table });
			}
			const readAt = (time: number) => (history.findLast(({ from }) => from <= time) as { keys: StagedKey[] }).keys;
			for (const { issuedAt, share, issuerAge, verifierAge } of uses) {
				const kid = signerAt(readAt(issuedAt - issuerAge), issuedAt)?.kid;
				expect(kid).toBeDefined();
				// Until it expires, and beyond by the skew of two clocks (10 s each) and the tolerance of the verification (10 s).
				const usedAt = issuedAt + Math.round(share * (ttlMs + 30_000));
				expect(verifiersAt(readAt(usedAt - verifierAge), usedAt).map((key) => key.kid)).toContain(kid);
			}
		}), { numRuns: 1_000 });
	});
});
