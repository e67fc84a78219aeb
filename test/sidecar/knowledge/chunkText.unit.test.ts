import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { closeDocumentWorkers, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { chunkText, headingsOf } from '../../../sidecar/src/knowledge/chunkText.ts';
import type { Heading } from '../../../sidecar/src/knowledge/chunkText.ts';
import { splitSentences } from '../../../sidecar/src/knowledge/sentences.ts';

const policy = new URL('../../../examples/knowledge/recruiting-policy-en.md', import.meta.url);

afterAll(closeDocumentWorkers);

describe('chunking', () => {
	test('gives each section of a policy a passage under its heading path', async () => {
		const { text, lines } = await readDocument(readFileSync(policy), { fileName: 'policy.md' });
		const headings = lines.flatMap(({ start, end, headingLevel }): Heading[] => (headingLevel === null ? [] : [{ start, end, level: headingLevel }]));
		const chunks = chunkText(text, headings);
		expect(chunks.map(({ heading }) => heading)).toEqual([
			'Recruiting policy › 1. Opening a position', 'Recruiting policy › 2. Reading applications', 'Recruiting policy › 3. Interviews',
			'Recruiting policy › 4. Answers and deadlines', 'Recruiting policy › 5. Referrals', 'Recruiting policy › 6. Keeping data',
		]);
		expect(text.slice(chunks[4]!.start, chunks[4]!.end)).toMatch(/^5\. Referrals\nEmployees[^]+decision\.$/);
	});

	test('keeps every word once, in order, in passages of at most 900 characters', () => {
		const word = fc.stringMatching(/^[\p{L}\p{N}.,!?;:-]{1,25}$/u);
		const gap = fc.constantFrom(' ', ' ', ' ', '\n', '\n\n', ' \n\n\t');
		fc.assert(
			fc.property(fc.array(fc.tuple(word, gap), { maxLength: 400 }), (parts) => {
				const text = parts.flat().join('');
				const chunks = chunkText(text, headingsOf(text));
				expect(chunks.map(({ start, end }) => text.slice(start, end)).join(' ').split(/\s+/).join(' ').trim()).toBe(text.split(/\s+/).join(' ').trim());
				for (const { start, end } of chunks) {
					expect(end - start).toBeLessThanOrEqual(900);
					expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
					expect(text.slice(start - 1, start + 1)).not.toMatch(/\p{L}\p{L}/u);
				}
			}),
			{ numRuns: 200 },
		);
	});

	test('cuts a word longer than a passage between characters, never inside one', () => {
		const text = '👩🏽‍💻'.repeat(400);
		const chunks = chunkText(text, []);
		expect(chunks.length).toBeGreaterThan(1);
		for (const { start, end } of chunks) expect(text.slice(start, end).replaceAll('👩🏽‍💻', '')).toBe('');
	});

	test('does not put two long paragraphs into one passage, and joins short ones', () => {
		const long = 'A sentence of some length follows another one. '.repeat(12).trim();
		expect(chunkText(`${long}\n\n${long}`, [])).toHaveLength(2);
		expect(chunkText('One line.\n\nAnother line.\n\nA third.', [])).toHaveLength(1);
	});
});

describe('sentences', () => {
	const sentences = (text: string, language: string) => splitSentences(text, language).map(({ start, end }) => text.slice(start, end));

	test('joins the lines that a page wrapped and keeps list items apart', () => {
		const text = 'Pilotage de la migration de Sage 100 vers SAP : reprise des\nsoldes, recette et formation\nTableaux de bord Power BI';
		expect(sentences(text, 'fr')).toEqual(['Pilotage de la migration de Sage 100 vers SAP : reprise des\nsoldes, recette et formation', 'Tableaux de bord Power BI']);
	});

	test('does not end at months, ordinals and abbreviations', () => {
		expect(sentences('sept. 2015 – févr. 2019', 'fr')).toHaveLength(1);
		expect(sentences('Dr. Weiß kam am 3. Mai. Er blieb.', 'de')).toEqual(['Dr. Weiß kam am 3. Mai.', 'Er blieb.']);
	});
});
