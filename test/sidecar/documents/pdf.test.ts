import { afterAll, describe, expect, it } from 'vitest';
import { closeDocumentWorkers, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { pdfOf, type PdfText } from './samples.ts';

afterAll(closeDocumentWorkers);

const linesOf = async (...pages: PdfText[][]): Promise<string[]> => (await readDocument(pdfOf(pages))).text.split(/\n+/);
const column = (x: number, top: number, step: number, texts: string[]): PdfText[] => texts.map((text, index) => ({ x, y: top - index * step, text }));

describe('words of a PDF', () => {
  it('are put together from pieces and parted by gaps', async () => {
    // Helvetica 10: "Sen" is 17.79 points wide, "ior" 11.11; a space is 2.78.
    const pieces = [
      { x: 50, y: 700, text: 'Sen' },
      { x: 67.8, y: 700, text: 'ior' },
      { x: 81.7, y: 700, text: 'Engineer' },
    ];
    expect(await linesOf(pieces)).toEqual(['Senior Engineer']);
  });

  it('of a letter-spaced heading stay words', async () => {
    expect(await linesOf([{ x: 50, y: 700, text: 'PROFESSIONAL EXPERIENCE', letterSpacing: 3 }])).toEqual(['PROFESSIONAL EXPERIENCE']);
  });

  it('that are painted twice to look bold are read once', async () => {
    expect(await linesOf([{ x: 50, y: 700, text: 'Ada Example' }, { x: 50.3, y: 700, text: 'Ada Example' }])).toEqual(['Ada Example']);
  });
});

describe('columns of a PDF', () => {
  const main = ['Senior engineer at a bakery of robots', 'Built the oven controller in Java', 'Led a team of four people for years', 'Wrote the tests that found the fire', 'Kept the bread warm on every night', 'Ran the weekly review of the dough'];
  const side = ['Skills', 'Java', 'Kotlin', 'PostgreSQL', 'Languages', 'English', 'French'];

  it('are read one after the other, the spanning header first', async () => {
    const header = { x: 50, y: 800, text: 'Ada Example, engineer for ovens, bread and everything that is warm in the world', size: 14 };
    expect(await linesOf([header, ...column(50, 740, 17, side), ...column(220, 740, 14, main)])).toEqual([header.text, ...side, ...main]);
    expect(await linesOf([header, ...column(50, 740, 14, main), ...column(420, 740, 17, side)])).toEqual([header.text, ...main, ...side]);
  });

  it('on several pages do not interrupt the main column', async () => {
    const second = column(50, 780, 14, ['Further duties of the same position', 'And the last of them']);
    const lines = await linesOf([...column(50, 740, 14, main), ...column(420, 740, 17, side)], second);
    expect(lines).toEqual([...side, ...main, 'Further duties of the same position', 'And the last of them']);
  });

  it('are no columns when the right side holds the dates of the rows', async () => {
    const jobs = ['Senior Engineer, Bakery of Robots', 'Engineer, Mill of Clouds', 'Junior, School of Yeast', 'Intern, House of Salt'];
    const dates = ['2019 – 2022', '2015 – 2019', '2012 – 2015', '2011'];
    const rows = jobs.flatMap((job, index) => [
      { x: 50, y: 740 - index * 30, text: job },
      { x: 480, y: 740 - index * 30, text: dates[index]! },
      { x: 50, y: 726 - index * 30, text: 'Berlin, with many duties that fill the line' },
    ]);
    const lines = await linesOf(rows.map((row) => ({ ...row, text: row.text.replace('–', '-') })));
    expect(lines.slice(0, 2)).toEqual(['Senior Engineer, Bakery of Robots\t2019 - 2022', 'Berlin, with many duties that fill the line']);
    expect(lines).toContain('Intern, House of Salt\t2011');
  });

  it('are no columns when the left side holds the labels of the rows', async () => {
    const labels = ['Name', 'Address', 'Telephone', 'E-mail', 'Nationality', 'Driving licence'];
    const values = ['Ada Example', '1 Oven Lane', '+44 20 7946 0000', 'ada@example.com', 'none', 'B'];
    const rows = labels.flatMap((label, index) => [
      { x: 50, y: 740 - index * 18, text: label },
      { x: 200, y: 740 - index * 18, text: values[index]! },
    ]);
    expect(await linesOf(rows)).toEqual(labels.map((label, index) => `${label}\t${values[index]}`));
  });
});

describe('rows of a PDF', () => {
  it('whose label or date wraps stay with the text beside it', async () => {
    const rows = [
      { x: 50, y: 740, text: 'September 2014 -' }, { x: 200, y: 740, text: 'Baker' },
      { x: 50, y: 727, text: 'October 2017' }, { x: 200, y: 727, text: 'Oven House' },
      { x: 50, y: 700, text: 'Main duties and' }, { x: 200, y: 697, text: 'Bread of every' },
      { x: 50, y: 688, text: 'responsibilities' }, { x: 200, y: 683, text: 'kind and size' },
    ];
    expect(await linesOf(rows)).toEqual([
      'September 2014 - October 2017\tBaker',
      'Oven House',
      'Main duties and responsibilities\tBread of every',
      'kind and size',
    ]);
  });

  it('with a name in large letters beside small text become two lines', async () => {
    expect(await linesOf([{ x: 50, y: 740, text: 'ada@example.com', size: 9 }, { x: 300, y: 740, text: 'Ada Example', size: 24 }])).toEqual([
      'Ada Example',
      'ada@example.com',
    ]);
  });
});

describe('an accent of its own', () => {
  it('takes the text that the file gives for it', async () => {
    const mark = pdfOf([[{ x: 50, y: 700, text: 'C' }]], {
      compressed: 'BT /F1 10 Tf 50 700 Td (C) Tj ET /Span <</ActualText <FEFF00E9>>> BDC BT /F1 10 Tf 57.2 700 Td (e) Tj ET EMC BT /F1 10 Tf 62.8 700 Td (line) Tj ET',
    });
    expect((await readDocument(mark)).text).toBe('Céline');
  });
});

describe('lines of a PDF', () => {
  it('carry place, size, weight and list marks', async () => {
    const { lines, text } = await readDocument(
      pdfOf([[{ x: 50, y: 742, text: 'Ada Example', size: 20, bold: true }, { x: 60, y: 700, text: '\x95 Java' }]]),
    );
    expect(lines[0]).toMatchObject({ page: 1, x: 50, y: 80, fontSize: 20, bold: true, listItem: false });
    expect(lines[1]).toMatchObject({ x: 60, bold: false, listItem: true });
    expect(text.slice(lines[1]!.start, lines[1]!.end)).toBe('• Java');
  });
});
