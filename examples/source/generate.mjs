/**
 * Writes examples/cvs/ from examples/source/people/*.json.
 *
 * The libraries are not dependencies of the project: install them into any scratch folder and name it.
 *   mkdir scratch && npm install --prefix scratch docx@9.5.1 pdfkit@0.17.1
 *   EXAMPLES_LIBRARIES=scratch node examples/source/generate.mjs [person ...]
 * PDFs are printed by Chromium (CHROMIUM names another program), one by PDFKit, one by LibreOffice (`soffice`).
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { htmlOf } from './html.mjs';
import { docxOf } from './docx.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(here, '..', 'cvs');
const libraries = createRequire(join(resolve(process.env.EXAMPLES_LIBRARIES ?? 'scratch'), 'package.json'));
const wanted = process.argv.slice(2);

for (const file of readdirSync(join(here, 'people')).sort()) {
	const name = file.replace('.json', '');
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const person = JSON.parse(readFileSync(join(here, 'people', file), 'utf8'));
	const out = join(target, person.file);
	if (person.layout === 'txt') writeFileSync(out, textOf(person));
	else if (person.layout === 'pdfkit') await pdfkitTo(person, out);
	else if (person.layout === 'libreoffice') libreOfficeTo(await docxOf(person, libraries('docx')), out);
	else if (person.layout.startsWith('docx-')) writeFileSync(out, await docxOf(person, libraries('docx')));
	else chromiumTo(htmlOf(person), out);
	console.log(person.file);
}

function chromiumTo(html, out) {
	const folder = mkdtempSync(join(tmpdir(), 'examples-'));
	try {
		const page = join(folder, 'cv.html');
		writeFileSync(page, html);
		execFileSync(
			process.env.CHROMIUM ?? 'chromium',
			[
				'--headless', '--no-sandbox', '--disable-gpu', '--no-pdf-header-footer',
				`--user-data-dir=${join(folder, 'profile')}`, `--print-to-pdf=${out}`, pathToFileURL(page).href,
			],
			{ stdio: 'ignore' },
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Prints a DOCX as somebody does who writes in Word or LibreOffice and sends a PDF. */
function libreOfficeTo(docx, out) {
	const folder = mkdtempSync(join(tmpdir(), 'examples-'));
	try {
		const source = join(folder, basename(out).replace('.pdf', '.docx'));
		writeFileSync(source, docx);
		const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`;
		execFileSync('soffice', [profile, '--headless', '--convert-to', 'pdf', '--outdir', dirname(out), source], { stdio: 'ignore' });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function textOf({ name, title, contact, headings, summary, work, education, skills, languages, certificates, interests, lineEnding }) {
	const lines = [name, title, '', contact.city, contact.phone, contact.email, ''];
	const section = (key, body) => lines.push(headings[key].toUpperCase(), '-'.repeat(headings[key].length), ...body, '');
	const entry = ({ title, employer, school, place, dates, bullets = [] }) => [
		`${dates}`,
		`${title}, ${employer ?? school}${place ? `, ${place}` : ''}`,
		...bullets.map((bullet) => `  * ${bullet}`),
		'',
	];
	section('summary', wrap(summary, 78));
	section('work', work.flatMap(entry).slice(0, -1));
	section('education', education.flatMap(entry).slice(0, -1));
	section('skills', wrap(skills.flatMap((group) => group.items).join(', '), 78));
	section('languages', languages.map((language) => `${language.name}: ${language.level}`));
	if (certificates) section('certificates', certificates);
	if (interests) section('interests', [interests.join(', ')]);
	return lines.join(lineEnding === 'crlf' ? '\r\n' : '\n');
}

function wrap(text, width) {
	const lines = [''];
	for (const word of text.split(' ')) {
		if (lines.at(-1).length + word.length + 1 > width) lines.push(word);
		else lines[lines.length - 1] += (lines.at(-1) ? ' ' : '') + word;
	}
	return lines;
}

function pdfkitTo(person, out) {
	const PDFDocument = libraries('pdfkit');
	const { name, title, contact, headings, summary, work, education, skills, languages, certificates, accent } = person;
	const pdf = new PDFDocument({ size: 'A4', margin: 56, info: { Title: `CV ${name}`, Author: name } });
	const done = new Promise((finish) => pdf.pipe(createWriteStream(out)).on('finish', finish));
	const plain = () => pdf.font('Helvetica').fontSize(10).fillColor('#222222');
	const heading = (key) => {
		pdf.moveDown(0.9).font('Helvetica-Bold').fontSize(12).fillColor(accent).text(headings[key]);
		pdf.moveTo(56, pdf.y + 1).lineTo(539, pdf.y + 1).lineWidth(0.7).stroke(accent);
		pdf.moveDown(0.4);
		plain();
	};
	pdf.font('Helvetica-Bold').fontSize(22).fillColor(accent).text(name);
	pdf.font('Helvetica').fontSize(13).fillColor('#444444').text(title);
	plain().moveDown(0.4).text(`${contact.city}  |  ${contact.phone}  |  ${contact.email}`);
	heading('summary');
	pdf.text(summary, { align: 'justify' });
	for (const [key, entries] of [['work', work], ['education', education]]) {
		heading(key);
		for (const { title, employer, school, place, dates, bullets } of entries) {
			const top = pdf.y;
			pdf.font('Helvetica-Oblique').fillColor('#555555').text(dates, 56, top, { width: 483, align: 'right' });
			pdf.font('Helvetica-Bold').fontSize(10.5).fillColor('#222222').text(title, 56, top, { width: 340 });
			plain().text(`${employer ?? school}, ${place}`);
			if (bullets) pdf.moveDown(0.2).list(bullets, { bulletRadius: 1.6, textIndent: 10, bulletIndent: 6, lineGap: 1.5 });
			pdf.moveDown(0.6);
		}
	}
	heading('skills');
	for (const { group, items } of skills) pdf.font('Helvetica-Bold').text(`${group}: `, { continued: true }).font('Helvetica').text(items.join(', '));
	heading('languages');
	for (const { name, level } of languages) pdf.text(`${name} (${level})`);
	heading('certificates');
	for (const certificate of certificates) pdf.text(certificate);
	pdf.end();
	return done;
}
