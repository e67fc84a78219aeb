/** The planted-secret tests are worth what their finder finds. */
import { expect, test } from 'vitest';
import { createLogger } from '../../../sidecar/src/platform/log.ts';
import { plantedIn } from './plantedFinder.ts';

const value = `Grüße, "O'Hara" & <Söhne>+/`;
const planted = [{ what: 'a sentence', value }];
const json = JSON.stringify(value);

test.each([
	['as it is', `before ${value} after`],
	['in other letters', value.toUpperCase().replace('SS', 'ß')],
	['in JSON', `{"a":${json}}`],
	['in JSON in JSON', JSON.stringify({ line: `{"a":${json}}` })],
	['in ASCII JSON', json.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)],
	['in a URL', `/v1?q=${encodeURIComponent(value)}&x`],
	['in a form', new URLSearchParams({ q: value, x: '1' }).toString()],
	['in SQL', `INSERT INTO t VALUES ('${value.replaceAll("'", "''")}')`],
	['in HTML', `<p>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')}</p>`],
	['in hex', `\\x${Buffer.from(value).toString('hex')}00`],
	...['', 'x', 'xy', 'xyz'].flatMap((before) => ['', 'z', 'zz'].map((after): [string, string] => [`in base64 after "${before}" and before "${after}"`, Buffer.from(before + value + after).toString('base64')])),
	['in base64url', Buffer.from(`q${value}`).toString('base64url')],
])('finds a value %s', (_how, text) => {
	expect(plantedIn(text, planted)).toHaveLength(1);
});

test('finds nothing where nothing is', () => {
	expect(plantedIn(`Grüße, "O'Hara" & <Sohn> ${Buffer.from('something else').toString('base64')}`, planted)).toEqual([]);
});

test('a value that a careless line logs is found', () => {
	let lines = '';
	const log = createLogger({ level: 'trace', format: 'json', file: undefined, fileMaxMb: 1, fileKeep: 1 }, { write: (line: string) => void (lines += line) });
	log.info({ note: value }, 'careless');
	expect(plantedIn(lines, planted)).toHaveLength(1);
	lines = '';
	log.info({ note: encodeURIComponent(value) }, 'careless');
	expect(plantedIn(lines, planted)).toHaveLength(1);
});
