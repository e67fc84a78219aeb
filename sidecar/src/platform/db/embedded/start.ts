import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildOptions, ParentMessage } from './child.ts';
import { FolderLockedError } from './lock.ts';

export { FolderLockedError } from './lock.ts';

export type EmbeddedOptions = {
  /** the service's data folder (made with mode 0700 when missing), or ':memory:' */
  dataDir: string;
  /** file to begin an empty database with, written by `saveTemplate`; ignored when it does not exist */
  template?: string;
  /** called when the database process ends without having been closed; nothing works after it */
  onFatal: (error: Error) => void;
  onOutput?: (line: string) => void;
};

export type EmbeddedServer = {
  /** folder of the socket: the `host` to give to pg */
  host: string;
  port: number;
  pid: number;
  saveTemplate(path: string): Promise<void>;
  close(): Promise<void>;
};

const port = 5432;
/** sun_path holds 108 bytes on Linux, 104 on macOS. */
const longestSocketPath = 100;

/**
 * Starts PGlite in a child process behind a Unix socket and resolves when it takes connections (1–2 s).
 * @throws FolderLockedError when another process has the folder open
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = options.dataDir === ':memory:' ? null : resolve(options.dataDir);
  if (folder !== null) makePrivate(folder);
  const { socketFolder, temporary } = chooseSocketFolder(folder);
  const childOptions: ChildOptions = {
    folder,
    socketPath: join(socketFolder, `.s.PGSQL.${port}`),
    template: options.template !== undefined && existsSync(options.template) ? options.template : null,
  };

  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [JSON.stringify(childOptions)], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(text.trimEnd()));
  }
  const removeSocketFolder = () => {
    if (temporary) rmSync(socketFolder, { recursive: true, force: true });
  };

  let crash = 'without a word';
  child.on('message', (message: ChildMessage) => {
    if (message.type === 'failed') crash = message.message;
  });
  try {
    await answer(child, 'ready');
  } catch (error) {
    removeSocketFolder();
    throw error;
  }

  let closed: Promise<void> | undefined;
  child.once('exit', (code, signal) => {
    removeSocketFolder();
    if (!closed) options.onFatal(new Error(`The embedded database process ended (${signal ?? `code ${code}`}): ${crash}`));
  });

  return {
    host: socketFolder,
    port,
    pid: child.pid ?? 0,
    async saveTemplate(path) {
      const saved = answer(child, 'saved');
      send(child, { type: 'save', path });
      await saved;
    },
    close() {
      closed ??= new Promise((done) => {
        if (child.exitCode !== null || child.signalCode !== null) return done();
        child.once('exit', () => done());
        send(child, { type: 'close' });
      });
      return closed;
    },
  };
}

function makePrivate(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Over the socket everybody is superuser, so only the owner may reach into its folder. */
function chooseSocketFolder(folder: string | null): { socketFolder: string; temporary: boolean } {
  if (folder !== null) {
    const socketFolder = join(folder, 'run');
    if (Buffer.byteLength(join(socketFolder, `.s.PGSQL.${port}`)) < longestSocketPath) {
      mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
      chmodSync(socketFolder, 0o700);
      return { socketFolder, temporary: false };
    }
  }
  return { socketFolder: mkdtempSync(join(tmpdir(), 'talentmatch-')), temporary: true };
}

function answer(child: ChildProcess, type: 'ready' | 'saved'): Promise<void> {
  return new Promise((done, failed) => {
    const settle = (error?: Error) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', settle);
      if (error) failed(error);
      else done();
    };
    const onMessage = (message: ChildMessage) => {
      if (message.type === type) settle();
      if (message.type === 'failed') settle(message.locked ? new FolderLockedError(message.message) : new Error(message.message));
    };
    const onExit = (code: number | null, signal: string | null) =>
      settle(new Error(`The embedded database process ended while starting (${signal ?? `code ${code}`}).`));
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.once('error', settle);
  });
}

function send(child: ChildProcess, message: ParentMessage): void {
  if (child.connected) child.send(message);
}
