/**
 * The keys that sign access tokens: ES256, made at first start, sealed in the database so that replicas share them.
 * The newest live key signs; every key that is not retired verifies (JWKS overlap).
 */
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Services } from '../platform/context.ts';
import { signingKeys } from './Client.ts';

const algorithm = 'ES256';
/** A token may carry a key made by another replica a moment ago: unknown kids cause one reload, at most this often. */
const reloadAfterMs = 2_000;
/** A key that was retired elsewhere signs and verifies no longer than this. */
const trustedMs = 60_000;

export interface KeyRing {
  current(): Promise<{ kid: string; privateKey: CryptoKey }>;
  /** public halves of all live keys */
  jwks(): Promise<{ keys: JWK[] }>;
  /** resolver for jose's jwtVerify */
  resolver(header: { kid?: string }): Promise<ReturnType<typeof createLocalJWKSet>>;
}

interface Loaded {
  kid: string;
  privateKey: CryptoKey;
  keys: JWK[];
  set: ReturnType<typeof createLocalJWKSet>;
}

export function createKeyRing(services: Pick<Services, 'db' | 'secretBox'>): KeyRing {
  let loaded: { at: number; ring: Promise<Loaded> } | null = null;
  const load = (maxAgeMs: number): Promise<Loaded> => {
    if (loaded !== null && performance.now() - loaded.at < maxAgeMs) return loaded.ring;
    const loading = { at: performance.now(), ring: loadKeys(services) };
    loading.ring.catch(() => {
      if (loaded === loading) loaded = null;
    });
    loaded = loading;
    return loading.ring;
  };
  return {
    current: () => load(trustedMs),
    jwks: async () => ({ keys: (await load(trustedMs)).keys }),
    async resolver(header) {
      const ring = await load(trustedMs);
      const known = ring.keys.some((key) => key.kid === header.kid);
      return known ? ring.set : (await load(reloadAfterMs)).set;
    },
  };
}

async function loadKeys({ db, secretBox }: Pick<Services, 'db' | 'secretBox'>): Promise<Loaded> {
  const live = () => signingKeys(db).findAll({ where: { retiredAt: null }, order: [['createdAt', 'DESC'], ['kid', 'ASC']], raw: true });
  let rows = await live();
  if (rows.length === 0) {
    await createSigningKey({ db, secretBox });
    rows = await live();
  }
  const newest = rows[0];
  if (newest === undefined) throw new Error('No signing key could be stored');
  const keys = rows.map((row) => ({ ...row.publicJwk, kid: row.kid, alg: row.algorithm, use: 'sig' }) as JWK);
  const privateKey = (await importJWK(JSON.parse(secretBox.unseal(newest.privateJwk)) as JWK, algorithm)) as CryptoKey;
  return { kid: newest.kid, privateKey, keys, set: createLocalJWKSet({ keys }) };
}

export async function createSigningKey({ db, secretBox }: Pick<Services, 'db' | 'secretBox'>): Promise<string> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = secretBox.seal(JSON.stringify(await exportJWK(pair.privateKey)));
  await signingKeys(db).create({ kid, algorithm, publicJwk: publicJwk as Record<string, unknown>, privateJwk, createdAt: new Date() });
  return kid;
}
