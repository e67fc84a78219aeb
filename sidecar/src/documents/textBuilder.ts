import { AppError } from '../platform/errors.ts';
import type { DocumentKind, DocumentLine, DocumentWarning, ReadDocument, ReadLimits } from './Document.ts';

export type LineFormat = Omit<DocumentLine, 'page' | 'start' | 'end'>;

const plainFormat: LineFormat = {
  x: null,
  y: null,
  width: null,
  fontSize: null,
  bold: false,
  headingLevel: null,
  listItem: false,
};

const mediaTypes: Record<DocumentKind, string> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  odt: 'application/vnd.oasis.opendocument.text',
  rtf: 'application/rtf',
  html: 'text/html',
  markdown: 'text/markdown',
  text: 'text/plain',
};

/**
 * Builds the text of a document together with the offsets into it. All text passes `cleanText` here, so that no
 * parser can bring in what a later room (Postgres, JSON, a regular expression) stumbles over.
 */
export class TextBuilder {
  readonly warnings: DocumentWarning[] = [];
  createdAt: string | null = null;
  modifiedAt: string | null = null;
  private readonly parts: string[] = [];
  private readonly lines: DocumentLine[] = [];
  private readonly limits: ReadLimits;
  private length = 0;
  private pageCount = 0;
  private gap = false;

  constructor(limits: ReadLimits) {
    this.limits = limits;
  }

  /** Appends a line; a line feed inside makes several. Lines without visible text are taken as a gap. */
  addLine(text: string, format: Partial<LineFormat> = {}): void {
    for (const line of cleanText(text).split('\n')) {
      const content = line.trim();
      if (content === '') this.addGap();
      else this.append(content, format);
    }
  }

  /** The next line begins after an empty one. */
  addGap(): void {
    this.gap = true;
  }

  /** Begins the next page; a document whose parser never calls it has one page. */
  startPage(): void {
    this.pageCount += 1;
    this.gap = true;
  }

  /** Letters, digits and signs of the text so far; white space not counted. */
  visibleCharacters(): number {
    return this.parts.reduce((sum, part) => sum + part.replace(/\s/g, '').length, 0);
  }

  warn(code: string, message: string): void {
    if (!this.warnings.some((warning) => warning.code === code)) this.warnings.push({ code, message });
  }

  /** @throws AppError empty_document when no line was added */
  build(kind: DocumentKind): ReadDocument {
    if (this.lines.length === 0) {
      throw new AppError('empty_document', 'The document holds no text. Check the file and upload it again.');
    }
    return {
      kind,
      mediaType: mediaTypes[kind],
      text: this.parts.join(''),
      pages: this.pages(),
      lines: this.lines,
      createdAt: this.createdAt,
      modifiedAt: this.modifiedAt,
      warnings: this.warnings,
    };
  }

  private append(content: string, format: Partial<LineFormat>): void {
    if (this.length > 0) this.push(this.gap ? '\n\n' : '\n');
    const start = this.length;
    this.push(content);
    this.lines.push({ ...plainFormat, ...format, page: Math.max(1, this.pageCount), start, end: this.length });
    this.gap = false;
  }

  /** The separator between two pages belongs to the earlier one, so that the pages cover the text without a hole. */
  private pages(): ReadDocument['pages'] {
    const starts = Array.from({ length: Math.max(1, this.pageCount) }, (_, index) =>
      index === 0 ? 0 : (this.lines.find((line) => line.page > index)?.start ?? this.length),
    );
    return starts.map((start, index) => ({ page: index + 1, start, end: starts[index + 1] ?? this.length }));
  }

  private push(part: string): void {
    this.parts.push(part);
    this.length += part.length;
    if (this.length > this.limits.maxCharacters) {
      throw new AppError(
        'document_too_large',
        `The document has more than ${this.limits.maxCharacters} characters. Upload only the CV or the part that matters.`,
        { maxCharacters: this.limits.maxCharacters },
      );
    }
  }
}

/**
 * Control characters go (U+0000 cannot be stored in Postgres), other line ends become "\n", lone surrogates become
 * U+FFFD, and what is invisible inside words (soft hyphen, zero-width space, byte order mark) goes, as it would hide
 * words from every search.
 */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u2028\u2029\u0085]/g, '\n')
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff]/g, '')
    .toWellFormed();
}

/** A line that begins with a bullet glyph, a dash or a short number. */
export function beginsWithBullet(text: string): boolean {
  return /^\s*(?:[•‣◦▪▫●○■□◆◇►▶➢➤✓✔∙⁃·*–—-]\s*(?=\S)|[•‣◦▪●■]$|\(?(?:\d{1,2}|[a-z])[.)]\s+)/u.test(text) && !/^\s*[–—-]\s*\d/.test(text);
}
