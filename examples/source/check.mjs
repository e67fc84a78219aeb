/**
 * Checks that the example set agrees with itself: every file that expected.json names exists, every must-have phrase
 * stands in its job, the words to be cited stand in the CV, every CV gives back its person's texts, and no file is large.
 * Needs pdftotext (poppler-utils) and unzip: node examples/source/check.mjs
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('..', import.meta.url));
const people = readdirSync(`${examples}source/people`).map((file) => JSON.parse(readFileSync(`${examples}source/people/${file}`, 'utf8')));
const texts = new Map(readdirSync(`${examples}cvs`).map((file) => [file, textOf(`${examples}cvs/${file}`)]));

assert.deepEqual([...texts.keys()].sort(), people.map(({ file }) => file).sort());
for (const person of people) {
	const text = squeeze(texts.get(person.file));
	const strings = [
		person.contact.email, person.contact.phone, person.contact.city, person.title, person.summary,
		...person.work.flatMap(({ title, employer, dates, bullets }) => [title, employer, dates, ...bullets]),
		...person.education.flatMap(({ title, school, dates }) => [title, school, dates]),
		...person.skills.flatMap(({ items }) => items),
		...person.languages.flatMap(({ name, level }) => [name, level]),
	];
	for (const string of strings) assert.ok(text.includes(squeeze(string)), `${person.file} has lost: ${string}`);
	assert.ok(statSync(`${examples}cvs/${person.file}`).size < 150_000, `${person.file} is too large`);
}

const { jobs, questions } = JSON.parse(readFileSync(`${examples}expected.json`, 'utf8'));
for (const { job, top, notInTop, mustHaves } of jobs) {
	const advertisement = readFileSync(`${examples}jobs/${job}`, 'utf8');
	for (const file of [...top, ...notInTop.files, ...Object.keys(mustHaves)]) assert.ok(texts.has(file), `${job}: no ${file}`);
	for (const phrase of Object.values(mustHaves).flatMap(Object.keys)) assert.ok(advertisement.includes(phrase), `${job}: ${phrase}`);
	for (const file of notInTop.files) assert.ok(!top.slice(0, notInTop.k).includes(file));
}
for (const { cites, passageWords } of questions) {
	for (const word of passageWords) assert.ok(texts.get(cites).includes(word), `${cites}: ${word}`);
}
console.log(`${texts.size} CVs, ${jobs.length} jobs, ${questions.length} question: consistent`);

function textOf(path) {
	if (path.endsWith('.pdf')) return execFileSync('pdftotext', ['-raw', path, '-'], { encoding: 'utf8' });
	if (path.endsWith('.txt')) return readFileSync(path, 'utf8');
	const xml = execFileSync('unzip', ['-p', path, 'word/document.xml'], { encoding: 'utf8' });
	return xml.replace(/<\/w:p>/g, '\n').replace(/<[^>]*>/g, '').replaceAll('&amp;', '&').replaceAll('&apos;', "'").replaceAll('&quot;', '"');
}

/** Line breaks, spacing and hyphens at line ends differ between producers; letters and digits must not. */
function squeeze(text) {
	return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
