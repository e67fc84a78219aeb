import { readDocument } from '../documents/readDocument.ts';
import type { ReadDocument } from '../documents/Document.ts';
import { detectLanguage } from '../language/detectLanguage.ts';
import type { Ctx } from '../platform/context.ts';
import { makeChunks, replaceChunks } from './Chunk.ts';
import { headingsOf } from './chunkText.ts';
import type { Heading } from './chunkText.ts';
import { sources } from './Source.ts';
import type { SourceRow } from './Source.ts';

export type IndexResult = { sourceId: string; language: string; chunks: number } | { sourceId: string; skipped: 'gone' | 'replaced' };

/**
 * Reads a document into passages. Idempotent; writes nothing when the source was deleted or replaced meanwhile.
 * @throws AppError of the document (`needs_ocr`, `document_damaged` …); the end of the task puts it on the source
 */
export async function indexSource(ctx: Ctx, input: { sourceId: string }): Promise<IndexResult> {
  const { workspaceId } = ctx.actor;
  const source = await sources(ctx.db).findOne({ where: { workspaceId, id: input.sourceId, kind: 'document' }, raw: true });
  if (source === null || source.bytes === null) return { sourceId: input.sourceId, skipped: 'gone' };
  await ctx.task?.progress(10, 'reading the document');
  const document = await readDocument(source.bytes, source.mediaType === null ? {} : { mediaType: source.mediaType });
  await ctx.task?.progress(60, 'indexing');
  return storeIndex(ctx, source, document);
}

async function storeIndex(ctx: Ctx, source: SourceRow, document: ReadDocument): Promise<IndexResult> {
  const { language } = detectLanguage(document.text);
  const chunks = makeChunks({ text: document.text, pages: document.pages, headings: documentHeadings(document), language });
  return ctx.db.transaction(async () => {
    await ctx.task?.fence();
    const [changed] = await sources(ctx.db).update(
      { text: document.text, pages: document.pages, mediaType: document.mediaType, language, status: 'indexed', error: null, indexedAt: new Date() },
      { where: { workspaceId: source.workspaceId, id: source.id, sha256: source.sha256 } },
    );
    if (changed === 0) return { sourceId: source.id, skipped: 'replaced' };
    await replaceChunks(ctx, source.id, chunks);
    const result: IndexResult = { sourceId: source.id, language, chunks: chunks.length };
    await ctx.task?.succeed(result);
    return result;
  });
}

function documentHeadings({ lines, text }: ReadDocument): Heading[] {
  const marked = lines.flatMap(({ start, end, headingLevel }) => (headingLevel === null ? [] : [{ start, end, level: headingLevel }]));
  return marked.length > 0 ? marked : headingsOf(text);
}
