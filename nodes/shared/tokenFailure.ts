import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

/**
 * n8n's OAuth2 client fails in forms of its own when it gets no token: the answer of the token endpoint stands in the
 * cause, or in the cause of that, and the message is a general sentence about OAuth2. This brings it into the form of any
 * other failed request. What failed otherwise comes back as it is.
 */
export function withTokenAnswer(node: INode, error: unknown): unknown {
  if (!(error instanceof NodeApiError)) return error;
  const causes = causesOf(error);
  const answered = causes.find(isTokenAnswer);
  if (answered !== undefined) {
    const response = { status: answered.status ?? 400, data: parsed(answered.body) };
    return new NodeApiError(node, Object.assign(new Error(answered.message), { response }) as unknown as JsonObject);
  }
  // Not answered at all, or with a status of 500 and above: axios threw, and n8n wrapped it once more.
  const [first, second] = causes;
  return first !== undefined && second !== undefined && 'isAxiosError' in second ? new NodeApiError(node, second as unknown as JsonObject) : error;
}

interface TokenAnswer extends Error {
  body: unknown;
  /** absent where the answer has the form of RFC 6749, 5.2 */
  status?: number;
}

/** AuthError and ResponseError of @n8n/client-oauth2, which a node package cannot import. */
function isTokenAnswer(error: Error): error is TokenAnswer {
  const { code } = error as { code?: unknown };
  return 'body' in error && (code === 'EAUTH' || code === 'ESTATUS');
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let { cause } = error; cause instanceof Error && !causes.includes(cause); { cause } = cause) causes.push(cause);
  return causes;
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
