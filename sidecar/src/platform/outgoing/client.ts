/**
 * The one client for requests that leave this service. Every hop is checked and pinned to the addresses that were
 * checked; time and size are limited; certificates are always verified (a private CA comes through EXTRA_CA_FILE).
 */
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { checkDestination } from './destination.ts';
import type { Destination, OutgoingPolicy, Resolve } from './destination.ts';

export interface OutgoingRequest {
  method?: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** the whole answer; a longer one is cut off and fails */
  maxResponseBytes: number;
  /** from the first look-up to the last byte, over all hops */
  timeoutMs: number;
  /** 0, the default, answers the redirect itself */
  maxRedirects?: number;
  signal?: AbortSignal | undefined;
  /** the look-up of names, for tests */
  resolve?: Resolve | undefined;
}

export interface OutgoingResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** where it came from, after redirects */
  url: URL;
  /** fails with OutgoingFailure; must be read or destroyed */
  body: Readable;
}

export type FailureReason = 'unreachable' | 'certificate' | 'timeout' | 'too_large' | 'compressed' | 'too_many_redirects';

/** Why there is no whole answer. The message says nothing of the addresses behind a name, nor of what was sent. */
export class OutgoingFailure extends Error {
  override name = 'OutgoingFailure';
  readonly reason: FailureReason;
  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Sends a request and answers as soon as the headers are there.
 * @throws AppError `destination_not_allowed`, OutgoingFailure, and the signal's reason when it aborts
 */
export async function openRequest(policy: OutgoingPolicy, request: OutgoingRequest): Promise<OutgoingResponse> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new OutgoingFailure('timeout', `There was no whole answer within ${request.timeoutMs / 1000} s.`)), request.timeoutMs);
  const onAbort = () => limit.abort(request.signal?.reason);
  if (request.signal?.aborted) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  const done = () => {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  };
  try {
    const { response, url } = await follow(policy, request, limit.signal);
    if (Number(response.headers['content-length'] ?? 0) > request.maxResponseBytes) {
      response.destroy();
      throw tooLarge(request.maxResponseBytes);
    }
    return { status: response.statusCode ?? 0, headers: response.headers, url, body: limitedBody(response, request.maxResponseBytes, limit.signal, done) };
  } catch (error) {
    done();
    throw error;
  }
}

/** As `openRequest`, with the whole body. */
export async function sendRequest(policy: OutgoingPolicy, request: OutgoingRequest): Promise<Omit<OutgoingResponse, 'body'> & { bytes: Buffer }> {
  const { body, ...response } = await openRequest(policy, request);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return { ...response, bytes: Buffer.concat(chunks) };
}

interface Hop {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

async function follow(policy: OutgoingPolicy, request: OutgoingRequest, signal: AbortSignal): Promise<{ response: IncomingMessage; url: URL }> {
  const { maxRedirects = 0, resolve } = request;
  let hop: Hop = { method: (request.method ?? 'GET').toUpperCase(), headers: lowerCase(request.headers ?? {}), body: request.body };
  let destination = await untilAborted(checkDestination(policy, request.url, { resolve }), signal);
  for (let redirects = 0; ; redirects += 1) {
    const response = await untilAborted(exchange(destination, hop, signal), signal);
    const location = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined;
    if (maxRedirects === 0 || location === undefined) return { response, url: destination.url };
    response.destroy();
    if (redirects >= maxRedirects) throw new OutgoingFailure('too_many_redirects', `It was redirected more than ${maxRedirects} times.`);
    const next = await untilAborted(checkDestination(policy, location, { from: destination.url, resolve }), signal);
    hop = redirected(hop, response.statusCode ?? 0, next.url.origin === destination.url.origin);
    destination = next;
  }
}

/** Headers that say nothing of who asks. All others stay behind when a redirect leads to another origin. */
const harmless = new Set(['accept', 'accept-language', 'user-agent', 'content-type']);

/** Fetch standard, "HTTP-redirect fetch", steps 12 and 13; here all that could be a credential is dropped. */
function redirected({ method, headers, body }: Hop, status: number, sameOrigin: boolean): Hop {
  const toGet = (status === 303 && method !== 'GET' && method !== 'HEAD') || ([301, 302].includes(status) && method === 'POST');
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => (sameOrigin || harmless.has(name)) && !(toGet && name.startsWith('content-'))));
  return { method: toGet ? 'GET' : method, headers: kept, body: toGet ? undefined : body };
}

function exchange({ url, addresses }: Destination, { method, headers, body }: Hop, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      headers: {
        'user-agent': 'TalentMatch', ...headers,
        // Bytes are counted as they come: a few packed KB can be gigabytes.
        'accept-encoding': 'identity',
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      // Its own connection: one from a pool may lead to an address of an earlier look-up, and a proxy of the environment anywhere.
      agent: false,
      // Said explicitly, NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      // Connect to the addresses that were checked: a second look-up could answer others (DNS rebinding).
      lookup: (_host, options, found) => {
        const [first] = addresses as [Destination['addresses'][number], ...Destination['addresses']];
        if (options.all) found(null, addresses);
        else found(null, first.address, first.family);
      },
      signal,
    });
    outgoing.once('response', (response) => {
      const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
      if (encoding === 'identity' || encoding === '') return resolve(response);
      response.destroy();
      reject(new OutgoingFailure('compressed', 'The answer is compressed, although it was asked for without compression.'));
    });
    outgoing.once('upgrade', (_response, socket) => socket.destroy());
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : failure(error)));
    outgoing.once('close', () => reject(new OutgoingFailure('unreachable', 'The connection was closed without an answer.')));
    outgoing.end(body);
  });
}

function limitedBody(response: IncomingMessage, maxBytes: number, signal: AbortSignal, done: () => void): Readable {
  let size = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      size += chunk.length;
      if (size > maxBytes) next(tooLarge(maxBytes));
      else next(null, chunk);
    },
  });
  response.on('error', (error) => body.destroy(signal.aborted ? signal.reason : failure(error)));
  const onAbort = () => body.destroy(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  body.once('close', () => {
    signal.removeEventListener('abort', onAbort);
    done();
    response.destroy();
  });
  // Whoever reads it is told; an error that comes before anybody reads must not end the process.
  body.on('error', () => {});
  return response.pipe(body);
}

const tooLarge = (maxBytes: number) => new OutgoingFailure('too_large', `The answer is larger than ${maxBytes} bytes.`);

/** Codes of OpenSSL and Node when a certificate is not trusted, not of this host, or out of date. */
const certificateCodes = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Node's own messages name the address that was connected to. */
function failure(error: Error): OutgoingFailure {
  const code = (error as NodeJS.ErrnoException).code ?? 'no code';
  if (certificateCodes.test(code)) return new OutgoingFailure('certificate', `Its certificate is not trusted (${code}).`, { cause: error });
  return new OutgoingFailure('unreachable', `It could not be reached, or broke off (${code}).`, { cause: error });
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
