import { AppError } from '../platform/errors.ts';
import type { DocumentKind, ReadDocument, ReadLimits } from './Document.ts';
import { defaultLimits } from './Document.ts';
import { documentKindOf, isEncryptedOffice, type DocumentHints } from './documentKind.ts';
import { parseInWorker } from './parsePool.ts';

export { closeDocumentWorkers } from './parsePool.ts';
export { documentKindOf } from './documentKind.ts';

export interface ReadOptions extends DocumentHints {
  limits?: Partial<ReadLimits>;
}

/**
 * Bytes to text with positions. The kind is taken from the content; the name and the media type only tell Markdown
 * from plain text. The parse runs in a worker thread that is killed at the time or memory limit.
 *
 * @throws AppError empty_document, unsupported_document, document_password_protected, needs_ocr, document_damaged,
 *   document_too_large, document_timeout
 */
export async function readDocument(bytes: Uint8Array, options: ReadOptions = {}): Promise<ReadDocument> {
  const limits: ReadLimits = { ...defaultLimits, ...options.limits };
  if (bytes.byteLength === 0) throw emptyDocument();
  if (bytes.byteLength > limits.maxBytes) {
    throw new AppError(
      'document_too_large',
      `The document has ${megabytes(bytes.byteLength)} MB; at most ${megabytes(limits.maxBytes)} MB are read. Upload a smaller version, for example without photos.`,
      { bytes: bytes.byteLength, maxBytes: limits.maxBytes },
    );
  }
  const kind = documentKindOf(bytes, options);
  return parseInWorker({ bytes, kind: readableKind(kind, bytes), limits });
}

/** @throws AppError that tells why a kind is not read */
export function readableKind(kind: ReturnType<typeof documentKindOf>, bytes: Uint8Array): DocumentKind {
  switch (kind) {
    case 'empty':
      throw emptyDocument();
    case 'image':
      throw new AppError(
        'needs_ocr',
        'The file is an image, and its text cannot be read without text recognition (OCR). Upload a PDF or DOCX that holds text.',
      );
    case 'ole2':
      if (isEncryptedOffice(bytes)) {
        throw new AppError(
          'document_password_protected',
          'The document is protected by a password. Remove the password and upload it again.',
        );
      }
      throw new AppError(
        'unsupported_document',
        'Files of Word 97–2003 (.doc) and other old Office formats are not read. Save it as DOCX or PDF and upload it again.',
      );
    case 'zip':
    case 'binary':
      throw new AppError(
        'unsupported_document',
        'This kind of file is not read. Upload a PDF, DOCX, ODT, RTF, HTML, Markdown or plain text file.',
      );
    default:
      return kind;
  }
}

function emptyDocument(): AppError {
  return new AppError('empty_document', 'The document is empty. Check the file and upload it again.');
}

function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
