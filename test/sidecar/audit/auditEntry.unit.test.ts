import { describe, expect, test } from 'vitest';
import { audit, networkOf } from '../../../sidecar/src/identity/audit.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { toCsv } from '../../../sidecar/src/platform/csv.ts';

describe('an entry', () => {
	/** Notes what would be stored. */
	const stored: Record<string, unknown>[] = [];
	const db = { query: async (_sql: string, { replacements }: { replacements: Record<string, unknown> }) => void stored.push(replacements) } as unknown as Database;
	const entryWith = (details: Record<string, unknown>) => audit(db, { workspaceId: 'w', actor: { type: 'system', id: 'system' }, action: 'test.done', details });

	test.each([
		['an e-mail address', { to: 'maria.weber@example.com' }],
		['one inside a sentence', { note: 'asked by maria@example.org yesterday' }],
		['one of another script', { to: 'мария@пример.рф' }],
		['one in a list of a list', { a: [[{ b: 'x@example.org' }]] }],
		['one as a key', { 'maria@example.org': 1 }],
		['a text', { text: 'x'.repeat(201) }],
		['a text as a key', { ['y'.repeat(201)]: 1 }],
	])('with %s in its details is refused and not stored', async (_what, details) => {
		const before = stored.length;
		await expect(entryWith(details)).rejects.toThrow(/Audit entry: /);
		expect(stored.length).toBe(before);
	});

	test('tells where the fault is, not what was there', async () => {
		await expect(entryWith({ a: { b: 'maria@example.org' } })).rejects.toThrow(/details\.a\.b/);
		await expect(entryWith({ a: { b: 'maria@example.org' } })).rejects.not.toThrow(/maria/);
	});

	test('with ids, codes, counts, versions and roles is stored', async () => {
		const details = { roles: ['admin', 'hiring-manager'], count: 3, engine: 'matcher@1.2.0', network: '203.0.113.0/24', none: null, flag: true, exactly: 'z'.repeat(200), at: new Date(0) };
		await entryWith(details);
		expect(JSON.parse(stored.at(-1)?.['details'] as string)).toEqual(JSON.parse(JSON.stringify(details)));
	});

	test('has one order by time and by id', async () => {
		stored.length = 0;
		for (let n = 0; n < 500; n += 1) await entryWith({ n });
		const keys = stored.map(({ id, createdAt }) => `${(createdAt as Date).toISOString()} ${String(id)}`);
		expect(keys).toEqual([...keys].sort());
		expect(stored.map(({ id }) => String(id))).toEqual(stored.map(({ id }) => String(id)).sort());
	});
});

test.each([
	['203.0.113.77', '203.0.113.0/24'], ['::ffff:203.0.113.77', '203.0.113.0/24'], ['::ffff:cb00:714d', '203.0.113.0/24'],
	['2001:db8:1:2::5', '2001:db8:1::/48'], ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::/48'], ['1:2:3:4:5:6:7:8', '1:2:3::/48'],
	['fe80::1%eth0', 'fe80::/48'], ['::1', '::/48'], ['not an address', null], ['203.0.113', null], ['', null], [undefined, null],
])('the network of %s is %s', (address, network) => {
	expect(networkOf(address)).toBe(network);
});

describe('CSV', () => {
	test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '  =1', '＝1', '=cmd|\'/c calc\'!A0'])('makes %j text', (value) => {
		expect(toCsv(['a'], [[value]])).toBe(`"a"\r\n"'${value}"\r\n`);
	});

	test('leaves other cells as they are, doubles quotes, and ends every row with CRLF', () => {
		expect(toCsv(['a', 'b'], [['x "y", z', null], ['2026-01-01', -3], ['a=b', '{"a":"=1"}']])).toBe('"a","b"\r\n"x ""y"", z",""\r\n"2026-01-01","-3"\r\n"a=b","{""a"":""=1""}"\r\n');
	});
});
