import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestMethods,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
} from 'n8n-workflow';
import type { Page } from './api';
import { credentialName } from './authentication';
import { isRepeatable, sendWithPatience } from './retry';
import { withTokenAnswer } from './tokenFailure';

export type ApiContext = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

/** The sidecar's largest page. */
const pageSize = 100;

/** Limits count requests of a minute, so a longer wait than this helps nobody. */
const patienceOfExecution = 90;
/** In the editor, or while a workflow is being published, somebody sits and waits. */
const patienceOfEditor = 10;

/**
 * Calls the sidecar with the node's credential and returns the parsed JSON body.
 *
 * Bodies are always JSON, files as base64: n8n repeats a request with a fresh token after a 401, but never a
 * multipart or stream body, so a multipart upload would fail whenever the 15-minute token has just expired.
 * Where the sidecar asks to wait (429, or 503 with Retry-After), it waits and sends again; see retry.ts.
 * @param options.patienceSeconds the longest it may wait for that, all together
 * @throws NodeApiError for every status of 400 and above, and when the sidecar cannot be reached
 */
export async function apiRequest<T>(
  context: ApiContext,
  method: IHttpRequestMethods,
  path: string,
  { body, query, patienceSeconds }: { body?: IDataObject; query?: IDataObject; patienceSeconds?: number } = {},
): Promise<T> {
  const node = context.getNode();
  const credential = credentialName(node);
  const { baseUrl } = await context.getCredentials<{ baseUrl: string }>(credential);
  const options: IHttpRequestOptions = {
    method,
    url: `${baseUrl.trim().replace(/(?<!\/)\/+$/, '')}${path}`,
    headers: { Accept: 'application/json', ...callerHeaders(context) },
    json: true,
  };
  if (body !== undefined) options.body = body;
  if (query !== undefined) options.qs = withoutEmpty(query);
  return await sendWithPatience(
    node,
    async () => {
      try {
        // n8n writes its token into the options it is given.
        return (await context.helpers.httpRequestWithAuthentication.call(context, credential, { ...options })) as T;
      } catch (error) {
        throw withTokenAnswer(node, error);
      }
    },
    { repeatable: isRepeatable(method, path), patienceSeconds: patienceSeconds ?? ('getInputData' in context ? patienceOfExecution : patienceOfEditor) },
  );
}

/** Reads a list route to its end, or to `limit` items. */
export async function apiRequestAllItems<T>(
  context: ApiContext,
  path: string,
  query: IDataObject,
  limit: number = Infinity,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await apiRequest<Page<T>>(context, 'GET', path, {
      query: { ...query, limit: Math.min(pageSize, limit - items.length), cursor },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return items.slice(0, limit);
}

/** Optional fields a user left empty are not sent: an empty filter would filter for the empty string. */
export function withoutEmpty(fields: IDataObject): IDataObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''));
}

/** Tells the sidecar which workflow execution asked, so that its records can be followed back to n8n. */
function callerHeaders(context: ApiContext): IDataObject {
  return withoutEmpty({
    'X-N8N-Workflow-Id': context.getWorkflow().id,
    'X-N8N-Execution-Id': context.getExecutionId(),
    'X-N8N-Instance': context.getInstanceBaseUrl(),
  });
}
