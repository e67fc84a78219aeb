/** The part of erasure that concerns CVs and candidates. src/erasure.ts lists all parts and calls this one last. */
import { Op } from 'sequelize';
import { eraseVectors } from '../language/vectors.ts';
import type { Ctx } from '../platform/context.ts';
import { candidateSkills, candidates, cvFiles, cvs } from './Cv.ts';

/** rows erased by table */
export type ErasedCounts = Record<string, number>;

export interface ErasureProof {
  candidateId: string | null;
  cvId: string | null;
  erasedAt: string;
  erased: ErasedCounts;
  /** id of the audit entry that records this erasure (pseudonymous ids and counts only) */
  receipt: string;
}

/** Part of the caller's transaction. @returns rows erased by table */
export async function eraseCandidateCvs(ctx: Ctx, candidateId: string): Promise<ErasedCounts> {
  const { workspaceId } = ctx.actor;
  const owned = await cvs(ctx.db).findAll({ where: { workspaceId, candidateId }, attributes: ['id'], raw: true });
  const cvIds = owned.map(({ id }) => id);
  const embeddings = await eraseVectors(ctx, { type: 'candidate', id: candidateId });
  const skills = await candidateSkills(ctx.db).destroy({ where: { workspaceId, candidateId } });
  await candidates(ctx.db).update({ currentCvId: null }, { where: { workspaceId, id: candidateId } });
  const erased = await eraseCvRows(ctx, cvIds);
  const people = await candidates(ctx.db).destroy({ where: { workspaceId, id: candidateId } });
  return { ...erased, embeddings, candidate_skills: skills, candidates: people };
}

/** The rows of CVs that no candidate points at any more. */
export async function eraseCvRows(ctx: Ctx, cvIds: string[]): Promise<ErasedCounts> {
  const { workspaceId } = ctx.actor;
  const files = await cvFiles(ctx.db).destroy({ where: { workspaceId, cvId: { [Op.in]: cvIds } } });
  const events = await eraseBySubject(ctx, 'events', cvIds);
  const tasks = await eraseBySubject(ctx, 'tasks', cvIds);
  const rows = await cvs(ctx.db).destroy({ where: { workspaceId, id: { [Op.in]: cvIds } } });
  return { cv_files: files, events, tasks, cvs: rows };
}

async function eraseBySubject(ctx: Ctx, table: 'events' | 'tasks', cvIds: string[]): Promise<number> {
  if (cvIds.length === 0) return 0;
  const rows = await ctx.db.query<{ count: number }>(
    `WITH gone AS (DELETE FROM ${table} WHERE workspace_id = :workspaceId AND subject_type = 'cv' AND subject_id IN (:cvIds) RETURNING 1) SELECT count(*)::int AS count FROM gone`,
    { replacements: { workspaceId: ctx.actor.workspaceId, cvIds } },
  );
  return rows[0]?.count ?? 0;
}
