import { AppError } from '../platform/errors.ts';
import type { ReadDocument, ReadLimits } from './Document.ts';
import { needsOcr, needsOcrBelow, officeDates } from './officeParts.ts';
import { beginsWithBullet, TextBuilder } from './textBuilder.ts';
import { childElements, descendants, firstChild, parseXml, type XmlElement } from './xmlTree.ts';
import { ZipParts } from './zipParts.ts';

/**
 * OpenDocument text (ODF 1.2) to lines: page headers, body with lists, tables and text boxes, page footers.
 *
 * @throws AppError document_password_protected, document_damaged, document_too_large, needs_ocr, empty_document
 */
export function readOdt(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const zip = new ZipParts(bytes, limits.maxDecompressedBytes);
  const part = (name: string): XmlElement | null => {
    const content = zip.read(name);
    return content === null ? null : parseXml(content);
  };
  const manifest = zip.read('META-INF/manifest.xml')?.toString('utf8') ?? '';
  if (/<(?:\w+:)?encryption-data\b/.test(manifest)) {
    throw new AppError('document_password_protected', 'The document is protected by a password. Remove the password and upload it again.');
  }
  const content = part('content.xml');
  const body = content === null ? undefined : firstChild(content, 'body', 'text');
  if (content === null || body === undefined) {
    throw new AppError('document_damaged', 'The document has no text part. Open it, save it again and upload the new file.');
  }
  const styles = part('styles.xml');
  const builder = new TextBuilder(limits);
  const looks = new OdtStyles([content, ...(styles === null ? [] : [styles])]);
  const reader = new OdtReader(builder, looks);
  const masters = styles === null ? [] : descendants(styles, 'master-page');
  for (const header of masters.flatMap((master) => childElements(master, 'header'))) reader.readBlocks(header, false);
  builder.addGap();
  reader.readBlocks(body, false);
  builder.addGap();
  for (const footer of masters.flatMap((master) => childElements(master, 'footer'))) reader.readBlocks(footer, false);

  const hasImages = zip.names().some((name) => /^(?:Pictures|media)\/./.test(name)) || descendants(body, 'image').length > 0;
  if (hasImages && builder.visibleCharacters() < needsOcrBelow) throw needsOcr();
  Object.assign(builder, officeDates(part('meta.xml')));
  return builder.build('odt');
}

interface Look {
  bold: boolean | undefined;
  fontSize: number | null;
}

class OdtStyles {
  private readonly byName = new Map<string, XmlElement>();

  constructor(roots: XmlElement[]) {
    for (const root of roots) {
      for (const style of descendants(root, 'style')) {
        const name = style.attributes['name'];
        if (name !== undefined && !this.byName.has(name)) this.byName.set(name, style);
      }
    }
  }

  /** Weight and size in points, with what parent styles say. */
  look(name: string | undefined): Look {
    const look: Look = { bold: undefined, fontSize: null };
    const seen = new Set<XmlElement>();
    let style = this.byName.get(name ?? '');
    while (style !== undefined && !seen.has(style)) {
      seen.add(style);
      const text = firstChild(style, 'text-properties')?.attributes ?? {};
      if (look.bold === undefined && text['font-weight'] !== undefined) look.bold = /^(?:bold|[6-9]00)$/.test(text['font-weight']);
      const points = /^([\d.]+)pt$/.exec(text['font-size'] ?? '');
      if (look.fontSize === null && points !== null) look.fontSize = Number(points[1]);
      style = this.byName.get(style.attributes['parent-style-name'] ?? '');
    }
    return look;
  }

  /** True where the style itself hides its text. */
  hides(name: string | undefined): boolean {
    const style = this.byName.get(name ?? '');
    return firstChild(style, 'text-properties')?.attributes['display'] === 'none';
  }
}

interface Run {
  text: string;
  bold: boolean;
}

const skipped = new Set(['tracked-changes', 'annotation', 'annotation-end', 'note-citation', 'sequence-decls', 'forms', 'title', 'desc', 'table-of-content', 'ruby-text']);

class OdtReader {
  private readonly builder: TextBuilder;
  private readonly styles: OdtStyles;

  constructor(builder: TextBuilder, styles: OdtStyles) {
    this.builder = builder;
    this.styles = styles;
  }

  readBlocks(container: XmlElement, inList: boolean): void {
    for (const child of childElements(container)) this.readBlock(child, inList);
  }

  private readBlock(element: XmlElement, inList: boolean): void {
    if (skipped.has(element.name)) return;
    if (element.name === 'p' || element.name === 'h') this.readParagraph(element, inList);
    else if (element.name === 'table-row') this.readRow(element);
    else this.readBlocks(element, inList || element.name === 'list');
  }

  private readRow(row: XmlElement): void {
    const cells = childElements(row, 'table-cell').filter((cell) => paragraphCount(cell) > 0);
    if (cells.some((cell) => paragraphCount(cell) > 1) || cells.length < 2) {
      for (const cell of cells) {
        this.builder.addGap();
        this.readBlocks(cell, false);
      }
      this.builder.addGap();
      return;
    }
    const boxes: XmlElement[] = [];
    const paragraphs = cells.map((cell) => paragraphsOf(cell)[0]).filter((paragraph) => paragraph !== undefined);
    const texts = paragraphs.map((paragraph) => this.runsOf(paragraph, boxes));
    this.builder.addLine(texts.map((runs) => joined(runs).replaceAll('\n', ' ')).join('\t'), {
      bold: texts.every(allBold),
      fontSize: this.styles.look(paragraphs[0]?.attributes['style-name']).fontSize,
    });
    for (const box of boxes) this.readBlocks(box, false);
  }

  private readParagraph(paragraph: XmlElement, inList: boolean): void {
    const boxes: XmlElement[] = [];
    const runs = this.runsOf(paragraph, boxes);
    const text = joined(runs);
    const level = Number(paragraph.attributes['outline-level'] ?? NaN);
    this.builder.addLine(text, {
      bold: allBold(runs),
      fontSize: this.styles.look(paragraph.attributes['style-name']).fontSize,
      headingLevel: paragraph.name === 'h' ? (level > 0 ? level : 1) : null,
      listItem: paragraph.name === 'p' && (inList || beginsWithBullet(text)),
    });
    for (const box of boxes) {
      this.builder.addGap();
      this.readBlocks(box, false);
      this.builder.addGap();
    }
  }

  /** Text boxes anchored in the paragraph, and notes, are set aside as blocks of their own. */
  private runsOf(paragraph: XmlElement, boxes: XmlElement[]): Run[] {
    const runs: Run[] = [];
    const collect = (element: XmlElement, inheritedBold: boolean): void => {
      const style = element.attributes['style-name'];
      if (this.styles.hides(style)) {
        this.builder.warn('hidden_text_left_out', 'The document holds hidden text, which was left out.');
        return;
      }
      const bold = this.styles.look(style).bold ?? inheritedBold;
      for (const child of element.children) {
        if (typeof child === 'string') runs.push({ text: child.replace(/[ \t\r\n]+/g, ' '), bold });
        else if (child.name === 's') runs.push({ text: ' '.repeat(Math.min(100, Number(child.attributes['c'] ?? 1) || 1)), bold });
        else if (child.name === 'tab') runs.push({ text: '\t', bold });
        else if (child.name === 'line-break') runs.push({ text: '\n', bold });
        else if (child.name === 'text-box' || child.name === 'note-body') boxes.push(child);
        else if (!skipped.has(child.name)) collect(child, bold);
      }
    };
    collect(paragraph, false);
    return runs;
  }
}

function joined(runs: Run[]): string {
  return runs.map((run) => run.text).join('');
}

function allBold(runs: Run[]): boolean {
  const visible = runs.filter((run) => run.text.trim() !== '');
  return visible.length > 0 && visible.every((run) => run.bold);
}

function paragraphsOf(element: XmlElement): XmlElement[] {
  return childElements(element).flatMap((child) => (child.name === 'p' || child.name === 'h' ? [child] : paragraphsOf(child)));
}

function paragraphCount(cell: XmlElement): number {
  return paragraphsOf(cell).length;
}
