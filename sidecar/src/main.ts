/** Starts the sidecar in its role and stops it cleanly. Nothing imports this file. */
import type { AddressInfo } from 'node:net';
import { createApp, version } from './app.ts';
import { loadConfig } from './config.ts';
import { writeCredentialFile } from './identity/createClient.ts';
import { createLogger } from './platform/log.ts';
import { openServices } from './services.ts';

const config = readConfig();
const log = createLogger(config.log);

try {
  const { services, credential, close } = await openServices(config, {
    log,
    onFatal: (error) => {
      log.fatal({ err: error }, 'the database is gone; start the sidecar again');
      process.exit(1);
    },
  });
  const app = config.role === 'worker' ? null : createApp(services);
  if (app !== null) {
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject);
      app.server.listen(config.http.port, config.http.host, resolve);
    });
  }
  const address = app?.server.address() as AddressInfo | undefined;
  const url = config.http.publicUrl ?? (address ? `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}` : null);
  log.info({ version, role: config.role, url, database: services.db.kind, queue: config.redisUrl === undefined ? 'in-process' : 'redis' }, 'TalentMatch is ready');
  if (credential !== null && url !== null) await announce(credential, url);

  let stopping = false;
  const stop = async (reason: string, exitCode = 0) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error('could not stop in time');
      process.exit(1);
    }, config.shutdownMs + 5_000).unref();
    app?.server.close();
    app?.server.closeIdleConnections();
    await close();
    app?.server.closeAllConnections();
    log.info('stopped');
    log.flush?.();
    setTimeout(() => process.exit(exitCode), 50);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // A parent that started us with an IPC channel (npm run demo) and died must not leave us behind.
  process.on('disconnect', () => void stop('parent gone'));
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a promise was rejected and nobody listened');
    void stop('unhandled rejection', 1);
  });
  process.send?.({ ready: true, url });
} catch (error) {
  log.fatal({ err: error }, (error as Error).message);
  setTimeout(() => process.exit(1), 100);
}

/** The secret is shown once, never logged: to the terminal, and on the embedded default to an owner-only file. */
async function announce(credential: { workspaceId: string; clientId: string; clientSecret: string }, url: string): Promise<void> {
  const given = config.bootstrap.clientSecret !== undefined;
  if (config.embedded && config.dataDir !== ':memory:') {
    const file = await writeCredentialFile(config.dataDir, url, credential);
    process.stdout.write(`The credential for n8n is in ${file}\n`);
  } else if (!given) {
    process.stdout.write(`The credential for n8n, shown this once:\n  base URL       ${url}\n  client id      ${credential.clientId}\n  client secret  ${credential.clientSecret}\n`);
  }
}

function readConfig() {
  try {
    return loadConfig();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}
