import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { OAuthProblem, Problem } from './api';
import type { Retries } from './retry';

/**
 * Turns whatever a call threw into an error an n8n user can act on: the sidecar's own sentence as message, code,
 * faulty fields and request id as description, tied to the item that caused it.
 */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
  if (error instanceof NodeOperationError) {
    if (itemIndex !== undefined) error.context.itemIndex ??= itemIndex;
    return error;
  }
  if (error instanceof NodeApiError) {
    // A NodeApiError around another returns the inner one as it is, so the message is built on a fresh error.
    const { message, description } = explain(error);
    const data = problemOf(error);
    const described = new NodeApiError(node, { ...data } as JsonObject, {
      message,
      description,
      // A network code such as ECONNREFUSED would make n8n replace the message by its own.
      ...(isHttpStatus(error.httpCode) ? { httpCode: error.httpCode } : {}),
      ...(itemIndex === undefined ? {} : { itemIndex }),
    });
    described.context.data = data;
    return described;
  }
  return new NodeOperationError(node, error as Error, itemIndex === undefined ? {} : { itemIndex });
}

/** What stands in the output item under "continue on fail"; the keys are the ones n8n's error output recognises. */
export function errorJson(error: NodeApiError | NodeOperationError): JsonObject {
  const data = problemOf(error);
  const details: JsonObject = {};
  const code = data?.code ?? (error.context.code as string | undefined);
  if (code !== undefined) details.code = code;
  if (error instanceof NodeApiError && isHttpStatus(error.httpCode)) details.status = Number(error.httpCode);
  if (data?.requestId !== undefined) details.requestId = data.requestId;
  if (data?.errors !== undefined) details.errors = data.errors;
  return { error: error.message, message: error.description ?? error.message, details };
}

function explain(error: NodeApiError): { message: string; description: string } {
  const data = problemOf(error);
  if (isOAuthProblem(data)) {
    const reason = (data.error_description ?? data.error).replace(/\.$/, '');
    if (data.error === 'invalid_scope') {
      return { message: 'The TalentMatch sidecar does not give this scope', description: `${reason}. Correct the scope in the TalentMatch credential, or empty it for all that the client has.` };
    }
    return {
      message: 'The TalentMatch sidecar does not accept this client ID and secret',
      description: `${reason}. Correct them in the TalentMatch credential; "npm run credential" on the sidecar's machine issues new ones.`,
    };
  }
  if (data?.detail !== undefined) {
    const fields = (data.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
    return {
      message: data.detail,
      description: [...fields, adviceOf(error), data.code && `Code: ${data.code}`, data.requestId && `Request: ${data.requestId}`].filter(Boolean).join('. '),
    };
  }
  const advice = adviceOf(error);
  if (advice !== undefined) {
    return { message: error.httpCode === '429' ? 'Too many requests for the TalentMatch sidecar' : 'The TalentMatch sidecar is not available at the moment', description: advice };
  }
  if (!isHttpStatus(error.httpCode)) {
    return {
      message: 'The TalentMatch sidecar cannot be reached',
      description: `${error.messages[0] ?? error.message}. Start it with "npm start" and check the base URL in the TalentMatch credential. Inside a container 127.0.0.1 is the container itself: use the name or address of the sidecar's machine.`,
    };
  }
  return {
    message: error.message,
    description: `${error.description ?? `Status ${error.httpCode}`}. This does not look like a TalentMatch sidecar: check the base URL in the credential.`,
  };
}

/** What to do when the sidecar, or a proxy before it, is asked too much. */
function adviceOf(error: NodeApiError): string | undefined {
  if (error.httpCode !== '429' && error.httpCode !== '503') return undefined;
  const { tries, waitSeconds, repeatable } = (error.context.retries ?? { tries: 1, waitSeconds: null, repeatable: true }) as Retries;
  const tried = waitSeconds === null ? '' : `Sent ${tries === 1 ? 'once' : `${tries} times`}, and asked to wait ${waitSeconds} s more. `;
  if (error.httpCode === '429') {
    return `${tried}Let fewer items or executions through at the same time, for example with Loop Over Items and a Wait node, or raise RATE_LIMITS in the sidecar's configuration`;
  }
  return repeatable ? `${tried}Run the node again later, or turn on "Retry On Fail" in its settings` : 'It was not sent again, as it might be done twice. Look whether it was done before you run the node again';
}

function isHttpStatus(code: string | null): code is string {
  return /^\d{3}$/.test(code ?? '');
}

function problemOf(error: NodeApiError | NodeOperationError): Partial<Problem> | undefined {
  const data: unknown = error.context.data;
  return typeof data === 'object' && data !== null ? data : undefined;
}

function isOAuthProblem(data: unknown): data is OAuthProblem {
  return typeof (data as OAuthProblem | undefined)?.error === 'string';
}
