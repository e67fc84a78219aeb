/** A signing key as it is stored, and its stages: published, active, verifying, retired (see signingKeys.ts). */
import type { JWK } from 'jose';
import type { Database } from '../platform/db/database.ts';

export const algorithm = 'ES256';

/** Times in milliseconds of the database's clock. */
export interface StagedKey {
  kid: string;
  activatesAt: number;
  retiresAt: number | null;
}

export type KeyStage = 'published' | 'active' | 'verifying' | 'retired';

/** The key that signs at a moment: the newest active one. @returns undefined when none is active */
export function signerAt<Key extends StagedKey>(keys: readonly Key[], now: number): Key | undefined {
  return keys.filter((key) => key.activatesAt <= now && isLive(key, now)).reduce<Key | undefined>((newest, key) => (newest === undefined || key.activatesAt > newest.activatesAt ? key : newest), undefined);
}

/** The keys whose tokens are accepted at a moment, and those that will soon sign. */
export function verifiersAt<Key extends StagedKey>(keys: readonly Key[], now: number): Key[] {
  return keys.filter((key) => isLive(key, now));
}

export function stageOf(key: StagedKey, keys: readonly StagedKey[], now: number): KeyStage {
  if (!isLive(key, now)) return 'retired';
  if (key.activatesAt > now) return 'published';
  return signerAt(keys, now)?.kid === key.kid ? 'active' : 'verifying';
}

function isLive({ retiresAt }: StagedKey, now: number): boolean {
  return retiresAt === null || retiresAt > now;
}

export interface StoredKey extends StagedKey {
  publicJwk: JWK;
  /** sealed */
  privateJwk: string;
  createdAt: Date;
}

/** @returns all keys there are, newest first, and the database's time */
export async function readKeys(db: Database): Promise<{ keys: StoredKey[]; now: number }> {
  const rows = await db.query<{ now: number; kid: string | null; publicJwk: JWK; privateJwk: string; createdAt: Date; activatesAt: number; retiresAt: number | null }>(
    `SELECT ${milliseconds('clock_timestamp()')} AS now, kid, public_jwk AS "publicJwk", private_jwk AS "privateJwk", created_at AS "createdAt", ${milliseconds('activates_at')} AS "activatesAt", ${milliseconds('retires_at')} AS "retiresAt"
     FROM (SELECT 1) AS one LEFT JOIN signing_keys ON true ORDER BY activates_at DESC, kid`,
  );
  return { now: rows[0]?.now ?? 0, keys: rows.flatMap(({ now: _now, kid, ...row }) => (kid === null ? [] : [{ ...row, kid }])) };
}

const milliseconds = (time: string) => `(extract(epoch FROM ${time}) * 1000)::float8`;
