/** What a password must be, and the count of wrong ones. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Services } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';

export const emailSchema = z.string().trim().toLowerCase().email().max(254);
/** NFC, as keyboards differ in how they send the same letter. */
export const passwordSchema = z.string().min(1).max(200).transform((text) => text.normalize('NFC'));

const shortest = 12;

/**
 * Length before variety (NIST SP 800-63B): twelve characters that are not few, not a row, and not the person's own name.
 * @throws AppError `weak_password`
 */
export function checkPassword(password: string, person: { email: string | null; name: string }): void {
  const characters = [...password];
  const lower = password.toLowerCase();
  const own = [person.email?.split('@')[0] ?? '', ...person.name.split(/\s/)].map((part) => part.toLowerCase()).filter((part) => part.length >= 4);
  const refuse = (message: string): never => {
    throw new AppError('weak_password', message);
  };
  if (characters.length < shortest) refuse(`Use at least ${shortest} characters. A few words in a row are easy to remember.`);
  if (new Set(characters).size < 6) refuse('Use more different characters.');
  if (isRow(lower)) refuse('Do not use characters in the order of the alphabet or of the keyboard.');
  if (own.some((part) => lower.replaceAll(part, '').length < 8)) refuse('Do not make the password of your name or e-mail address.');
  if (lower.replace(/\W|_/g, '').replace(common, '').length < 6) refuse('This is one of the passwords that are tried first. Choose another one.');
}

/** The stems of the most used passwords; what stands around them must carry the password alone. */
const common = /passw[o0]rds?|passwort|motdepasse|contrase(?:n|ñ)a|qwert[yz]?|azerty|welcome|willkommen|admin(?:istrator)?|talentmatch|letmein|iloveyou|monkey|dragon|changeme|secret|12345\d*/g;

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn'];

function isRow(text: string): boolean {
  const steps = [...text].slice(1).filter((character, index) => rows.some((row) => row.includes(text[index] + character) || row.includes(character + text[index])));
  return steps.length >= 0.75 * (text.length - 1);
}

const windowMs = 15 * 60_000;
/** Wrong tries within a quarter of an hour: of one account from one network, of one account, from one network. */
const tries = { accountFromNetwork: 8, account: 50, network: 50 };

type Attempt = { workspaceId: string; email: string; network: string | null };

/** In the order they are counted in. Keyed hashes: the table names neither people nor addresses. */
function attemptKeys({ secretBox }: Pick<Services, 'secretBox'>, of: Attempt) {
  const key = (kind: keyof typeof tries, text: string) => ({ kind, key: createHash('sha256').update(`${kind} ${secretBox.macs('login attempt', `${kind} ${text}`)[0]}`).digest('base64url') });
  const account = `${of.workspaceId} ${of.email}`;
  return [key('network', String(of.network)), key('accountFromNetwork', `${account} ${of.network}`), key('account', account)] as const;
}

/**
 * Counts a try before the password is looked at, so that many at once are counted too, and alike whether the account
 * exists or not. A try that is refused counts nowhere: else one network could lock an account for every other one, and
 * whoever is refused could go on filling the table. One row a statement, so that nobody waits in a circle.
 * @throws AppError `too_many_requests`
 */
export async function countAttempt(services: Pick<Services, 'db' | 'secretBox'>, of: Attempt): Promise<void> {
  const counted: string[] = [];
  for (const { kind, key } of attemptKeys(services, of)) {
    const [row] = await services.db.query<{ failures: number; waitMs: number }>(
      `INSERT INTO login_attempts AS a (key, failures, window_ends_at) VALUES ($key, 1, clock_timestamp() + $windowMs * interval '1 millisecond')
       ON CONFLICT (key) DO UPDATE SET
         failures = CASE WHEN a.window_ends_at <= clock_timestamp() THEN 1 ELSE a.failures + 1 END,
         window_ends_at = CASE WHEN a.window_ends_at <= clock_timestamp() THEN excluded.window_ends_at ELSE a.window_ends_at END
       RETURNING failures, (extract(epoch FROM window_ends_at - clock_timestamp()) * 1000)::float8 AS "waitMs"`,
      { bind: { key, windowMs } },
    );
    const { failures, waitMs } = row as { failures: number; waitMs: number };
    counted.push(key);
    if (failures <= tries[kind]) continue;
    for (const back of counted) await takeBack(services, back);
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    throw new AppError('too_many_requests', `Too many tries. Wait ${Math.ceil(retryAfterSeconds / 60)} minutes, or ask an administrator for a link that sets a new password.`, { retryAfterSeconds });
  }
}

/** The password was right: this try and those before it were no attack. */
export async function forgetAttempts(services: Pick<Services, 'db' | 'secretBox'>, of: Attempt): Promise<void> {
  const [network, ...ofAccount] = attemptKeys(services, of);
  for (const { key } of ofAccount) await services.db.query('DELETE FROM login_attempts WHERE key = $key', { bind: { key } });
  await takeBack(services, network.key);
}

async function takeBack({ db }: Pick<Services, 'db'>, key: string): Promise<void> {
  await db.query('UPDATE login_attempts SET failures = greatest(failures - 1, 0) WHERE key = $key', { bind: { key } });
}
