import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { presentSource, shownSource, sources } from './Source.ts';
import type { ShownSource, SourceKind, SourceRow } from './Source.ts';

/** @throws AppError `invalid_cursor` */
export async function listSources(ctx: Ctx, input: PageInput & { kind?: SourceKind | undefined }) {
  const rows = await sources(ctx.db).findAll({
    where: { workspaceId: ctx.actor.workspaceId, ...(input.kind !== undefined && { kind: input.kind }), ...afterKeyset(decodeCursor(input.cursor)) },
    attributes: [...shownSource],
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows as SourceRow[], input.limit, presentSource);
}

/** @throws AppError `not_found`, also for a source of another workspace */
export async function getSource(ctx: Ctx, input: { sourceId: string }) {
  return presentSource(await findSource(ctx, input.sourceId));
}

export async function findSource(ctx: Ctx, sourceId: string): Promise<ShownSource> {
  const row = await sources(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: sourceId }, attributes: [...shownSource], raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such source. GET /v1/sources lists them.');
  return row;
}
