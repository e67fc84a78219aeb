import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Another process has the folder open. The message names both and is meant for the terminal. */
export class FolderLockedError extends Error {
  override name = 'FolderLockedError';
}

export type FolderLock = { release(): void };

type Holder = {
  pid: number;
  /** The service that owns the database process: the one a person would stop. */
  parentPid: number;
  host: string;
  /** Start time of `pid`, because a restarted container gives the same number to another process. */
  started: string | null;
};

const heartbeatMs = 5_000;
/** A holder on another host (or in another container) cannot be asked; it counts as gone after this silence. */
const silenceMs = 20_000;

/**
 * Takes the folder for this process, since PGlite itself lets two processes open and ruin it at once.
 * A lock left by a dead process is taken over; one whose service is gone is waited for, as its database is closing.
 * @throws FolderLockedError when a living process holds the folder
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lock.json');
  const own: Holder = { pid: process.pid, parentPid: process.ppid, host: hostname(), started: startTime(process.pid) };
  const content = JSON.stringify(own);
  const deadline = Date.now() + silenceMs + heartbeatMs;

  while (!create(path, content)) {
    const found = read(path);
    if (found === null) continue;
    if (isGone(found)) takeAway(path, found.content);
    else if (isLeaving(found) && Date.now() < deadline) await sleep(100);
    else throw new FolderLockedError(refusal(folder, found.holder));
  }

  const heartbeat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The folder was removed under us (a test's clean-up); the database process reports that by itself.
    }
  }, heartbeatMs);
  heartbeat.unref();
  return {
    release() {
      clearInterval(heartbeat);
      if (read(path)?.content === content) rmSync(path, { force: true });
    },
  };
}

type Found = { content: string; holder: Holder | null; silentMs: number };

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): Found | null {
  try {
    const content = readFileSync(path, 'utf8');
    const silentMs = Date.now() - statSync(path).mtimeMs;
    return { content, holder: parse(content), silentMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parse(content: string): Holder | null {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    // Read between creation and writing, or cut off by a full disk: only its age can tell.
    return null;
  }
}

function isGone({ holder, silentMs }: Found): boolean {
  if (holder === null || holder.host !== hostname()) return silentMs > silenceMs;
  return !isAlive(holder.pid, holder.started);
}

/** It will go by itself in a moment: being written, silent on another host, or closing since its service died. */
function isLeaving({ holder, silentMs }: Found): boolean {
  if (holder === null) return true;
  if (holder.host !== hostname()) return silentMs > heartbeatMs * 2;
  return !isAlive(holder.parentPid, null);
}

function isAlive(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startTime(pid);
  return started === null || now === null || now === started;
}

/** Boot id and clock ticks from proc(5), field 22 of stat; null where there is no /proc. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
  } catch {
    return null;
  }
}

/** Removes a stale lock, but not one that a third process put there after we read it. */
function takeAway(path: string, content: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readFileSync(aside, 'utf8');
  if (moved !== content) create(path, moved);
  rmSync(aside, { force: true });
}

function refusal(folder: string, holder: Holder | null): string {
  const who =
    holder === null ? 'another process' : `process ${holder.parentPid}${holder.host === hostname() ? '' : ` on host ${holder.host}`}`;
  return (
    `The data folder ${folder} is in use by ${who}, and its database can be open only once. ` +
    'Stop that process, or start this one with another data folder.'
  );
}
