/** Vectors in the database: one partition a space, one row a label of a facet. */
import { setImmediate } from 'node:timers/promises';
import type { Ctx, Services } from '../platform/context.ts';
import { inBoxSpace, loadInBoxEmbedder } from './inBoxEmbedder.ts';
import type { EmbeddingSpace } from './types.ts';

/**
 * Registers a space and makes its partition; does nothing where they are. On PostgreSQL the partition gets an HNSW
 * index; the embedded database scans exactly (building HNSW there takes minutes).
 */
export async function ensureSpace({ db }: Pick<Services, 'db'>, space: EmbeddingSpace): Promise<void> {
  await db.transaction(async () => {
    await db.query('SELECT pg_advisory_xact_lock(726502)');
    await db.query(
      `INSERT INTO embedding_spaces (id, provider, model, revision, dimensions, kinds) VALUES (:id, :provider, :model, :revision, :dimensions, ARRAY[:kinds]::text[])
       ON CONFLICT (id) DO NOTHING`,
      { replacements: { ...space, kinds: [...space.kinds] } },
    );
    await db.query('SELECT ensure_space_partition(:id, :indexed)', { replacements: { id: space.id, indexed: db.kind === 'postgres' } });
  });
}

export type VectorOwner = { type: 'candidate' | 'job'; id: string };
export interface LabelVector {
  facet: 'title' | 'skill';
  ordinal: number;
  /** pgvector's text form */
  embedding: string;
}

/** Labels embedded before other work gets its turn (about 10 ms). */
const batch = 50;

/** In the active space, each label once. Call it outside a transaction: many labels take seconds. */
export async function embedLabels(labels: { title: string[]; skill: string[] }): Promise<LabelVector[]> {
  const rows = (['title', 'skill'] as const).flatMap((facet) => [...new Set(labels[facet])].map((label, ordinal) => ({ facet, ordinal, label })));
  if (rows.length === 0) return [];
  const vectors: Float32Array[] = [];
  for (let from = 0; from < rows.length; from += batch) {
    if (from > 0) await setImmediate();
    vectors.push(...(await loadInBoxEmbedder().embed(rows.slice(from, from + batch).map(({ label }) => label), 'label')));
  }
  return rows.map(({ facet, ordinal }, index) => ({ facet, ordinal, embedding: toVectorLiteral(vectors[index] as Float32Array) }));
}

/** Replaces the owner's vectors. Part of the caller's transaction. */
export async function storeVectors(ctx: Ctx, owner: VectorOwner, vectors: LabelVector[]): Promise<void> {
  await eraseVectors(ctx, owner);
  if (vectors.length === 0) return;
  await ctx.db.query(
    `INSERT INTO embeddings (space_id, workspace_id, owner_type, owner_id, facet, ordinal, embedding)
     SELECT :space, :workspaceId::uuid, :ownerType, :ownerId::uuid, r.facet, r.ordinal, r.embedding::halfvec
     FROM jsonb_to_recordset(:rows::jsonb) AS r(facet text, ordinal integer, embedding text)`,
    { replacements: { space: inBoxSpace.id, workspaceId: ctx.actor.workspaceId, ownerType: owner.type, ownerId: owner.id, rows: JSON.stringify(vectors) } },
  );
}

/** @returns how many vectors went, over all spaces */
export async function eraseVectors(ctx: Ctx, owner: { type: 'candidate' | 'job' | 'chunk'; id: string }): Promise<number> {
  const rows = await ctx.db.query<{ count: number }>(
    'WITH gone AS (DELETE FROM embeddings WHERE workspace_id = :workspaceId AND owner_type = :type AND owner_id = :id RETURNING 1) SELECT count(*)::int AS count FROM gone',
    { replacements: { workspaceId: ctx.actor.workspaceId, type: owner.type, id: owner.id } },
  );
  return rows[0]?.count ?? 0;
}

/** pgvector's text form; six digits are more than a half float holds */
export function toVectorLiteral(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => value.toFixed(6)).join(',')}]`;
}
