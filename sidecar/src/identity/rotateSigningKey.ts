/** Makes signing keys and ends them. One rotation runs at a time on a database, whoever started it. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { Services } from '../platform/context.ts';
import { sealedPlace } from '../platform/secrets.ts';
import { audit } from './audit.ts';
import { algorithm, readKeys, signerAt } from './SigningKey.ts';

/** Name of the lock. */
const rotation = 'signing-keys';
/**
 * An active key's last token lives for TOKEN_TTL_SECONDS; this is added for the clocks of two replicas (10 s each) and the
 * tolerance of the verification, and for a replica that is late in signing with the successor.
 */
const slackSeconds = 60;
/** Cut to the column's precision: rounded up it would lie ahead. */
const atThisMoment = "date_trunc('milliseconds', clock_timestamp())";

/**
 * Staged: the new key is published now and signs after SIGNING_KEY_LEAD_SECONDS; its predecessors verify until the last
 * token they may have signed has expired. At once (a key has leaked): the new key signs now and all others retire now, so
 * that every access token dies, on each replica as soon as it reads the keys again, within 5 seconds.
 */
export async function rotateSigningKey(services: Pick<Services, 'db' | 'secretBox' | 'config'>, input: { atOnce: boolean }): Promise<{ kid: string; activatesAt: Date }> {
  return services.db.exclusive(rotation, () => rotate(services, input));
}

/** For every process that runs tasks, at start and every hour: one of many rotates a key that is old enough. */
export async function rotateWhenDue(services: Pick<Services, 'db' | 'secretBox' | 'config'>): Promise<{ rotated: boolean; deleted: number }> {
  const { db, config } = services;
  const deleted = await db.query("DELETE FROM signing_keys WHERE retires_at < clock_timestamp() - interval '1 day' RETURNING kid");
  const isDue = async () => {
    const [newest] = await db.query<{ due: boolean | null }>("SELECT max(activates_at) < clock_timestamp() - :days * interval '1 day' AS due FROM signing_keys", { replacements: { days: config.signingKeys.rotationDays } });
    return newest?.due === true;
  };
  if (config.signingKeys.rotationDays === 0 || !(await isDue())) return { rotated: false, deleted: deleted.length };
  const rotated = await db.exclusive(rotation, async () => {
    if (!(await isDue())) return false;
    await rotate(services, { atOnce: false });
    return true;
  });
  return { rotated, deleted: deleted.length };
}

/** The first key of a database signs at once: nothing else could. */
export async function ensureSigningKey(services: Pick<Services, 'db' | 'secretBox'>): Promise<void> {
  await services.db.exclusive(rotation, async () => {
    const { keys, now } = await readKeys(services.db);
    if (signerAt(keys, now) !== undefined) return;
    const key = await makeKey(services);
    await insertKey(services, key, atThisMoment, {});
  });
}

async function rotate(services: Pick<Services, 'db' | 'secretBox' | 'config'>, { atOnce }: { atOnce: boolean }): Promise<{ kid: string; activatesAt: Date }> {
  const { db, config } = services;
  const key = await makeKey(services);
  return db.transaction(async () => {
    // Never before an earlier successor that still waits: the newest active key is the one that signs.
    const activation = atOnce ? atThisMoment : "greatest(clock_timestamp() + :lead * interval '1 second', (SELECT max(activates_at) FROM signing_keys) + interval '1 millisecond')";
    const activatesAt = await insertKey(services, key, activation, atOnce ? {} : { lead: config.signingKeys.leadSeconds });
    const retirement = atOnce ? atThisMoment : "(SELECT activates_at FROM signing_keys WHERE kid = :kid) + :seconds * interval '1 second'";
    const retired = await db.query<{ kid: string }>(
      `UPDATE signing_keys SET retires_at = ${retirement} WHERE kid <> :kid AND ${atOnce ? '(retires_at IS NULL OR retires_at > clock_timestamp())' : 'retires_at IS NULL'} RETURNING kid`,
      { replacements: { kid: key.kid, seconds: config.tokens.ttlSeconds + slackSeconds } },
    );
    // Keys belong to the installation, so the log of its first workspace tells of them.
    const [operator] = await db.query<{ id: string }>('SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1');
    if (operator !== undefined) {
      await audit(db, { workspaceId: operator.id, actor: { type: 'system', id: 'system' }, action: 'signing_key.rotated', subject: { type: 'signing_key', id: key.kid }, details: { atOnce, activatesAt: activatesAt.toISOString(), predecessors: retired.map(({ kid }) => kid) } });
    }
    return { kid: key.kid, activatesAt };
  });
}

interface NewKey {
  kid: string;
  publicJwk: string;
  /** sealed */
  privateJwk: string;
}

async function makeKey({ secretBox }: Pick<Services, 'secretBox'>): Promise<NewKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = secretBox.seal(JSON.stringify(await exportJWK(pair.privateKey)), sealedPlace('signing_keys', 'private_jwk', kid));
  return { kid, publicJwk: JSON.stringify(publicJwk), privateJwk };
}

/** @param activation SQL of the time at which it begins to sign */
async function insertKey({ db }: Pick<Services, 'db'>, key: NewKey, activation: string, values: Record<string, number>): Promise<Date> {
  const [row] = await db.query<{ activatesAt: Date }>(
    `INSERT INTO signing_keys (kid, algorithm, public_jwk, private_jwk, created_at, activates_at) VALUES (:kid, :algorithm, :publicJwk, :privateJwk, clock_timestamp(), ${activation}) RETURNING activates_at AS "activatesAt"`,
    { replacements: { ...key, ...values, algorithm } },
  );
  return (row as { activatesAt: Date }).activatesAt;
}
