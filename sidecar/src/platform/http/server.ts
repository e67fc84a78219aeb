/** The listeners of a process, with the limits that keep one client from holding them. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config.ts';
import type { Logger } from '../log.ts';
import { readCertificate, renewCertificate } from './certificate.ts';
import { redirectListener } from './https.ts';

/** The answer to `?wait=` takes 30 s at most; a client that reads nothing for longer than this is gone. */
const silentMs = 120_000;
const handshakeMs = 10_000;
const maxHeaderBytes = 16 * 1024;

export interface Listeners {
  /** HTTPS where a certificate was given, else HTTP */
  server: Server;
  /** the one on HTTP_REDIRECT_PORT */
  redirect: Server | null;
  /** Reads the certificate files again now; they are looked at every few seconds anyway. */
  reloadCertificate(): void;
}

/** @throws Error that says what is wrong with the certificate or its key */
export function createListeners(config: Config['http'], handler: RequestListener, log: Logger): Listeners {
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveMs,
    // How often the two above are looked at.
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(config.headersTimeoutMs / 2)),
  };
  const limited = (server: Server): Server => {
    server.maxConnections = config.maxConnections;
    server.timeout = silentMs;
    // Node would drop what is beyond 2,000 headers, and with it what a proxy has appended: requests.ts counts instead.
    server.maxHeadersCount = 0;
    return server;
  };
  if (config.tls === null) return { server: limited(createServer(limits, handler)), redirect: null, reloadCertificate() {} };

  const server = createHttpsServer({ ...limits, minVersion: 'TLSv1.2', handshakeTimeout: Math.min(handshakeMs, limits.headersTimeout), ...readCertificate(config.tls, log) }, handler);
  limited(server);
  const renewal = renewCertificate(server, config.tls, log);
  const httpsPort = () => (server.address() as AddressInfo | null)?.port ?? 443;
  const redirect = config.redirectPort === undefined ? null : limited(createServer(limits, redirectListener({ publicUrl: config.publicUrl, httpsPort, log })));
  return { server, redirect, reloadCertificate: renewal.reload };
}
