import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecretBox, keyIdOf, sealedPlace } from '../../../sidecar/src/platform/secrets.ts';

const place = sealedPlace('webhooks', 'secret', '01980000-0000-7000-8000-000000000001');
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const plain = fc.string({ unit: 'binary', maxLength: 300 });
const context = fc.string({ unit: 'binary', maxLength: 80 });

describe('a sealed secret', () => {
	test('opens with its key and for its place, also when a newer key came first', () => {
		fc.assert(fc.property(plain, context, key, key, (text, at, old, fresh) => {
			const sealed = createSecretBox([old]).seal(text, at);
			expect(createSecretBox([old]).unseal(sealed, at)).toBe(text);
			expect(createSecretBox([fresh, old]).unseal(sealed, at)).toBe(text);
		}));
	});

	test('never looks the same twice, and shows nothing of the text', () => {
		const box = createSecretBox([randomBytes(32)]);
		expect(box.seal('whsec_ü', place)).not.toBe(box.seal('whsec_ü', place));
		expect(box.seal('whsec_ü', place)).not.toContain('whsec');
	});

	test('does not open with another key, and the error names neither key nor text', () => {
		const sealed = createSecretBox([randomBytes(32)]).seal('planted-secret', place);
		expect(() => createSecretBox([randomBytes(32)]).unseal(sealed, place)).toThrow(/another key/);
	});

	test('does not open for another place', () => {
		fc.assert(fc.property(plain, context, context, key, (text, at, elsewhere, master) => {
			fc.pre(at !== elsewhere);
			const box = createSecretBox([master]);
			expect(() => box.unseal(box.seal(text, at), elsewhere)).toThrow();
		}));
	});

	test('does not open when any character was replaced, left out or added', () => {
		const other = fc.constantFrom(...'ABCXYZabcxyz0189-_.= \nµ');
		fc.assert(fc.property(plain, context, key, fc.nat(), other, (text, at, master, position, character) => {
			const box = createSecretBox([master]);
			const sealed = box.seal(text, at);
			const index = position % sealed.length;
			const changes = [sealed.slice(0, index) + character + sealed.slice(index + 1), sealed.slice(0, index) + sealed.slice(index + 1), sealed.slice(0, index) + character + sealed.slice(index)];
			for (const changed of changes) if (changed !== sealed) expect(() => box.unseal(changed, at)).toThrow();
		}), { numRuns: 500 });
	});

	test('does not open when one bit of one byte was turned, wherever it is', () => {
		const box = createSecretBox([randomBytes(32)]);
		const sealed = box.seal('secret', place);
		const [version, id, ...parts] = sealed.split('.');
		let changes = 0;
		for (const [which, part] of parts.entries()) {
			const bytes = Buffer.from(part, 'base64url');
			for (let at = 0; at < bytes.length * 8; at++) {
				const changed = Buffer.from(bytes);
				changed[at >> 3] = (changed[at >> 3] as number) ^ (1 << (at & 7));
				expect(() => box.unseal([version, id, ...parts.with(which, changed.toString('base64url'))].join('.'), place)).toThrow();
				changes++;
			}
		}
		expect(changes).toBe(8 * (12 + 32 + 16 + 12 + 6 + 16));
	});

	test('does not open with parts of another one', () => {
		const box = createSecretBox([randomBytes(32)]);
		const [one, two] = [box.seal('one', place).split('.'), box.seal('two', place).split('.')];
		expect(() => box.unseal([...one.slice(0, 3), two[3]].join('.'), place)).toThrow();
		expect(() => box.unseal([...two.slice(0, 3), one[3]].join('.'), place)).toThrow();
	});

	test.each(['', 'v2', 'v2...', 'v3.00000000.aa.bb', 'plain text', 'v2.__proto__.aa.bb', 'v2.00000000..'])('%j is none', (text) => {
		expect(() => createSecretBox([randomBytes(32)]).unseal(text, place)).toThrow();
	});
});

describe('a secret that the version before has sealed', () => {
	test('opens, for whatever place, and not when it was changed', () => {
		fc.assert(fc.property(plain, key, fc.nat(), (text, master, position) => {
			const sealed = sealedAsV1(master, text);
			const box = createSecretBox([randomBytes(32), master]);
			expect(box.unseal(sealed, place)).toBe(text);
			const body = sealed.slice(sealed.lastIndexOf('.') + 1);
			const bytes = Buffer.from(body, 'base64url');
			bytes[position % bytes.length] = (bytes[position % bytes.length] as number) ^ 1;
			expect(() => box.unseal(sealed.replace(body, bytes.toString('base64url')), place)).toThrow();
		}));
	});

	test('is bound to its place when it is sealed anew', () => {
		const master = randomBytes(32);
		const box = createSecretBox([master]);
		const anew = box.rewrap(sealedAsV1(master, 'old'), place) as string;
		expect(anew.startsWith('v2.')).toBe(true);
		expect(box.unseal(anew, place)).toBe('old');
		expect(() => box.unseal(anew, `${place}x`)).toThrow();
	});
});

describe('sealing anew', () => {
	test('changes the wrapped key alone, and only where an older key sealed', () => {
		const [old, fresh] = [randomBytes(32), randomBytes(32)];
		const box = createSecretBox([fresh, old]);
		const sealed = createSecretBox([old]).seal('secret', place);
		const anew = box.rewrap(sealed, place) as string;
		expect(anew.split('.')[3]).toBe(sealed.split('.')[3]);
		expect([keyIdOf(sealed), keyIdOf(anew)]).toEqual([box.keyIds[1], box.keyIds[0]]);
		expect(createSecretBox([fresh]).unseal(anew, place)).toBe('secret');
		expect(box.rewrap(anew, place)).toBeNull();
	});

	test('fails where the secret does not open', () => {
		const box = createSecretBox([randomBytes(32)]);
		expect(() => box.rewrap(box.seal('secret', 'elsewhere'), place)).toThrow();
	});
});

describe('what is derived from the key', () => {
	test('is the same each time, other for another text, purpose or key, and known after the key has changed', () => {
		const [old, fresh] = [randomBytes(32), randomBytes(32)];
		const before = createSecretBox([old]);
		const after = createSecretBox([fresh, old]);
		const [mac] = before.macs('refresh token', 'parent');
		expect(mac).toMatch(/^[\w-]{43}$/);
		expect(before.macs('refresh token', 'parent')).toEqual([mac]);
		expect(after.macs('refresh token', 'parent')[1]).toBe(mac);
		const others = [after.macs('refresh token', 'parent')[0], before.macs('refresh token', 'parenT')[0], before.macs('refresh tokens', 'parent')[0]];
		expect(new Set([mac, ...others]).size).toBe(4);
	});
});

test('keys of another length are refused', () => {
	expect(() => createSecretBox([])).toThrow(/32 bytes/);
	expect(() => createSecretBox([randomBytes(16)])).toThrow(/32 bytes/);
});

/** As the first version did it: AES-256-GCM by the key itself. */
function sealedAsV1(master: Buffer, text: string): string {
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', master, nonce);
	const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
	const id = createHash('sha256').update('talentmatch key id').update(master).digest('hex').slice(0, 8);
	return ['v1', id, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
}
