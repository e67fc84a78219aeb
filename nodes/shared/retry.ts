import type { IHttpRequestMethods, INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';

/**
 * POSTs that do nothing a second time, so that they may be sent again after a 503, which can come from a proxy that has
 * passed the first one on. All others are sent again after a 429 only, which means that nothing was done.
 */
const repeatablePosts = [
  // The same bytes are the same CV and the same source.
  /^\/v1\/(cvs|sources)$/,
  // They store nothing but a line in a log.
  /^\/v1\/(jobs\/analyse|candidates\/search|rag\/search|rag\/query)$/,
  // A pair has one match, and the same score each time.
  /^\/v1\/matches$/,
  // They set a state.
  /^\/v1\/agents\/[^/]+\/(pause|resume)$/,
  // The URL is the key.
  /^\/v1\/webhooks$/,
  // Not POST /v1/jobs, which would make a second job, and not the runs of agents, which may do anything.
];

const shortestPause = 0.25;
const longestBackoff = 8;

/** What was tried of a request that failed; for the error's description. */
export interface Retries {
  tries: number;
  /** null when the answer did not say when to come back */
  waitSeconds: number | null;
  repeatable: boolean;
}

export function isRepeatable(method: IHttpRequestMethods, path: string): boolean {
  return method !== 'POST' || repeatablePosts.some((pattern) => pattern.test(path));
}

/**
 * Sends, and sends again as long as the sidecar asks to wait: after 429 always, after 503 when it says when to come back
 * and the request may be repeated.
 * @param options.patienceSeconds all waiting together
 * @throws NodeApiError of the last answer, with `Retries` in `context.retries`
 */
export async function sendWithPatience<T>(node: INode, send: () => Promise<T>, { repeatable, patienceSeconds }: { repeatable: boolean; patienceSeconds: number }): Promise<T> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      // The same object where n8n has made one already.
      const failure = new NodeApiError(node, error as JsonObject);
      const waitSeconds = secondsToWait(failure, tries);
      if (waitSeconds === null || (failure.httpCode === '503' && !repeatable) || Date.now() + waitSeconds * 1000 > deadline) {
        const retries: Retries = { tries, waitSeconds: waitSeconds === null ? null : Math.ceil(waitSeconds), repeatable };
        failure.context.retries = retries;
        throw failure;
      }
      // Many executions may have been told the same: they do not come back together.
      await sleep((waitSeconds * (1 + Math.random() / 4) + Math.random() / 4) * 1000);
    }
  }
}

/** Null: it is no use. A 429 without Retry-After comes from a proxy, so a second is a guess; a 503 without it may last for ever. */
function secondsToWait(error: NodeApiError, tries: number): number | null {
  if (error.httpCode !== '429' && error.httpCode !== '503') return null;
  const asked = retryAfter(error) ?? (error.httpCode === '429' ? 1 : null);
  return asked === null ? null : Math.max(asked, Math.min(longestBackoff, shortestPause * 2 ** (tries - 1)));
}

/** RFC 9110, 10.2.3: seconds, or a date; a date is compared with the server's own clock where it tells it. */
function retryAfter(error: NodeApiError): number | null {
  const { headers } = (error.cause as { response?: { headers?: Record<string, unknown> } } | undefined)?.response ?? {};
  const value = String(headers?.['retry-after'] ?? '').trim();
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  if (Number.isNaN(at)) return null;
  const now = Date.parse(String(headers?.date));
  return Math.max(0, (at - (Number.isNaN(now) ? Date.now() : now)) / 1000);
}
