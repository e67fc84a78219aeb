import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultLimits, type DocumentKind } from '../../../sidecar/src/documents/Document.ts';
import { parseDocument } from '../../../sidecar/src/documents/parseDocument.ts';
import { closeDocumentWorkers, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { holdsInvariants } from './invariants.ts';
import { docxOf, paragraph, pdfOf } from './samples.ts';

afterAll(closeDocumentWorkers);

const pieces = ['Ada', ' ', '\n', '\r', '\t', '\f', '\u0000', '\u0007', '\ud800', '\udc00', '\u2028', '\u00ad', '# ', '**', '<p>', '</p>', '<li>', '<b', '&amp;', '{', '}', '\\par ', '\\b ', "\\'e4", '\\u8212 ?', '• ', '2019', '|', '---', 'é', '日本', '😀'];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''));

describe('any input', () => {
  it.each(['text', 'markdown', 'html', 'rtf'] as DocumentKind[])('read as %s keeps the invariants or is refused by name', async (kind) => {
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const bytes = Buffer.from(kind === 'rtf' ? `{\\rtf1 ${content}` : content);
        try {
          holdsInvariants(await parseDocument(bytes, kind, defaultLimits));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('empty_document');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('with damaged bytes ends in a document or in an AppError', async () => {
    const originals = [
      pdfOf([[{ x: 50, y: 700, text: 'Ada Example' }, { x: 50, y: 600, text: 'Engineer', bold: true }]]),
      docxOf(paragraph('Ada Example') + paragraph('Engineer')),
      Buffer.from("{\\rtf1\\ansi {\\b Ada} Ex\\'e4mple\\par}"),
    ];
    const damage = fc.record({ which: fc.nat(originals.length - 1), places: fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { minLength: 1, maxLength: 8 }) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ which, places }) => {
        const bytes = Uint8Array.from(originals[which] ?? []);
        for (const { at, value } of places) bytes[at % bytes.length] = value;
        try {
          holdsInvariants(await readDocument(bytes));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });
});
