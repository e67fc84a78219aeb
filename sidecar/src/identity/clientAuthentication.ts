import type { Context } from 'koa';
import { z } from 'zod';
import { AppError } from '../platform/errors.ts';
import { reply } from '../platform/route.ts';
import type { Reply } from '../platform/route.ts';
import { noStore } from './fields.ts';

/** What a client shows of itself to the OAuth routes. */
export interface ShownByClient {
  clientId: string | undefined;
  clientSecret: string | undefined;
}

/**
 * Runs an OAuth operation with the client id and secret of the body, or of HTTP Basic (RFC 6749, 2.3.1: each encoded like a
 * form field, and never both ways in one request). A wrong secret shown by Basic is 401 with a challenge, as 5.2 wants it.
 * @throws AppError `invalid_request` for Basic that cannot be read or that comes beside a secret or another id in the body
 */
export async function withClient(http: Context, body: { client_id?: string | undefined; client_secret?: string | undefined }, operation: (shown: ShownByClient) => Promise<Reply>): Promise<Reply> {
  const basic = basicCredentials(http.get('Authorization'));
  if (basic === null) return operation({ clientId: body.client_id, clientSecret: body.client_secret });
  if (body.client_secret !== undefined || (body.client_id ?? basic.clientId) !== basic.clientId) {
    throw new AppError('invalid_request', 'Send client id and secret once: as Basic credentials, or in the body.');
  }
  try {
    return await operation(basic);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'invalid_client')) throw error;
    return reply(401, { error: error.code, error_description: error.message }, { ...noStore, 'WWW-Authenticate': 'Basic realm="talentmatch"' });
  }
}

/** As long as in the body; without control characters, as text columns take no U+0000. */
const basicSchema = z.object({ clientId: z.string().min(1).max(200).regex(/^\P{Cc}*$/u), clientSecret: z.string().min(1).max(500).regex(/^\P{Cc}*$/u) });

/** Null where another scheme, or none, is used. */
function basicCredentials(authorization: string): { clientId: string; clientSecret: string } | null {
  const [scheme = '', encoded = ''] = authorization.trim().split(/ +/);
  if (scheme.toLowerCase() !== 'basic') return null;
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  const shown = basicSchema.safeParse({ clientId: formDecoded(id), clientSecret: formDecoded(secret) });
  if (!shown.success) throw new AppError('invalid_request', 'The Basic credentials cannot be read. Send client id, colon and client secret, in base64.');
  return shown.data;
}

function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
