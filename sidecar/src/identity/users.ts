/** People of a workspace. */
import { Op } from 'sequelize';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { rowsOf } from './administer.ts';
import { listSessions } from './sessions.ts';
import { users } from './User.ts';
import type { UserRow } from './User.ts';

export const userStatuses = ['invited', 'active', 'disabled'] as const;
export type UserStatus = (typeof userStatuses)[number];

/** @throws AppError `invalid_cursor` */
export async function listUsers({ db, actor }: Ctx, { limit, cursor, role, status, q }: PageInput & { role?: string | undefined; status?: UserStatus | undefined; q?: string | undefined }) {
  const pattern = `%${q?.replace(/[\\%_]/g, '\\$&')}%`;
  const found = await users(db).findAll({
    where: {
      workspaceId: actor.workspaceId, deletedAt: null, ...rowsOf(actor, grantOf(actor, 'users:read')), ...(status && whereStatus[status]),
      ...(role !== undefined && { roles: { [Op.contains]: [role] } }),
      [Op.and]: [afterKeyset(decodeCursor(cursor)), ...(q === undefined ? [] : [{ [Op.or]: [{ name: { [Op.iLike]: pattern } }, { email: { [Op.iLike]: pattern } }] }])],
    },
    order: newestFirst, limit: limit + 1, raw: true,
  });
  return toPage(found, limit, presentUser);
}

/** As conditions; `presentUser` says the same of a row. */
export const whereStatus = {
  invited: { passwordHash: null, disabledAt: null },
  active: { passwordHash: { [Op.not]: null }, disabledAt: null },
  disabled: { disabledAt: { [Op.not]: null } },
};

/** @throws AppError `not_found` */
export async function getUser(ctx: Ctx, { userId }: { userId: string }) {
  return presentUser(await findUser(ctx, userId, rowsOf(ctx.actor, grantOf(ctx.actor, 'users:read'))));
}

/** @throws AppError `not_found` */
export async function listUserSessions(ctx: Ctx, { userId }: { userId: string }) {
  await findUser(ctx, userId, rowsOf(ctx.actor, grantOf(ctx.actor, 'sessions:read')));
  return listSessions(ctx, { userId });
}

/** @param rows which users the actor's permission reaches. @throws AppError `not_found` */
export async function lockUser(ctx: Ctx, userId: string, rows: { createdBy?: string }): Promise<UserRow> {
  await ctx.db.query('SELECT 1 FROM users WHERE workspace_id = $workspaceId AND id = $userId FOR UPDATE', { bind: { workspaceId: ctx.actor.workspaceId, userId } });
  return findUser(ctx, userId, rows);
}

async function findUser({ db, actor }: Ctx, userId: string, rows: { createdBy?: string }): Promise<UserRow> {
  const user = await users(db).findOne({ where: { workspaceId: actor.workspaceId, id: userId, deletedAt: null, ...rows }, raw: true });
  if (user === null) throw new AppError('not_found', 'There is no user with this id. GET /v1/users lists them.');
  return user;
}

export function presentUser(user: UserRow) {
  const status: UserStatus = user.disabledAt !== null ? 'disabled' : user.passwordHash === null ? 'invited' : 'active';
  return {
    id: user.id, email: user.email as string, name: user.name, roles: user.roles, status,
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null, createdBy: user.createdBy, createdAt: user.createdAt.toISOString(),
  };
}

/** Jobs stand to the right of this feature; who is assigned to them goes with the actor. */
export async function dropAssignments({ db, actor }: Ctx, actorId: string): Promise<void> {
  await db.query('DELETE FROM job_assignments WHERE workspace_id = $workspaceId AND actor_id = $actorId', { bind: { workspaceId: actor.workspaceId, actorId } });
}
