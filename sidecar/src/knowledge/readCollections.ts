import { reached } from '../cvs/visible.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { collections, presentCollection } from './Collection.ts';
import type { CollectionRow } from './Collection.ts';
import { readableCollections } from './visibleSources.ts';

/** Those the actor may read. @throws AppError `invalid_cursor` */
export async function listCollections(ctx: Ctx, input: PageInput) {
  const rows = await collections(ctx.db).findAll({
    where: { workspaceId: ctx.actor.workspaceId, ...afterKeyset(decodeCursor(input.cursor)), ...reached(readableCollections(ctx)) },
    order: newestFirst, limit: input.limit + 1, raw: true,
  });
  return toPage(rows, input.limit, presentCollection);
}

/** @throws AppError `not_found` */
export async function getCollection(ctx: Ctx, input: { collectionId: string }) {
  return presentCollection(await findCollection(ctx, input.collectionId));
}

/** @throws AppError `not_found`, also for a collection that the actor may not read */
export async function findCollection(ctx: Ctx, collectionId: string): Promise<CollectionRow> {
  const row = await collections(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: collectionId, ...reached(readableCollections(ctx)) }, raw: true });
  if (row === null) throw noSuchCollection();
  return row;
}

export const noSuchCollection = (): AppError => new AppError('not_found', 'There is no such collection. GET /v1/collections lists them.');
