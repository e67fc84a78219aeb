/** Starts the sidecar in its role and stops it cleanly. Nothing imports this file. */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, version } from './app.ts';
import { loadConfig } from './config.ts';
import { credentialFile, replaceUnseenCredential, writeCredentialFile } from './identity/createClient.ts';
import type { Credential } from './identity/createClient.ts';
import type { Services } from './platform/context.ts';
import { healthRoutes } from './platform/health.routes.ts';
import { createLogger } from './platform/log.ts';
import { openServices } from './services.ts';

const config = readConfig();
const log = createLogger(config.log);

try {
  const { services, firstStart, close } = await openServices(config, {
    log,
    onFatal: (error) => {
      log.fatal({ err: error }, 'the database is gone; start the sidecar again');
      process.exit(1);
    },
  });
  const app = config.http.port === undefined ? null : createApp(services, config.role === 'worker' ? healthRoutes(services) : undefined);
  if (app !== null) {
    await listen(app.server, config.http.port as number, config.http.host);
    if (app.redirect !== null) await listen(app.redirect, config.http.redirectPort as number, config.http.host);
    if (config.http.tls !== null) process.on('SIGHUP', app.reloadCertificate);
  }
  const address = app?.server.address() as AddressInfo | undefined;
  const boundUrl = address ? `${config.http.tls === null ? 'http' : 'https'}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}` : null;
  const url = config.http.publicUrl ?? boundUrl;
  // Only now, when the port is ours: the secret of a first start is shown once. Workers have nobody to show it to.
  const credential = config.role === 'worker' ? null : await firstStart();
  log.info({ version, role: config.role, url, database: services.db.kind, queue: config.redisUrl === undefined ? 'in-process' : 'redis' }, 'TalentMatch is ready');
  if (url !== null && config.role !== 'worker') await announce(services, credential, url);

  let stopping = false;
  const stop = async (reason: string, exitCode = 0) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error('could not stop in time');
      process.exit(1);
    }, 2 * config.shutdownMs + 10_000).unref();
    if (app !== null) await Promise.all([app.server, app.redirect].map((server) => server && finishRequests(server, config.shutdownMs)));
    await close();
    log.info('stopped');
    log.flush?.();
    setTimeout(() => process.exit(exitCode), 50);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // A parent that started us with an IPC channel (npm run demo) and died must not leave us behind.
  process.on('disconnect', () => void stop('parent gone'));
  // Node would print the error with all that hangs on it, such as the values of a query.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an exception that nobody caught');
    void stop('uncaught exception', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a promise was rejected and nobody listened');
    void stop('unhandled rejection', 1);
  });
  process.send?.({ ready: true, url: boundUrl });
} catch (error) {
  log.fatal({ err: error }, (error as Error).message);
  setTimeout(() => process.exit(1), 100);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => reject(new Error(whyNotListening(error.code, port, host) ?? error.message, { cause: error }));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.removeListener('error', refused);
      resolve();
    });
  });
}

function whyNotListening(code: string | undefined, port: number, host: string): string | undefined {
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is in use by another program. Stop that one, or choose another port (PORT, WORKER_PORT or HTTP_REDIRECT_PORT).`;
  if (code === 'EACCES') return `This user may not listen on port ${port}: on most systems ports below 1024 need a right of their own (CAP_NET_BIND_SERVICE). Choose a higher port, and let a proxy or the firewall lead there.`;
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine. Set HOST to one of its addresses, to 127.0.0.1, or to 0.0.0.0 for all.`;
  return undefined;
}

/** New requests are refused; those in flight may end within the time, then their connections are cut. */
async function finishRequests(server: Server, milliseconds: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), milliseconds);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}

/**
 * The secret is shown once, never logged: to the terminal, and on the embedded default to an owner-only file, which a
 * later start makes good when the first one died in between.
 */
async function announce(services: Services, made: Credential | null, url: string): Promise<void> {
  if (!config.embedded || config.dataDir === ':memory:') {
    if (made === null || config.bootstrap.clientSecret !== undefined) return;
    process.stdout.write(`The credential for n8n, shown this once:\n  base URL       ${url}\n  client id      ${made.clientId}\n  client secret  ${made.clientSecret}\n`);
    return;
  }
  const credential = made ?? (existsSync(credentialFile(config.dataDir)) ? null : await replaceUnseenCredential(services));
  if (credential === null) return;
  const file = await writeCredentialFile(config.dataDir, url, credential);
  process.stdout.write(`The credential for n8n is in ${file}\n`);
}

function readConfig() {
  try {
    return loadConfig();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}
