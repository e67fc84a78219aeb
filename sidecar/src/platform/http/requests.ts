/** The middleware every request passes before its route: id, log, metrics, route, limits, token, permission, content type. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { RequestLimits } from '../rateLimit/requestLimits.ts';
import type { AnyRoute, MountedRoutes } from '../route.ts';
import { bodyLimit, limitBody } from './bodyLimit.ts';
import type { BodyMemory } from './bodyLimit.ts';

const maxHeaders = 100;

/** As X-Forwarded-For stands last where a proxy appends it, nothing may be cut off silently. */
export const limitHeaders: Middleware = async (http, next) => {
  if (http.req.rawHeaders.length > 2 * maxHeaders) throw new AppError('invalid_request', `The request has more than ${maxHeaders} header fields. Send fewer.`);
  await next();
};

/** Takes the caller's X-Request-Id when it is harmless, so that one id can be followed from n8n to the SQL. */
export const requestId: Middleware = async (http, next) => {
  const given = http.get('X-Request-Id');
  http.state['requestId'] = /^[\w.-]{8,64}$/.test(given) ? given : uuidv7();
  http.set('X-Request-Id', http.state['requestId']);
  await next();
};

export function accessLog(log: Logger, metrics: Metrics): Middleware {
  return async (http, next) => {
    const startedAt = performance.now();
    await next();
    const seconds = (performance.now() - startedAt) / 1000;
    const route = (http.state['route'] as AnyRoute | undefined)?.id ?? 'none';
    metrics.httpRequests.observe({ route, method: http.method, status: http.status }, seconds);
    const line = {
      requestId: http.state['requestId'], route, method: http.method, status: http.status, ms: Math.round(seconds * 1000),
      actor: (http.state['actor'] as Actor | undefined)?.id, workflow: n8nHeader(http, 'X-N8N-Workflow-Id'), execution: n8nHeader(http, 'X-N8N-Execution-Id'),
    };
    if (route === 'getLiveness' || route === 'getReadiness' || route === 'getMetrics') log.debug(line, 'request');
    else log.info(line, 'request');
  };
}

function n8nHeader(http: Context, name: string): string | undefined {
  const value = http.get(name);
  return /^[\w-]{1,64}$/.test(value) ? value : undefined;
}

/**
 * Finds the route, then looks at limits, token and permission, then at size and content type: all before the body is read,
 * because the router parses bodies first (a 2 MB body without a token must be 401, not parsed).
 */
export function access(routes: MountedRoutes, authenticate: (authorization: string | undefined) => Promise<{ actor: Actor; expiresAt: Date }>, { metricsToken, maxUploadBytes, bodies, limits }: { metricsToken: string | undefined; maxUploadBytes: number; bodies: BodyMemory; limits: RequestLimits }): Middleware {
  const isMetricsToken = metricsToken === undefined ? () => false : sameAs(`Bearer ${metricsToken}`);
  return async (http, next) => {
    const found = routes.find(http.method, http.path);
    if (found === null) throw new AppError('not_found', 'There is nothing at this address. See /docs for the routes.');
    if ('allowed' in found) {
      http.set('Allow', found.allowed.join(', '));
      throw new AppError('method_not_allowed', `This address takes ${found.allowed.join(', ')}.`);
    }
    const { route } = found;
    http.state['route'] = route;
    await limits.ofAddress(http, route);
    const byMetricsToken = route.permission === 'metrics:read' && isMetricsToken(http.get('Authorization'));
    if (route.permission !== 'public' && !byMetricsToken) {
      const { actor, expiresAt } = await authenticate(http.get('Authorization') || undefined).catch((refusal: unknown) => limits.ofRefusal(http, refusal));
      http.state['actor'] = actor;
      http.state['tokenExpiresAt'] = expiresAt;
      await limits.ofActor(http, route, actor);
      if (route.permission !== 'authenticated' && !actor.permissions.has(route.permission)) {
        throw new AppError('forbidden', `This needs the permission ${route.permission}, which none of your roles gives. Ask an administrator.`, { permission: route.permission });
      }
    }
    const release = takeBody(http, route, maxUploadBytes, bodies);
    try {
      await next();
    } finally {
      release();
    }
  };
}

/** Compares in constant time: hashes are of one length, whatever was sent. */
function sameAs(secret: string): (given: string) => boolean {
  const sha256 = (text: string) => createHash('sha256').update(text).digest();
  const expected = sha256(secret);
  return (given) => timingSafeEqual(sha256(given), expected);
}

/** @returns to be called when the request has been handled: its body is held until then */
function takeBody(http: Context, route: AnyRoute, maxUploadBytes: number, bodies: BodyMemory): () => void {
  const hasBody = http.request.length !== undefined ? http.request.length > 0 : http.get('Transfer-Encoding') !== '';
  if (!hasBody) return () => {};
  // A few packed KB can be many MB to parse.
  if (!['', 'identity'].includes(http.get('Content-Encoding').trim().toLowerCase())) {
    http.set('Accept-Encoding', 'identity');
    throw new AppError('unsupported_content_type', 'A body with a Content-Encoding is not taken. Send it uncompressed.');
  }
  const accepted = route.body === undefined ? ['json'] : ['json', ...(route.upload ? ['multipart/form-data'] : []), ...(route.form ? ['urlencoded'] : [])];
  if (!http.is(accepted)) throw new AppError('unsupported_content_type', `Send ${route.upload ? 'application/json or multipart/form-data' : route.form ? 'application/json or a form' : 'application/json'}.`);
  const limit = bodyLimit(route, maxUploadBytes);
  const release = bodies.reserve(Math.min(http.request.length ?? limit, limit));
  try {
    limitBody(http, limit);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}
