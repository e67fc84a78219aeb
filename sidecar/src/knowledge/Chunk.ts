/** Passages of a source with their full-text vectors. Written and searched by SQL only, so there is no Sequelize model. */
import { v7 as uuidv7 } from 'uuid';
import { detectLanguage } from '../language/detectLanguage.ts';
import type { Ctx } from '../platform/context.ts';
import { chunkText } from './chunkText.ts';
import type { Heading } from './chunkText.ts';
import type { PageRange } from './Source.ts';
import { searchConfig } from './searchLanguages.ts';
import { searchText } from './terms.ts';

export interface NewChunk {
  ordinal: number;
  heading: string | null;
  page: number;
  start: number;
  end: number;
  text: string;
  language: string;
}

/** @param language of the document; a passage in clearly another one keeps its own, for its own full-text configuration */
export function makeChunks(input: { text: string; pages: readonly PageRange[]; headings: readonly Heading[]; language: string }): NewChunk[] {
  return chunkText(input.text, input.headings).map(({ start, end, heading }, ordinal) => {
    const text = input.text.slice(start, end);
    return { ordinal, heading, page: pageAt(input.pages, start), start, end, text, language: passageLanguage(text, input.language) };
  });
}

/** Replaces the passages of a source. Part of the caller's transaction. */
export async function replaceChunks(ctx: Ctx, sourceId: string, chunks: readonly NewChunk[]): Promise<void> {
  const { workspaceId } = ctx.actor;
  await ctx.db.query('DELETE FROM chunks WHERE workspace_id = :workspaceId AND source_id = :sourceId', { replacements: { workspaceId, sourceId } });
  const rows = chunks.map(({ start, end, ...chunk }) => ({
    ...chunk, id: uuidv7(), start_offset: start, end_offset: end, config: searchConfig(chunk.language), words: searchText(headed(chunk)),
  }));
  await ctx.db.query(
    `INSERT INTO chunks (id, workspace_id, source_id, ordinal, heading, page, start_offset, end_offset, text, language, fts, fts_folded)
     SELECT id, $workspaceId, $sourceId, ordinal, heading, page, start_offset, end_offset, text, language,
       to_tsvector(config::regconfig, words), to_tsvector('simple_folded', words)
     FROM jsonb_to_recordset($rows::jsonb) AS row (id uuid, ordinal int, heading text, page int, start_offset int, end_offset int, text text, language text, config text, words text)`,
    { bind: { workspaceId, sourceId, rows: JSON.stringify(rows) } },
  );
}

/** Passages after the first of a section are found by its heading too. */
function headed({ heading, text }: Pick<NewChunk, 'heading' | 'text'>): string {
  const missing = (heading ?? '').split(' › ').filter((part) => !text.includes(part));
  return [...missing, text].join('\n');
}

export function pageAt(pages: readonly PageRange[], offset: number): number {
  return pages.findLast(({ start }) => start <= offset)?.page ?? 1;
}

function passageLanguage(text: string, documentLanguage: string): string {
  if (text.length < 200) return documentLanguage;
  const { language, confidence } = detectLanguage(text);
  return confidence >= 0.6 ? language : documentLanguage;
}
