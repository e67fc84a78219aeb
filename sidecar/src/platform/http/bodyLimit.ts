/** How much of a body is read at all, whatever its headers say. */
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

/**
 * Puts a counter between the connection and the parsers, which read `http.req`: a chunked body says nothing of its
 * length, and a multipart parser keeps the headers of a part however long they are.
 * @throws AppError `payload_too_large` now when the length is given, else from the stream once it is exceeded
 */
export function limitBody(http: Context, maxBytes: number): void {
  if ((http.request.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const { req } = http;
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
  req.once('aborted', () => counted.destroy(new AppError('invalid_request', 'The request ended before its body did.')));
  counted.on('error', () => {});
  http.req = Object.assign(req.pipe(counted), { headers: req.headers, method: req.method, url: req.url }) as never;
}

function tooLarge(maxBytes: number): AppError {
  const limit = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MB` : `${Math.floor(maxBytes / 1024)} KB`;
  return new AppError('payload_too_large', `The request body is too large: this route takes ${limit} at most.`);
}
