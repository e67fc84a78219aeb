import type { DocumentKind } from './Document.ts';
import { decodeText, looksBinary } from './decodeText.ts';
import { zipEntryNames } from './zipParts.ts';

export interface DocumentHints {
  fileName?: string;
  mediaType?: string;
}

/** What `documentKindOf` says beside the kinds that can be read. */
export type UnreadableKind = 'empty' | 'image' | 'ole2' | 'zip' | 'binary';

/**
 * The kind of a file by its content. The hints decide only between kinds that are all plain text (Markdown, and HTML
 * fragments without an html element): a wrong name never makes a file another kind.
 */
export function documentKindOf(bytes: Uint8Array, hints: DocumentHints = {}): DocumentKind | UnreadableKind {
  if (bytes.byteLength === 0) return 'empty';
  // Readers accept rubbish before the header, within the first kilobyte (ISO 32000-1, annex H, note 13).
  if (latin1(bytes, 1024).includes('%PDF-')) return 'pdf';
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return zipKind(bytes);
  if (startsWith(bytes, ole2Magic)) return 'ole2';
  if (isImage(bytes)) return 'image';
  if (/^(?:\xef\xbb\xbf)?\s*\{\\rt/.test(latin1(bytes, 64))) return 'rtf';
  if (looksBinary(bytes)) return 'binary';

  const start = decodeText(bytes.subarray(0, 8192)).trimStart();
  if (start === '' && decodeText(bytes).trim() === '') return 'empty';
  // The remains of a PDF without its header are damaged, and not a text to be read.
  if (/^.{0,16}%PDF|\bstartxref\s+\d|\bendobj\b[\s\S]*\bendobj\b/.test(start)) return 'pdf';
  const hint = textHint(hints);
  // Each comment ends at its first "-->": a lazy match here would try all ways to part many comments.
  if (/^(?:<\?xml[^>]*>\s*|<!--(?:(?!-->)[^])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(start)) return 'html';
  if (hint === 'html' && start.startsWith('<')) return 'html';
  return hint === 'markdown' ? 'markdown' : 'text';
}

/**
 * True for a password-protected DOCX, XLSX or PPTX: an OLE2 file with the streams of MS-OFFCRYPTO. Directory entries
 * hold their name in UTF-16LE, so looking for the name needs no parse of a hostile allocation table.
 */
export function isEncryptedOffice(bytes: Uint8Array): boolean {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ['EncryptedPackage', 'EncryptionInfo'].some((name) => content.includes(Buffer.from(name, 'utf16le')));
}

const ole2Magic = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

function zipKind(bytes: Uint8Array): DocumentKind | UnreadableKind {
  const names = zipEntryNames(bytes);
  // A damaged zip still counts as what its first local headers say, so that the parser reports it as damaged.
  const head = latin1(bytes, 4096);
  if (names?.includes('word/document.xml') || names?.some((name) => /^word\/document\d*\.xml$/i.test(name))) return 'docx';
  if (/mimetypeapplication\/vnd\.oasis\.opendocument\.text/.test(head)) return 'odt';
  if (names === null) return /word\/|\[Content_Types\]\.xml/.test(head) ? 'docx' : 'zip';
  if (names.includes('content.xml') && names.includes('META-INF/manifest.xml') && names.includes('styles.xml') && !/opendocument\.(?!text)/.test(head)) {
    return 'odt';
  }
  return 'zip';
}

function isImage(bytes: Uint8Array): boolean {
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return true; // PNG
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return true; // JPEG
  if (startsWith(bytes, [0x49, 0x49, 0x2a, 0x00]) || startsWith(bytes, [0x4d, 0x4d, 0x00, 0x2a])) return true; // TIFF
  const head = latin1(bytes, 16);
  if (/^GIF8[79]a/.test(head) || /^RIFF[\s\S]{4}WEBP/.test(head)) return true;
  if (/^[\s\S]{4}ftyp(?:heic|heix|mif1|avif)/.test(head)) return true;
  return head.startsWith('BM') && bytes.byteLength > 26 && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0 && bytes[9] === 0; // BMP
}

function textHint(hints: DocumentHints): 'markdown' | 'html' | null {
  const name = hints.fileName?.toLowerCase() ?? '';
  const type = hints.mediaType?.toLowerCase() ?? '';
  if (/\.(?:md|markdown)$/.test(name) || type.startsWith('text/markdown') || type.startsWith('text/x-markdown')) return 'markdown';
  if (/\.x?html?$/.test(name) || type.startsWith('text/html') || type.startsWith('application/xhtml')) return 'html';
  return null;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((value, index) => bytes[index] === value);
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength)).toString('latin1');
}
