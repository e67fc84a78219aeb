/** How much of a body is read at all, whatever its headers say, and how much of all bodies at the same time. */
import { Transform } from 'node:stream';
import type { Context } from 'koa';
import { AppError } from '../errors.ts';
import type { AnyRoute } from '../route.ts';

/** `{}` and white space: a route without a body takes no more. */
const noBodyBytes = 1024;
/** Whoever has shown no token sends at most a client id and a secret. */
const publicBytes = 16 * 1024;
/** Only documents are larger. A job text of the greatest length, with every character escaped, fits. */
const jsonBytes = 1024 * 1024;

/** @param maxUploadBytes of a document. @returns bytes of the whole body; base64 in JSON takes 4/3 of the document's */
export function bodyLimit(route: Pick<AnyRoute, 'body' | 'upload' | 'permission'>, maxUploadBytes: number): number {
  if (route.body === undefined) return noBodyBytes;
  if (route.permission === 'public') return publicBytes;
  return route.upload ? Math.ceil(maxUploadBytes * 1.4) + 100_000 : jsonBytes;
}

/** Bodies up to this size pass while uploads fill the rest; MAX_CONNECTIONS bounds them. */
const alwaysBytes = 64 * 1024;
const retryAfterSeconds = 5;

export interface BodyMemory {
  /**
   * @param bytes that the body has or may have. @returns gives them back; a second call does nothing
   * @throws AppError `service_unavailable` when they do not fit beside the bodies that are being received and handled
   */
  reserve(bytes: number): () => void;
  readonly reserved: number;
}

/** Each body alone fits its route; a hundred of them at once would end the process. */
export function bodyMemory(totalBytes: number): BodyMemory {
  let reserved = 0;
  return {
    reserve(bytes) {
      if (bytes <= alwaysBytes) return () => {};
      if (reserved + bytes > totalBytes) throw new AppError('service_unavailable', 'Too much is being uploaded at the same time. Try again in a few seconds.', { retryAfterSeconds });
      reserved += bytes;
      let held = true;
      return () => {
        if (held) reserved -= bytes;
        held = false;
      };
    },
    get reserved() {
      return reserved;
    },
  };
}

/**
 * Puts a counter between the connection and the parsers, which read `http.req`: a chunked body says nothing of its
 * length, and a multipart parser keeps the headers of a part however long they are.
 * @throws AppError `payload_too_large` now when the length is given, else from the stream once it is exceeded
 */
export function limitBody(http: Context, maxBytes: number): void {
  if ((http.request.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const { req } = http;
  // It may have gone while its token was looked up: its end would never come.
  if (req.destroyed) throw brokenOff();
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= maxBytes) return done(null, chunk);
      // The answer can be read only by a client that may finish sending; server.requestTimeout ends one that never does.
      req.unpipe(counted);
      req.resume();
      done(tooLarge(maxBytes));
    },
  });
  // Not `pipeline`: it would cut the connection before the answer has gone out.
  req.once('error', (error) => counted.destroy(error));
  req.once('aborted', () => counted.destroy(brokenOff()));
  counted.on('error', () => {});
  http.req = Object.assign(req.pipe(counted), { headers: req.headers, method: req.method, url: req.url }) as never;
}

const brokenOff = (): AppError => new AppError('invalid_request', 'The request ended before its body did.');

function tooLarge(maxBytes: number): AppError {
  const limit = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MB` : `${Math.floor(maxBytes / 1024)} KB`;
  return new AppError('payload_too_large', `The request body is too large: this route takes ${limit} at most.`);
}
