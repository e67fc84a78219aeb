/** The workspace one is in, and, for the operator of the installation, all of them. */
import { v7 as uuidv7 } from 'uuid';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { accessChanged } from './accessState.ts';
import { administer, requireCover } from './administer.ts';
import { audit } from './audit.ts';
import { workspaces } from './Client.ts';
import type { WorkspaceRow } from './Client.ts';
import { invite } from './invitations.ts';
import { withdrawLinksOfRole } from './links.ts';
import { grantsOf } from './permissions.ts';

/** What a new workspace needs of features that know this one, not the other way round. */
export type Furnish = (services: Pick<Ctx, 'db'>, workspaceId: string) => Promise<void>;

export async function getWorkspace(ctx: Ctx) {
  return presentWorkspace(await findWorkspace(ctx, ctx.actor.workspaceId));
}

/**
 * @param input.blindRoles built-in roles that shall see no names and no contact data: all of them, not only new ones
 * @throws AppError `grant_exceeded` when the actor reaches less far than a role whose sight changes
 */
export async function updateOwnWorkspace(ctx: Ctx, input: { name?: string | undefined; blindRoles?: string[] | undefined }) {
  const { db, actor } = ctx;
  return administer(ctx, 'workspace:update', async ({ grants }) => {
    const row = await findWorkspace(ctx, actor.workspaceId);
    const changed = { ...row, name: input.name ?? row.name, blindRoles: input.blindRoles ?? row.blindRoles };
    for (const role of new Set([...row.blindRoles, ...changed.blindRoles])) {
      if (row.blindRoles.includes(role) === changed.blindRoles.includes(role)) continue;
      requireCover(grants, grantsOf({ roles: [role], customRoles: [], blindRoles: [], isOperator: row.isOperator }));
      if (!changed.blindRoles.includes(role)) await withdrawLinksOfRole(ctx, role);
    }
    await workspaces(db).update({ name: changed.name, blindRoles: changed.blindRoles }, { where: { id: row.id } });
    const fields = (['name', 'blindRoles'] as const).filter((field) => input[field] !== undefined);
    await note(ctx, 'workspace.updated', row.id, { fields, ...(input.blindRoles && { blindRolesBefore: row.blindRoles, blindRoles: changed.blindRoles }) });
    accessChanged(ctx, row.id);
    return presentWorkspace(changed);
  });
}

/** A workspace with its agents and the invitation of its first administrator. @returns the link is known here once */
export async function createWorkspace(ctx: Ctx, input: { name: string; admin: { email: string; name: string } }, furnish: Furnish) {
  return administer(ctx, 'workspaces:create', async () => {
    const row: WorkspaceRow = { id: uuidv7(), name: input.name, isOperator: false, blindRoles: [], disabledAt: null, createdAt: new Date() };
    await workspaces(ctx.db).create(row);
    await furnish(ctx, row.id);
    await note(ctx, 'workspace.created', row.id, {});
    return { workspace: presentWorkspace(row), invitation: await invite(ctx, { workspaceId: row.id, ...input.admin, roles: ['admin'] }) };
  });
}

/** @throws AppError `invalid_cursor` */
export async function listWorkspaces({ db }: Ctx, { limit, cursor }: PageInput) {
  const rows = await workspaces(db).findAll({ where: afterKeyset(decodeCursor(cursor)), order: newestFirst, limit: limit + 1, raw: true });
  return toPage(rows, limit, presentWorkspace);
}

/** Every token of a disabled workspace is refused; they are good again when it is enabled. @throws AppError `not_found`, `conflict` */
export async function updateWorkspace(ctx: Ctx, { workspaceId, ...input }: { workspaceId: string; name?: string | undefined; disabled?: boolean | undefined }) {
  return administer(ctx, 'workspaces:update', async () => {
    const row = await findWorkspace(ctx, workspaceId);
    if (input.disabled === true && row.isOperator) throw new AppError('conflict', 'The first workspace runs the installation and cannot be disabled.');
    const disabledAt = input.disabled === undefined ? row.disabledAt : input.disabled ? (row.disabledAt ?? new Date()) : null;
    const changed = { ...row, name: input.name ?? row.name, disabledAt };
    await workspaces(ctx.db).update({ ...(input.name !== undefined && { name: input.name }), ...(input.disabled !== undefined && { disabledAt }) }, { where: { id: row.id } });
    await note(ctx, 'workspace.updated', row.id, { fields: Object.keys(input).sort(), ...(input.disabled !== undefined && { disabled: input.disabled }) });
    accessChanged(ctx, row.id);
    return presentWorkspace(changed);
  });
}

async function findWorkspace({ db }: Ctx, id: string): Promise<WorkspaceRow> {
  const row = await workspaces(db).findByPk(id, { raw: true });
  if (row === null) throw new AppError('not_found', 'There is no workspace with this id. GET /v1/workspaces lists them.');
  return row;
}

/** In the log of the one who did it, and in that of the workspace it happened to. */
async function note({ db, actor, requestId }: Ctx, action: `workspace.${string}`, workspaceId: string, details: Record<string, unknown>): Promise<void> {
  for (const log of new Set([actor.workspaceId, workspaceId])) await audit(db, { workspaceId: log, actor, action, subject: { type: 'workspace', id: workspaceId }, details, requestId });
}

function presentWorkspace(row: WorkspaceRow) {
  return { id: row.id, name: row.name, operator: row.isOperator, blindRoles: row.blindRoles, disabled: row.disabledAt !== null, createdAt: row.createdAt.toISOString() };
}
