import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blacken, personFinder } from '../../../sidecar/src/cvs/maskPerson.ts';

const finder = (name: string, basics: object = {}) => personFinder({ names: [name], basics: [basics] });
const masked = (name: string, text: string, basics: object = {}) => blacken(text, finder(name, basics)(text));

describe('a name', () => {
	test.each([
		['Maëlys Kerbrat', 'MAELYS KERBRAT wrote it', '██████ ███████ wrote it'],
		['Maëlys Kerbrat', 'Mae\u0308lys (maelyskerbrat, kerbrat2019)', '███████ (█████████████, ███████2019)'],
		['Maelys Kerbrat', 'Team Kerbrat’s ledger, for Ker\u00adbrat', 'Team ███████’s ledger, for ████████'],
		['Jürgen Müller', 'Mueller, Juergen; muller', '███████, ███████; ██████'],
		['Juergen Mueller', 'Jürgen Müller', '██████ ██████'],
		['Søren Bjørnsø', 'Soeren Bjoernsoe', '██████ █████████'],
		['Jan van der Berg', 'Jan sold the van der company from Berg to Bergamo', '███ sold the van der company from ████ to Bergamo'],
		['Ana Paz', 'Ana is an analyst of Pazient', '███ is an analyst of Pazient'],
		['Bo Xu', 'Xu, Bo and Bo Xu, but not Bo alone', '██████ and █████, but not Bo alone'],
		['王小明', '我是王小明。', '我是███。'],
		["Siobhán O'Connor", 'O’CONNOR, Siobhan', 'O’██████, ███████'],
		['Müge Straße', 'STRASSE and Strasse and straße', '███████ and ███████ and ██████'],
	])('%s in "%s"', (name, text, expected) => {
		expect(masked(name, text)).toBe(expected);
	});
});

describe('a name that was not read', () => {
	test.each([
		['none', [], 'Kerbrat leads, says Maëlys', '███████ leads, says ██████'],
		['another line', ['Curriculum Vitae'], 'Kerbrat leads', '███████ leads'],
		['the right one', ['Maëlys Kerbrat'], 'Team of the maker', 'Team of the maker'],
	])('%s', (_, names, text, expected) => {
		expect(blacken(text, personFinder({ names, basics: [{ email: 'maelys.kerbrat@example.com' }] })(text))).toBe(expected);
	});
});

describe('contact data', () => {
	test.each([
		['an e-mail address of anybody', 'Ask x.y+z@mail.example.org, or me', {}, 'Ask ██████████████████████, or me'],
		['the phone, however it is written', 'Call 020 7946 0123 or (0)20-7946-0123 today', { phone: '+44 20 7946 0123' }, /^Call █+ or █+ today$/],
		['any international number', 'Referee +49 30 901820, room 12', {}, /^Referee █+, room 12$/],
		['years, which are no number', '2014 – 2017, 03/2018 - 11/2020', { phone: '+44 20 7946 0123' }, '2014 – 2017, 03/2018 - 11/2020'],
		['links', 'See https://example.com/me and linkedin.com/in/somebody', {}, 'See ██████████████████████ and ████████████████████████'],
		['the address', 'Lives at 14 Heronsgate Lane', { location: { address: '14 Heronsgate Lane' } }, 'Lives at ██████████████████'],
		['a user name', 'alias sq-coder', { profiles: [{ id: 'p1', network: 'GitHub', username: 'sq-coder', url: 'https://github.com/sq-coder' }] }, 'alias ████████'],
	])('%s', (_, text, basics, expected) => {
		const found = masked('Nobody Inparticular', text, basics);
		expect(found).toHaveLength(text.length);
		if (typeof expected === 'string') expect(found).toBe(expected);
		else expect(found).toMatch(expected);
	});
});

test('any text keeps its length and every unit that is not the person’s', () => {
	const name = fc.constantFrom('Maëlys', 'KERBRAT', 'kerbrat', 'Mae\u0308lys');
	const text = fc.array(fc.oneof(name, fc.string({ unit: 'binary' })), { maxLength: 12 }).map((parts) => parts.join(' '));
	fc.assert(fc.property(text, (given) => {
		const found = masked('Maëlys Kerbrat', given);
		expect(found).toHaveLength(given.length);
		expect(found.normalize('NFD').replace(/\p{M}/gu, '')).not.toMatch(/maelys|kerbrat/i);
		for (let i = 0; i < given.length; i++) if (found[i] !== '█') expect(found[i]).toBe(given[i]);
	}), { seed: 7, numRuns: 400 });
});

test('a hundred thousand characters take no time that grows faster than they do', () => {
	const find = finder('Maëlys Kerbrat', { phone: '+44 20 7946 0123' });
	const time = (text: string) => {
		const began = performance.now();
		find(text);
		return performance.now() - began;
	};
	for (const part of ['@', '1 ', 'a', 'maely', 'www.', 'Müe']) {
		time(part.repeat(5_000 / part.length));
		const short = Math.max(5, time(part.repeat(50_000 / part.length)));
		expect(time(part.repeat(500_000 / part.length)) / short).toBeLessThan(60);
	}
});
