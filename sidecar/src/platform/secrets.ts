/** Secrets at rest: sealed where the service needs them again (AES-256-GCM), hashed where it only compares (Argon2id). */
import { argon2, createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export interface SecretBox {
  /** @returns `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url */
  seal(plain: string): string;
  /** @throws Error when it was sealed with a key that is not given, or was changed */
  unseal(sealed: string): string;
}

/** @param keys 32 bytes each. The first one seals; the others, retired ones, only unseal. */
export function createSecretBox(keys: readonly Buffer[]): SecretBox {
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const [newest] = byId;
  if (newest === undefined || keys.some((key) => key.length !== 32)) throw new Error('A secret box needs keys of 32 bytes.');
  const [newestId, newestKey] = newest;
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', newestKey, nonce);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return ['v1', newestId, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },
    unseal(sealed) {
      const [version, id = '', nonce = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      if (version !== 'v1' || key === undefined) {
        throw new Error('A stored secret was sealed with another key. Start with the SECRET_KEY (or the key file) that this database was used with.');
      }
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 });
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
    },
  };
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
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
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

function keyId(key: Buffer): string {
  return createHash('sha256').update('talentmatch key id').update(key).digest('hex').slice(0, 8);
}

/** OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane. About 30 ms. */
const cost = { memory: 19 * 1024, passes: 2, parallelism: 1, tagLength: 32 };
const derive = promisify(argon2);

/** @returns PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive('argon2id', { message: secret, nonce: salt, ...cost });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${phcBase64(salt)}$${phcBase64(hash)}`;
}

/** Compares in constant time, with the cost the hash was made with. A malformed hash is false. */
export async function verifySecret(phc: string, secret: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc);
  if (!parts) return false;
  const [, memory, passes, parallelism, salt = '', hash = ''] = parts;
  const expected = Buffer.from(hash, 'base64');
  const found = await derive('argon2id', {
    message: secret,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return timingSafeEqual(found, expected);
}

/** The PHC string format has base64 without padding. */
function phcBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
