/** Builds the services of a process from its configuration, and closes them in reverse order. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import { bootstrap } from './identity/createClient.ts';
import type { Credential } from './identity/createClient.ts';
import { workspaces } from './identity/Client.ts';
import { rotateWhenDue } from './identity/rotateSigningKey.ts';
import { deleteExpired } from './identity/sessions.ts';
import { createKeyRing } from './identity/signingKeys.ts';
import type { IdentityServices } from './identity/tokens.ts';
import { ensureBuiltInAgents } from './agents/pipeline.ts';
import { closeDocumentWorkers } from './documents/readDocument.ts';
import { inBoxSpace } from './language/inBoxEmbedder.ts';
import { ensureSpace } from './language/vectors.ts';
import { pipelines } from './pipelines.ts';
import { openBroadcast } from './platform/broadcast.ts';
import { openCache } from './platform/cache/cache.ts';
import type { Services } from './platform/context.ts';
import { openDatabase } from './platform/db/database.ts';
import type { Database } from './platform/db/database.ts';
import { grantService, ownsAuditLog, roleOf } from './platform/db/grants.ts';
import { migrate, pendingMigrations } from './platform/db/migrate.ts';
import { ensurePartitions } from './platform/db/partitions.ts';
import { createLlm } from './platform/llm.ts';
import { createLogger } from './platform/log.ts';
import type { Logger } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { beeQueueCarrier } from './platform/queue/beeQueueCarrier.ts';
import { inProcessCarrier } from './platform/queue/carrier.ts';
import { createTasks } from './platform/queue/tasks.ts';
import { createRateLimiter } from './platform/rateLimit/rateLimiter.ts';
import { prepareTransport } from './platform/transport.ts';
import { secretKeysOf } from './platform/secretKeys.ts';
import { createSecretBox } from './platform/secrets.ts';
import { subscribers } from './subscribers.ts';
import { startWorker } from './worker.ts';

const housekeepingMs = 6 * 3_600_000;
const signingKeysMs = 3_600_000;

export interface OpenServices {
  services: Services & IdentityServices;
  /**
   * Makes the workspace, its agents and a client for n8n where there is no workspace yet. Call it when everything that
   * can fail at a start has gone well: the secret is known only to this answer. @returns null where there was one
   */
  firstStart(): Promise<Credential | null>;
  /** stops taking tasks, lets running ones finish, then closes everything */
  close(): Promise<void>;
}

/** @param options.template a migrated database to start an embedded one from (tests) */
export async function openServices(config: Config, options: { log?: Logger; template?: string; onFatal?: (error: Error) => void } = {}): Promise<OpenServices> {
  const log = options.log ?? createLogger(config.log);
  const metrics = createMetrics();
  if (config.embedded && config.dataDir !== ':memory:') await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  // Before the database is touched: a wrong configuration must change nothing.
  const secretKeys = await secretKeysOf(config);
  await prepareTransport(config, log);
  const db = await openDatabase({
    url: config.database.url, dataDir: config.dataDir === ':memory:' ? ':memory:' : path.join(config.dataDir, 'database'), poolSize: config.database.poolSize,
    statementTimeoutMs: config.database.statementTimeoutMs, template: options.template, log, onFatal: options.onFatal,
  });
  const closers: (() => Promise<unknown> | unknown)[] = [() => closeDocumentWorkers(), () => db.close()];
  try {
    await prepareDatabase(config, db, log);
    const secretBox = createSecretBox(secretKeys);
    const cache = await openCache({ redisUrl: config.redisUrl, prefix: config.queue.name, log });
    closers.unshift(() => cache.close());
    const broadcast = await openBroadcast({ redisUrl: config.redisUrl, prefix: config.queue.name, log });
    closers.unshift(() => broadcast.close());
    const rateLimiter = createRateLimiter({ redisUrl: config.redisUrl, prefix: config.queue.name, log });
    closers.unshift(() => rateLimiter.close());
    const base = { config, log, metrics, db, cache, broadcast, rateLimiter, secretBox, llm: config.llm ? createLlm(config.llm, metrics) : null, subscribers, keyRing: createKeyRing({ db, secretBox }) };
    const carrier = config.redisUrl === undefined ? inProcessCarrier() : beeQueueCarrier({ redisUrl: config.redisUrl, name: config.queue.name, log });
    const tasks = createTasks({ db, carrier, log });
    closers.unshift(() => tasks.close(), () => carrier.close());
    const services = { ...base, tasks };
    await signingKeyOf(services);
    await ensureAgents(services);
    if (config.role !== 'api') {
      const worker = startWorker(services, carrier);
      closers.unshift(
        atStartAndEvery(housekeepingMs, () => keepHouse(services)), atStartAndEvery(signingKeysMs, () => lookAfterSigningKeys(services)), () => worker.close(config.shutdownMs),
      );
    }
    return { services, firstStart: () => firstStart(services), close: () => closeAll(closers, log) };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

async function firstStart(services: Services): Promise<Credential | null> {
  const credential = await bootstrap(services);
  await ensureAgents(services);
  return credential;
}

async function ensureAgents(services: Services): Promise<void> {
  for (const { id } of await workspaces(services.db).findAll({ attributes: ['id'], raw: true })) await ensureBuiltInAgents(services, id, pipelines);
}

/** A secret key that is not the one of this database shows now rather than at the first token. */
async function signingKeyOf({ keyRing }: IdentityServices): Promise<void> {
  try {
    await keyRing.current();
  } catch (error) {
    throw new Error('The stored signing key cannot be opened with this SECRET_KEY. Set the key with which this database was used, or add it to SECRET_KEYS_RETIRED.', { cause: error });
  }
}

/** @param work never throws. @returns stops it, and waits for the run that goes on */
function atStartAndEvery(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
  let run = work();
  const timer = setInterval(() => (run = work()), milliseconds);
  return async () => {
    clearInterval(timer);
    await run;
  };
}

/** Rotates the signing key when it is old enough: one of the processes that run tasks does it. */
async function lookAfterSigningKeys(services: Services): Promise<void> {
  try {
    const { rotated } = await rotateWhenDue(services);
    if (rotated) services.log.info('the signing key was rotated');
  } catch (error) {
    services.log.error({ err: error }, 'the signing keys could not be looked after; it is tried again');
  }
}

/** Months are made three ahead, and what has expired is only in the way: a failure has time until the next try. */
async function keepHouse({ db, log }: Services): Promise<void> {
  try {
    await ensurePartitions(db, new Date());
    await deleteExpired({ db });
  } catch (error) {
    log.error({ err: error }, 'the partitions of the coming months could not be made, or expired sessions not deleted; it is tried again');
  }
}

async function prepareDatabase(config: Config, db: Database, log: Logger): Promise<void> {
  if (config.database.autoMigrate) await migrateAsOwner(config, db, log);
  const pending = await pendingMigrations(db);
  if (pending.length > 0) throw new Error(`The database lacks the migrations ${pending.join(', ')}. Run \`npm run migrate\`, or set AUTO_MIGRATE=true.`);
  await ensurePartitions(db, new Date());
  await ensureSpace({ db }, inBoxSpace);
  if (db.kind === 'postgres' && (await ownsAuditLog(db))) {
    log.warn({}, 'The role of DATABASE_URL owns the audit log, so whoever has its password can change the log. For production give the service a role of its own and set DATABASE_OWNER_URL (docs/audit.md).');
  }
}

/**
 * On a connection without the time limits of requests, which lives for the migration only: with DATABASE_OWNER_URL it is
 * the owner's, and what runs afterwards cannot reach it.
 */
async function migrateAsOwner({ database }: Config, db: Database, log: Logger): Promise<void> {
  if (database.url === undefined) return void (await migrate(db));
  const owner = await openDatabase({ url: database.ownerUrl ?? database.url, poolSize: 2, log });
  try {
    await migrate(owner);
    if (database.ownerUrl === undefined) return;
    const statements = await grantService(owner, roleOf(database.url));
    if (statements.length > 0) log.info({ statements: statements.length }, 'the rights of the database role of the service were set');
  } finally {
    await owner.close();
  }
}

async function closeAll(closers: (() => Promise<unknown> | unknown)[], log: Logger): Promise<void> {
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'closing failed');
    }
  }
}
