import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { openRequest } from './client.ts';
import type { OutgoingPolicy } from './destination.ts';

/** Answers without a body (Fetch standard, "null body status"). */
const bodiless = new Set([101, 103, 204, 205, 304]);

/**
 * The guarded client in the form of `fetch`, for libraries that take one: bodies of text or bytes, streamed answers,
 * abort signals. Redirects are answered, not followed.
 */
export function guardedFetch(policy: OutgoingPolicy, limits: { maxResponseBytes: number; timeoutMs: number }): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    if (url instanceof Request) throw new TypeError('The guarded fetch takes a URL and its options, not a Request.');
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) throw new TypeError('The guarded fetch sends text or bytes only.');
    const response = await openRequest(policy, { method, url: String(url), headers: Object.fromEntries(new Headers(headers)), ...(body && { body }), ...limits, signal: signal ?? undefined });
    const answered = new Headers();
    for (const [name, value] of Object.entries(response.headers)) for (const one of [value ?? []].flat()) answered.append(name, one);
    if (bodiless.has(response.status)) response.body.resume();
    return new Response(bodiless.has(response.status) ? null : (Readable.toWeb(response.body) as ReadableStream<Uint8Array> as never), { status: response.status, headers: answered });
  };
}
