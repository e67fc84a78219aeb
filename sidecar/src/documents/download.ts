/** A document from a URL that a user gives, behind the guard of outgoing requests. */
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { OutgoingFailure, sendRequest } from '../platform/outgoing/client.ts';
import { outgoingPolicy } from '../platform/outgoing/destination.ts';

const timeoutMs = 20_000;
const maxRedirects = 3;

export interface Download {
  /** as the server or the path says; not cleaned */
  fileName: string;
  mediaType: string | null;
  bytes: Buffer;
}

/**
 * Fetched without cookies, credentials or anything that names the caller.
 * @throws AppError `destination_not_allowed`; `download_failed` with the `reason`, never with what was answered
 */
export async function downloadDocument(ctx: Pick<Ctx, 'config' | 'signal'>, url: string): Promise<Download> {
  const maxBytes = ctx.config.uploads.maxBytes;
  const response = await sendRequest(outgoingPolicy(ctx.config), { url, maxResponseBytes: maxBytes, timeoutMs, maxRedirects, signal: ctx.signal, headers: { Accept: '*/*' } }).catch((error: unknown) => {
    if (ctx.signal.aborted) throw new AppError('download_failed', 'The request was given up before the document was there.', { reason: 'cancelled' });
    if (!(error instanceof OutgoingFailure)) throw error;
    const what = error.reason === 'too_large' ? `The document is larger than ${Math.floor(maxBytes / (1024 * 1024))} MB; MAX_UPLOAD_MB sets the limit.` : error.message;
    throw new AppError('download_failed', `The document could not be downloaded. ${what}`, { reason: error.reason }, { cause: error });
  });
  if (response.status !== 200) {
    throw new AppError('download_failed', `The document could not be downloaded: the server answered ${response.status}. The link must work without a login.`, { reason: 'status', responseStatus: response.status });
  }
  return { fileName: fileNameOf(response.headers['content-disposition'], response.url), mediaType: response.headers['content-type']?.split(';')[0]?.trim().slice(0, 100) || null, bytes: response.bytes };
}

/** RFC 6266: `filename*` before `filename`; without either the last part of the path. */
function fileNameOf(disposition: string | undefined, url: URL): string {
  // Node gives header bytes as Latin-1; many servers send UTF-8.
  const header = asUtf8(disposition ?? '').slice(0, 2_000);
  const extended = /(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  const plain = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]+))/i.exec(header);
  return decoded(extended) ?? plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2] ?? decoded(url.pathname.split('/').at(-1)) ?? 'document';
}

function decoded(encoded: string | undefined): string | undefined {
  try {
    return decodeURIComponent(encoded ?? '') || undefined;
  } catch {
    return encoded;
  }
}

function asUtf8(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}
