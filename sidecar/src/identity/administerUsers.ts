/** What an administrator does with people. */
import { Op } from 'sequelize';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { accessChanged } from './accessState.ts';
import { administer, requireCoverOfRoles, requireRoles } from './administer.ts';
import { audit } from './audit.ts';
import { newLink, passwordResetMs, shownLink, withdrawLinks } from './links.ts';
import type { ShownLink } from './links.ts';
import { endSessions } from './login.ts';
import { oneTimeLinks, sessions, users } from './User.ts';
import type { UserRow } from './User.ts';
import { dropAssignments, lockUser, presentUser, whereStatus } from './users.ts';

/**
 * Changes a name, roles, or whether somebody may come in. New roles withdraw open links; disabling also ends sessions.
 * @throws AppError `not_found`, `conflict`, `grant_exceeded`, `invalid_request`
 */
export async function updateUser(ctx: Ctx, input: { userId: string; name?: string | undefined; roles?: string[] | undefined; disabled?: boolean | undefined }) {
  const { db, actor } = ctx;
  return administer(ctx, 'users:update', async (administrator) => {
    const user = await lockUser(ctx, input.userId, administrator.rows);
    await requireRoles(ctx, input.roles ?? []);
    await requireCoverOfRoles(ctx, administrator, user.roles, input.roles ?? []);
    if (input.disabled === true && user.id === actor.id) throw new AppError('conflict', 'You cannot disable yourself. Ask another administrator.');
    const disabledAt = input.disabled === undefined ? user.disabledAt : input.disabled ? (user.disabledAt ?? new Date()) : null;
    const changed: UserRow = { ...user, name: input.name ?? user.name, roles: input.roles ?? user.roles, disabledAt };
    await keepAnAdmin(ctx, user, changed);
    await users(db).update({ name: changed.name, roles: changed.roles, disabledAt }, { where: { workspaceId: actor.workspaceId, id: user.id } });
    // Who made a link knew what the user could do then, and may not come in with more.
    if (input.roles !== undefined || disabledAt !== null) await withdrawLinks(ctx, user.id);
    if (disabledAt !== null && user.disabledAt === null) await endSessions(ctx, user, 'disabled');
    const fields = (['name', 'roles', 'disabled'] as const).filter((field) => input[field] !== undefined);
    await audit(db, {
      workspaceId: actor.workspaceId, actor, action: 'user.updated', subject: { type: 'user', id: user.id },
      details: { fields, ...(input.roles && { rolesBefore: user.roles, roles: changed.roles }), ...(input.disabled !== undefined && { disabled: input.disabled }) }, requestId: ctx.requestId,
    });
    accessChanged(ctx, actor.workspaceId);
    return presentUser(changed);
  });
}

/**
 * What names the person goes; the id stays for the audit log. @throws AppError `not_found`, `conflict`, `grant_exceeded`
 */
export async function deleteUser(ctx: Ctx, { userId }: { userId: string }): Promise<void> {
  const { db, actor } = ctx;
  return administer(ctx, 'users:delete', async (administrator) => {
    const user = await lockUser(ctx, userId, administrator.rows);
    await requireCoverOfRoles(ctx, administrator, user.roles);
    if (user.id === actor.id) throw new AppError('conflict', 'You cannot delete yourself. Ask another administrator.');
    await keepAnAdmin(ctx, user, { ...user, deletedAt: new Date() });
    await users(db).update({ email: null, name: '', passwordHash: null, roles: [], deletedAt: new Date() }, { where: { workspaceId: actor.workspaceId, id: user.id } });
    await withdrawLinks(ctx, user.id);
    await endSessions(ctx, user, 'deleted');
    await sessions(db).update({ device: null, network: null }, { where: { userId: user.id } });
    await dropAssignments(ctx, user.id);
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'user.deleted', subject: { type: 'user', id: user.id }, requestId: ctx.requestId });
  });
}

/**
 * A link with which a user sets a new password, for an hour. Earlier ones are withdrawn; the password and the sessions
 * stay until it is used. @throws AppError `not_found`, `conflict`, `grant_exceeded`
 */
export async function createPasswordReset(ctx: Ctx, { userId }: { userId: string }): Promise<ShownLink> {
  const { db, actor } = ctx;
  return administer(ctx, 'users:update', async (administrator) => {
    const user = await lockUser(ctx, userId, administrator.rows);
    await requireCoverOfRoles(ctx, administrator, user.roles);
    // Else a stolen access token would become the account.
    if (user.id === actor.id) throw new AppError('conflict', 'Change your own password at POST /v1/auth/password, which asks for the present one.');
    if (user.passwordHash === null) throw new AppError('conflict', 'This user has not accepted the invitation yet. Renew the invitation instead.');
    if (user.disabledAt !== null) throw new AppError('conflict', 'This user is disabled, so the link would not work. Enable the user first.');
    await withdrawLinks(ctx, user.id);
    const made = newLink(user, 'password-reset', actor.id, passwordResetMs);
    await oneTimeLinks(db).create(made.row);
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'password.reset_link_created', subject: { type: 'user', id: user.id }, requestId: ctx.requestId });
    return shownLink(ctx, made);
  });
}

/** Ends all sessions of a user. @returns how many. @throws AppError `not_found`, `grant_exceeded` */
export async function endUserSessions(ctx: Ctx, { userId }: { userId: string }): Promise<{ ended: number }> {
  const { db, actor } = ctx;
  return administer(ctx, 'sessions:revoke', async (administrator) => {
    const user = await lockUser(ctx, userId, administrator.rows);
    await requireCoverOfRoles(ctx, administrator, user.roles);
    const ended = await endSessions(ctx, user, 'revoked');
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'session.all_revoked', subject: { type: 'user', id: user.id }, details: { ended }, requestId: ctx.requestId });
    return { ended };
  });
}

/** Somebody must be left who can let others in. Administration of a workspace stands in line, so nobody else leaves meanwhile. */
async function keepAnAdmin({ db }: Ctx, before: UserRow, after: UserRow): Promise<void> {
  if (!isAdmin(before) || isAdmin(after)) return;
  const others = await users(db).count({ where: { workspaceId: before.workspaceId, id: { [Op.ne]: before.id }, roles: { [Op.contains]: ['admin'] }, ...whereStatus.active, deletedAt: null } });
  if (others === 0) throw new AppError('conflict', 'This is the last administrator who can log in. Make another user an administrator first.');
}

function isAdmin({ roles, passwordHash, disabledAt, deletedAt }: UserRow): boolean {
  return roles.includes('admin') && passwordHash !== null && disabledAt === null && deletedAt === null;
}
