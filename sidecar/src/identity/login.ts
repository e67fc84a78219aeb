/** Users prove who they are: by password, or by a link that works once. */
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret, hashToken, verifySecret } from '../platform/secrets.ts';
import { accessChanged, readAccess, tokenRevoked } from './accessState.ts';
import { audit } from './audit.ts';
import { workspaces } from './Client.ts';
import { checkPassword, countAttempt, forgetAttempts } from './passwords.ts';
import { startSession, withAccessToken } from './startSession.ts';
import type { SessionTokens } from './startSession.ts';
import { decoySecretHash } from './tokens.ts';
import type { IdentityServices } from './tokens.ts';
import { sessions, users } from './User.ts';
import type { UserRow } from './User.ts';

export interface Device {
  /** User-Agent */
  device: string | null;
  /** /24 or /48 of the address */
  network: string | null;
}

/**
 * @param input.workspaceId absent: the installation's first workspace
 * @throws AppError `invalid_credentials` for an unknown, invited or disabled user and for a wrong password alike, in the
 * same time; `too_many_requests` after too many tries, whether the account exists or not
 */
export async function logIn(services: IdentityServices, input: { email: string; password: string; workspaceId?: string | undefined } & Device): Promise<SessionTokens> {
  const { db } = services;
  const workspace = input.workspaceId === undefined ? await workspaces(db).findOne({ where: { isOperator: true }, raw: true }) : await workspaces(db).findByPk(input.workspaceId, { raw: true });
  const attempt = { workspaceId: workspace?.id ?? String(input.workspaceId), email: input.email, network: input.network };
  await countAttempt(services, attempt);
  const user = workspace === null ? null : await users(db).findOne({ where: { workspaceId: workspace.id, email: input.email }, raw: true });
  const right = await verifySecret(user?.passwordHash ?? (await decoySecretHash()), input.password);
  if (workspace === null || workspace.disabledAt !== null || user === null || user.passwordHash === null || user.disabledAt !== null || user.deletedAt !== null || !right) {
    if (workspace !== null) await audit(db, { workspaceId: workspace.id, actor: { type: 'system', id: 'nobody' }, action: 'login.refused', ...(user && { subject: { type: 'user', id: user.id } }), details: { network: input.network } });
    throw wrongPassword();
  }
  await forgetAttempts(services, attempt);
  return beginSession(services, user, input);
}

/**
 * The user has shown the password that `user` holds the hash of: notes the login and starts a session. Hashing takes a
 * while; a password changed or a user disabled meanwhile must not leave a session of before.
 */
async function beginSession(services: IdentityServices, user: UserRow, from: Device): Promise<SessionTokens> {
  const { db } = services;
  const session = await db.transaction(async () => {
    if (!(await lockUnchanged(services, user))) throw wrongPassword();
    const started = await startSession(services, user, from);
    await users(db).update({ lastLoginAt: new Date() }, { where: { id: user.id } });
    await audit(db, { workspaceId: user.workspaceId, actor: { type: 'user', id: user.id }, action: 'login.succeeded', subject: { type: 'session', id: started.sessionId }, details: { network: from.network } });
    return started;
  });
  return withAccessToken(services, user, session);
}

/** Locks the user. @returns false when the password is not the one of `user` any more, or the user may not come in */
async function lockUnchanged({ db }: Pick<IdentityServices, 'db'>, { id, passwordHash }: UserRow): Promise<boolean> {
  const same = await db.query('SELECT 1 FROM users WHERE id = $id AND password_hash = $passwordHash AND disabled_at IS NULL AND deleted_at IS NULL FOR UPDATE', { bind: { id, passwordHash } });
  return same.length > 0;
}

function wrongPassword(): AppError {
  return new AppError('invalid_credentials', 'The e-mail address or the password is wrong. An administrator can make a link that sets a new password.');
}

/**
 * Accepts an invitation or sets a new password, and logs in. Every other session of the user ends.
 * @throws AppError `invalid_link` when the link was used, has expired, was withdrawn, or never was; `weak_password`, after which it still works
 */
export async function useLink(services: IdentityServices, input: { token: string; purpose: 'invitation' | 'password-reset'; password: string; name?: string | undefined } & Device): Promise<SessionTokens> {
  const { db } = services;
  const invalid = () => new AppError('invalid_link', 'This link was used already, has expired, or was withdrawn. Ask an administrator for a new one.');
  const tokenHash = hashToken(input.token);
  const found = await userOfLink(services, tokenHash, input.purpose);
  if (found === undefined) throw invalid();
  const name = input.name ?? found.name;
  checkPassword(input.password, { email: found.email, name });
  const passwordHash = await hashSecret(input.password);
  const user = await db.transaction(async () => {
    // The user first, then links, then sessions: everybody who changes them takes them in this order.
    await db.query('SELECT 1 FROM users WHERE id = $id FOR UPDATE', { bind: { id: found.id } });
    const [used] = await db.query<{ id: string }>(
      `UPDATE one_time_links SET used_at = clock_timestamp() WHERE token_hash = $tokenHash AND used_at IS NULL AND revoked_at IS NULL AND expires_at > clock_timestamp() RETURNING id`,
      { bind: { tokenHash } },
    );
    if (used === undefined) throw invalid();
    await setPassword(services, found, passwordHash, null);
    await users(db).update({ name }, { where: { id: found.id } });
    await audit(db, { workspaceId: found.workspaceId, actor: { type: 'user', id: found.id }, action: input.purpose === 'invitation' ? 'invitation.accepted' : 'password.reset', subject: { type: 'user', id: found.id } });
    return { ...found, name, passwordHash };
  });
  if (user.email !== null) await forgetAttempts(services, { workspaceId: user.workspaceId, email: user.email, network: input.network });
  return beginSession(services, user, input);
}

async function userOfLink({ db }: IdentityServices, tokenHash: string, purpose: string): Promise<UserRow | undefined> {
  const [user] = await db.query<UserRow>(
    `SELECT u.id, u.workspace_id AS "workspaceId", u.email, u.name, u.roles FROM one_time_links l JOIN users u ON u.id = l.user_id JOIN workspaces w ON w.id = u.workspace_id
     WHERE l.token_hash = $tokenHash AND l.purpose = $purpose AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > clock_timestamp()
       AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND w.disabled_at IS NULL`,
    { bind: { tokenHash, purpose } },
  );
  return user;
}

/**
 * A logged-in user changes the password; every other session ends.
 * @throws AppError `invalid_credentials` when the present password is wrong (counted like a login), `weak_password`
 */
export async function changePassword(ctx: Ctx, input: { currentPassword: string; newPassword: string; network: string | null }): Promise<void> {
  const { db, actor } = ctx;
  const user = await currentUser(ctx);
  const attempt = { workspaceId: user.workspaceId, email: String(user.email), network: input.network };
  await countAttempt(ctx, attempt);
  if (!(await verifySecret(user.passwordHash ?? (await decoySecretHash()), input.currentPassword))) {
    await audit(db, { workspaceId: user.workspaceId, actor, action: 'password.refused', subject: { type: 'user', id: user.id }, details: { network: input.network }, requestId: ctx.requestId });
    throw wrongPresentPassword();
  }
  await forgetAttempts(ctx, attempt);
  checkPassword(input.newPassword, user);
  const passwordHash = await hashSecret(input.newPassword);
  await db.transaction(async () => {
    // Hashing took a while: a password set meanwhile, and the end of this session, stand.
    const unchanged = await lockUnchanged(ctx, user);
    if ((await readAccess(ctx, { type: 'user', sub: actor.id, workspace: actor.workspaceId, jti: actor.tokenId as string, sid: actor.sessionId })) === null) throw tokenRevoked();
    if (!unchanged) throw wrongPresentPassword();
    await setPassword(ctx, user, passwordHash, actor.sessionId);
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'password.changed', subject: { type: 'user', id: user.id }, requestId: ctx.requestId });
  });
}

function wrongPresentPassword(): AppError {
  return new AppError('invalid_credentials', 'The present password is wrong.');
}

/** @throws AppError `forbidden` for clients: they have no password and no sessions */
export async function currentUser({ db, actor }: Ctx): Promise<UserRow> {
  const user = actor.type === 'user' ? await users(db).findOne({ where: { workspaceId: actor.workspaceId, id: actor.id }, raw: true }) : null;
  if (user === null) throw new AppError('forbidden', 'This is for users who log in with a password. A client’s tokens are revoked at POST /v1/oauth/revoke.');
  return user;
}

async function setPassword(services: Pick<IdentityServices, 'db' | 'broadcast'>, user: Pick<UserRow, 'id' | 'workspaceId'>, passwordHash: string, keepSession: string | null): Promise<void> {
  const { db } = services;
  await users(db).update({ passwordHash, passwordChangedAt: new Date() }, { where: { id: user.id } });
  await db.query('UPDATE one_time_links SET revoked_at = clock_timestamp() WHERE user_id = $id AND used_at IS NULL AND revoked_at IS NULL', { bind: { id: user.id } });
  await endSessions(services, user, 'password_changed', keepSession);
}

/** Ends every live session of a user but one. Part of the caller's transaction. @returns how many */
export async function endSessions(services: Pick<IdentityServices, 'db' | 'broadcast'>, user: Pick<UserRow, 'id' | 'workspaceId'>, reason: string, keep: string | null = null): Promise<number> {
  const rows = await services.db.query<{ id: string }>(
    `UPDATE sessions SET revoked_at = clock_timestamp(), revoked_reason = $reason WHERE workspace_id = $workspaceId AND user_id = $id AND revoked_at IS NULL AND ($keep::uuid IS NULL OR id <> $keep) RETURNING id`,
    { bind: { workspaceId: user.workspaceId, id: user.id, reason, keep } },
  );
  accessChanged(services, user.workspaceId);
  return rows.length;
}

export async function endSession(ctx: Ctx, session: { id: string; userId: string }, reason: string): Promise<void> {
  const { db, actor } = ctx;
  await db.transaction(async () => {
    const [changed] = await sessions(db).update({ revokedAt: new Date(), revokedReason: reason }, { where: { workspaceId: actor.workspaceId, id: session.id, revokedAt: null } });
    if (changed === 0) return;
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'session.revoked', subject: { type: 'session', id: session.id }, details: { reason, userId: session.userId }, requestId: ctx.requestId });
    accessChanged(ctx, actor.workspaceId);
  });
}
