/** The list of sessions, and every way to end one or to revoke a token. */
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { hashToken } from '../platform/secrets.ts';
import { accessChanged } from './accessState.ts';
import { administer, requireCoverOfRoles } from './administer.ts';
import { audit } from './audit.ts';
import { clients } from './Client.ts';
import { currentUser, endSession, endSessions } from './login.ts';
import { authenticateClient, verifyToken } from './tokens.ts';
import type { IdentityServices } from './tokens.ts';
import { sessions, users } from './User.ts';

interface ListedSession {
  id: string;
  device: string | null;
  network: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

/** The live sessions of a user, last used first. A user has few: no pages. */
export async function listSessions({ db, actor }: Ctx, { userId }: { userId: string }) {
  const rows = await db.query<ListedSession>(
    `SELECT id, device, network, created_at AS "createdAt", last_used_at AS "lastUsedAt", least(expires_at, idle_expires_at) AS "expiresAt" FROM sessions
     WHERE workspace_id = :workspaceId AND user_id = :userId AND revoked_at IS NULL AND expires_at > now() AND idle_expires_at > now() ORDER BY last_used_at DESC, id DESC LIMIT 200`,
    { replacements: { workspaceId: actor.workspaceId, userId } },
  );
  return rows.map((row) => ({
    ...row, current: row.id === actor.sessionId, createdAt: new Date(row.createdAt).toISOString(), lastUsedAt: new Date(row.lastUsedAt).toISOString(), expiresAt: new Date(row.expiresAt).toISOString(),
  }));
}

/** One's own session, or with `sessions:revoke` that of somebody who may do no more. @throws AppError `not_found`, `grant_exceeded` */
export async function revokeSession(ctx: Ctx, { sessionId }: { sessionId: string }): Promise<void> {
  const { db, actor } = ctx;
  const { workspaceId } = actor;
  const unknown = () => new AppError('not_found', 'There is no session with this id. GET /v1/sessions lists yours.');
  const session = await sessions(db).findOne({ where: { workspaceId, id: sessionId }, raw: true });
  if (session === null || (session.userId !== actor.id && !actor.permissions.has('sessions:revoke'))) throw unknown();
  if (session.userId === actor.id) return endSession(ctx, session, 'logged_out');
  await administer(ctx, 'sessions:revoke', async (administrator) => {
    const user = await users(db).findOne({ where: { workspaceId, id: session.userId, ...administrator.rows }, raw: true });
    if (user === null) throw unknown();
    await requireCoverOfRoles(ctx, administrator, user.roles);
    await endSession(ctx, session, 'revoked');
  });
}

/** Ends the session of this token; a client's token is revoked by itself. */
export async function logOut(ctx: Ctx): Promise<void> {
  if (ctx.actor.type === 'user') await endSession(ctx, { id: ctx.actor.sessionId as string, userId: ctx.actor.id }, 'logged_out');
  else await revokeAccessToken(ctx, { jti: ctx.actor.tokenId as string, workspaceId: ctx.actor.workspaceId, clientId: ctx.actor.id, requestId: ctx.requestId });
}

/** Ends all sessions of the user who asks, this one too. @returns how many */
export async function logOutEverywhere(ctx: Ctx): Promise<{ ended: number }> {
  const user = await currentUser(ctx);
  return ctx.db.transaction(async () => {
    const ended = await endSessions(ctx, user, 'logged_out_everywhere');
    await audit(ctx.db, { workspaceId: user.workspaceId, actor: ctx.actor, action: 'session.all_revoked', subject: { type: 'user', id: user.id }, details: { ended }, requestId: ctx.requestId });
    return { ended };
  });
}

/** No token lives longer: the highest TOKEN_TTL_SECONDS (it may have been set higher when this one was issued) and the clock tolerance. */
const longestLifeMs = (86_400 + 30) * 1000;

async function revokeAccessToken(services: Pick<IdentityServices, 'db' | 'broadcast'>, token: { jti: string; workspaceId: string; clientId: string; requestId?: string }): Promise<void> {
  const { db } = services;
  const { jti, workspaceId, clientId, requestId } = token;
  await db.transaction(async () => {
    const revoked = await db.query('INSERT INTO revoked_tokens (jti, workspace_id, expires_at) VALUES ($jti, $workspaceId, $expiresAt) ON CONFLICT (jti) DO NOTHING RETURNING 1 AS one', {
      bind: { jti, workspaceId, expiresAt: new Date(Date.now() + longestLifeMs) },
    });
    if (revoked.length === 0) return;
    await audit(db, { workspaceId, actor: { type: 'client', id: clientId }, action: 'token.revoked', subject: { type: 'client', id: clientId }, ...(requestId !== undefined && { requestId }) });
    accessChanged(services, workspaceId);
  });
}

/**
 * RFC 7009. A refresh token ends its session: who holds it may. An access token is revoked for the client it was issued
 * to, which must show its secret. Unknown and foreign tokens are answered like revoked ones.
 * @throws AppError `invalid_client`
 */
export async function revokeToken(services: IdentityServices, input: { token: string; clientId?: string | undefined; clientSecret?: string | undefined }): Promise<void> {
  const client = input.clientId === undefined ? null : await authenticateClient(services, { clientId: input.clientId, clientSecret: input.clientSecret ?? '' });
  if (input.token.startsWith('tmr_')) return revokeRefreshToken(services, input.token);
  const claims = await verifyToken(input.token, services.keyRing).catch(() => null);
  if (claims === null || client === null || claims.sub !== client.id) return;
  await revokeAccessToken(services, { jti: claims.jti, workspaceId: claims.workspace, clientId: client.id });
}

async function revokeRefreshToken(services: IdentityServices, token: string): Promise<void> {
  const { db } = services;
  await db.transaction(async () => {
    const [session] = await db.query<{ id: string; userId: string; workspaceId: string }>(
      `UPDATE sessions SET revoked_at = clock_timestamp(), revoked_reason = 'token_revoked' WHERE revoked_at IS NULL AND id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $tokenHash)
       RETURNING id, user_id AS "userId", workspace_id AS "workspaceId"`,
      { bind: { tokenHash: hashToken(token) } },
    );
    if (session === undefined) return;
    await audit(db, { workspaceId: session.workspaceId, actor: { type: 'user', id: session.userId }, action: 'session.revoked', subject: { type: 'session', id: session.id }, details: { reason: 'token_revoked' } });
    accessChanged(services, session.workspaceId);
  });
}

export type Introspection = { active: false } | { active: true; token_type: 'Bearer'; sub: string; client_id?: string; username?: string; scope: string; exp: number; jti: string };

/** RFC 7662, for tokens of the asker's workspace; any other token is `{active: false}`. */
export async function introspectToken(services: IdentityServices & { authenticate(authorization: string): Promise<{ actor: Ctx['actor']; expiresAt: Date }> }, ctx: Ctx, { token }: { token: string }): Promise<Introspection> {
  let found: { actor: Ctx['actor']; expiresAt: Date };
  try {
    found = await services.authenticate(`Bearer ${token}`);
  } catch (error) {
    if (error instanceof AppError && error.status === 401) return { active: false };
    throw error;
  }
  const { actor, expiresAt } = found;
  if (actor.workspaceId !== ctx.actor.workspaceId) return { active: false };
  const client = actor.type === 'client' ? await clients(ctx.db).findByPk(actor.id, { attributes: ['clientId'], raw: true }) : null;
  return {
    active: true, token_type: 'Bearer', sub: actor.id, ...(client && { client_id: client.clientId }), ...(actor.type === 'user' && { username: actor.name }),
    scope: [...actor.permissions].join(' '), exp: Math.floor(expiresAt.getTime() / 1000), jti: actor.tokenId as string,
  };
}

/** Rows of sessions, tokens and tries whose time is over. Sessions are kept 30 days for the one who looks into a theft. */
export async function deleteExpired({ db }: Pick<IdentityServices, 'db'>): Promise<void> {
  await db.query('DELETE FROM revoked_tokens WHERE expires_at < now()');
  await db.query('DELETE FROM login_attempts WHERE window_ends_at < now()');
  await db.query("DELETE FROM sessions WHERE expires_at < now() - interval '30 days'");
}
