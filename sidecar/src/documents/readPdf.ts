import { getDocumentProxy, getResolvedPDFJS } from 'unpdf';
import { AppError } from '../platform/errors.ts';
import type { ReadDocument, ReadLimits } from './Document.ts';
import { needsOcr, needsOcrBelow } from './officeParts.ts';
import { actualTextStreams, type MarkedContent } from './pdfActualText.ts';
import { fontNameOf, glyphsOf, type PdfPage } from './pdfGlyphs.ts';
import { layOutPage } from './pdfLayout.ts';
import { runsOfGlyphs } from './pdfRuns.ts';
import type { PdfRun } from './pdfSegments.ts';
import { TextBuilder } from './textBuilder.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;
type Pdfjs = Awaited<ReturnType<typeof getResolvedPDFJS>>;

/**
 * PDF to lines in reading order, by pdf.js and our own layout analysis (`pdfLayout.ts`).
 *
 * @throws AppError document_password_protected, document_damaged, document_too_large, needs_ocr, empty_document
 */
export async function readPdf(bytes: Uint8Array, limits: ReadLimits): Promise<ReadDocument> {
  const pdf = await openPdf(bytes);
  if (pdf.numPages > limits.maxPages) {
    throw new AppError(
      'document_too_large',
      `The document has ${pdf.numPages} pages; at most ${limits.maxPages} are read. Upload only the pages that matter.`,
      { pages: pdf.numPages, maxPages: limits.maxPages },
    );
  }
  const builder = new TextBuilder(limits);
  const streams = actualTextStreams(bytes, limits.maxDecompressedBytes);
  const seen = { pictures: hasPictures(bytes), drawn: false, unreadable: 0 };
  for (let number = 1; number <= pdf.numPages; number += 1) {
    builder.startPage();
    try {
      const page = await pdf.getPage(number);
      const { runs, drawn } = await readPage(page, streams);
      seen.drawn ||= drawn;
      layOutPage(runs, { multiPage: pdf.numPages > 1 }, builder);
      page.cleanup();
    } catch (error) {
      if (error instanceof AppError) throw error;
      seen.unreadable += 1;
      builder.warn('page_unreadable', `Page ${number} or more pages are damaged and were left out.`);
    }
  }
  refuseWithoutText(builder, pdf.numPages, seen);
  const info = (await pdf.getMetadata().catch(() => null))?.info as Record<string, unknown> | undefined;
  builder.createdAt = pdfDate(info?.['CreationDate']);
  builder.modifiedAt = pdfDate(info?.['ModDate']);
  return builder.build('pdf');
}

async function openPdf(bytes: Uint8Array): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      // The names of the fonts (for weight) travel only with this.
      fontExtraProperties: true,
      // No picture is decoded: a scan would take seconds a page, and only the text is wanted.
      maxImageSize: 0,
    });
  } catch (error) {
    if ((error as Error).name === 'PasswordException') {
      throw new AppError(
        'document_password_protected',
        'The document is protected by a password. Remove the password and upload it again.',
      );
    }
    throw new AppError(
      'document_damaged',
      'The PDF is damaged or was not uploaded completely. Open it, save it again and upload the new file.',
      undefined,
      { cause: error },
    );
  }
}

async function readPage(page: PdfPage, streams: MarkedContent[][]): Promise<{ runs: PdfRun[]; drawn: boolean }> {
  const pdfjs = await getResolvedPDFJS();
  const { OPS } = pdfjs;
  const operators = await page.getOperatorList();
  const glyphs = glyphsOf(page, operators, pdfjs, streams);
  const bold = new Map<string, boolean>();
  const boldFont = (id: string): boolean => {
    const known = bold.get(id) ?? isBold(fontNameOf(page, id));
    bold.set(id, known);
    return known;
  };
  // Right-to-left text is painted from left to right; pdf.js's text content puts it into logical order.
  const rightToLeft = glyphs.some((glyph) => /[\u0590-\u08ff\ufb1d-\ufefc]/.test(glyph.text));
  const runs = rightToLeft ? await runsOfTextContent(page, pdfjs, boldFont) : runsOfGlyphs(glyphs.map((glyph) => ({ ...glyph, text: readable(glyph.text) })), boldFont);
  const painted = new Set(operators.fnArray);
  return { runs, drawn: [OPS.constructPath, OPS.shadingFill, OPS.showText].some((code) => painted.has(code)) };
}

/** Dictionaries of streams stand in the file as they are, never inside a compressed or encrypted part. */
function hasPictures(bytes: Uint8Array): boolean {
  return /\/Subtype\s*\/Image\b/.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

async function runsOfTextContent(page: PdfPage, pdfjs: Pdfjs, boldFont: (id: string) => boolean): Promise<PdfRun[]> {
  const { items } = await page.getTextContent();
  const { transform } = page.getViewport({ scale: 1 });
  return items.flatMap((item) => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [a, b, c, d, x, y] = pdfjs.Util.transform(transform, item.transform) as [number, number, number, number, number, number];
    const size = Math.hypot(c, d) || Math.hypot(a, b);
    if (size === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return [];
    const upright = Math.abs(b) < 0.1 * Math.abs(a) && a > 0;
    return [{ text: readable(item.str), x, y, width: item.width, size, bold: boldFont(item.fontName), upright }];
  });
}

/** Icons and glyphs without a meaning stand in the private use area; the bullets of Symbol and Wingdings are kept. */
function readable(text: string): string {
  return text
    .replace(/[\uf0b7\uf0a7\uf0a8\uf076\uf0d8\uf0fc\uf06c\uf06e\uf071]/g, '•')
    .replace(/[\ue000-\uf8ff\u0000]/g, '')
    .replace(/[\ufb00-\ufb06]/g, (ligature) => ligature.normalize('NFKC'))
    .replace(/[\u{f0000}-\u{10ffff}]/gu, '');
}

/** Foundry names say the weight in words; Computer Modern says it as "bx". */
function isBold(name: string): boolean {
  return /bold|black|heavy|demi|[-,]bd\b|(?:cm|sf)[a-z]{0,8}bx\d|^(?:\w{6}\+)?(?:cmbx|sfbx|cmssbx)/i.test(name);
}

function refuseWithoutText(builder: TextBuilder, pages: number, seen: { pictures: boolean; drawn: boolean; unreadable: number }): void {
  const visible = builder.visibleCharacters();
  if (visible === 0 && seen.unreadable === pages) {
    throw new AppError('document_damaged', 'No page of the PDF could be read. Open it, save it again and upload the new file.');
  }
  // A scan with page numbers or a scanner's stamp has a little text on each page.
  if (seen.pictures && visible < needsOcrBelow * pages) throw needsOcr();
  if (visible === 0 && seen.drawn) throw needsOcr();
}

/** "D:20240131120000+01'00'" (ISO 32000-1, 7.9.4) as ISO 8601 in UTC. */
function pdfDate(value: unknown): string | null {
  const parts = /^(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:([+-])(\d{2})'?(\d{2})?|Z)?/.exec(typeof value === 'string' ? value : '');
  if (parts === null) return null;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, zoneHour = '00', zoneMinute = '00'] = parts;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local)) return null;
  const shift = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  return new Date(sign === '+' ? local - shift : sign === '-' ? local + shift : local).toISOString();
}
