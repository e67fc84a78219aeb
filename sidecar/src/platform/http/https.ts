/** Requests that came in the clear where HTTPS is offered: a page may be redirected, a token must not be taken. */
import type { RequestListener } from 'node:http';
import { isIP } from 'node:net';
import Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { identifyPeer } from './clientAddress.ts';
import type { Peer } from './clientAddress.ts';
import { problems } from './problem.ts';
import { requestId } from './requests.ts';
import { securityHeaders } from './securityHeaders.ts';

/** Behind a trusted proxy that says its client came by HTTP, while PUBLIC_URL says HTTPS. */
export function requireHttps(publicUrl: string | undefined): Middleware {
  const base = publicUrl?.startsWith('https:') ? publicUrl : null;
  return async (http, next) => {
    if (base !== null && (http.state['peer'] as Peer).toldInsecure) sendToHttps(http, base);
    else await next();
  };
}

/** What the listener on HTTP_REDIRECT_PORT does with everything. @param httpsPort known once the other listens */
export function redirectListener({ publicUrl, httpsPort, log }: { publicUrl: string | undefined; httpsPort: () => number; log: Logger }): RequestListener {
  const koa = new Koa();
  koa.silent = true;
  koa.on('error', (error: unknown) => log.debug({ err: error }, 'koa error'));
  // No proxy is believed here: whatever it says, this hop was in the clear.
  koa.use(identifyPeer([]));
  koa.use(requestId);
  koa.use(securityHeaders());
  koa.use(problems(log));
  koa.use((http) => sendToHttps(http, publicUrl?.startsWith('https:') ? publicUrl : baseOfHost(http.get('Host'), httpsPort())));
  return koa.callback() as RequestListener;
}

/**
 * 308 for GET and HEAD; 403 for whatever carried a secret or a body: a client that were redirected would go on sending
 * its token in the clear and nobody would notice.
 */
function sendToHttps(http: Context, base: string): void {
  if (!['GET', 'HEAD'].includes(http.method) || http.get('Authorization') !== '') {
    http.set('Connection', 'close');
    throw new AppError('https_required', 'This service is reached by HTTPS only. Whatever was just sent went in the clear: consider the token or secret in it exposed, and revoke it. Then use the https:// address.');
  }
  http.status = 308;
  http.set('Location', base.replace(/(?<!\/)\/+$/, '') + pathOf(http.req.url ?? '/'));
  http.body = '';
}

/** The path and query alone, percent-encoded: a request line may also hold a whole URL or begin with `//`. */
function pathOf(target: string): string {
  if (!target.startsWith('/')) {
    if (!URL.canParse(target)) return '/';
    const { pathname, search } = new URL(target);
    return pathname + search;
  }
  // Behind a base of its own, `//other.example` stays a path.
  const parsed = new URL(`http://base${target}`);
  return parsed.pathname + parsed.search;
}

/** @throws AppError `invalid_request` for a Host that is no plain host name or address */
function baseOfHost(host: string, port: number): string {
  const [, name = '', v6 = ''] = /^(?:([a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?)|\[([\da-f:.]+)\])(?::\d{1,5})?$/i.exec(host) ?? [];
  if (name === '' && isIP(v6) !== 6) throw new AppError('invalid_request', 'The Host header is not a host name. Use the https:// address of the service.');
  return `https://${v6 === '' ? name : `[${v6}]`}${port === 443 ? '' : `:${port}`}`;
}
