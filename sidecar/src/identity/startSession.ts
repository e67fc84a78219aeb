/**
 * Sessions of users: an access token and a refresh token. Refresh tokens are opaque and stored as SHA-256; each works
 * once and makes its child, all of one login are a family (the session). The child is a keyed hash of its parent, so
 * that a client whose answer was lost gets the same child again, although only hashes are stored. Who uses a parent after
 * the grace has copied it, or was copied: the whole family ends (RFC 9700, 4.14.2).
 */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../platform/errors.ts';
import { hashToken } from '../platform/secrets.ts';
import { accessChanged, grantsInWorkspace } from './accessState.ts';
import { audit } from './audit.ts';
import { signToken } from './tokens.ts';
import type { IdentityServices, IssuedToken } from './tokens.ts';
import { refreshTokens, sessions } from './User.ts';
import type { UserRow } from './User.ts';

export interface SessionTokens extends IssuedToken {
  refreshToken: string;
  sessionId: string;
  /** when the session ends whatever is done */
  sessionExpiresAt: Date;
}

/** What a session is begun with; its access token is signed after the transaction (`withAccessToken`). */
type StartedSession = Omit<SessionTokens, keyof IssuedToken>;

/**
 * Part of the caller's transaction.
 * @param from what the session list shows: device (User-Agent) and network (/24 or /48)
 */
export async function startSession(services: IdentityServices, user: Pick<UserRow, 'id' | 'workspaceId'>, from: { device: string | null; network: string | null }): Promise<StartedSession> {
  const { db, config } = services;
  const now = new Date();
  const sessionId = uuidv7();
  const refreshToken = `tmr_${randomBytes(32).toString('base64url')}`;
  const sessionExpiresAt = new Date(now.getTime() + config.sessions.maxSeconds * 1000);
  await sessions(db).create({
    id: sessionId, workspaceId: user.workspaceId, userId: user.id, device: from.device?.slice(0, 200) ?? null, network: from.network,
    createdAt: now, lastUsedAt: now, idleExpiresAt: idleEnd(services, now, sessionExpiresAt), expiresAt: sessionExpiresAt,
  });
  await refreshTokens(db).create({ tokenHash: hashToken(refreshToken), sessionId, createdAt: now });
  return { refreshToken, sessionId, sessionExpiresAt };
}

/**
 * Not inside a transaction: the signing keys may be on their way for another request, whose query would wait for the one
 * connection of the embedded database that the transaction holds.
 */
export async function withAccessToken(services: IdentityServices, user: Pick<UserRow, 'id' | 'workspaceId' | 'roles'>, session: StartedSession): Promise<SessionTokens> {
  const { accessToken, expiresIn } = await signToken(services, { type: 'user', sub: user.id, workspace: user.workspaceId, sid: session.sessionId, scope: null });
  const grants = await grantsInWorkspace(services, user.workspaceId, user.roles);
  return { ...session, accessToken, expiresIn, scope: [...grants.keys()].join(' ') };
}

interface Parent {
  childHash: string | null;
  sessionId: string;
  userId: string;
  workspaceId: string;
  sessionExpiresAt: Date;
  live: boolean;
  /** milliseconds since it was used, by the clock of the database */
  usedMsAgo: number | null;
}

/** What the transaction decided; the refusal is thrown after it, as a thrown one would undo the end of the family. */
type Outcome = { kind: 'rotated'; token: string; parent: Parent; user: UserRow } | { kind: 'reused' } | { kind: 'refused' };

/**
 * Trades a refresh token for its child and an access token. The same parent again within the grace gives the same child.
 * @throws AppError `invalid_grant` for unknown, expired, revoked and reused tokens alike
 */
export async function refreshSession(services: IdentityServices, input: { refreshToken: string }): Promise<SessionTokens> {
  const outcome = await services.db.transaction(() => rotate(services, input.refreshToken));
  if (outcome.kind !== 'rotated') throw new AppError('invalid_grant', 'The refresh token is not valid, has expired, or was used before. Log in again.');
  const { parent, token, user } = outcome;
  return withAccessToken(services, user, { refreshToken: token, sessionId: parent.sessionId, sessionExpiresAt: parent.sessionExpiresAt });
}

async function rotate(services: IdentityServices, refreshToken: string): Promise<Outcome> {
  const { db, config } = services;
  const tokenHash = hashToken(refreshToken);
  // The session is locked first: all refreshes of a family stand in one line.
  await db.query('SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $tokenHash) FOR UPDATE', { bind: { tokenHash } });
  const [parent] = await db.query<Parent>(
    `SELECT t.child_hash AS "childHash", s.id AS "sessionId", s.user_id AS "userId", s.workspace_id AS "workspaceId", s.expires_at AS "sessionExpiresAt",
       (s.revoked_at IS NULL AND s.expires_at > clock_timestamp() AND s.idle_expires_at > clock_timestamp()) AS live,
       (extract(epoch FROM clock_timestamp() - t.used_at) * 1000)::float8 AS "usedMsAgo"
     FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $tokenHash`,
    { bind: { tokenHash } },
  );
  if (parent === undefined || !parent.live) return { kind: 'refused' };
  const user = await activeUser(services, parent);
  if (user === undefined) return { kind: 'refused' };

  const children = services.secretBox.macs('refresh token', refreshToken).map((mac) => `tmr_${mac}`);
  if (parent.usedMsAgo !== null) {
    // The secret key may have been changed in between: the stored hash tells which key made the child.
    const child = children.find((token) => hashToken(token) === parent.childHash);
    if (child !== undefined && parent.usedMsAgo <= config.sessions.graceSeconds * 1000) return { kind: 'rotated', token: child, parent, user };
    await endFamily(services, parent);
    return { kind: 'reused' };
  }
  const child = children[0] as string;
  await db.query('UPDATE refresh_tokens SET used_at = clock_timestamp(), child_hash = $childHash WHERE token_hash = $tokenHash', { bind: { tokenHash, childHash: hashToken(child) } });
  await refreshTokens(db).create({ tokenHash: hashToken(child), sessionId: parent.sessionId, createdAt: new Date() });
  const now = new Date();
  await sessions(db).update({ lastUsedAt: now, idleExpiresAt: idleEnd(services, now, new Date(parent.sessionExpiresAt)) }, { where: { id: parent.sessionId } });
  return { kind: 'rotated', token: child, parent, user };
}

async function activeUser({ db }: IdentityServices, { userId, workspaceId }: Parent): Promise<UserRow | undefined> {
  const [user] = await db.query<UserRow>(
    `SELECT u.id, u.name, u.roles, u.workspace_id AS "workspaceId" FROM users u JOIN workspaces w ON w.id = u.workspace_id
     WHERE u.id = $userId AND u.workspace_id = $workspaceId AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND w.disabled_at IS NULL`,
    { bind: { userId, workspaceId } },
  );
  return user;
}

async function endFamily(services: IdentityServices, { sessionId, userId, workspaceId }: Parent): Promise<void> {
  await sessions(services.db).update({ revokedAt: new Date(), revokedReason: 'refresh_token_reused' }, { where: { id: sessionId, revokedAt: null } });
  await audit(services.db, { workspaceId, actor: { type: 'user', id: userId }, action: 'session.reuse_detected', subject: { type: 'session', id: sessionId } });
  accessChanged(services, workspaceId);
}

function idleEnd({ config }: IdentityServices, now: Date, sessionExpiresAt: Date): Date {
  return new Date(Math.min(now.getTime() + config.sessions.idleSeconds * 1000, sessionExpiresAt.getTime()));
}
