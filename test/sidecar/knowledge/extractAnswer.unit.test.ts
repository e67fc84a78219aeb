import { describe, expect, test } from 'vitest';
import { extractAnswer, quoteOf } from '../../../sidecar/src/knowledge/extractAnswer.ts';
import type { FoundPassage } from '../../../sidecar/src/knowledge/findPassages.ts';
import { defaultRagConfig } from '../../../sidecar/src/knowledge/ragConfig.ts';
import { languageQueries } from '../../../sidecar/src/knowledge/searchLanguages.ts';
import { questionTerms, searchText, termMatch, wordsOf } from '../../../sidecar/src/knowledge/terms.ts';

function passage(text: string, language: string, more: Partial<FoundPassage> = {}): FoundPassage {
	return {
		chunkId: text.slice(0, 20), sourceId: 's', kind: 'document', title: 't', cvId: null, candidateId: null, candidateName: null,
		heading: null, page: 1, start: 0, end: text.length, text, language, pages: [], score: 1, ...more,
	};
}

const policy = [
	passage('5. Referrals\nEmployees who recommend a candidate receive 1,500 euros once the new colleague has completed the probation period of six months. The person who made the recommendation takes no part in the decision.', 'en', { heading: '5. Referrals' }),
	passage('3. Interviews\nThere are at most three conversations. Candidates learn the questions of the second conversation two days before.', 'en', { heading: '3. Interviews' }),
	passage('6. Keeping data\nApplication documents are deleted six months after the decision.', 'en', { heading: '6. Keeping data' }),
];
const ask = (question: string, language: string, passages: FoundPassage[]) => extractAnswer(questionTerms(question, language), passages, defaultRagConfig.answer);

describe('extractive answers', () => {
	test('quote the sentence that answers', () => {
		const { sentences } = ask('How many euros does an employee receive for recommending a candidate?', 'en', policy);
		expect(quoteOf(sentences[0]!)).toMatch(/^Employees who recommend a candidate receive 1,500 euros/);
	});

	test('abstain when the passages do not cover the question', () => {
		for (const question of ['How many days of parental leave does an employee get?', 'What is the dress code in the Berlin office?', 'Who painted the candidate portraits?']) {
			expect(ask(question, 'en', policy).sentences, question).toEqual([]);
		}
	});

	test('abstain without passages or without words', () => {
		expect(ask('Anything?', 'en', []).sentences).toEqual([]);
		expect(ask('?!', 'en', policy).sentences).toEqual([]);
	});

	test('understand a skill by its name in another language', () => {
		const german = passage('Kenntnisse\nTestautomatisierung und Softwarearchitektur', 'de');
		const { sentences } = ask('Who knows test automation?', 'en', [german, ...policy]);
		expect(sentences.map(quoteOf)).toEqual(['Testautomatisierung und Softwarearchitektur']);
	});

	test('hold together word families, and keep lookalikes apart', () => {
		const term = (word: string) => ({ folded: word, skillId: null });
		expect(termMatch(term('pilote'), wordsOf('Pilotage de la migration', 'fr'))).toBeGreaterThan(0);
		expect(termMatch(term('urlaub'), wordsOf('30 Urlaubstage', 'de'))).toBeGreaterThan(0);
		expect(termMatch(term('internal'), wordsOf('an international company', 'en'))).toBe(0);
	});
});

describe('the words of a question', () => {
	test('leave out what says nothing about its subject', () => {
		expect(questionTerms('Qui a déjà piloté une migration de Sage 100 vers SAP ?', 'fr').map(({ written }) => written)).toEqual(['piloté', 'migration', 'Sage', '100', 'SAP']);
	});

	test('are given to PostgreSQL as words it cannot take for files, hosts or nothing', () => {
		expect(searchText('Java/Kotlin, Node.js, C++ und C#')).toBe('java kotlin node js cplusplus und csharp');
	});

	test('become the names of the same skill in every other language', () => {
		const queries = languageQueries(questionTerms('Who knows test automation?', 'en'), 'en');
		expect(queries.find(({ language }) => language === 'de')?.words).toContain('testautomatisierung');
		expect(queries.find(({ language }) => language === 'en')?.words).toBe('test automation');
	});
});
