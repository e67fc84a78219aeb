/** One document out of a request: a multipart file, base64 in JSON, or plain text in JSON. */
import { z } from 'zod';
import { AppError } from '../platform/errors.ts';
import type { UploadedFile } from '../platform/http/uploads.ts';
import { documentKindOf } from './documentKind.ts';
import { readableKind } from './readDocument.ts';

/** The JSON body of an upload (and the fields beside a multipart file). `uploadedDocument` checks that it has one content. */
export const uploadBody = z
  .object({
    fileName: z.string().trim().min(1).max(255).optional(),
    contentBase64: z.string().optional().describe('The bytes of the file in base64'),
    text: z.string().optional().describe('Plain text, instead of a file'),
    externalId: z.string().trim().min(1).max(200).optional().describe('Your own id for it'),
  })
  .strict();

/** File name of a text that came without one. */
export const unnamedText = 'text.txt';

type UploadContent = Pick<z.output<typeof uploadBody>, 'fileName' | 'contentBase64' | 'text'>;

export interface UploadedDocument {
  fileName: string;
  mediaType: string | null;
  bytes: Buffer;
}

/**
 * @param maxBytes size of the decoded document
 * @throws AppError `invalid_request` (no content, two contents, broken base64), `payload_too_large`, `empty_document`
 */
export function uploadedDocument(body: UploadContent, file: UploadedFile | null, maxBytes: number): UploadedDocument {
  const given = [file, body.contentBase64, body.text].filter((content) => content !== undefined && content !== null).length;
  if (given !== 1) {
    throw new AppError('invalid_request', 'Send exactly one document: the multipart part "file", or "contentBase64", or "text".', {
      errors: [{ path: 'body', message: 'needs exactly one of file, contentBase64 and text' }],
    });
  }
  const document = content(body, file, maxBytes);
  if (document.bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (document.bytes.length === 0) throw new AppError('empty_document', 'The document is empty (0 bytes). Check the file and upload it again.');
  return document;
}

/**
 * Refuses at the door what no reader takes. Images pass: their reading ends as `needs_ocr`.
 * @throws AppError `empty_document`, `unsupported_document`, `document_password_protected`
 */
export function checkDocumentKind({ fileName, mediaType, bytes }: UploadedDocument): void {
  const kind = documentKindOf(bytes, { fileName, ...(mediaType !== null && { mediaType }) });
  if (kind !== 'image') readableKind(kind, bytes);
}

function content(body: UploadContent, file: UploadedFile | null, maxBytes: number): UploadedDocument {
  if (file !== null) return { fileName: safeFileName(body.fileName ?? file.fileName), mediaType: file.mediaType, bytes: file.bytes };
  if (body.text !== undefined) return { fileName: safeFileName(body.fileName ?? unnamedText), mediaType: 'text/plain', bytes: Buffer.from(body.text, 'utf8') };
  return { fileName: safeFileName(body.fileName ?? 'document'), mediaType: null, bytes: decodeBase64(body.contentBase64 ?? '', maxBytes) };
}

/** Buffer.from skips what is not base64; a truncated or mangled file must not pass as a smaller one. */
function decodeBase64(encoded: string, maxBytes: number): Buffer {
  const compact = encoded.trim();
  if (compact.length > Math.ceil(maxBytes / 3) * 4) throw tooLarge(maxBytes);
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw new AppError('invalid_request', 'contentBase64 is not valid base64. Send the file\'s bytes in standard base64 (RFC 4648) with padding and without line breaks or a data: prefix.', {
      errors: [{ path: 'body.contentBase64', message: 'is not valid base64' }],
    });
  }
  return Buffer.from(compact, 'base64');
}

/** The name without its folders and control characters: it is shown, and sent back in Content-Disposition. */
function safeFileName(name: string): string {
  const last = name.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, '').split(/[\\/]/).at(-1)?.trim();
  return last ? last.slice(0, 255) : 'document';
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('payload_too_large', `The document is larger than ${Math.floor(maxBytes / (1024 * 1024))} MB. Send a smaller version; MAX_UPLOAD_MB sets the limit.`, { maxBytes });
}
