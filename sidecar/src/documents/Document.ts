/** What `documents/` hands to the rest: the text of a file, and where on the page each line of it stands. */

export const documentKinds = ['pdf', 'docx', 'odt', 'rtf', 'html', 'markdown', 'text'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** One visual line (or one cell / column part of a line), in reading order. `text.slice(start, end)` is its content. */
export interface DocumentLine {
  /** from 1 */
  page: number;
  /** UTF-16 units into `ReadDocument.text` */
  start: number;
  end: number;
  /** Points from the page's left edge and top edge; null where the format has no layout (text, HTML). */
  x: number | null;
  y: number | null;
  width: number | null;
  /** Points; null where unknown. */
  fontSize: number | null;
  bold: boolean;
  /** Set where the file itself says so (DOCX/ODT/HTML/Markdown heading styles): 1 is the highest. */
  headingLevel: number | null;
  /** Part of a list (bullet or number). */
  listItem: boolean;
}

export interface DocumentWarning {
  code: string;
  message: string;
}

export interface ReadDocument {
  kind: DocumentKind;
  mediaType: string;
  /**
   * The whole document: lines joined by "\n", pages and larger gaps by "\n\n", wide gaps inside a row and table cells
   * by "\t". Control characters are stripped. NFC is not applied, save to accents that a PDF paints apart.
   */
  text: string;
  /** Half-open ranges of `text`, in order, one a page. Formats without pages have one page. */
  pages: { page: number; start: number; end: number }[];
  lines: DocumentLine[];
  /** What the file says of itself, never trusted for a profile value; used as "document date" fallback. */
  createdAt: string | null;
  modifiedAt: string | null;
  warnings: DocumentWarning[];
}

/** Bounds of one read. A document beyond them is refused with `document_too_large` or `document_timeout`. */
export interface ReadLimits {
  maxBytes: number;
  maxPages: number;
  /** UTF-16 units of text */
  maxCharacters: number;
  /** bytes, all parts of a zipped format together */
  maxDecompressedBytes: number;
  timeoutMs: number;
  maxMemoryMb: number;
}

export const defaultLimits: ReadLimits = {
  maxBytes: 20 * 1024 * 1024,
  maxPages: 50,
  maxCharacters: 400_000,
  maxDecompressedBytes: 100 * 1024 * 1024,
  timeoutMs: 10_000,
  maxMemoryMb: 512,
};
