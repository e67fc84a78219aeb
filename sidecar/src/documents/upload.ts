/** One document out of a request: a multipart file, base64 in JSON, plain text in JSON, or a URL to fetch it from. */
import { z } from 'zod';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { UploadedFile } from '../platform/http/uploads.ts';
import { documentKindOf } from './documentKind.ts';
import { downloadDocument } from './download.ts';
import { readableKind } from './readDocument.ts';

/** The JSON body of an upload (and the fields beside a multipart file). `uploadedDocument` checks that it has one content. */
export const uploadBody = z
  .object({
    fileName: z.string().trim().min(1).max(255).optional(),
    contentBase64: z.string().optional().describe('The bytes of the file in base64'),
    text: z.string().optional().describe('Plain text, instead of a file'),
    url: z.string().max(2000).regex(/^[a-z][a-z0-9+.-]*:/i, 'must be an absolute URL').optional().describe('Address to download the file from: on the public internet, without a login'),
    externalId: z.string().trim().min(1).max(200).optional().describe('Your own id for it'),
  })
  .strict();

/** File name of a text that came without one. */
export const unnamedText = 'text.txt';

type UploadContent = Pick<z.output<typeof uploadBody>, 'fileName' | 'contentBase64' | 'text' | 'url'>;

export interface UploadedDocument {
  fileName: string;
  mediaType: string | null;
  bytes: Buffer;
}

/** What `uploadedDocument` may answer beyond the reader's refusals. */
export const uploadErrors = ['empty_document', 'unsupported_document', 'payload_too_large', 'unsupported_content_type', 'destination_not_allowed', 'download_failed'] as const;

/**
 * Of at most MAX_UPLOAD_MB after decoding. A URL is fetched here, so not inside a transaction.
 * @throws AppError `invalid_request` (no content, two contents, broken base64), `payload_too_large`, `empty_document`,
 * `destination_not_allowed`, `download_failed`
 */
export async function uploadedDocument(ctx: Pick<Ctx, 'config' | 'signal'>, body: UploadContent, file: UploadedFile | null): Promise<UploadedDocument> {
  const { maxBytes } = ctx.config.uploads;
  const given = [file, body.contentBase64, body.text, body.url].filter((content) => content !== undefined && content !== null).length;
  if (given !== 1) {
    throw new AppError('invalid_request', 'Send exactly one document: the multipart part "file", or "contentBase64", or "text", or "url".', {
      errors: [{ path: 'body', message: 'needs exactly one of file, contentBase64, text and url' }],
    });
  }
  const document = body.url === undefined ? content(body, file, maxBytes) : await fetched(ctx, body.url, body.fileName);
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

async function fetched(ctx: Pick<Ctx, 'config' | 'signal'>, url: string, fileName: string | undefined): Promise<UploadedDocument> {
  const document = await downloadDocument(ctx, url);
  return { ...document, fileName: safeFileName(fileName ?? document.fileName) };
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
