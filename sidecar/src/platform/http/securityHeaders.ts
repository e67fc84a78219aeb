/** The headers of every answer, whatever its status. */
import cors from '@koa/cors';
import type { Middleware } from 'koa';
import koaHelmet from 'koa-helmet';
import type { Peer } from './clientAddress.ts';
import { isDocs } from './docs.ts';
import { isPage } from './pages.ts';

// CommonJS: its types say `.default`, its module has none.
const helmet = koaHelmet as unknown as typeof koaHelmet.default;

const yearSeconds = 365 * 24 * 3600;
/** Features of browsers that no answer of ours has a use for. */
const noFeatures = ['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'midi', 'payment', 'picture-in-picture', 'publickey-credentials-get', 'screen-wake-lock', 'usb', 'xr-spatial-tracking']
  .map((feature) => `${feature}=()`).join(', ');

const common = { strictTransportSecurity: false, xPoweredBy: false, frameguard: { action: 'deny' }, referrerPolicy: { policy: 'no-referrer' }, crossOriginOpenerPolicy: { policy: 'same-origin' }, crossOriginResourcePolicy: { policy: 'same-origin' } } as const;
/** JSON and files: nothing in them may run, load or be framed. */
const forData = helmet({ ...common, contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] } } });
/** Pages of our own: nothing inline at all. */
const forPages = helmet({
  ...common,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"] } },
});
/** Swagger UI sets inline styles and has its icons in data: URLs; its scripts come from here, none stands inline. */
const forDocs = helmet({
  ...common,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], objectSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"] } },
});

/**
 * Stands outside `problems`, so that refusals have them too. An answer is not stored unless its route says otherwise,
 * and one that is an error never is.
 */
export function securityHeaders(): Middleware {
  return async (http, next) => {
    await (isDocs(http.path) ? forDocs : isPage(http.path) ? forPages : forData)(http, async () => {});
    http.set('Permissions-Policy', noFeatures);
    http.set('Cache-Control', 'no-store');
    // A browser ignores it over HTTP, and an installation without HTTPS must not claim it (RFC 6797, 7.2).
    if ((http.state['peer'] as Peer).secure) http.set('Strict-Transport-Security', `max-age=${yearSeconds}`);
    await next();
    if (http.status >= 400) http.set('Cache-Control', 'no-store');
  };
}

/** Exact origins only, never with credentials: a token is sent by script or not at all. */
export function crossOrigin(origins: readonly string[]): Middleware {
  return cors({
    origin: (http) => (origins.includes(http.get('Origin')) ? http.get('Origin') : ''),
    credentials: false,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'],
    exposeHeaders: ['X-Request-Id', 'Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'WWW-Authenticate'],
    maxAge: 600,
  });
}
