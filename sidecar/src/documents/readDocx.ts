import { AppError } from '../platform/errors.ts';
import type { ReadDocument, ReadLimits } from './Document.ts';
import { readDocxStyles, type DocxStyles } from './docxStyles.ts';
import { needsOcrBelow, needsOcr, officeDates } from './officeParts.ts';
import { beginsWithBullet, TextBuilder, type LineFormat } from './textBuilder.ts';
import { childElements, firstChild, parseXml, type XmlElement } from './xmlTree.ts';
import { ZipParts } from './zipParts.ts';

/**
 * WordprocessingML (ECMA-376 part 1, transitional and strict) to lines: headers, body with tables and text boxes,
 * foot- and endnotes, footers. Deleted and hidden text is left out.
 *
 * @throws AppError document_damaged, document_too_large, needs_ocr, empty_document
 */
export function readDocx(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const zip = new ZipParts(bytes, limits.maxDecompressedBytes);
  const mainName = mainPartName(zip);
  const main = part(zip, mainName);
  if (main === null) throw new AppError('document_damaged', 'The document has no text part. Open it in Word, save it again and upload the new file.');
  const folder = mainName.slice(0, mainName.lastIndexOf('/') + 1);
  const related = relatedParts(zip, mainName);
  const builder = new TextBuilder(limits);
  const reader = new BodyReader(builder, readDocxStyles(optionalPart(zip, `${folder}styles.xml`)));

  for (const name of related.get('header') ?? []) reader.readPart(optionalPart(zip, name));
  const body = firstChild(main, 'body') ?? main;
  reader.readBlocks(body);
  for (const kind of ['footnotes', 'endnotes', 'footer']) {
    for (const name of related.get(kind) ?? []) reader.readPart(optionalPart(zip, name));
  }

  const hasImages = reader.sawImage || zip.names().some((name) => name.startsWith(`${folder}media/`));
  if (hasImages && builder.visibleCharacters() < needsOcrBelow) throw needsOcr();
  Object.assign(builder, officeDates(optionalPart(zip, 'docProps/core.xml')));
  return builder.build('docx');
}

function mainPartName(zip: ZipParts): string {
  const target = [...relatedParts(zip, '')].find(([type]) => type === 'officeDocument')?.[1][0];
  if (target !== undefined && zip.names().includes(target)) return target;
  return zip.names().find((name) => /^word\/document\d*\.xml$/i.test(name)) ?? 'word/document.xml';
}

/** Names of the parts that a part points to inside the package, by the last step of the relationship's type. */
function relatedParts(zip: ZipParts, name: string): Map<string, string[]> {
  const slash = name.lastIndexOf('/') + 1;
  const folder = name.slice(0, slash);
  const rels = optionalPart(zip, `${folder}_rels/${name.slice(slash)}.rels`);
  const byType = new Map<string, string[]>();
  for (const relation of rels === null ? [] : childElements(rels, 'Relationship')) {
    const { Type = '', Target = '', TargetMode } = relation.attributes;
    if (TargetMode === 'External') continue;
    const type = Type.slice(Type.lastIndexOf('/') + 1);
    const target = Target.startsWith('/') ? Target.slice(1) : `${folder}${Target}`;
    const names = byType.get(type) ?? [];
    if (!names.includes(target)) byType.set(type, [...names, target]);
  }
  return byType;
}

function part(zip: ZipParts, name: string): XmlElement | null {
  const content = zip.read(name);
  return content === null ? null : parseXml(content);
}

/** A damaged side part (styles, header, properties) does not cost the text; a bomb in it still does. */
function optionalPart(zip: ZipParts, name: string): XmlElement | null {
  try {
    return part(zip, name);
  } catch (error) {
    if (error instanceof AppError && error.code === 'document_damaged') return null;
    throw error;
  }
}

interface Run {
  text: string;
  bold: boolean;
  fontSize: number | null;
}

/** Elements whose content is not text of the document as it stands now. */
const skipped = new Set([
  'del', 'moveFrom', 'instrText', 'delText', 'delInstrText', 'pPr', 'rPr', 'tblPr', 'trPr', 'tcPr', 'tblGrid', 'sectPr', 'sdtPr', 'sdtEndPr',
  'posOffset', 'align', 'sizeRelH', 'sizeRelV', 'annotationRef', 'footnoteRef', 'endnoteRef', 'rt',
]);
const images = new Set(['pic', 'imagedata', 'blip', 'OLEObject']);

type LineSink = Pick<TextBuilder, 'addLine' | 'addGap' | 'warn'>;

class BodyReader {
  sawImage = false;
  private readonly sink: LineSink;
  private readonly styles: DocxStyles;
  private readonly partsSeen = new Set<string>();

  constructor(sink: LineSink, styles: DocxStyles) {
    this.sink = sink;
    this.styles = styles;
  }

  /** A header, footer or notes part; the same header for first, odd and even pages is read once. */
  readPart(root: XmlElement | null): void {
    if (root === null) return;
    const key = JSON.stringify(root.children);
    if (this.partsSeen.has(key)) return;
    this.partsSeen.add(key);
    this.readBlocks(root);
    this.sink.addGap();
  }

  readBlocks(container: XmlElement): void {
    for (const child of childElements(container)) this.readBlock(child);
  }

  private readBlock(element: XmlElement): void {
    switch (element.name) {
      case 'p':
        return this.readParagraph(element);
      case 'tbl':
        this.sink.addGap();
        for (const row of rowsOf(element)) this.readRow(row);
        return this.sink.addGap();
      case 'footnote':
      case 'endnote':
        return /separator/i.test(element.attributes['type'] ?? '') ? undefined : this.readBlocks(element);
      case 'altChunk':
        return this.sink.warn('embedded_part_not_read', 'The document embeds another file, which is not read.');
      default:
        if (!skipped.has(element.name)) this.readBlocks(element);
    }
  }

  /**
   * A row whose cells hold one line each is one line. A layout row (a sidebar beside the main text) is read cell by
   * cell; where one cell only is long, the short ones (a date, a label) stay on its first line.
   */
  private readRow(row: XmlElement): void {
    const cells = cellsOf(row).map((cell) => this.cellLines(cell)).filter((lines) => lines.length > 0);
    const long = cells.filter((lines) => lines.length > 1);
    if (long.length > 1) {
      for (const lines of cells) {
        this.sink.addGap();
        for (const line of lines) this.sink.addLine(line.text, line.format);
      }
      this.sink.addGap();
      return;
    }
    const first = cells.map((lines) => lines[0]?.text ?? '').join('\t');
    const formats = cells.map((lines) => lines[0]?.format ?? {});
    this.sink.addLine(first, { ...formats[0], bold: formats.length > 0 && formats.every((format) => format.bold === true) });
    for (const line of long[0]?.slice(1) ?? []) this.sink.addLine(line.text, line.format);
  }

  private cellLines(cell: XmlElement): { text: string; format: Partial<LineFormat> }[] {
    const lines: { text: string; format: Partial<LineFormat> }[] = [];
    const collector: LineSink = {
      addLine: (text, format = {}) => {
        for (const line of text.split('\n')) if (line.trim() !== '') lines.push({ text: line.trim(), format });
      },
      addGap: () => {},
      warn: (code, message) => this.sink.warn(code, message),
    };
    const inner = new BodyReader(collector, this.styles);
    inner.readBlocks(cell);
    this.sawImage ||= inner.sawImage;
    return lines;
  }

  private readParagraph(paragraph: XmlElement): void {
    const properties = firstChild(paragraph, 'pPr');
    const style = this.styles.paragraph(firstChild(properties, 'pStyle')?.attributes['val']);
    const runs: Run[] = [];
    const boxes: XmlElement[] = [];
    this.collectRuns(paragraph, { bold: style.bold, fontSize: style.fontSize }, runs, boxes);
    const text = runs.map((run) => run.text).join('');
    const visible = runs.filter((run) => run.text.trim() !== '');
    const outline = Number(firstChild(properties, 'outlineLvl')?.attributes['val'] ?? NaN);
    const numbering = firstChild(properties, 'numPr', 'numId')?.attributes['val'];
    this.sink.addLine(text, {
      bold: visible.length > 0 && visible.every((run) => run.bold),
      fontSize: visible.reduce<number | null>((size, run) => (run.fontSize === null ? size : Math.max(size ?? 0, run.fontSize)), null),
      headingLevel: outline >= 0 && outline < 9 ? outline + 1 : style.headingLevel,
      listItem: (numbering === undefined ? style.listItem && style.headingLevel === null : numbering !== '0') || beginsWithBullet(text),
    });
    for (const box of boxes) {
      this.sink.addGap();
      this.readBlocks(box);
      this.sink.addGap();
    }
  }

  /** Text boxes inside a paragraph are set aside: they are blocks of their own. */
  private collectRuns(element: XmlElement, format: { bold: boolean; fontSize: number | null }, runs: Run[], boxes: XmlElement[]): void {
    for (const child of childElements(element)) {
      if (skipped.has(child.name)) continue;
      if (images.has(child.name)) this.sawImage = true;
      if (child.name === 'txbxContent') boxes.push(child);
      else if (child.name === 'AlternateContent') {
        const choice = firstChild(child, 'Choice') ?? firstChild(child, 'Fallback');
        if (choice !== undefined) this.collectRuns(choice, format, runs, boxes);
      } else if (child.name === 'r') this.collectRun(child, format, runs, boxes);
      else this.collectRuns(child, format, runs, boxes);
    }
  }

  private collectRun(run: XmlElement, inherited: { bold: boolean; fontSize: number | null }, runs: Run[], boxes: XmlElement[]): void {
    const properties = firstChild(run, 'rPr');
    if (isOn(firstChild(properties, 'vanish'))) {
      this.sink.warn('hidden_text_left_out', 'The document holds hidden text, which was left out.');
      return;
    }
    const style = this.styles.character(firstChild(properties, 'rStyle')?.attributes['val']);
    const bold = firstChild(properties, 'b');
    const halfPoints = Number(firstChild(properties, 'sz')?.attributes['val'] ?? NaN);
    const format = {
      bold: bold === undefined ? (style.bold ?? inherited.bold) : isOn(bold),
      fontSize: Number.isFinite(halfPoints) ? halfPoints / 2 : (style.fontSize ?? inherited.fontSize),
    };
    for (const child of childElements(run)) {
      const text = runText(child);
      if (text !== null) runs.push({ text, ...format });
      else if (!skipped.has(child.name)) this.collectRuns({ ...run, children: [child] }, format, runs, boxes);
    }
  }
}

function runText(element: XmlElement): string | null {
  switch (element.name) {
    case 't':
      return element.children.filter((child) => typeof child === 'string').join('');
    case 'tab':
    case 'ptab':
      return '\t';
    case 'br':
    case 'cr':
      return '\n';
    case 'noBreakHyphen':
      return '\u2011';
    case 'softHyphen':
      return '';
    case 'sym': {
      // Symbol fonts keep their glyphs in the private use area; as a rule it is a bullet or an icon.
      const code = Number.parseInt(element.attributes['char'] ?? '', 16);
      return Number.isNaN(code) || code === 0 || code > 0x10ffff ? '' : code >= 0xf000 ? '•' : String.fromCodePoint(code);
    }
    default:
      return null;
  }
}

function rowsOf(table: XmlElement): XmlElement[] {
  return childElements(table).flatMap((child) => (child.name === 'tr' ? [child] : skipped.has(child.name) ? [] : rowsOf(child)));
}

function cellsOf(row: XmlElement): XmlElement[] {
  return childElements(row).flatMap((child) => (child.name === 'tc' ? [child] : skipped.has(child.name) ? [] : cellsOf(child)));
}

function isOn(property: XmlElement | undefined): boolean {
  return property !== undefined && !['0', 'false', 'off'].includes(property.attributes['val'] ?? 'true');
}
