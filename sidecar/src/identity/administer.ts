/**
 * Changes of who may do what. In a workspace they happen one after the other, each with what its actor may do at that
 * moment, and nobody grants what they lack or manages somebody who may do more.
 */
import { covers } from '../platform/access.ts';
import type { Grant } from '../platform/access.ts';
import type { Actor, Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { grantsInWorkspace, readAccess, tokenRevoked } from './accessState.ts';
import { permissions, roles } from './permissions.ts';
import type { PermissionName } from './permissions.ts';
import { customRoles } from './User.ts';

export type Grants = ReadonlyMap<string, Grant>;

export interface Administrator {
  /** what the actor may do now, narrowed by the scope of its token */
  grants: Grants;
  roles: readonly string[];
  /** rows the permission reaches, as a condition: all, or those the actor made */
  rows: { createdBy?: string };
}

/**
 * Runs a change in a transaction that holds the workspace: two administrators who change each other at once stand in
 * line, and the second is asked again what it may do. Hash passwords and secrets before, not in `work`.
 * @throws AppError `forbidden`, `token_revoked`
 */
export async function administer<T>(ctx: Ctx, permission: PermissionName, work: (administrator: Administrator) => Promise<T>): Promise<T> {
  const { db, actor } = ctx;
  return db.transaction(async () => {
    // Not FOR UPDATE: every row that is added in the workspace holds a key share of it.
    await db.query('SELECT 1 FROM workspaces WHERE id = $workspaceId FOR NO KEY UPDATE', { bind: { workspaceId: actor.workspaceId } });
    const { grants, roles } = await presentAccess(ctx);
    const grant = grants.get(permission);
    if (grant === undefined) throw new AppError('forbidden', `This needs the permission ${permission}, which none of your roles gives. Ask an administrator.`, { permission });
    return work({ grants, roles, rows: rowsOf(actor, grant) });
  });
}

/** People, clients and roles are nobody's to be assigned: what is not `workspace` reaches those the actor made. */
export function rowsOf(actor: Actor, grant: Grant): { createdBy?: string } {
  return grant.rows === 'workspace' ? {} : { createdBy: actor.id };
}

/** The token was looked at before, perhaps two seconds ago and before another change. */
async function presentAccess(ctx: Ctx): Promise<Pick<Administrator, 'grants' | 'roles'>> {
  const { actor } = ctx;
  if (actor.type === 'system') return { grants: new Map(permissions.map((permission) => [permission, { rows: 'workspace', blind: false }])), roles: [] };
  const state = await readAccess(ctx, { type: actor.type, sub: actor.id, workspace: actor.workspaceId, jti: actor.tokenId as string, sid: actor.sessionId });
  if (state === null) throw tokenRevoked();
  return { grants: new Map([...state.grants].filter(([permission]) => actor.permissions.has(permission))), roles: state.roles };
}

/** @throws AppError `grant_exceeded` with the permissions that the actor lacks, or has for fewer rows, or blind */
export function requireCover(mine: Grants, other: Grants): void {
  const lacking = [...other].filter(([permission, grant]) => !covers(mine, new Map([[permission, grant]]))).map(([permission]) => permission).sort();
  if (lacking.length === 0) return;
  throw new AppError('grant_exceeded', `This reaches further than you do: you lack ${lacking.join(', ')}, or have it for fewer rows or without names. Ask an administrator.`, { permissions: lacking });
}

/**
 * For the roles somebody has now, and those they shall have. A role that a collection names opens its documents: who does
 * not have it may hand it on when they could have named it there. @throws AppError `grant_exceeded`
 */
export async function requireCoverOfRoles(ctx: Ctx, { grants, roles: mine }: Administrator, ...roleNames: (readonly string[])[]): Promise<void> {
  const { workspaceId } = ctx.actor;
  // Each by itself: together a wide role without names hides a narrower one with names, which is left when the wide one goes.
  for (const name of new Set(roleNames.flat())) requireCover(grants, await grantsInWorkspace(ctx, workspaceId, [name]));
  const others = roleNames.flat().filter((name) => !mine.includes(name));
  const [named] = await ctx.db.query('SELECT 1 FROM collections WHERE workspace_id = $workspaceId AND read_roles && $others::text[] LIMIT 1', { bind: { workspaceId, others } });
  if (named !== undefined) requireCover(grants, new Map([['collections:update', { rows: 'workspace', blind: true }]]));
}

/** @param field of the body that holds the names. @throws AppError `invalid_request` when the workspace has no role of a name */
export async function requireRoles({ db, actor }: Ctx, names: readonly string[], field = 'roles'): Promise<void> {
  const own = await customRoles(db).findAll({ where: { workspaceId: actor.workspaceId, name: [...names] }, attributes: ['name'], raw: true });
  const unknown = names.findIndex((name) => !Object.hasOwn(roles, name) && !own.some((role) => role.name === name));
  if (unknown === -1) return;
  const [path, message] = [`body.${field}.${unknown}`, 'is the name of no role. GET /v1/roles lists them'];
  throw new AppError('invalid_request', `${path}: ${message}.`, { errors: [{ path, message }] });
}
