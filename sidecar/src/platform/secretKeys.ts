/**
 * Where the master keys of the secret box come from: SECRET_KEY, or a file that the operator names, or on the embedded
 * default a key file in the data folder, made at first start, with its predecessors beside it while they are needed.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';

/**
 * @returns the newest key first, then the retired ones, which only unseal
 * @throws Error that names the variable or file, never a key
 */
export async function secretKeysOf(config: Pick<Config, 'embedded' | 'dataDir' | 'secrets'>): Promise<Buffer[]> {
  const { secrets } = config;
  const retired = [...secrets.retiredKeys, ...(secrets.retiredKeysFile === undefined ? [] : lines(await readGivenFile('SECRET_KEYS_RETIRED_FILE', secrets.retiredKeysFile)))].map(parseKey);
  if (secrets.key !== undefined) return [parseKey(secrets.key), ...retired];
  if (secrets.keyFile !== undefined) return [parseKey(await readGivenFile('SECRET_KEY_FILE', secrets.keyFile)), ...retired];
  // With a shared database the key must be shared too, so it has to be given.
  if (!config.embedded) throw new Error('DATABASE_URL needs SECRET_KEY or SECRET_KEY_FILE: the same 32 bytes (64 hex characters) on every replica seal signing keys and webhook secrets. Make one with `openssl rand -hex 32`.');
  if (config.dataDir === ':memory:') return [parseKey('0'.repeat(64)), ...retired];
  const file = keyFileOf(config.dataDir);
  const newest = await loadOrCreateKeyFile(file);
  return [newest, ...(await retiredKeysBeside(file)), ...retired];
}

/** The key file of the embedded default. */
export function keyFileOf(dataDir: string): string {
  return path.join(dataDir, 'secret.key');
}

/**
 * Puts a new key into the key file and keeps the old one beside it. After a crash at any step the service starts and opens
 * everything: the old key is kept twice before it is replaced, and files change whole. Only the process that has the
 * embedded database open may call this. @returns false when an earlier change waits for its re-encryption: finish that first
 */
export async function startNewKey(file: string): Promise<boolean> {
  const old = await loadOrCreateKeyFile(file);
  if ((await retiredKeysBeside(file)).some((key) => !key.equals(old))) return false;
  await keepAsRetired(file, old);
  await replaceFile(file, randomBytes(32));
  return true;
}

/** The first step of `startNewKey`. */
export async function keepAsRetired(file: string, key: Buffer): Promise<void> {
  await replaceFile(retiredFileOf(file), key);
}

/** When nothing stored needs the retired keys any longer. */
export async function forgetRetiredKeys(file: string): Promise<void> {
  await rm(draftOf(retiredFileOf(file)), { force: true });
  await rm(retiredFileOf(file), { force: true });
}

/** @param text 64 hex characters or base64 of 32 bytes. @throws Error otherwise */
export function parseKey(text: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length !== 32) throw new Error('The secret key must be 32 bytes: 64 hex characters or 44 base64 characters. Make one with `openssl rand -hex 32`.');
  return key;
}

/** The key in the file (hex); makes one, readable by the owner only, when there is no file. Safe against a second process. */
export async function loadOrCreateKeyFile(file: string): Promise<Buffer> {
  const existing = await readKeyFile(file);
  if (existing) return existing;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, hexLine(randomBytes(32)), { flag: 'wx', mode: 0o600 });
  try {
    // A link appears whole or not at all, and fails when another process was first.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readKeyFile(file);
  if (!made) throw new Error(`The key file ${file} was removed while it was made.`);
  return made;
}

async function retiredKeysBeside(file: string): Promise<Buffer[]> {
  const retired = await readKeyFile(retiredFileOf(file));
  return retired === null ? [] : [retired];
}

async function readKeyFile(file: string): Promise<Buffer | null> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) throw new Error(`The key file ${file} can be read by others. Run: chmod 600 ${file}`);
    return parseKey(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Its rights are the operator's: mounted secrets of containers are readable by all inside and owned by root. */
async function readGivenFile(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${variable}: the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Whole or not at all, and on the disk before it counts. */
async function replaceFile(file: string, key: Buffer): Promise<void> {
  const draft = draftOf(file);
  // A leftover of a crash would keep its rights.
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(hexLine(key));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const retiredFileOf = (file: string) => `${file}.retired`;
const draftOf = (file: string) => `${file}.draft`;
const hexLine = (key: Buffer) => `${key.toString('hex')}\n`;
const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);
