import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import pg from 'pg';
import { type BindOrReplacements, QueryTypes, Sequelize } from 'sequelize';
import { type EmbeddedServer, startEmbedded } from './embedded/start.ts';
import { hideValues, isDatabaseUnavailable } from './errors.ts';
import { explainTlsError, isLoopback } from '../transport.ts';
import { currentScope, outsideScopes, runInScope, type TransactionScope } from './transactionScope.ts';
import { driverWithNumbers } from './types.ts';

export { isDatabaseUnavailable, isForeignKeyViolation, isSerializationFailure, isUniqueViolation } from './errors.ts';

export type DatabaseOptions = {
  /** postgres:// URL of a PostgreSQL ≥ 16 with pgvector ≥ 0.8; without it the embedded database in `dataDir` */
  url?: string | undefined;
  /** data folder of the embedded database, or ':memory:' */
  dataDir?: string | undefined;
  /** connections to PostgreSQL; the embedded database always has one */
  poolSize?: number | undefined;
  /** longest wait for a free connection; default 60 s */
  acquireMs?: number | undefined;
  /**
   * PostgreSQL only: the embedded engine cannot interrupt a statement. A server that does not even say that it ended one
   * is given up 5 s later, with its connection; what takes the limit off (`migrate`) needs a database opened without it.
   */
  statementTimeoutMs?: number | undefined;
  /** how long to wait for a PostgreSQL that is still starting; default 15 s */
  startupMs?: number | undefined;
  tls?: TlsOptions | undefined;
  /** embedded only: file to begin an empty database with, see `saveTemplate` */
  template?: string | undefined;
  log?: DatabaseLog | undefined;
  /** @param sql with its literals replaced by `?`, as they may be personal data */
  onQuery?: ((sql: string, milliseconds: number) => void) | undefined;
  /** the embedded database process ended by itself: nothing works after it */
  onFatal?: ((error: Error) => void) | undefined;
};

/** An answer is this late when nothing comes any more. */
const silenceMs = 5_000;

export type DatabaseLog = Record<'debug' | 'info' | 'warn' | 'error', (details: object, message: string) => void>;

export type QueryValues = { replacements: BindOrReplacements } | { bind: BindOrReplacements };

export type Database = {
  readonly kind: 'embedded' | 'postgres';
  readonly sequelize: Sequelize;
  /** Signals between the parts of this process, such as a task that became due. Delivered after commit, never stored. */
  readonly signals: EventEmitter;
  /**
   * Runs SQL in the open transaction, or by itself, and answers its rows (also of INSERT … RETURNING). With `bind`
   * ($1 or $name) objects become JSON and arrays become SQL arrays: pass JSON arrays through JSON.stringify. With
   * `replacements` (:name) arrays become lists for IN.
   */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: QueryValues): Promise<Row[]>;
  /** Every query and model call inside `work` belongs to the transaction; a nested call joins the outer transaction. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs when the outermost transaction is committed; at once without one. Nobody waits for it; it must not throw. */
  afterCommit(action: () => unknown): void;
  readonly inTransaction: boolean;
  /**
   * Runs `work` while no other process runs work of the same name on this database (a session advisory lock on a
   * connection of its own, so `work` may be long and use its own transactions).
   */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** @throws when the database does not answer within 5 s */
  ping(): Promise<void>;
  /** embedded only: writes a copy of the whole database, with which `template` begins others in a third of the time */
  saveTemplate(path: string): Promise<void>;
  close(): Promise<void>;
};

/** @throws FolderLockedError when another process has the data folder open */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const log = options.log;
  const embedded = options.url === undefined ? await openEmbedded(options) : null;
  const target = options.url === undefined ? null : targetOf(options.url, options.tls);
  if (target !== null) warnOfPlainConnection(target, log);
  const sequelize = connect(options, embedded, target);
  const signals = new EventEmitter().setMaxListeners(0);
  const exclusive = embedded ? takeTurns() : (advisoryLocks(target as Target) satisfies Database['exclusive']);
  hideValuesOfErrors(sequelize);

  const db: Database = {
    kind: embedded ? 'embedded' : 'postgres',
    sequelize,
    signals,
    query: (sql, values) =>
      sequelize.query(sql, {
        ...values,
        type: QueryTypes.SELECT,
        transaction: currentScope(sequelize)?.transaction ?? null,
      }) as Promise<never[]>,
    async transaction(work) {
      if (currentScope(sequelize)) return work();
      const scope: TransactionScope = { sequelize, transaction: null, afterCommit: [] };
      const result = await runInScope(scope, () => sequelize.transaction(work));
      for (const action of scope.afterCommit) runQuietly(action, log);
      return result;
    },
    afterCommit(action) {
      const scope = currentScope(sequelize);
      if (scope) scope.afterCommit.push(action);
      else runQuietly(action, log);
    },
    get inTransaction() {
      return currentScope(sequelize) !== undefined;
    },
    exclusive,
    async ping() {
      await withDeadline(db.query('SELECT 1'), 5_000, 'The database did not answer within 5 seconds.');
    },
    async saveTemplate(path) {
      if (!embedded) throw new Error('Only the embedded database can be saved as a template.');
      await embedded.saveTemplate(path);
    },
    async close() {
      await sequelize.close();
      await embedded?.close();
    },
  };
  try {
    await waitForStart(db, embedded ? 0 : (options.startupMs ?? 15_000), log);
  } catch (error) {
    await db.close().catch(() => {});
    throw (target && explainTlsError(error, { what: 'PostgreSQL', host: target.host })) ?? error;
  }
  return db;
}

function openEmbedded(options: DatabaseOptions): Promise<EmbeddedServer> {
  if (options.dataDir === undefined) throw new Error('openDatabase needs `url` or `dataDir`.');
  return startEmbedded({
    dataDir: options.dataDir,
    ...(options.template === undefined ? {} : { template: options.template }),
    onOutput: (line) => options.log?.debug({ line }, 'the embedded database says'),
    onFatal(error) {
      options.log?.error({ err: error }, 'the embedded database is gone');
      options.onFatal?.(error);
    },
  });
}

function connect(options: DatabaseOptions, embedded: EmbeddedServer | null, target: Target | null): Sequelize {
  const { onQuery } = options;
  const pool = { max: embedded ? 1 : (options.poolSize ?? 10), min: 0, acquire: options.acquireMs ?? 60_000 };
  return new Sequelize({
    dialect: 'postgres',
    dialectModule: driverWithNumbers(pg),
    host: embedded?.host ?? (target as Target).host,
    port: embedded?.port ?? (target as Target).port,
    username: target?.user ?? 'postgres',
    password: target?.password ?? 'postgres',
    database: target?.database ?? 'postgres',
    // The one connection to the embedded database costs nothing while it idles.
    pool: embedded ? { ...pool, idle: 2 ** 31 - 1, evict: 2 ** 31 - 1 } : { ...pool, idle: 30_000 },
    timezone: '+00:00',
    benchmark: onQuery !== undefined,
    logging: onQuery ? (sql, milliseconds) => onQuery(withoutLiterals(sql), milliseconds ?? 0) : false,
    dialectOptions: embedded
      ? { application_name: 'talentmatch' }
      : {
          application_name: 'talentmatch',
          keepAlive: true,
          connectionTimeoutMillis: 10_000,
          ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs, query_timeout: options.statementTimeoutMs + silenceMs }),
          ssl: (target as Target).ssl,
        },
  });
}

type Target = { host: string; port: number; user: string; password: string; database: string; ssl: TlsOptions | false };

/** Parsed here once, for the pool and the locks alike: pg reads `sslmode` of a connection string in a way of its own. */
function targetOf(url: string, tls: TlsOptions | undefined): Target {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: decodeURIComponent(searchParams.get('host') ?? hostname.replace(/^\[|\]$/g, '')),
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ssl: tls ?? tlsOf(searchParams),
  };
}

/**
 * As in libpq: `require` encrypts without checking the certificate, unless `sslrootcert` names its authority;
 * `verify-ca` checks who signed it, `verify-full` also the host name. `sslcert` and `sslkey` are the client's own.
 */
function tlsOf(parameters: URLSearchParams): TlsOptions | false {
  const mode = parameters.get('sslmode') ?? 'prefer';
  const file = (name: string) => {
    const path = parameters.get(name);
    return path === null ? undefined : readFileSync(path);
  };
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false;
    case 'require':
    case 'verify-ca':
    case 'verify-full': {
      const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')];
      const checked = mode !== 'require' || ca !== undefined;
      return { rejectUnauthorized: checked, minVersion: 'TLSv1.2', ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }), ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    }
    default:
      throw new Error(`sslmode=${mode} in DATABASE_URL is none that there is. Use verify-full, or disable for a connection in the clear.`);
  }
}

function warnOfPlainConnection({ host, ssl }: Target, log: DatabaseLog | undefined): void {
  if (ssl === false && !isLoopback(host)) log?.warn({ host }, 'PostgreSQL is reached in the clear over the network. Add sslmode=verify-full to DATABASE_URL, with EXTRA_CA_FILE for an authority of your own.');
  if (ssl !== false && ssl.rejectUnauthorized === false) log?.warn({ host }, 'the certificate of PostgreSQL is not checked, so anybody in between can read and change everything. Use sslmode=verify-full in DATABASE_URL, with EXTRA_CA_FILE for an authority of your own.');
}

function hideValuesOfErrors(sequelize: Sequelize): void {
  const query = sequelize.query.bind(sequelize) as (...args: unknown[]) => Promise<unknown>;
  const guarded = async (...args: unknown[]) => {
    try {
      return await query(...args);
    } catch (error) {
      hideValues(error);
      throw error;
    }
  };
  sequelize.query = guarded as Sequelize['query'];
}

async function waitForStart(db: Database, patienceMs: number, log: DatabaseLog | undefined): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    try {
      return await db.ping();
    } catch (error) {
      // A wrong certificate does not become right by waiting.
      if (!isDatabaseUnavailable(error) || explainTlsError(error, { what: '', host: '' }) !== null || Date.now() + pause > deadline) throw error;
      log?.warn({ err: error }, 'the database does not answer yet');
      await sleep(pause);
    }
  }
}

/** One process owns the embedded database, so names are enough. */
function takeTurns(): Database['exclusive'] {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, turn.catch(() => {}));
    return turn;
  };
}

function advisoryLocks(target: Target): Database['exclusive'] {
  return async (name, work) => {
    const client = new pg.Client({ ...target, application_name: 'talentmatch-lock', keepAlive: true });
    // A lost connection frees the lock on the server; `work` goes on and its own queries fail if the server is gone.
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`talentmatch/${name}`]);
      return await work();
    } finally {
      await client.end().catch(() => {});
    }
  };
}

function runQuietly(action: () => unknown, log: DatabaseLog | undefined): void {
  outsideScopes(async () => action()).catch((error: unknown) => log?.error({ err: error }, 'an action after a commit failed'));
}

function withoutLiterals(sql: string): string {
  return sql.replace(/^Executed \([^)]*\): /, '').replace(/'(?:[^']|'')*'/g, '?');
}

async function withDeadline<T>(promise: Promise<T>, milliseconds: number, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(message)), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
