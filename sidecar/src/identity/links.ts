/** One-time links: invitations and password resets. There is no mail server: whoever makes a link sees it once and passes it on. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.ts';
import type { Ctx } from '../platform/context.ts';
import { hashToken } from '../platform/secrets.ts';
import { workspaces } from './Client.ts';
import { oneTimeLinks } from './User.ts';
import type { OneTimeLinkRow, UserRow } from './User.ts';

export const invitationMs = 7 * 86_400_000;
export const passwordResetMs = 3_600_000;

export interface ShownLink {
  /** known here once; the database keeps a hash of its token */
  link: string;
  expiresAt: string;
}

/** @returns the row to be stored and the token that its hash is of */
export function newLink(user: Pick<UserRow, 'id' | 'workspaceId'>, purpose: OneTimeLinkRow['purpose'], createdBy: string, livesMs: number): { row: OneTimeLinkRow; token: string } {
  const token = `tml_${randomBytes(32).toString('base64url')}`;
  const now = Date.now();
  const row = { id: uuidv7(), workspaceId: user.workspaceId, userId: user.id, purpose, tokenHash: hashToken(token), createdBy, createdAt: new Date(now), expiresAt: new Date(now + livesMs), usedAt: null, revokedAt: null };
  return { row, token };
}

/** The token stands behind `#`, which browsers send to no server, so that no log has it. */
export async function shownLink({ db, config }: Pick<Ctx, 'db' | 'config'>, { row, token }: { row: OneTimeLinkRow; token: string }): Promise<ShownLink> {
  const workspace = await workspaces(db).findByPk(row.workspaceId, { attributes: ['isOperator'], raw: true });
  const elsewhere = workspace?.isOperator ? '' : `&workspace=${row.workspaceId}`;
  return { link: `${baseUrl(config)}/account#${row.purpose}=${token}${elsewhere}`, expiresAt: row.expiresAt.toISOString() };
}

/** Part of the caller's transaction, which holds the user. */
export async function withdrawLinks({ db }: Pick<Ctx, 'db'>, userId: string): Promise<void> {
  await oneTimeLinks(db).update({ revokedAt: new Date() }, { where: { userId, usedAt: null, revokedAt: null } });
}

/**
 * A role gives more from now on: open links of those who have it die, unless the actor made them. Whoever made one knew
 * what it gave then, and could otherwise come in with more. Part of the caller's transaction.
 */
export async function withdrawLinksOfRole({ db, actor }: Pick<Ctx, 'db' | 'actor'>, role: string): Promise<void> {
  await db.query(
    `UPDATE one_time_links l SET revoked_at = clock_timestamp() FROM users u
     WHERE l.workspace_id = $workspaceId AND u.id = l.user_id AND $role = ANY(u.roles) AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.created_by <> $actorId`,
    { bind: { workspaceId: actor.workspaceId, role, actorId: actor.id } },
  );
}

/** As others reach the service, when the configuration says so; else as it listens. */
export function baseUrl({ http }: Config): string {
  return http.publicUrl?.replace(/\/$/, '') ?? `${http.tls === null ? 'http' : 'https'}://${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}`;
}
