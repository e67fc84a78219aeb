/** Collections and who may read them. A change of `readRoles` holds from the next query on: nothing is kept of the old one. */
import { v7 as uuidv7 } from 'uuid';
import { administer, requireRoles } from '../identity/administer.ts';
import type { Administrator } from '../identity/administer.ts';
import { audit } from '../identity/audit.ts';
import { withdrawLinksOfRole } from '../identity/links.ts';
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
  await withFreeName(administer(ctx, 'collections:create', async () => {
    await requireRoles(ctx, input.readRoles ?? [], 'readRoles');
    await withdrawLinksOfNamed(ctx, input.readRoles, null);
    await collections(ctx.db).create({ ...row });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'collection.created', subject: { type: 'collection', id: row.id }, details: { readRoles: input.readRoles }, requestId: ctx.requestId });
  }));
  return presentCollection(row);
}

/** @throws AppError `not_found`, also for a collection that the actor may not read; `conflict`, `invalid_request` */
export async function updateCollection(ctx: Ctx, { collectionId, ...changes }: { collectionId: string } & { [Key in keyof CollectionInput]?: CollectionInput[Key] | undefined }) {
  const { workspaceId } = ctx.actor;
  const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<CollectionInput>;
  return withFreeName(administer(ctx, 'collections:update', async (administrator) => {
    await requireRoles(ctx, changed.readRoles ?? [], 'readRoles');
    const row = await findOwn(ctx, collectionId, administrator);
    if (changed.readRoles !== undefined) await withdrawLinksOfNamed(ctx, changed.readRoles, row.readRoles);
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
  const deleted = administer(ctx, 'collections:delete', async (administrator) => {
    const row = await findOwn(ctx, collectionId, administrator);
    await collections(ctx.db).destroy({ where: { workspaceId, id: row.id } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'collection.deleted', subject: { type: 'collection', id: row.id }, requestId: ctx.requestId });
  });
  await deleted.catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw new AppError('conflict', 'This collection holds documents. Delete them first: GET /v1/sources?collectionId= lists them.');
    throw error;
  });
}

/** What its actor may not read at this moment is not there for it. */
async function findOwn(ctx: Ctx, collectionId: string, { grants, roles, rows }: Administrator): Promise<CollectionRow> {
  const row = await findCollection({ ...ctx, actor: { ...ctx.actor, grants, roles, permissions: new Set(grants.keys()) } }, collectionId);
  if (rows.createdBy !== undefined && row.createdBy !== rows.createdBy) throw noSuchCollection();
  return row;
}

/** A role that is named newly gives these documents from now on: whoever made a link did not know that. */
async function withdrawLinksOfNamed(ctx: Ctx, named: string[] | null, before: string[] | null): Promise<void> {
  for (const role of named ?? []) if (!before?.includes(role)) await withdrawLinksOfRole(ctx, role);
}

async function withFreeName<T>(saved: Promise<T>): Promise<T> {
  try {
    return await saved;
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError('conflict', 'The workspace has a collection of this name. Choose another name.');
    throw error;
  }
}
