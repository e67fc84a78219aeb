import { afterAll, describe, expect, it } from 'vitest';
import { closeDocumentWorkers, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { docxOf, odtOf, paragraph } from './samples.ts';

afterAll(closeDocumentWorkers);

const textOf = async (bytes: Uint8Array, fileName = ''): Promise<string> => (await readDocument(bytes, { fileName })).text;

describe('DOCX', () => {
  it('keeps headings, bold, list items and sizes, also where a style says them', async () => {
    const styles =
      '<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/><w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style>' +
      '<w:style w:type="paragraph" w:styleId="Mine"><w:basedOn w:val="Titre1"/></w:style>';
    const { lines } = await readDocument(
      docxOf(
        paragraph('Experience', '<w:pStyle w:val="Mine"/>') +
          paragraph('Baked bread', '<w:numPr><w:numId w:val="3"/></w:numPr>', '<w:sz w:val="21"/>') +
          paragraph('Chief baker', '', '<w:b/>') +
          paragraph('not bold', '<w:pStyle w:val="Mine"/><w:outlineLvl w:val="9"/>', '<w:b w:val="0"/>'),
        { styles },
      ),
    );
    expect(lines[0]).toMatchObject({ headingLevel: 1, bold: true, fontSize: 14, listItem: false });
    expect(lines[1]).toMatchObject({ headingLevel: null, bold: false, fontSize: 10.5, listItem: true });
    expect(lines[2]).toMatchObject({ bold: true });
    expect(lines[3]).toMatchObject({ bold: false });
  });

  it('keeps insertions and drops deletions, field codes and hidden text', async () => {
    const run = (text: string): string => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`;
    const document = await readDocument(
      docxOf(
        `<w:p>${run('Chief ')}<w:del><w:r><w:delText>junior </w:delText></w:r></w:del><w:ins>${run('baker ')}</w:ins>` +
          `<w:hyperlink>${run('ada@example.com')}</w:hyperlink><w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>` +
          `<w:r><w:rPr><w:vanish/></w:rPr><w:t>ten years of Java</w:t></w:r></w:p>`,
      ),
    );
    expect(document.text).toBe('Chief baker ada@example.com');
    expect(document.warnings.map((warning) => warning.code)).toEqual(['hidden_text_left_out']);
  });

  it('reads tables by rows, layout tables by cells, and a date beside its entry', async () => {
    const cell = (...texts: string[]): string => `<w:tc>${texts.map((text) => paragraph(text)).join('')}</w:tc>`;
    const table = (...rows: string[]): string => `<w:tbl>${rows.map((row) => `<w:tr>${row}</w:tr>`).join('')}</w:tbl>`;
    expect(await textOf(docxOf(table(cell('English') + cell('C1'), cell('French') + cell('B2'))))).toBe('English\tC1\nFrench\tB2');
    expect(await textOf(docxOf(table(cell('Skills', 'Java') + cell('Experience', 'Baker'))))).toBe('Skills\nJava\n\nExperience\nBaker');
    expect(await textOf(docxOf(table(cell('2019 – 2022') + cell('Baker', 'Oven House', 'Bread'))))).toBe('2019 – 2022\tBaker\nOven House\nBread');
  });

  it('reads a text box once, and the header before the body', async () => {
    const box = (name: string): string => `<mc:${name}><w:txbxContent>${paragraph('Contact')}</w:txbxContent></mc:${name}>`;
    const bytes = docxOf(`<w:p><w:r><mc:AlternateContent>${box('Choice')}${box('Fallback')}</mc:AlternateContent><w:t>Profile</w:t></w:r></w:p>`, {
      parts: [
        {
          name: 'word/_rels/document.xml.rels',
          content: '<Relationships><Relationship Type="http://x/header" Target="header1.xml"/><Relationship Type="http://x/header" Target="http://example.com/h.xml" TargetMode="External"/></Relationships>',
        },
        { name: 'word/header1.xml', content: `<w:hdr>${paragraph('Ada Example')}</w:hdr>` },
      ],
    });
    expect(await textOf(bytes)).toBe('Ada Example\n\nProfile\n\nContact');
  });
});

describe('ODT', () => {
  it('keeps headings, lists, bold, tabs and tables, and drops tracked deletions', async () => {
    const { text, lines } = await readDocument(
      odtOf(
        '<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion></text:tracked-changes>' +
          '<text:h text:outline-level="2">Skills</text:h><text:list><text:list-item><text:p>Java</text:p></text:list-item></text:list>' +
          '<text:p><text:span text:style-name="B">Baker<text:tab/>2020</text:span></text:p>' +
          '<table:table><table:table-row><table:table-cell><text:p>English</text:p></table:table-cell><table:table-cell><text:p>C1</text:p></table:table-cell></table:table-row></table:table>',
      ),
    );
    expect(text).toBe('Skills\nJava\nBaker\t2020\nEnglish\tC1');
    expect(lines.map((line) => [line.headingLevel, line.listItem, line.bold])).toEqual([
      [2, false, false],
      [null, true, false],
      [null, false, true],
      [null, false, false],
    ]);
  });
});

describe('RTF', () => {
  it('decodes code pages, Unicode and symbols, and skips pictures and unknown destinations', async () => {
    const rtf =
      '{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 Arial;}}{\\*\\generator secret}{\\info{\\title no}}' +
      "Zo\\'eb \\u352?koda\\u8212 -{\\f1\\'cf\\'f0}\\par{\\b Chief\\tab baker}\\par{\\pict 0102ff}{\\v hidden}" +
      '\\trowd English\\cell C1\\cell\\row {\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt ada@example.com}}\\bin3 }}}\\par end}';
    const { text, lines } = await readDocument(Buffer.from(rtf, 'latin1'));
    expect(text).toBe('Zoë Škoda—Пр\nChief\tbaker\nEnglish\tC1\nada@example.com\nend');
    expect(lines[1]?.bold).toBe(true);
  });

  it('survives unbalanced groups and endless nesting', async () => {
    expect(await textOf(Buffer.from('{\\rtf1 Ada}}}} Example'))).toBe('Ada Example');
    await expect(readDocument(Buffer.from(`{\\rtf1 ${'{'.repeat(100_000)}`))).rejects.toMatchObject({ code: 'document_damaged' });
  });
});

describe('HTML', () => {
  it('turns blocks into lines and drops what a reader does not see', async () => {
    const { text, lines } = await readDocument(
      Buffer.from(
        '<!doctype html><html><head><title>CV</title><style>p{}</style></head><body><h2>Skills</h2><ul><li><b>Java</b></li><li>SQL &amp; more</li></ul>' +
          '<script>x()</script><p style="color:red; display: none">ten years</p><p>one<br>two   words</p><table><tr><td>English</td><td>C1</td></tr></table></body></html>',
      ),
    );
    expect(text).toBe('Skills\n\nJava\nSQL & more\n\none\ntwo words\n\nEnglish\tC1');
    expect(lines[0]).toMatchObject({ headingLevel: 2, bold: true });
    expect(lines[1]).toMatchObject({ listItem: true, bold: true });
  });

  it('uses the declared character set for bytes that are no UTF-8', async () => {
    const html = '<html><meta charset="windows-1250"><p>\x8akoda</p></html>';
    expect(await textOf(Buffer.from(html, 'latin1'))).toBe('Škoda');
  });
});

describe('Markdown', () => {
  it('keeps words and addresses and drops the marks', async () => {
    const markdown = '# Ada *Example*\n\nJobs\n----\n\n- **Baker**, [Oven House](https://example.com)\n\n| Language | Level |\n|---|---|\n| English | C1 |\n';
    const { text, lines } = await readDocument(Buffer.from(markdown), { mediaType: 'text/markdown' });
    expect(text).toBe('Ada Example\n\nJobs\n\n- Baker, Oven House (https://example.com)\n\nLanguage\tLevel\n\nEnglish\tC1');
    expect(lines.map((line) => line.headingLevel)).toEqual([1, 2, null, null, null]);
  });
});
