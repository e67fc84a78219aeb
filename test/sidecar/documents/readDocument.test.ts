import { afterAll, describe, expect, it } from 'vitest';
import { closeDocumentWorkers, documentKindOf, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { holdsInvariants } from './invariants.ts';
import { docxOf, odtOf, ole2Of, paragraph, pdfOf, zipOf } from './samples.ts';

afterAll(closeDocumentWorkers);

const errorOf = async (bytes: Uint8Array, options?: Parameters<typeof readDocument>[1]): Promise<{ code: string; message: string }> =>
  readDocument(bytes, options).then(
    (document) => ({ code: `read as ${document.kind}`, message: document.text }),
    (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
  );

describe('the kind of a document', () => {
  it('is taken from the content, whatever the name says', () => {
    const pdf = pdfOf([[{ x: 50, y: 700, text: 'Ada' }]]);
    expect(documentKindOf(pdf, { fileName: 'cv.docx', mediaType: 'text/plain' })).toBe('pdf');
    expect(documentKindOf(Buffer.concat([Buffer.from('rubbish\n'), pdf]))).toBe('pdf');
    expect(documentKindOf(docxOf(paragraph('Ada')), { fileName: 'cv.pdf' })).toBe('docx');
    expect(documentKindOf(odtOf('<text:p>Ada</text:p>'))).toBe('odt');
    expect(documentKindOf(Buffer.from('{\\rtf1 Ada}'))).toBe('rtf');
    expect(documentKindOf(Buffer.from('\n<!DOCTYPE html><html><body>Ada</body></html>'), { fileName: 'cv.txt' })).toBe('html');
    expect(documentKindOf(Buffer.from('# Ada'), { fileName: 'cv.md' })).toBe('markdown');
    expect(documentKindOf(Buffer.from('# Ada'))).toBe('text');
  });
});

describe('the look at the first bytes', () => {
  it('ends, however many comments a file begins with', () => {
    expect(documentKindOf(Buffer.from(`${'<!---->'.repeat(1000)}<p>`))).toBe('text');
    expect(documentKindOf(Buffer.from(`${'<!-- x -->\n'.repeat(20)}<html>`))).toBe('html');
  });
});

describe('what cannot be read', () => {
  it('is refused with the reason and what to do next', async () => {
    expect((await errorOf(new Uint8Array())).code).toBe('empty_document');
    expect((await errorOf(Buffer.from(' \n\t \r\n'))).code).toBe('empty_document');
    expect((await errorOf(docxOf(paragraph('  ')))).code).toBe('empty_document');
    expect((await errorOf(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]))).code).toBe('needs_ocr');
    expect((await errorOf(Buffer.from([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 0, 5, 6]))).code).toBe('unsupported_document');
    expect((await errorOf(zipOf([{ name: 'xl/workbook.xml', content: '<workbook/>' }]))).code).toBe('unsupported_document');
    const oldWord = await errorOf(ole2Of('WordDocument'), { fileName: 'cv.docx' });
    expect(oldWord.code).toBe('unsupported_document');
    expect(oldWord.message).toMatch(/DOCX or PDF/);
  });

  it('tells a password-protected document from an old one', async () => {
    expect((await errorOf(ole2Of('EncryptedPackage'))).code).toBe('document_password_protected');
    const odt = odtOf('<text:p>x</text:p>').toString('latin1');
    expect(odt).not.toContain('encryption-data');
    const encrypted = zipOf([
      { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text' },
      { name: 'META-INF/manifest.xml', content: '<manifest:manifest><manifest:encryption-data/></manifest:manifest>' },
      { name: 'styles.xml', content: 'x' },
      { name: 'content.xml', content: 'noise' },
    ]);
    expect((await errorOf(encrypted)).code).toBe('document_password_protected');
  });

  it('is asked for as a scan when there are pictures and no text', async () => {
    expect((await errorOf(pdfOf([[]], { image: true }))).code).toBe('needs_ocr');
    expect((await errorOf(pdfOf([[{ x: 500, y: 20, text: 'Page 1' }]], { image: true }))).code).toBe('needs_ocr');
    expect((await errorOf(pdfOf([[]]))).code).toBe('empty_document');
    const scan = docxOf(paragraph(''), { parts: [{ name: 'word/media/image1.png', content: 'png' }] });
    expect((await errorOf(scan)).code).toBe('needs_ocr');
  });

  it('is reported as damaged when it ends too early', async () => {
    const docx = docxOf(paragraph('Ada '.repeat(500)));
    expect((await errorOf(docx.subarray(0, docx.length >> 1))).code).toBe('document_damaged');
    expect((await errorOf(docxOf('<w:p><w:r>'))).code).toBe('document_damaged');
    expect((await errorOf(Buffer.from('%PDF-1.7\nnothing else'))).code).toBe('document_damaged');
  });
});

describe('limits', () => {
  it('stop a zip bomb while it unpacks, also when it lies about its size', async () => {
    const bomb = paragraph('0'.repeat(3_000_000));
    const limits = { maxDecompressedBytes: 1_000_000 };
    expect((await errorOf(docxOf(bomb), { limits })).code).toBe('document_too_large');
    const lying = zipOf([{ name: 'word/document.xml', content: bomb }], { declaredSize: 10 });
    expect(lying.length).toBeLessThan(20_000);
    expect((await errorOf(lying, { limits })).code).toBe('document_too_large');
  });

  it('hold for bytes, pages and characters', async () => {
    const limits = { maxBytes: 100, maxPages: 2, maxCharacters: 50 };
    expect((await errorOf(Buffer.alloc(101, 'a'), { limits })).code).toBe('document_too_large');
    const page = [{ x: 50, y: 700, text: 'A page with some words on it' }];
    expect((await errorOf(pdfOf([page, page, page]), { limits: { maxPages: 2 } })).code).toBe('document_too_large');
    expect((await errorOf(Buffer.from('word '.repeat(20)), { limits: { maxCharacters: 50 } })).code).toBe('document_too_large');
  });

  it('kill a parse that takes too long and read the next document with a new worker', async () => {
    const slow = Buffer.from(`<html>${'<div>'.repeat(1_500_000)}`);
    expect((await errorOf(slow, { limits: { timeoutMs: 20 } })).code).toBe('document_timeout');
    expect((await readDocument(Buffer.from('Ada Example'))).text).toBe('Ada Example');
  });

  it('of a stopping service leave a document to be read again', async () => {
    const reading = errorOf(Buffer.from(`<html>${'<div>'.repeat(1_500_000)}`));
    await new Promise((resolve) => setImmediate(resolve));
    await closeDocumentWorkers();
    expect((await reading).code).toBe('service_unavailable');
    expect((await readDocument(Buffer.from('Ada Example'))).text).toBe('Ada Example');
  });

  it('read many documents at once with few workers', async () => {
    const documents = await Promise.all(Array.from({ length: 20 }, (_, index) => readDocument(docxOf(paragraph(`Person ${index}`)))));
    expect(documents.map((document) => document.text)).toEqual(Array.from({ length: 20 }, (_, index) => `Person ${index}`));
  });
});

describe('hostile XML', () => {
  it('never resolves an external entity', async () => {
    const before = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>';
    const { code, message } = await errorOf(docxOf(paragraph('&secret;'), { before }));
    expect(code).toBe('document_damaged');
    expect(message).not.toMatch(/root:/);
  });

  it('does not expand a billion laughs', async () => {
    const entities = Array.from({ length: 10 }, (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`).join('');
    const before = `<!DOCTYPE x [<!ENTITY e0 "ha">${entities}]>`;
    expect((await errorOf(docxOf(paragraph('&e10;'), { before }))).code).toBe('document_damaged');
  });

  it('refuses absurd nesting', async () => {
    const nested = `${'<w:sdt>'.repeat(5000)}${'</w:sdt>'.repeat(5000)}`;
    expect((await errorOf(docxOf(nested))).code).toBe('document_damaged');
  });
});

describe('plain text', () => {
  const text = 'Zoë Müller – naïve “quotes”';
  it('is decoded whatever its encoding', async () => {
    const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    const windows1252 = Buffer.from('Zo\xeb M\xfcller \x96 na\xefve \x93quotes\x94', 'latin1');
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le'), utf16be, windows1252]) {
      expect((await readDocument(bytes)).text).toBe(text);
    }
    expect((await readDocument(Buffer.from('Plain ASCII as UTF-16', 'utf16le'))).text).toBe('Plain ASCII as UTF-16');
  });

  it('loses what cannot be stored, and keeps lines and gaps', async () => {
    const { text: read } = await readDocument(Buffer.from('A\u0000da\u0007\r\n\r\n\r\n- Java\tPython\r\n'));
    expect(read).toBe('Ada\n\n- Java\tPython');
  });
});

describe('offsets', () => {
  const samples: [string, Buffer, string?][] = [
    ['text', Buffer.from('Ada\n\n\n  Experience  \n• one\n\f second page\n\n')],
    ['markdown', Buffer.from('# Ada\n\n- **one**\n- [two](https://example.com)\n\n| a | b |\n|---|---|\n'), 'cv.md'],
    ['html', Buffer.from('<html><h1>Ada</h1><ul><li>one<li>two</ul><table><tr><td>a<td>b</table></html>')],
    ['rtf', Buffer.from("{\\rtf1\\ansi Ada\\par\\par {\\b Experience}\\par \\u8226? one\\par}")],
    ['docx', docxOf(`${paragraph('Ada')}${paragraph('')}<w:tbl><w:tr><w:tc>${paragraph('a')}</w:tc><w:tc>${paragraph('b')}</w:tc></w:tr></w:tbl>`)],
    ['odt', odtOf('<text:h text:outline-level="1">Ada</text:h><text:p/><text:p>one<text:line-break/>two</text:p>')],
    ['pdf', pdfOf([[{ x: 50, y: 700, text: 'Ada' }], [], [{ x: 50, y: 700, text: 'more' }, { x: 50, y: 600, text: 'and more' }]])],
  ];
  it.each(samples)('of %s point at the lines, and the pages cover the text', async (_, bytes, fileName) => {
    holdsInvariants(await readDocument(bytes, fileName === undefined ? {} : { fileName }));
  });

  it('give a page without text its place', async () => {
    const { pages, text } = await readDocument(samples[6]![1]);
    expect(pages.map(({ start, end }) => text.slice(start, end))).toEqual(['Ada\n\n', '', 'more\n\nand more']);
  });
});
