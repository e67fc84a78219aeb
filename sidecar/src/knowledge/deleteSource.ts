import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { findSource } from './readSources.ts';
import { sources } from './Source.ts';

/** Deletes a document with its passages. @throws AppError `not_found`, and `conflict` for a CV, which is erased as a CV */
export async function deleteSource(ctx: Ctx, { sourceId }: { sourceId: string }): Promise<void> {
  const { workspaceId } = ctx.actor;
  const source = await findSource(ctx, sourceId, 'sources:delete');
  if (source.kind === 'cv') throw new AppError('conflict', 'This source is a CV. Erase it with DELETE /v1/cvs/{cvId}; its passages go with it.', { cvId: source.cvId });
  await ctx.db.transaction(async () => {
    await sources(ctx.db).destroy({ where: { workspaceId, id: sourceId } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'source.deleted', subject: { type: 'source', id: sourceId }, requestId: ctx.requestId });
  });
}
