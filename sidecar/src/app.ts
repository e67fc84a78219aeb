/** Builds the Koa app of open services. Tests import this; main.ts listens with it. */
import type { RequestListener } from 'node:http';
import { readFileSync } from 'node:fs';
import Koa from 'koa';
import type { Context } from 'koa';
import { createAuthenticator } from './identity/tokens.ts';
import type { IdentityServices } from './identity/tokens.ts';
import type { Actor, Ctx, Services } from './platform/context.ts';
import { bodyMemory } from './platform/http/bodyLimit.ts';
import { identifyPeer } from './platform/http/clientAddress.ts';
import { docs } from './platform/http/docs.ts';
import { pages } from './platform/http/pages.ts';
import { requireHttps } from './platform/http/https.ts';
import { problems } from './platform/http/problem.ts';
import { access, accessLog, limitHeaders, requestId } from './platform/http/requests.ts';
import { crossOrigin, securityHeaders } from './platform/http/securityHeaders.ts';
import { createListeners } from './platform/http/server.ts';
import type { Listeners } from './platform/http/server.ts';
import { createRequestLimits } from './platform/rateLimit/requestLimits.ts';
import { openApiDocument } from './platform/openapi.ts';
import { mountRoutes } from './platform/route.ts';
import { permissions } from './identity/permissions.ts';
import { allRoutes } from './routes.ts';

export const version: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** Public routes have nobody behind them: no workspace, no permission. */
const nobody: Actor = { type: 'client', id: 'nobody', name: 'nobody', workspaceId: '00000000-0000-0000-0000-000000000000', roles: [], permissions: new Set(), grants: new Map(), sessionId: null, tokenId: null };

export interface App extends Listeners {
  openApi: object;
}

/** @param routes all of them, or those of operation only for a worker */
export function createApp(services: Services & IdentityServices, routes = allRoutes(services)): App {
  const { config, log, metrics } = services;
  for (const { id, permission } of routes) {
    if (permission !== 'public' && permission !== 'authenticated' && !(permissions as readonly string[]).includes(permission)) throw new Error(`Route ${id} asks for ${permission}, which no role can give`);
  }
  const mounted = mountRoutes(routes, { maxUploadBytes: config.uploads.maxBytes }, (http) => contextOf(services, http));
  const openApi = openApiDocument(routes, { version });

  const koa = new Koa();
  koa.silent = true;
  koa.on('error', (error: unknown) => log.debug({ err: error }, 'koa error'));
  koa.use(identifyPeer(config.http.trustedProxies));
  koa.use(requestId);
  koa.use(accessLog(log, metrics));
  koa.use(securityHeaders());
  koa.use(problems(log));
  koa.use(limitHeaders);
  koa.use(requireHttps(config.http.publicUrl));
  koa.use(crossOrigin(config.http.corsOrigins));
  koa.use(docs(openApi));
  koa.use(pages);
  koa.use(access(mounted, createAuthenticator(services), { metricsToken: config.http.metricsToken, maxUploadBytes: config.uploads.maxBytes, bodies: bodyMemory(config.uploads.maxTotalBytes), limits: createRequestLimits(services) }));
  koa.use(mounted.middleware);

  return { ...createListeners(config.http, koa.callback() as RequestListener, log), openApi };
}

function contextOf(services: Services, http: Context): Ctx {
  const aborted = new AbortController();
  http.res.once('close', () => {
    if (!http.res.writableFinished) aborted.abort();
  });
  return { ...services, actor: (http.state['actor'] as Actor | undefined) ?? nobody, requestId: http.state['requestId'] as string, signal: aborted.signal, task: null };
}
