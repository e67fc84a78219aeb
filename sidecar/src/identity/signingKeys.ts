/**
 * The keys that sign access tokens: ES256, sealed in the database so that replicas share them. A key is published (it
 * stands in the JWKS and signs nothing yet), then active from `activates_at`, then verifies what it has signed until
 * `retires_at`. rotateSigningKey.ts makes them.
 *
 * No replica refuses a token that another has signed in a staged rotation: a key is published `SIGNING_KEY_LEAD_SECONDS`
 * (10 at least) before it signs and every replica reads the keys anew after `freshMs`; stages are decided by the
 * database's clock, read with the keys and carried on by the process's monotonic one, so that the replicas' own clocks
 * do not matter to them; and a kid that is not known yet is looked up before it is refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Services } from '../platform/context.ts';
import { sealedPlace } from '../platform/secrets.ts';
import { algorithm, readKeys, signerAt, verifiersAt } from './SigningKey.ts';
import type { StoredKey } from './SigningKey.ts';
import { ensureSigningKey } from './rotateSigningKey.ts';

/** What happens to a key elsewhere (a retirement at once, above all) is known here within this time and one query. */
const freshMs = 4_000;
/** Unknown kids cause one reload in this time, together: they may be anybody's invention. */
const lookupMs = 1_000;
/** RFC 7638: a SHA-256 in base64url. Anything else is no kid of ours and looked up nowhere. */
const thumbprint = /^[\w-]{43}$/;

export interface KeyRing {
  current(): Promise<{ kid: string; privateKey: CryptoKey }>;
  /** public halves of the keys that sign, will sign, or have signed tokens that still live */
  jwks(): Promise<{ keys: JWK[] }>;
  /** resolver for jose's jwtVerify */
  resolver(header: { kid?: string }): Promise<ReturnType<typeof createLocalJWKSet>>;
}

interface Loaded {
  keys: StoredKey[];
  /** the database's clock, in milliseconds */
  now(): number;
}

/** @param clock monotonic, in milliseconds (tests set their own) */
export function createKeyRing(services: Pick<Services, 'db' | 'secretBox'>, clock: () => number = () => performance.now()): KeyRing {
  let latest: { at: number; loaded: Promise<Loaded> } | null = null;
  let lookup: Promise<Loaded> | null = null;
  let set: { of: string; resolve: ReturnType<typeof createLocalJWKSet> } | null = null;
  const privateKeys = new Map<string, Promise<CryptoKey>>();

  const load = (maxAgeMs: number): Promise<Loaded> => {
    if (latest !== null && clock() - latest.at < maxAgeMs) return latest.loaded;
    // The age counts from before the query: what is read is not older.
    const loading = { at: clock(), loaded: loadKeys(services, clock) };
    loading.loaded.catch(() => {
      if (latest === loading) latest = null;
    });
    latest = loading;
    return loading.loaded;
  };

  /** All who ask until it begins share one reload; it waits until the last one is `lookupMs` ago instead of refusing them. */
  const lookUp = (): Promise<Loaded> => {
    lookup ??= (async () => {
      await sleep(latest === null ? 0 : Math.max(0, latest.at + lookupMs - clock()));
      lookup = null;
      return load(0);
    })();
    return lookup;
  };

  const setOf = ({ keys, now }: Loaded) => {
    const live = verifiersAt(keys, now());
    const of = live.map(({ kid }) => kid).join(' ');
    if (set?.of !== of) set = { of, resolve: createLocalJWKSet({ keys: live.map(publicHalf) }) };
    return set.resolve;
  };

  const privateKeyOf = ({ kid, privateJwk }: StoredKey): Promise<CryptoKey> => {
    const known = privateKeys.get(kid);
    if (known !== undefined) return known;
    const opened = openPrivateKey(services, kid, privateJwk);
    opened.catch(() => privateKeys.delete(kid));
    // Only the newest is needed again.
    privateKeys.clear();
    privateKeys.set(kid, opened);
    return opened;
  };

  return {
    async current() {
      const { keys, now } = await load(freshMs);
      const signer = signerAt(keys, now());
      if (signer === undefined) throw new Error('No signing key is active. Make one with `npm run keys -- rotate --now`.');
      return { kid: signer.kid, privateKey: await privateKeyOf(signer) };
    },
    async jwks() {
      const { keys, now } = await load(freshMs);
      return { keys: verifiersAt(keys, now()).map(publicHalf) };
    },
    async resolver({ kid }) {
      const ring = await load(freshMs);
      // A retired key is still known, and refused without a look.
      const unknown = kid !== undefined && thumbprint.test(kid) && !ring.keys.some((key) => key.kid === kid);
      return setOf(unknown ? await lookUp() : ring);
    },
  };
}

function publicHalf({ kid, publicJwk }: StoredKey): JWK {
  return { ...publicJwk, kid, alg: algorithm, use: 'sig' };
}

async function openPrivateKey({ secretBox }: Pick<Services, 'secretBox'>, kid: string, sealed: string): Promise<CryptoKey> {
  const jwk = JSON.parse(secretBox.unseal(sealed, sealedPlace('signing_keys', 'private_jwk', kid))) as JWK;
  return (await importJWK(jwk, algorithm)) as CryptoKey;
}

async function loadKeys(services: Pick<Services, 'db' | 'secretBox'>, clock: () => number): Promise<Loaded> {
  let read = await readKeys(services.db);
  if (signerAt(read.keys, read.now) === undefined) {
    await ensureSigningKey(services);
    read = await readKeys(services.db);
  }
  // From after the query on, so that this clock is never ahead of the database's: a key signs late rather than early.
  const { keys, now } = read;
  const readAt = clock();
  return { keys, now: () => now + (clock() - readAt) };
}
