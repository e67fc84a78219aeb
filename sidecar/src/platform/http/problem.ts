/** RFC 9457 problem JSON for every error that leaves the service. */
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { isDatabaseUnavailable } from '../db/errors.ts';
import { AppError, errorStatus } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AnyRoute } from '../route.ts';
import { named } from '../schema.ts';

export const problemSchema = named('Problem', z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** what is wrong and what to do next */
  detail: z.string(),
  /** stable; clients switch on it */
  code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
}));

/** Outermost but for the access log: turns anything thrown inside into a problem response. */
export function problems(log: Logger): Middleware {
  return async (http, next) => {
    try {
      await next();
      if (http.status >= 400 && http.body === undefined) throw bareStatus(http.status);
    } catch (error) {
      const known = error instanceof AppError ? error : isLostDatabase(error) ? databaseAway() : bareStatus(statusOf(error));
      if (known.code === 'internal_error') log.error({ err: error, requestId: http.state['requestId'] }, 'request failed unexpectedly');
      else if (known !== error && known.code === 'service_unavailable') log.warn({ err: error, requestId: http.state['requestId'] }, 'the database did not answer a request');
      writeProblem(http, known);
    }
  };
}

/** RFC 6749, 5.2: those of our codes that it has a name for. */
const oauthCodes = new Set<ErrorCode>(['invalid_client', 'invalid_scope', 'unsupported_grant_type', 'invalid_grant']);

export function writeProblem(http: Context, error: AppError): void {
  const { errors, retryAfterSeconds, ...details } = (error.details ?? {}) as { errors?: unknown; retryAfterSeconds?: number };
  // Not error.status: koa-zod-router's multipart parser overwrites it with 500 on whatever passes through it.
  const status = errorStatus[error.code];
  if ((http.state['route'] as AnyRoute | undefined)?.errorFormat === 'oauth' && status === 400) {
    http.status = 400;
    http.body = { error: oauthCodes.has(error.code) ? error.code : 'invalid_request', error_description: error.message };
    return;
  }
  http.status = status;
  http.body = {
    // First: no detail may stand in for a member of the problem.
    ...details,
    type: `urn:talentmatch:problem:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status,
    detail: error.message,
    code: error.code,
    requestId: http.state['requestId'],
    ...(errors !== undefined && { errors }),
  };
  http.type = 'application/problem+json';
  if (status === 401) http.set('WWW-Authenticate', `Bearer realm="talentmatch"${error.code === 'unauthenticated' ? '' : ', error="invalid_token"'}`);
  if (retryAfterSeconds !== undefined) http.set('Retry-After', String(retryAfterSeconds));
}

/** Not what the system says of a file or of another service. */
function isLostDatabase(error: unknown): boolean {
  return isDatabaseUnavailable(error) && (error as { syscall?: unknown }).syscall === undefined;
}

function databaseAway(): AppError {
  return new AppError('service_unavailable', 'The database does not answer. Try again in a few seconds.', { retryAfterSeconds: 5 });
}

/**
 * koa-zod-router puts 500 on what passes through its multipart parser. formidable says 501 of a Content-Transfer-Encoding
 * that it does not know, and gives one that it does know to a decoder which does not.
 */
function statusOf(error: unknown): number | undefined {
  const { status, httpCode, code } = (error ?? {}) as { status?: number; httpCode?: number; code?: unknown };
  return httpCode === 501 || code === 'ERR_UNKNOWN_ENCODING' ? 400 : (httpCode ?? status);
}

/** Errors of Koa, its body parser and formidable carry a status and nothing else we would show. */
function bareStatus(status: number | undefined): AppError {
  switch (status) {
    case 400:
      return new AppError('invalid_request', 'The request could not be read. Check its body and Content-Type.');
    case 404:
      return new AppError('not_found', 'There is nothing at this address. See /docs for the routes.');
    case 413:
      return new AppError('payload_too_large', 'The request body is too large. Send a smaller document; MAX_UPLOAD_MB sets the limit.');
    case 415:
      return new AppError('unsupported_content_type', 'The Content-Type is not supported by this route. See /docs.');
    default:
      return new AppError('internal_error', 'Something went wrong inside the service. Try again; if it stays, give the request id to the operator.');
  }
}
