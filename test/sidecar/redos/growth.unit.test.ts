import { expect, test } from 'vitest';
import { extractCv } from '../../../sidecar/src/cvs/extract/extractCv.ts';
import { defaultLimits } from '../../../sidecar/src/documents/Document.ts';
import { decodeText } from '../../../sidecar/src/documents/decodeText.ts';
import { documentKindOf } from '../../../sidecar/src/documents/documentKind.ts';
import { readHtml } from '../../../sidecar/src/documents/readHtml.ts';
import { readMarkdown } from '../../../sidecar/src/documents/readMarkdown.ts';
import { readPlainText } from '../../../sidecar/src/documents/readPlainText.ts';
import { readRtf } from '../../../sidecar/src/documents/readRtf.ts';
import { chunkText, headingsOf } from '../../../sidecar/src/knowledge/chunkText.ts';
import { splitSentences } from '../../../sidecar/src/knowledge/sentences.ts';
import { questionTerms, searchText, wordsOf } from '../../../sidecar/src/knowledge/terms.ts';
import { detectLanguage } from '../../../sidecar/src/language/detectLanguage.ts';
import { findSkills, linkOccupation, linkSkill } from '../../../sidecar/src/language/taxonomy.ts';
import { analyseJob } from '../../../sidecar/src/matching/analyseJob/analyseJob.ts';
import { plainDocument } from '../cvs/extract/plainDocument.ts';
import { growthExponent, superlinear } from './growth.ts';
import { hostileTexts } from './hostileTexts.ts';

/** Readers refuse what holds no text; that too must come soon. */
const orRefuse = (read: (text: string) => unknown) => (text: string) => {
	try {
		return read(text);
	} catch {
		return null;
	}
};
const bytes = (text: string) => Buffer.from(text, 'utf8');

const operations: Record<string, (text: string) => unknown> = {
	'the analysis of a CV': (text) => extractCv(plainDocument(text)),
	'the analysis of an English advertisement': (text) => analyseJob(text, { language: 'en' }),
	'the analysis of a German advertisement': (text) => analyseJob(text, { language: 'de' }),
	chunking: (text) => chunkText(text, headingsOf(text)),
	sentences: (text) => splitSentences(text, 'en'),
	'the terms of a question': (text) => questionTerms(text, 'en'),
	'the words of a text': (text) => wordsOf(text, 'en'),
	'the search text': (text) => searchText(text),
	'language detection': (text) => detectLanguage(text),
	'finding skills': (text) => findSkills(text, 'en'),
	'linking a skill': (text) => linkSkill(text, 'en'),
	'linking an occupation': (text) => linkOccupation(text, 'en'),
	'telling the kind of document': (text) => documentKindOf(bytes(text)),
	'reading plain text': orRefuse((text) => readPlainText(decodeText(bytes(text)), defaultLimits)),
	'reading Markdown': orRefuse((text) => readMarkdown(text, defaultLimits)),
	'reading HTML': orRefuse((text) => readHtml(bytes(`<html><body>${text}`), defaultLimits)),
	'reading RTF': orRefuse((text) => readRtf(bytes(`{\\rtf1 ${text}}`), defaultLimits)),
};

const length = 8_000;

test.each(Object.entries(operations))('%s takes time that grows no faster than a hostile text', { timeout: 600_000 }, (_, run) => {
	const grown = hostileTexts.flatMap(({ name, textOf }) => {
		// Noise only ever adds, and a limit that begins to bite between two lengths looks like growth; neither does so every time.
		const exponents = [];
		for (const size of [length, 4 * length, 4 * length]) {
			exponents.push(growthExponent(run, textOf, size));
			if (exponents.at(-1)! < superlinear) return [];
		}
		return [`${name}: length^${Math.min(...exponents).toFixed(2)}`];
	});
	expect(grown).toEqual([]);
});

test('a quadratic pattern is noticed', () => {
	expect(growthExponent((text: string) => /\s+$/.test(text), (size) => `${' '.repeat(size)}x`, 16_000)).toBeGreaterThan(superlinear);
	expect(growthExponent((text: string) => /(?<!\s)\s+$/.test(text), (size) => `${' '.repeat(size)}x`, 48_000)).toBeLessThan(superlinear);
});
