import { v7 as uuidv7 } from 'uuid';
import { lockCv } from '../cvs/analysisState.ts';
import { cvs } from '../cvs/Cv.ts';
import type { Ctx } from '../platform/context.ts';
import type { Subscriber } from '../platform/events.ts';
import { makeChunks, replaceChunks } from './Chunk.ts';
import { headingsOf } from './chunkText.ts';

/** An analysed CV can be asked about: its text becomes passages, in a task of its own. */
export const indexAnalysedCv: Subscriber = async (ctx, event) => {
  if (event.type !== 'cv.analysed') return;
  await ctx.tasks.enqueue({ workspaceId: event.workspaceId, kind: 'cv.index', payload: { cvId: event.subject.id }, subject: event.subject, createdBy: ctx.actor.id, requestId: ctx.requestId });
};

export type IndexCvResult = { cvId: string; sourceId: string; chunks: number } | { cvId: string; skipped: 'gone' };

/** Idempotent: indexing again replaces the passages. Skips a CV that was erased meanwhile or has no text. */
export async function indexCv(ctx: Ctx, { cvId }: { cvId: string }): Promise<IndexCvResult> {
  const { workspaceId } = ctx.actor;
  const cv = await cvs(ctx.db).findOne({ where: { workspaceId, id: cvId, status: 'analysed' }, attributes: ['text', 'pages', 'language'], raw: true });
  if (cv === null || cv.text === null) return { cvId, skipped: 'gone' };
  const chunks = makeChunks({ text: cv.text, pages: cv.pages ?? [], headings: headingsOf(cv.text), language: cv.language ?? 'und' });
  return ctx.db.transaction(async () => {
    await lockCv(ctx, { cvId });
    await ctx.task?.fence();
    // Text and bytes stay in `cvs` alone. The row is read again here: an erasure or a newer analysis may have come between.
    const [source] = await ctx.db.query<{ id: string }>(
      `INSERT INTO sources (id, workspace_id, kind, cv_id, candidate_id, title, media_type, sha256, byte_size, language, pages, status, created_by, created_at, indexed_at)
       SELECT $id, workspace_id, 'cv', id, candidate_id, file_name, media_type, sha256, byte_size, language, pages, 'indexed', $createdBy, $now, $now
       FROM (SELECT * FROM cvs WHERE workspace_id = $workspaceId AND id = $cvId AND md5(text) = md5($text)) AS cv
       ON CONFLICT (workspace_id, cv_id) WHERE cv_id IS NOT NULL DO UPDATE
         SET candidate_id = excluded.candidate_id, title = excluded.title, language = excluded.language, pages = excluded.pages, indexed_at = excluded.indexed_at
       RETURNING id`,
      { bind: { id: uuidv7(), workspaceId, cvId, text: cv.text, createdBy: ctx.actor.id, now: new Date() } },
    );
    if (source === undefined) return { cvId, skipped: 'gone' };
    await replaceChunks(ctx, source.id, chunks);
    const result: IndexCvResult = { cvId, sourceId: source.id, chunks: chunks.length };
    await ctx.task?.succeed(result);
    return result;
  });
}
