/** Invitations: a user who has no password yet, and the link with which they choose one. */
import { v7 as uuidv7 } from 'uuid';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { Keyset, PageInput } from '../platform/page.ts';
import { accessChanged } from './accessState.ts';
import { administer, requireCoverOfRoles, requireRoles, rowsOf } from './administer.ts';
import { audit } from './audit.ts';
import { invitationMs, newLink, shownLink } from './links.ts';
import type { ShownLink } from './links.ts';
import { oneTimeLinks, users } from './User.ts';
import type { OneTimeLinkRow, UserRow } from './User.ts';
import { dropAssignments } from './users.ts';

interface InvitationRow extends Keyset {
  userId: string;
  email: string;
  name: string;
  roles: string[];
  state: 'open' | 'expired' | 'accepted' | 'withdrawn';
  createdBy: string;
  expiresAt: Date;
}

const selected = `SELECT l.id, l.user_id AS "userId", u.email, u.name, u.roles, u.created_by AS "createdBy", l.created_at AS "createdAt", l.expires_at AS "expiresAt",
    CASE WHEN l.used_at IS NOT NULL THEN 'accepted' WHEN l.revoked_at IS NOT NULL THEN 'withdrawn' WHEN l.expires_at <= clock_timestamp() THEN 'expired' ELSE 'open' END AS state
  FROM one_time_links l JOIN users u ON u.id = l.user_id
  WHERE l.workspace_id = :workspaceId AND l.purpose = 'invitation' AND u.deleted_at IS NULL`;

/**
 * Makes a user with these roles and a link, which works once, for seven days.
 * @throws AppError `conflict` when the workspace has a user with this address, `invalid_request`, `grant_exceeded`
 */
export async function createInvitation(ctx: Ctx, input: { email: string; name: string; roles: string[] }) {
  const { db, actor } = ctx;
  return administer(ctx, 'users:create', async (administrator) => {
    await requireRoles(ctx, input.roles);
    await requireCoverOfRoles(ctx, administrator, input.roles);
    if ((await users(db).count({ where: { workspaceId: actor.workspaceId, email: input.email } })) > 0) {
      throw new AppError('conflict', 'There is a user with this e-mail address already. GET /v1/users finds them; an open invitation can be renewed.');
    }
    return invite(ctx, { ...input, workspaceId: actor.workspaceId });
  });
}

/** The invitation itself, of any workspace: who calls it has looked at what the actor may. Part of the caller's transaction. */
export async function invite(ctx: Pick<Ctx, 'db' | 'config' | 'actor' | 'requestId'>, { workspaceId, email, name, roles }: { workspaceId: string; email: string; name: string; roles: string[] }) {
  const { db, actor } = ctx;
  const user: Pick<UserRow, 'id' | 'workspaceId'> = { id: uuidv7(), workspaceId };
  await users(db).create({ ...user, email, name, roles, createdBy: actor.id, createdAt: new Date() });
  const made = newLink(user, 'invitation', actor.id, invitationMs);
  await oneTimeLinks(db).create(made.row);
  await audit(db, { workspaceId, actor, action: 'invitation.created', subject: { type: 'user', id: user.id }, details: { invitationId: made.row.id, roles }, requestId: ctx.requestId });
  const shown = await shownLink(ctx, made);
  return { ...presentInvitation({ id: made.row.id, userId: user.id, email, name, roles, state: 'open', createdBy: actor.id, createdAt: made.row.createdAt, expiresAt: made.row.expiresAt }), link: shown.link };
}

/** @throws AppError `invalid_cursor` */
export async function listInvitations({ db, actor }: Ctx, { limit, cursor }: PageInput) {
  const after = decodeCursor(cursor);
  const { createdBy } = rowsOf(actor, grantOf(actor, 'users:read'));
  const rows = await db.query<InvitationRow>(
    `${selected}${createdBy === undefined ? '' : ' AND u.created_by = :createdBy'}${after === null ? '' : ' AND (l.created_at, l.id) < (:afterTime, :afterId::uuid)'} ORDER BY l.created_at DESC, l.id DESC LIMIT :limit`,
    { replacements: { workspaceId: actor.workspaceId, createdBy, afterTime: after?.createdAt, afterId: after?.id, limit: limit + 1 } },
  );
  return toPage(rows, limit, presentInvitation);
}

/**
 * A new link for seven more days; the one before works no longer. The invitation keeps its id.
 * @throws AppError `not_found`, `conflict` when it was accepted, `grant_exceeded`
 */
export async function renewInvitation(ctx: Ctx, { invitationId }: { invitationId: string }) {
  return administer(ctx, 'users:create', async (administrator) => {
    const invitation = await lockInvitation(ctx, invitationId, administrator.rows);
    await requireCoverOfRoles(ctx, administrator, invitation.roles);
    const link = await renewLink(ctx, invitation);
    return { ...presentInvitation({ ...invitation, state: 'open', expiresAt: new Date(link.expiresAt) }), link: link.link };
  });
}

/** Part of the caller's transaction, which holds the user. @throws AppError `conflict` for a disabled user */
export async function renewLink(ctx: Pick<Ctx, 'db' | 'config' | 'actor' | 'requestId'>, { id, userId }: { id: string; userId: string }): Promise<ShownLink> {
  const { db, actor } = ctx;
  const user = (await users(db).findByPk(userId, { raw: true })) as UserRow;
  if (user.disabledAt !== null) throw new AppError('conflict', 'This user is disabled, so the link would not work. Enable the user first.');
  const made = newLink(user, 'invitation', actor.id, invitationMs);
  const row: OneTimeLinkRow = { ...made.row, id };
  // Who invited stands at the user; who made this link, and knows it, here.
  await oneTimeLinks(db).update({ tokenHash: row.tokenHash, createdBy: row.createdBy, expiresAt: row.expiresAt, revokedAt: null }, { where: { id, usedAt: null } });
  await audit(db, { workspaceId: user.workspaceId, actor, action: 'invitation.renewed', subject: { type: 'user', id: userId }, details: { invitationId: id }, requestId: ctx.requestId });
  return shownLink(ctx, { row, token: made.token });
}

/** The invitation goes with its user, who was never here. @throws AppError `not_found`, `conflict` when it was accepted, `grant_exceeded` */
export async function withdrawInvitation(ctx: Ctx, { invitationId }: { invitationId: string }): Promise<void> {
  const { db, actor } = ctx;
  return administer(ctx, 'users:delete', async (administrator) => {
    const invitation = await lockInvitation(ctx, invitationId, administrator.rows);
    await requireCoverOfRoles(ctx, administrator, invitation.roles);
    await dropAssignments(ctx, invitation.userId);
    await users(db).destroy({ where: { workspaceId: actor.workspaceId, id: invitation.userId } });
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'invitation.withdrawn', subject: { type: 'user', id: invitation.userId }, details: { invitationId }, requestId: ctx.requestId });
    accessChanged(ctx, actor.workspaceId);
  });
}

async function lockInvitation({ db, actor }: Ctx, invitationId: string, { createdBy }: { createdBy?: string }): Promise<InvitationRow> {
  const values = { replacements: { workspaceId: actor.workspaceId, invitationId, createdBy } };
  await db.query(`SELECT 1 FROM users WHERE id = (SELECT user_id FROM one_time_links WHERE workspace_id = :workspaceId AND id = :invitationId AND purpose = 'invitation') FOR UPDATE`, values);
  const [row] = await db.query<InvitationRow>(`${selected} AND l.id = :invitationId${createdBy === undefined ? '' : ' AND u.created_by = :createdBy'}`, values);
  if (row === undefined) throw new AppError('not_found', 'There is no invitation with this id. GET /v1/invitations lists them.');
  if (row.state === 'accepted') throw new AppError('conflict', 'This invitation was accepted. Look for the user at GET /v1/users.');
  return row;
}

function presentInvitation(row: InvitationRow) {
  return { ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt.toISOString() };
}
