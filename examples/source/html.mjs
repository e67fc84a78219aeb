/** A person as a printable HTML page, in one of the layouts real CVs have: see `layouts`. */
export function htmlOf(person) {
	const { style, body } = layouts[person.layout](person);
	return `<!doctype html><html lang="${person.language}"><meta charset="utf-8"><title>CV ${escape(person.name)}</title>
<style>:root{--accent:${person.accent}}*{box-sizing:border-box}body{margin:0;font-size:10pt;line-height:1.42;color:#222}
h1,h2,h3,p,ul{margin:0}ul{padding-left:1.2em}h3{font-size:10.5pt}section,article{break-inside:avoid}article{margin-bottom:9pt}
.dates{color:#666}${style}</style>${body}</html>`;
}

const layouts = {
	/** A dark sidebar on the left with contact, skills and languages; the main text on the right. */
	sidebar: (person) => ({
		style: sidebarStyle('68mm 1fr'),
		body: `<main class="grid"><aside>${initials(person)}${sidebarSections(person)}</aside><div class="main">${mainSections(person)}</div></main>`,
	}),
	/** The same with the sidebar on the right, so that the main text comes first in the file. */
	'sidebar-right': (person) => ({
		style: sidebarStyle('1fr 66mm'),
		body: `<main class="grid"><div class="main">${mainSections(person)}</div><aside>${sidebarSections(person)}</aside></main>`,
	}),
	/** Two newspaper columns of equal width: the text itself flows from the first into the second. */
	'two-columns': (person) => ({
		style: `@page{size:A4;margin:15mm 14mm}body{font-family:"Liberation Serif",serif;font-size:11.5pt;line-height:1.5}
h1{font-size:25pt;font-weight:normal;letter-spacing:.5pt;text-align:center}.title{text-align:center;font-style:italic;font-size:13pt;color:var(--accent)}
.contact{text-align:center;border-top:1px solid var(--accent);border-bottom:1px solid var(--accent);margin:8pt 0 12pt;padding:4pt}
.columns{column-count:2;column-gap:9mm;column-rule:.5pt solid #bbb}section{break-inside:auto;margin-bottom:12pt}
h2{font-size:12pt;color:var(--accent);font-variant:small-caps;margin-bottom:5pt}.dates{font-style:italic}`,
		body: `<h1>${escape(person.name)}</h1><p class="title">${escape(person.title)}</p>
<p class="contact">${contactItems(person).join(' · ')}</p><div class="columns">${[
			section(person, 'summary', paragraph(person.summary)),
			section(person, 'work', person.work.map(entry).join('')),
			section(person, 'education', person.education.map(entry).join('')),
			section(person, 'skills', skillGroups(person)),
			section(person, 'languages', languageList(person)),
			extras(person),
		].join('')}</div>`,
	}),
	/** The German tabular CV: dates in a narrow left column, everything else beside them. */
	tabular: (person) => ({
		style: `@page{size:A4;margin:20mm 20mm 18mm 25mm}body{font-family:"Liberation Sans",Arial,sans-serif}
h1{font-size:20pt}.heading{font-size:11pt;letter-spacing:3pt;text-transform:uppercase;color:#777}
h2{font-size:11.5pt;border-bottom:1px solid var(--accent);color:var(--accent);margin:13pt 0 7pt}
table{border-collapse:collapse;width:100%}td{vertical-align:top;padding:0 0 6pt}td:first-child{width:41mm;color:#555;padding-right:4mm}`,
		body: `<p class="heading">${escape(person.headings.heading)}</p><h1>${escape(person.name)}</h1><p>${escape(person.title)}</p>${[
			section(person, 'contact', contactItems(person).map((item) => `<div>${item}</div>`).join('')),
			section(person, 'summary', paragraph(person.summary)),
			section(person, 'work', table(person.work.map((item) => [item.dates, entryBody(item)]))),
			section(person, 'education', table(person.education.map((item) => [item.dates, entryBody(item)]))),
			section(person, 'skills', table(person.skills.map(({ group, items }) => [group, escape(items.join(', '))]))),
			section(person, 'languages', table(person.languages.map(({ name, level }) => [name, escape(level)]))),
			extras(person),
		].join('')}`,
	}),
	/** One column under a coloured banner, skills as pills. */
	banner: (person) => ({
		style: `@page{size:A4;margin:14mm 0}@page:first{margin-top:0}body{font-family:"DejaVu Sans",sans-serif;font-size:9.6pt;line-height:1.55}
header{background:var(--accent);color:#fff;padding:11mm 18mm 8mm}h1{font-size:21pt}.title{font-size:12pt;opacity:.9}header p:last-child{margin-top:6pt;font-size:8.5pt}
section{padding:13pt 18mm 0}h2{font-size:11pt;color:var(--accent);text-transform:uppercase;letter-spacing:1pt;margin-bottom:5pt}
.row{display:flex;justify-content:space-between}.pill{display:inline-block;border:.7pt solid var(--accent);border-radius:9pt;padding:1pt 7pt;margin:0 4pt 4pt 0}
*{print-color-adjust:exact}`,
		body: `<header><h1>${escape(person.name)}</h1><p class="title">${escape(person.title)}</p><p>${contactItems(person).join(' &nbsp;•&nbsp; ')}</p></header>${[
			section(person, 'summary', paragraph(person.summary)),
			section(person, 'work', person.work.map(rowEntry).join('')),
			section(person, 'education', person.education.map(rowEntry).join('')),
			section(person, 'skills', person.skills.flatMap(({ items }) => items).map((item) => `<span class="pill">${escape(item)}</span> `).join('')),
			section(person, 'languages', languageList(person)),
			extras(person),
		].join('')}`,
	}),
};

function sidebarStyle(columns) {
	return `@page{size:A4;margin:0}*{print-color-adjust:exact}body{font-family:"Liberation Sans",Arial,sans-serif;font-size:9.8pt}
.grid{display:grid;grid-template-columns:${columns};min-height:297mm}aside{background:var(--accent);color:#fff;padding:15mm 8mm}
aside h2{font-size:11pt;border-bottom:1px solid #ffffff88;margin:0 0 5pt;padding-bottom:2pt}aside section{margin-bottom:15pt}
.initials{width:28mm;height:28mm;border-radius:50%;border:1.5pt solid #fff;margin:0 auto 12mm;display:flex;align-items:center;justify-content:center;font-size:22pt}
.main{padding:15mm 12mm}.main h1{font-size:23pt;color:var(--accent)}.main .title{font-size:13pt;margin-bottom:12pt;color:#555}
.main h2{font-size:12.5pt;color:var(--accent);margin:0 0 6pt}.main section{margin-bottom:13pt}section{break-inside:auto}`;
}

function mainSections(person) {
	return [
		`<h1>${escape(person.name)}</h1><p class="title">${escape(person.title)}</p>`,
		section(person, 'summary', paragraph(person.summary)),
		section(person, 'work', person.work.map(entry).join('')),
		section(person, 'education', person.education.map(entry).join('')),
	].join('');
}

function sidebarSections(person) {
	return [
		section(person, 'contact', contactItems(person).map((item) => `<div>${item}</div>`).join('')),
		section(person, 'skills', skillGroups(person)),
		section(person, 'languages', languageList(person)),
		extras(person),
	].join('');
}

function extras(person) {
	const list = (items) => `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
	return (
		(person.certificates ? section(person, 'certificates', list(person.certificates)) : '') +
		(person.interests ? section(person, 'interests', paragraph(person.interests.join(', '))) : '')
	);
}

function section(person, key, content) {
	return `<section><h2>${escape(person.headings[key])}</h2>${content}</section>`;
}

function entry(item) {
	return `<article>${entryBody(item, `<p class="dates">${escape(item.dates)}</p>`)}</article>`;
}

function rowEntry(item) {
	return `<article><div class="row"><h3>${escape(item.title)}</h3><span class="dates">${escape(item.dates)}</span></div>
<p>${escape(organisation(item))}</p>${bulletList(item)}</article>`;
}

function entryBody(item, dates = '') {
	return `<h3>${escape(item.title)}</h3><p>${escape(organisation(item))}</p>${dates}${bulletList(item)}`;
}

function bulletList({ bullets }) {
	return bullets ? `<ul>${bullets.map((bullet) => `<li>${escape(bullet)}</li>`).join('')}</ul>` : '';
}

function organisation({ employer, school, place }) {
	return [employer ?? school, place].filter(Boolean).join(', ');
}

function table(rows) {
	return `<table>${rows.map(([left, right]) => `<tr><td>${escape(left)}</td><td>${right}</td></tr>`).join('')}</table>`;
}

function skillGroups({ skills }) {
	return skills.map(({ group, items }) => `<p><b>${escape(group)}</b></p><p style="margin-bottom:5pt">${escape(items.join(', '))}</p>`).join('');
}

function languageList({ languages }) {
	return languages.map(({ name, level }) => `<div>${escape(name)} – ${escape(level)}</div>`).join('');
}

function contactItems({ contact }) {
	return [contact.city, contact.phone, contact.email, contact.link, contact.birth].filter(Boolean).map(escape);
}

function initials({ name }) {
	const letters = name.split(' ').map((word) => word[0]).join('');
	return `<div class="initials">${escape(letters)}</div>`;
}

function paragraph(text) {
	return `<p>${escape(text)}</p>`;
}

function escape(text) {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
