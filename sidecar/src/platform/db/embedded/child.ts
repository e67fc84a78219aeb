/**
 * The database process of the embedded default: PGlite served on a Unix socket. A process of its own, because a long
 * query blocks the event loop of the process it runs in. Started by start.ts with its options as the one argument.
 */
import { existsSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { type FolderLock, FolderLockedError, lockFolder } from './lock.ts';

export type ChildOptions = {
  /** null keeps the database in memory */
  folder: string | null;
  socketPath: string;
  /** a database dump to begin an empty database with, as `save` wrote it */
  template: string | null;
};

export type ChildMessage =
  | { type: 'ready' }
  | { type: 'saved' }
  | { type: 'failed'; locked: boolean; message: string };

export type ParentMessage = { type: 'close' } | { type: 'save'; path: string };

let lock: FolderLock | undefined;
let server: PGLiteSocketServer | undefined;
let database: PGlite | undefined;
let closing: Promise<void> | undefined;

// The service stops us when it has finished its own work; Ctrl-C and a stop of the whole group reach us as well.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// Also when the service was killed: the system closes the channel.
process.on('disconnect', () => void close());
process.on('message', (message: ParentMessage) => void (message.type === 'close' ? close() : save(message.path)));

const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
start(options).catch((error: unknown) => {
  fail(error);
});

async function start({ folder, socketPath, template }: ChildOptions): Promise<void> {
  if (!process.connected) return;
  if (folder !== null) lock = await lockFolder(folder);
  const dataDir = folder === null ? 'memory://' : join(folder, 'postgres');
  const isNew = folder === null || !existsSync(join(dataDir, 'PG_VERSION'));
  database = await PGlite.create({
    dataDir,
    extensions: { vector, unaccent, pg_trgm, btree_gin },
    ...(template !== null && isNew ? { loadDataDir: await openAsBlob(template) } : {}),
  });
  stopOnCrash(database);
  rmSync(socketPath, { force: true });
  // A replaced connection may still be closing when the next one comes.
  server = new PGLiteSocketServer({ db: database, path: socketPath, maxConnections: 10 });
  await server.start();
  tell({ type: 'ready' });
}

/** SQL errors are answers; an exception here is a broken engine, after which the socket server would hang for ever. */
function stopOnCrash(db: PGlite): void {
  const run = db.execProtocolRawStream.bind(db);
  db.execProtocolRawStream = async (...args) => {
    try {
      await run(...args);
    } catch (error) {
      fail(error);
    }
  };
}

async function save(path: string): Promise<void> {
  const dump = await database?.dumpDataDir('none');
  if (dump) writeFileSync(path, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 });
  tell({ type: 'saved' });
}

function close(): Promise<void> {
  closing ??= (async () => {
    const overdue = setTimeout(() => process.exit(1), 10_000);
    await server?.stop();
    await database?.close();
    lock?.release();
    clearTimeout(overdue);
    process.exit(0);
  })();
  return closing;
}

function fail(error: unknown): void {
  tell({
    type: 'failed',
    locked: error instanceof FolderLockedError,
    message: error instanceof Error ? error.message : String(error),
  });
  lock?.release();
  process.exitCode = 1;
  // Lets the message leave; exit() at once may cut it off.
  setTimeout(() => process.exit(1), 50);
}

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}
