/** A person as the bytes of a DOCX file. `docx` is the library of that name; layouts: see `layouts`. */
export async function docxOf(person, docx) {
	const children = layouts[person.layout](person, docx);
	const document = new docx.Document({
		creator: person.name,
		title: `CV ${person.name}`,
		styles: {
			default: {
				document: { run: { font: person.layout === 'docx-plain' ? 'Calibri' : 'Arial', size: 21 } },
				title: { run: { size: 40, bold: true, color: person.accent.replace('#', '') } },
				heading1: { run: { size: 25, bold: true, color: person.accent.replace('#', '') }, paragraph: { spacing: { before: 260, after: 90 } } },
			},
		},
		sections: [{ properties: { page: { size: { width: 11906, height: 16838 }, margin: { top: 1100, bottom: 1000, left: 1200, right: 1200 } } }, children }],
	});
	return docx.Packer.toBuffer(document);
}

const layouts = {
	/** Built-in heading styles, each entry as title, employer and dates on lines of their own. */
	'docx-plain': (person, docx) => [
		...head(person, docx),
		...sections(person, docx, (item) => [
			line(docx, [bold(docx, item.title)]),
			line(docx, [text(docx, organisation(item))]),
			line(docx, [italic(docx, item.dates)]),
		]),
	],
	/** Title and employer on the left, dates behind a right tab stop, as Word templates do it. */
	'docx-tabs': (person, docx) => [
		...head(person, docx),
		...sections(person, docx, (item) => [
			new docx.Paragraph({
				tabStops: [{ type: docx.TabStopType.RIGHT, position: 9500 }],
				spacing: { before: 100 },
				children: [bold(docx, item.title), text(docx, `\t${item.dates}`)],
			}),
			line(docx, [italic(docx, organisation(item))]),
		]),
	],
	/** The tabbed layout, for the PDF that LibreOffice makes of it. */
	libreoffice: (person, docx) => layouts['docx-tabs'](person, docx),
	/** A borderless table of two columns: contact, skills and languages on the left, the rest on the right. */
	'docx-table': (person, docx) => {
		const none = { style: docx.BorderStyle.NONE, size: 0, color: 'FFFFFF' };
		const cell = (children, width, fill) =>
			new docx.TableCell({
				children,
				width: { size: width, type: docx.WidthType.DXA },
				margins: { top: 100, bottom: 100, left: 180, right: 180 },
				...(fill ? { shading: { type: docx.ShadingType.CLEAR, fill } } : {}),
			});
		const left = [
			...heading(person, docx, 'contact'),
			...contactItems(person).map((item) => line(docx, [text(docx, item)])),
			...skillSection(person, docx),
			...languageSection(person, docx),
		];
		const right = [
			...heading(person, docx, 'summary'),
			line(docx, [text(docx, person.summary)]),
			...entries(person, docx, 'work', stacked),
			...entries(person, docx, 'education', stacked),
		];
		return [
			new docx.Paragraph({ style: 'Title', text: person.name }),
			line(docx, [text(docx, person.title)]),
			new docx.Table({
				width: { size: 9500, type: docx.WidthType.DXA },
				columnWidths: [3200, 6300],
				borders: { top: none, bottom: none, left: none, right: none, insideHorizontal: none, insideVertical: none },
				rows: [new docx.TableRow({ children: [cell(left, 3200, 'F4ECE4'), cell(right, 6300)] })],
			}),
			line(docx, []),
		];
		function stacked(item) {
			return [line(docx, [italic(docx, item.dates)]), line(docx, [bold(docx, item.title)]), line(docx, [text(docx, organisation(item))])];
		}
	},
};

function head(person, docx) {
	return [
		new docx.Paragraph({ style: 'Title', text: person.name }),
		line(docx, [text(docx, person.title)]),
		line(docx, [text(docx, contactItems(person).join(' | '))]),
		...heading(person, docx, 'summary'),
		line(docx, [text(docx, person.summary)]),
	];
}

function sections(person, docx, entryHead) {
	return [
		...entries(person, docx, 'work', entryHead),
		...entries(person, docx, 'education', entryHead),
		...skillSection(person, docx),
		...languageSection(person, docx),
		...['certificates', 'interests'].flatMap((key) =>
			person[key] ? [...heading(person, docx, key), line(docx, [text(docx, person[key].join(', '))])] : [],
		),
		...(person.footer ? [new docx.Paragraph({ spacing: { before: 300 }, children: [italic(docx, person.footer)] })] : []),
	];
}

function entries(person, docx, key, entryHead) {
	return [
		...heading(person, docx, key),
		...person[key].flatMap((item) => [
			...entryHead(item),
			...(item.bullets ?? []).map((bullet) => new docx.Paragraph({ bullet: { level: 0 }, children: [text(docx, bullet)] })),
			new docx.Paragraph({ spacing: { after: 60 }, children: [] }),
		]),
	];
}

function skillSection(person, docx) {
	return [
		...heading(person, docx, 'skills'),
		...person.skills.map(({ group, items }) =>
			line(docx, [...(group ? [bold(docx, `${group}: `)] : []), text(docx, items.join(', '))]),
		),
	];
}

function languageSection(person, docx) {
	return [
		...heading(person, docx, 'languages'),
		...person.languages.map(({ name, level }) => line(docx, [text(docx, `${name}: ${level}`)])),
	];
}

function heading(person, docx, key) {
	return [new docx.Paragraph({ heading: docx.HeadingLevel.HEADING_1, text: person.headings[key] })];
}

function contactItems({ contact }) {
	return [contact.city, contact.phone, contact.email, contact.birth].filter(Boolean);
}

function organisation({ employer, school, place }) {
	return [employer ?? school, place].filter(Boolean).join(', ');
}

function line(docx, children) {
	return new docx.Paragraph({ children });
}

function text(docx, content) {
	return new docx.TextRun(content);
}

function bold(docx, content) {
	return new docx.TextRun({ text: content, bold: true });
}

function italic(docx, content) {
	return new docx.TextRun({ text: content, italics: true });
}
