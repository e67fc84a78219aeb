import { check } from 'recheck';
import { afterAll, expect, test } from 'vitest';
import { defaultLimits } from '../../../sidecar/src/documents/Document.ts';
import { growthExponent, superlinear } from './growth.ts';
import { buildingPlaces, literalPatterns, noteBuiltPatterns } from './patterns.ts';
import type { Pattern } from './patterns.ts';

// The platform's own build of the checker where there is one, else the one in JavaScript: never a Java that happens to be installed.
process.env['RECHECK_BACKEND'] = 'native';

// The checker counts steps and never looks at the clock, so that a busy machine gives the same verdicts.
const limits = { timeout: 120_000, incubationTimeout: null, attackTimeout: null, maxAttackStringSize: 5_000, attackLimit: 1_000_000, incubationLimit: 10_000, maxIteration: 5 } as const;

const languages = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl'];
const built = noteBuiltPatterns();
afterAll(() => built.restore());

/** Every pattern that is built at run time is built for some of these, in one of the languages. */
const advertisement = `Job title: Backend developer (m/f/d)
Location: Leipzig

Your profile
- At least 5 years of experience with Java or Kotlin
- Bachelor's degree in Computer Science or Mathematics
- Fluent English and German, two languages at least
- Driving licence, category B
Nice to have: Docker`;

/** How each language begins without naming the title in a line of its own. */
const hiring: Record<string, string> = {
	en: 'We are looking for', de: 'Wir suchen eine', fr: 'Nous recherchons un', es: 'Buscamos un', it: 'Cerchiamo un', pt: 'Procuramos um', nl: 'Wij zoeken een',
};

const cv = `Jane Example
jane@example.org
Work experience
2019 – 2021  Backend developer, Example Ltd, Leipzig
Education
2015 – 2018  Bachelor of Science in Computer Science, Example University
Certificates: Driving licence, category B
Skills  • Java  • Kotlin  • PostgreSQL  • Docker     Languages  • English  • German     Work experience 2010 – 2012 Example Ltd • built things • tested things • shipped things`;

test('no pattern in the code takes more than linear time', { timeout: 600_000 }, async () => {
	const patterns = literalPatterns();
	// Bounded repetitions of 64 within 64 keep the checker busy for minutes; the growth of what uses them is measured.
	const excused = patterns.filter(({ bounded }) => bounded !== null);
	expect(excused.length).toBeLessThanOrEqual(4);
	expect(await superlinearOf(patterns.filter(({ bounded }) => bounded === null))).toEqual([]);
	console.log(`${patterns.length} patterns checked, but ${excused.length} with a stated bound`);
});

test('no pattern built from word lists takes more than linear time', { timeout: 600_000 }, async () => {
	const { analyseJob } = await import('../../../sidecar/src/matching/analyseJob/analyseJob.ts');
	const { linkSkill, linkOccupation } = await import('../../../sidecar/src/language/taxonomy.ts');
	const { extractCv } = await import('../../../sidecar/src/cvs/extract/extractCv.ts');
	const { personFinder } = await import('../../../sidecar/src/cvs/maskPerson.ts');
	const { readPlainText } = await import('../../../sidecar/src/documents/readPlainText.ts');
	for (const language of languages) {
		analyseJob(advertisement, { language });
		analyseJob(`${hiring[language]} backend developers in Leipzig.`, { language });
		linkSkill('knowledge of Java', language);
		linkOccupation('Backend developer', language);
	}
	extractCv(readPlainText(cv, defaultLimits));
	personFinder({ names: ["Jean-Luc O'Example van der Berg"], basics: [] })(cv);
	built.restore();
	const patterns = [...built.patterns.values()];
	const places = new Set(patterns.map(({ at }) => at));
	expect(buildingPlaces().filter((place) => !places.has(place))).toEqual([]);
	expect(await superlinearOf(distinct(patterns))).toEqual([]);
	console.log(`${patterns.length} patterns built at ${places.size} places, ${distinct(patterns).length} of them checked`);
});

test('patterns that take more are noticed', { timeout: 120_000 }, async () => {
	const bad = [['\\s+$', ''], ['\\[[^\\]]*\\]', 'g'], ['^(\\p{Lu}[\\p{Lu}\\p{N}]*)+(?![\\p{L}])', 'u'], ['(?<!x)\\w*\\s*[a-z]*;', '']];
	const patterns = bad.map(([source, flags]) => ({ source: source!, flags: flags!, at: 'here', bounded: null }));
	expect(await superlinearOf(patterns)).toHaveLength(bad.length);
});

/** Lists of words come in several orders and as parts of longer lists: only the longest are looked at. */
function distinct(patterns: Pattern[]): Pattern[] {
	const lists = patterns.map((pattern) => ({ pattern, words: new Set(wordsOf(pattern.source)) })).sort((a, b) => b.words.size - a.words.size);
	const kept: typeof lists = [];
	for (const list of lists) if (list.words.size === 0 || !kept.some((longer) => [...list.words].every((word) => longer.words.has(word)))) kept.push(list);
	return kept.map(({ pattern }) => pattern);
}

/** The alternatives of a pattern of foldText.ts, none for other patterns. */
function wordsOf(source: string): string[] {
	const inner = /^\(\?<!\[\\p\{L\}\\p\{N\}\]\)\(\?:(.*)\)\(\?!\[\\p\{L\}\\p\{N\}\]\)$/su.exec(source)?.[1];
	if (inner === undefined) return [];
	let depth = 0;
	let word = '';
	const words: string[] = [];
	for (const sign of inner) {
		if (sign === '(') depth += 1;
		if (sign === ')') depth -= 1;
		if (sign === '|' && depth === 0) words.push(word);
		word = sign === '|' && depth === 0 ? '' : word + sign;
	}
	return [...words, word];
}

/** The patterns for which the checker knows an attack that the engine, too, needs more than linear time for. */
async function superlinearOf(patterns: Pattern[]): Promise<string[]> {
	const found: string[] = [];
	for (const pattern of patterns) {
		const verdict = await check(pattern.source, pattern.flags, limits);
		if (verdict.status === 'safe') continue;
		const written = `${pattern.at} /${pattern.source}/${pattern.flags}`;
		if (verdict.status === 'unknown') {
			found.push(`${written} cannot be judged: ${verdict.error.kind}`);
			continue;
		}
		const { complexity, attack } = verdict;
		const exponent = complexity.type === 'exponential' ? Infinity : growthExponent((text: string) => matchAll(pattern, text), (length) => attackText(attack, length), 16_000);
		if (exponent >= superlinear) found.push(`${written} ${complexity.summary}, measured length^${exponent.toFixed(2)}: ${attack.pattern.slice(0, 200)}`);
	}
	return found;
}

function matchAll({ source, flags }: Pattern, text: string): void {
	for (const _ of text.matchAll(new RegExp(source, flags.includes('g') ? flags : `${flags}g`)));
}

function attackText({ pumps, suffix }: { pumps: { prefix: string; pump: string }[]; suffix: string }, length: number): string {
	return pumps.map(({ prefix, pump }) => prefix + pump.repeat(Math.ceil(length / pumps.length / Math.max(1, pump.length)))).join('') + suffix;
}
