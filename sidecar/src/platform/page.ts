/** Keyset pagination: lists answer `{items, nextCursor}`; the cursor holds the sort key of the last row, never an offset. */
import { z } from 'zod';
import { AppError } from './errors.ts';

export const pageQuery = { limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(200).optional() };

export function pageOf<T extends z.ZodTypeAny>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export interface PageInput {
  limit: number;
  cursor?: string | undefined;
}

/** Sort key of lists: newest first, ties by id. */
export interface Keyset {
  createdAt: Date;
  id: string;
}

const keysetSchema = z.tuple([z.string().datetime(), z.string().uuid()]);

/** @throws AppError `invalid_cursor` */
export function decodeCursor(cursor: string | undefined): Keyset | null {
  if (cursor === undefined) return null;
  try {
    const [createdAt, id] = keysetSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    const time = new Date(createdAt);
    // PostgreSQL knows no year 0.
    if (time.getTime() < 0) throw new Error('before 1970');
    return { createdAt: time, id };
  } catch {
    throw new AppError('invalid_cursor', 'The cursor is not one this API gave. Pass `nextCursor` of the previous page, or none to start again.');
  }
}

/** Makes a page of `limit` from up to `limit + 1` rows. */
export function toPage<Row extends Keyset, Item>(rows: Row[], limit: number, present: (row: Row) => Item): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map(present),
    nextCursor: more ? Buffer.from(JSON.stringify([last.createdAt.toISOString(), last.id])).toString('base64url') : null,
  };
}
