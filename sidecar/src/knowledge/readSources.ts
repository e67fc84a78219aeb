import { blindFileName } from '../cvs/blind.ts';
import { reached } from '../cvs/visible.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { presentSource, shownSource, sources } from './Source.ts';
import type { ShownSource, SourceKind, SourceRow } from './Source.ts';
import { visibleSources } from './visibleSources.ts';

/** @throws AppError `invalid_cursor` */
export async function listSources(ctx: Ctx, input: PageInput & { kind?: SourceKind | undefined; collectionId?: string | undefined }) {
  const rows = await sources(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.kind !== undefined && { kind: input.kind }),
      ...(input.collectionId !== undefined && { collectionId: input.collectionId }),
      ...afterKeyset(decodeCursor(input.cursor)),
      ...reached(visibleSources(ctx, 'sources:read')),
    },
    attributes: [...shownSource],
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows as SourceRow[], input.limit, (row) => presentSource(named(ctx, row)));
}

/** @throws AppError `not_found`, also for a source of another workspace */
export async function getSource(ctx: Ctx, input: { sourceId: string }) {
  return presentSource(named(ctx, await findSource(ctx, input.sourceId, 'sources:read')));
}

/** @throws AppError `not_found`, also for a source that this permission does not reach */
export async function findSource(ctx: Ctx, sourceId: string, permission: 'sources:read' | 'sources:delete'): Promise<ShownSource> {
  const row = await sources(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: sourceId, ...reached(visibleSources(ctx, permission)) }, attributes: [...shownSource], raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such source. GET /v1/sources lists them.');
  return row;
}

/** The title of a CV is the name of its file. */
function named<T extends ShownSource>(ctx: Ctx, row: T): T {
  const blind = row.kind === 'cv' && (grantOf(ctx.actor, 'sources:read').blind || grantOf(ctx.actor, 'cvs:read').blind);
  return blind ? { ...row, title: blindFileName(row.title), externalId: null } : row;
}
