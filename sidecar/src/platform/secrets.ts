/** Secrets at rest: sealed where the service needs them again (AES-256-GCM), hashed where it only compares (Argon2id). */
import { argon2, createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from './errors.ts';

/**
 * Envelope encryption: each secret has a random data key of its own, and the master key only wraps data keys; so a
 * change of the master key re-wraps 32 bytes a secret and never touches the secret itself.
 */
export interface SecretBox {
  /**
   * @param context the place that the sealed text will stand at (see `sealedPlace`): it opens nowhere else
   * @returns `v2.<key id>.<wrapped data key>.<ciphertext>`, both base64url of nonce, ciphertext and tag
   */
  seal(plain: string, context: string): string;
  /**
   * Opens `v1` (AES-256-GCM by the master key, bound to no place) as well.
   * @throws Error when it was sealed with a key that is not given, for another place, or was changed
   */
  unseal(sealed: string, context: string): string;
  /** The same secret under the newest key, in the newest form; null when it is already. @throws Error like `unseal` */
  rewrap(sealed: string, context: string): string | null;
  /**
   * HMAC-SHA-256 (base64url) of the text under a key derived from each master key, newest first: the first is the one to
   * use, the others recognise what was derived before the master key changed.
   */
  macs(purpose: string, text: string): string[];
  /** ids of the keys, newest first, as they stand in sealed texts */
  keyIds: readonly string[];
}

/** What a sealed text is bound to: a copy of it in another row or column does not open. */
export function sealedPlace(table: string, column: string, rowId: string): string {
  return `${table}.${column}:${rowId}`;
}

/** @returns id of the key that sealed it, or null for a text that is not sealed */
export function keyIdOf(sealed: string): string | null {
  return /^v[12]\.([0-9a-f]{8})\.[\w-]+\.[\w-]+$/.exec(sealed)?.[1] ?? null;
}

/** @param keys 32 bytes each. The first one seals; the others, retired ones, only unseal. */
export function createSecretBox(keys: readonly Buffer[]): SecretBox {
  const byId = new Map(keys.map((key) => [idOf(key), { master: key, wrapping: derived(key, 'wrapping of data keys') }]));
  const keyIds = [...byId.keys()];
  const newestId = keyIds[0];
  if (newestId === undefined || keys.some((key) => key.length !== 32)) throw new Error('A secret box needs keys of 32 bytes.');
  const keyOf = (id: string) => {
    const key = byId.get(id);
    if (key === undefined) {
      throw new Error('A stored secret was sealed with another key. Start with the SECRET_KEY (or the key file) that this database was used with; a former key belongs into SECRET_KEYS_RETIRED.');
    }
    return key;
  };
  const wrap = (dataKey: Buffer) => `v2.${newestId}.${encrypt(keyOf(newestId).wrapping, dataKey, `v2.${newestId}`)}`;
  const partsOf = (sealed: string) => {
    const id = keyIdOf(sealed);
    const [version, , first = '', second = ''] = sealed.split('.');
    if (id === null) throw new Error('A stored secret is not a sealed text.');
    return { version, id, first, second };
  };
  const dataKeyOf = ({ id, first }: { id: string; first: string }) => decrypt(keyOf(id).wrapping, first, `v2.${id}`);
  const box: SecretBox = {
    keyIds,
    seal(plain, context) {
      const dataKey = randomBytes(32);
      return `${wrap(dataKey)}.${encrypt(dataKey, Buffer.from(plain, 'utf8'), context)}`;
    },
    unseal(sealed, context) {
      const parts = partsOf(sealed);
      if (parts.version === 'v2') return decrypt(dataKeyOf(parts), parts.second, context).toString('utf8');
      // v1.<key id>.<nonce>.<ciphertext and tag>
      const bytes = Buffer.concat([fromBase64url(parts.first), fromBase64url(parts.second)]);
      return decrypt(keyOf(parts.id).master, bytes.toString('base64url'), '').toString('utf8');
    },
    rewrap(sealed, context) {
      const parts = partsOf(sealed);
      // Opened even where nothing is to do: what cannot be opened must not pass for done.
      const plain = box.unseal(sealed, context);
      if (parts.version === 'v1') return box.seal(plain, context);
      return parts.id === newestId ? null : `${wrap(dataKeyOf(parts))}.${parts.second}`;
    },
    macs: (purpose, text) => [...byId.values()].map(({ master }) => createHmac('sha256', derived(master, `mac for ${purpose}`)).update(text).digest('base64url')),
  };
  return box;
}

/** @returns base64url of nonce (12 bytes), ciphertext and tag (16 bytes) */
function encrypt(key: Buffer, plain: Buffer, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @throws Error when key or context are others or anything was changed */
function decrypt(key: Buffer, text: string, context: string): Buffer {
  const bytes = fromBase64url(text);
  if (bytes.length < 28) throw new Error('A stored secret is cut short.');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(context, 'utf8')).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}

/** Node overlooks stray characters and unused last bits; two spellings of one sealed text would hide a change. */
function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Error('A stored secret is not in base64url.');
  return bytes;
}

/** HKDF (RFC 5869): what is derived for one purpose tells nothing about another, nor about the master key. */
function derived(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `talentmatch ${purpose}`, 32));
}

function idOf(key: Buffer): string {
  return createHash('sha256').update('talentmatch key id').update(key).digest('hex').slice(0, 8);
}

/** OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane. About 30 ms. */
const cost = { memory: 19 * 1024, passes: 2, parallelism: 1, tagLength: 32 };
const derive = inTurns(promisify(argon2));

/** @returns PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. @throws AppError `service_unavailable` when hundreds wait already */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive('argon2id', { message: secret, nonce: salt, ...cost });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${phcBase64(salt)}$${phcBase64(hash)}`;
}

/** Compares in constant time, with the cost the hash was made with. A malformed hash is false. @throws as hashSecret */
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

/** Of the four threads that Node also checks signatures and reads files with, half stay free. */
const atOnce = 2;
/** More than one address may send at once; what waits longer is given up by its client anyway. */
const mostWaiting = 300;

/** Anybody may ask for a login: however many do, every other request goes on. */
function inTurns<Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>): (...args: Args) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (...args) => {
    if (running < atOnce) running += 1;
    else if (waiting.length < mostWaiting) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw new AppError('service_unavailable', 'Too many logins at the same time. Try again in a few seconds.', { retryAfterSeconds: 5 });
    try {
      return await work(...args);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      // It takes over this place.
      else next();
    }
  };
}

/** For tokens of 256 random bits that are only compared: nothing slower is needed. @returns SHA-256, base64url */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
