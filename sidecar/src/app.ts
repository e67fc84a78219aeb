/** Builds the Koa app of open services. Tests import this; main.ts listens with it. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { readFileSync } from 'node:fs';
import cors from '@koa/cors';
import Koa from 'koa';
import type { Context } from 'koa';
import koaHelmet from 'koa-helmet';
import { createAuthenticator } from './identity/tokens.ts';
import type { IdentityServices } from './identity/tokens.ts';
import type { Actor, Ctx, Services } from './platform/context.ts';
import { docs } from './platform/http/docs.ts';
import { problems } from './platform/http/problem.ts';
import { access, accessLog, requestId } from './platform/http/requests.ts';
import { openApiDocument } from './platform/openapi.ts';
import { mountRoutes } from './platform/route.ts';
import { permissions } from './identity/permissions.ts';
import { allRoutes } from './routes.ts';

export const version: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

// CommonJS: its types say `.default`, its module has none.
const helmet = koaHelmet as unknown as typeof koaHelmet.default;

/** Public routes have nobody behind them: no workspace, no permission. */
const nobody: Actor = { type: 'system', id: 'nobody', name: 'nobody', workspaceId: '00000000-0000-0000-0000-000000000000', roles: [], permissions: new Set() };

export interface App {
  server: Server;
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
  koa.use(requestId);
  koa.use(accessLog(log, metrics));
  koa.use(problems(log));
  koa.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], objectSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"] } },
      strictTransportSecurity: false,
    }),
  );
  koa.use(cors({ origin: (http) => (config.http.corsOrigins.includes(http.get('Origin')) ? http.get('Origin') : ''), allowHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'], exposeHeaders: ['X-Request-Id', 'Location', 'Retry-After'], maxAge: 600 }));
  koa.use(docs(openApi));
  koa.use(access(mounted, createAuthenticator(services), { metricsToken: config.http.metricsToken, maxUploadBytes: config.uploads.maxBytes }));
  koa.use(mounted.middleware);

  const server = createServer(koa.callback());
  // A slow sender may not hold a connection for ever; `?wait=` is 30 s at most.
  server.requestTimeout = 60_000;
  server.headersTimeout = 15_000;
  return { server, openApi };
}

function contextOf(services: Services, http: Context): Ctx {
  const aborted = new AbortController();
  http.res.once('close', () => {
    if (!http.res.writableFinished) aborted.abort();
  });
  return { ...services, actor: (http.state['actor'] as Actor | undefined) ?? nobody, requestId: http.state['requestId'] as string, signal: aborted.signal, task: null };
}
