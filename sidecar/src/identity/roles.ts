/** The roles of a workspace: those that are built in, and those it made for itself. */
import { v7 as uuidv7 } from 'uuid';
import type { RowScope } from '../platform/access.ts';
import { covers, grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { accessChanged } from './accessState.ts';
import { administer, requireCover, rowsOf } from './administer.ts';
import type { Grants } from './administer.ts';
import { audit } from './audit.ts';
import { workspaces } from './Client.ts';
import { withdrawLinksOfRole } from './links.ts';
import { isInstallation, isKnown, permissions, roles } from './permissions.ts';
import { permissionTexts } from './permissionTexts.ts';
import { customRoles } from './User.ts';
import type { RoleRow } from './User.ts';

export interface RoleInput {
  name: string;
  description: string | null;
  permissions: string[];
  rows: RowScope;
  blind: boolean;
}

const mostRoles = 200;

/** Built-in ones first, then the workspace's own by name, each with how many hold it. Few: no pages. */
export async function listRoles(ctx: Ctx) {
  const { db, actor } = ctx;
  const rows = rowsOf(actor, grantOf(actor, 'roles:read'));
  const own = await customRoles(db).findAll({ where: { workspaceId: actor.workspaceId, ...rows }, order: [['name', 'ASC']], raw: true });
  const workspace = await workspaces(db).findByPk(actor.workspaceId, { raw: true });
  const held = await holders(ctx, [...Object.keys(roles), ...own.map(({ name }) => name)], rows);
  const builtIn = Object.entries(roles).map(([name, role]) => ({
    id: null, builtIn: true, name, description: role.description, rows: role.rows, blind: role.blind || (workspace?.blindRoles ?? []).includes(name),
    permissions: role.permissions.filter((permission) => workspace?.isOperator || !isInstallation(permission)).toSorted(), ...held(name), createdBy: null, createdAt: null, updatedAt: null,
  }));
  return [...builtIn, ...own.map((row) => ({ ...presentRole(row), ...held(row.name) }))];
}

/** Every permission there is, in a sentence. */
export function listPermissions() {
  return permissions.map((permission) => ({ permission, description: permissionTexts[permission], installation: isInstallation(permission) }));
}

/** @throws AppError `conflict` for a name that is taken or built in, `invalid_request`, `grant_exceeded` */
export async function createRole(ctx: Ctx, input: RoleInput) {
  const { db, actor } = ctx;
  requireKnown(input.permissions);
  return administer(ctx, 'roles:create', async ({ grants, rows }) => {
    requireCover(grants, grantsOfRole(input));
    await requireFreeName(ctx, input.name);
    if ((await customRoles(db).count({ where: { workspaceId: actor.workspaceId } })) >= mostRoles) throw new AppError('conflict', `A workspace has at most ${mostRoles} roles. Delete one that nobody has.`);
    const now = new Date();
    const row: RoleRow = { ...input, id: uuidv7(), workspaceId: actor.workspaceId, createdBy: actor.id, createdAt: now, updatedAt: now };
    await customRoles(db).create(row);
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'role.created', subject: { type: 'role', id: row.id }, details: definition(row), requestId: ctx.requestId });
    // A name that somebody held before there was a role of this name gives something from now on.
    accessChanged(ctx, actor.workspaceId);
    return { ...presentRole(row), ...(await holders(ctx, [row.name], rows))(row.name) };
  });
}

/**
 * Whoever has the role has the new one at once. The actor must reach as far as the role before and after.
 * @throws AppError `not_found`, `conflict` also for a new name while somebody has the role, `invalid_request`, `grant_exceeded`
 */
export async function updateRole(ctx: Ctx, { roleId, ...input }: { roleId: string } & { [Field in keyof RoleInput]?: RoleInput[Field] | undefined }) {
  const { db, actor } = ctx;
  requireKnown(input.permissions ?? []);
  return administer(ctx, 'roles:update', async ({ grants, rows }) => {
    const row = await findRole(ctx, roleId, rows);
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Partial<RoleInput>;
    const changed: RoleRow = { ...row, ...given, updatedAt: new Date() };
    requireCover(grants, grantsOfRole(row));
    requireCover(grants, grantsOfRole(changed));
    if (changed.name !== row.name) {
      await requireUnused(ctx, row, 'renamed', rows);
      await requireFreeName(ctx, changed.name);
    }
    await customRoles(db).update(changed, { where: { workspaceId: actor.workspaceId, id: row.id } });
    if (!covers(grantsOfRole(row), grantsOfRole(changed))) await withdrawLinksOfRole(ctx, row.name);
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'role.updated', subject: { type: 'role', id: row.id }, details: { fields: Object.keys(given).sort(), before: definition(row), after: definition(changed) }, requestId: ctx.requestId });
    accessChanged(ctx, actor.workspaceId);
    return { ...presentRole(changed), ...(await holders(ctx, [changed.name], rows))(changed.name) };
  });
}

/** @throws AppError `not_found`, `conflict` while somebody has it, `grant_exceeded` */
export async function deleteRole(ctx: Ctx, { roleId }: { roleId: string }): Promise<void> {
  const { db, actor } = ctx;
  return administer(ctx, 'roles:delete', async ({ grants, rows }) => {
    const row = await findRole(ctx, roleId, rows);
    requireCover(grants, grantsOfRole(row));
    await requireUnused(ctx, row, 'deleted', rows);
    await customRoles(db).destroy({ where: { workspaceId: actor.workspaceId, id: row.id } });
    await audit(db, { workspaceId: actor.workspaceId, actor, action: 'role.deleted', subject: { type: 'role', id: row.id }, details: definition(row), requestId: ctx.requestId });
    accessChanged(ctx, actor.workspaceId);
  });
}

/** As it stands, also where the workspace would not let a permission count: what nobody has cannot be handed on. */
function grantsOfRole({ permissions: names, rows, blind }: Pick<RoleRow, 'permissions' | 'rows' | 'blind'>): Grants {
  return new Map(names.filter(isKnown).map((permission) => [permission, { rows, blind }]));
}

function requireKnown(names: readonly string[]): void {
  const unknown = names.findIndex((name) => !isKnown(name));
  if (unknown === -1) return;
  const [path, message] = [`body.permissions.${unknown}`, 'is no permission. GET /v1/permissions lists them'];
  throw new AppError('invalid_request', `${path}: ${message}.`, { errors: [{ path, message }] });
}

async function requireFreeName({ db, actor }: Ctx, name: string): Promise<void> {
  const taken = Object.hasOwn(roles, name) || (await customRoles(db).count({ where: { workspaceId: actor.workspaceId, name } })) > 0;
  if (taken) throw new AppError('conflict', 'There is a role of this name already. Choose another name.');
}

/** A name stands in users, clients and collections: nobody may lose a role, or come to one, by a name. */
async function requireUnused(ctx: Ctx, { name }: RoleRow, what: string, rows: Rows): Promise<void> {
  const { users, clients, collections } = (await holders(ctx, [name], {}))(name);
  if (users + clients + collections === 0) return;
  if (rows.createdBy !== undefined) throw new AppError('conflict', `This role cannot be ${what} while somebody has it or a collection names it. Ask an administrator.`);
  throw new AppError('conflict', `This role cannot be ${what} while ${users} users and ${clients} clients have it and ${collections} collections name it. Give them another role first.`);
}

async function findRole({ db, actor }: Ctx, roleId: string, rows: { createdBy?: string }): Promise<RoleRow> {
  const row = await customRoles(db).findOne({ where: { workspaceId: actor.workspaceId, id: roleId, ...rows }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no role with this id that could be changed. GET /v1/roles lists them; built-in ones have no id.');
  return row;
}

/** Those the actor reaches, also as a count. */
type Rows = { createdBy?: string };

/** @returns of a name, in how many users, clients and collections within `rows` it stands */
async function holders({ db, actor }: Ctx, names: string[], { createdBy }: Rows): Promise<(name: string) => { users: number; clients: number; collections: number }> {
  const rows = await db.query<{ name: string; users: number; clients: number; collections: number }>(
    `SELECT held AS name, (SELECT count(*) FROM users u WHERE u.workspace_id = $workspaceId AND u.deleted_at IS NULL AND held = ANY(u.roles) AND ($createdBy::text IS NULL OR u.created_by = $createdBy)) AS users,
       (SELECT count(*) FROM clients c WHERE c.workspace_id = $workspaceId AND held = ANY(c.roles) AND ($createdBy::text IS NULL OR c.created_by = $createdBy)) AS clients,
       (SELECT count(*) FROM collections k WHERE k.workspace_id = $workspaceId AND held = ANY(k.read_roles) AND ($createdBy::text IS NULL OR k.created_by = $createdBy)) AS collections
     FROM unnest($names::text[]) AS held`,
    { bind: { workspaceId: actor.workspaceId, names, createdBy: createdBy ?? null } },
  );
  return (name) => {
    const { users = 0, clients = 0, collections = 0 } = rows.find((row) => row.name === name) ?? {};
    return { users, clients, collections };
  };
}

function definition({ name, permissions: names, rows, blind }: RoleRow) {
  return { name, permissions: names, rows, blind };
}

function presentRole(row: RoleRow) {
  return {
    id: row.id, builtIn: false, ...definition(row), description: row.description, permissions: row.permissions.filter(isKnown).toSorted(),
    createdBy: row.createdBy, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}
