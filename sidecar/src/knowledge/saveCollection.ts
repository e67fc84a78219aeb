/** Collections and who may read them. A change of `readRoles` holds from the next query on: nothing is kept of the old one. */
import { v7 as uuidv7 } from 'uuid';
import { audit } from '../identity/audit.ts';
import { roles } from '../identity/permissions.ts';
import { customRoles } from '../identity/User.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/db/database.ts';
import { AppError } from '../platform/errors.ts';
import { collections, presentCollection } from './Collection.ts';
import type { CollectionRow } from './Collection.ts';
import { findCollection, noSuchCollection } from './readCollections.ts';

export interface CollectionInput {
  name: string;
  description: string | null;
  /** names of roles; null for everybody who may ask questions, none for those who manage collections */
  readRoles: string[] | null;
}

/** @throws AppError `conflict` when the name is taken, `invalid_request` for the name of no role */
export async function createCollection(ctx: Ctx, input: CollectionInput) {
  const { workspaceId } = ctx.actor;
  const now = new Date();
  const row: CollectionRow = { ...input, id: uuidv7(), workspaceId, createdBy: ctx.actor.id, createdAt: now, updatedAt: now };
  await withFreeName(ctx.db.transaction(async () => {
    await requireRoles(ctx, input.readRoles);
    await collections(ctx.db).create({ ...row });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'collection.created', subject: { type: 'collection', id: row.id }, details: { readRoles: input.readRoles }, requestId: ctx.requestId });
  }));
  return presentCollection(row);
}

/** @throws AppError `not_found`, also for a collection that the actor may not read; `conflict`, `invalid_request` */
export async function updateCollection(ctx: Ctx, { collectionId, ...changes }: { collectionId: string } & { [Key in keyof CollectionInput]?: CollectionInput[Key] | undefined }) {
  const { workspaceId } = ctx.actor;
  const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<CollectionInput>;
  return withFreeName(ctx.db.transaction(async () => {
    if (changed.readRoles !== undefined) await requireRoles(ctx, changed.readRoles);
    const row = await findOwn(ctx, collectionId, 'collections:update');
    const next: CollectionRow = { ...row, ...changed, updatedAt: new Date() };
    await collections(ctx.db).update({ ...changed, updatedAt: next.updatedAt }, { where: { workspaceId, id: row.id } });
    await audit(ctx.db, {
      workspaceId, actor: ctx.actor, action: 'collection.updated', subject: { type: 'collection', id: row.id },
      details: { changed: Object.keys(changed), ...(changed.readRoles !== undefined && { readRoles: changed.readRoles, readRolesBefore: row.readRoles }) }, requestId: ctx.requestId,
    });
    return presentCollection(next);
  }));
}

/** @throws AppError `not_found`; `conflict` while it holds documents */
export async function deleteCollection(ctx: Ctx, { collectionId }: { collectionId: string }): Promise<void> {
  const { workspaceId } = ctx.actor;
  const deleted = ctx.db.transaction(async () => {
    const row = await findOwn(ctx, collectionId, 'collections:delete');
    await collections(ctx.db).destroy({ where: { workspaceId, id: row.id } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'collection.deleted', subject: { type: 'collection', id: row.id }, requestId: ctx.requestId });
  });
  await deleted.catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw new AppError('conflict', 'This collection holds documents. Delete them first: GET /v1/sources?collectionId= lists them.');
    throw error;
  });
}

/** Locked, so that two changes follow each other. What its actor may not read is not there for it. */
async function findOwn(ctx: Ctx, collectionId: string, permission: 'collections:update' | 'collections:delete'): Promise<CollectionRow> {
  await ctx.db.query('SELECT id FROM collections WHERE workspace_id = :workspaceId AND id = :collectionId FOR UPDATE', { replacements: { workspaceId: ctx.actor.workspaceId, collectionId } });
  const row = await findCollection(ctx, collectionId);
  if (grantOf(ctx.actor, permission).rows !== 'workspace' && row.createdBy !== ctx.actor.id) throw noSuchCollection();
  return row;
}

/** Inside the transaction: a role that is being deleted waits, or is gone already. */
async function requireRoles({ db, actor }: Ctx, names: readonly string[] | null): Promise<void> {
  if (names === null) return;
  await db.query('SELECT 1 FROM workspaces WHERE id = $workspaceId FOR NO KEY UPDATE', { bind: { workspaceId: actor.workspaceId } });
  const own = await customRoles(db).findAll({ where: { workspaceId: actor.workspaceId, name: [...names] }, attributes: ['name'], raw: true });
  const unknown = names.findIndex((name) => !Object.hasOwn(roles, name) && !own.some((role) => role.name === name));
  if (unknown === -1) return;
  const [path, message] = [`body.readRoles.${unknown}`, 'is the name of no role. GET /v1/roles lists them'];
  throw new AppError('invalid_request', `${path}: ${message}.`, { errors: [{ path, message }] });
}

async function withFreeName<T>(saved: Promise<T>): Promise<T> {
  try {
    return await saved;
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError('conflict', 'The workspace has a collection of this name. Choose another name.');
    throw error;
  }
}
