/**
 * Erasure of a person: every feature that holds personal data exports its part; this list calls them in one
 * transaction, dependents first, and writes the proof. A feature that is missing here is a defect (a test plants rows).
 */
import { audit } from './identity/audit.ts';
import { cvs } from './cvs/Cv.ts';
import { eraseCandidateCvs, eraseCvRows } from './cvs/eraseCv.ts';
import type { ErasedCounts, ErasureProof } from './cvs/eraseCv.ts';
import { findCandidate, findCv } from './cvs/readCv.ts';
import { eraseCandidateKnowledge } from './knowledge/eraseKnowledge.ts';
import { eraseCandidateMatches } from './matching/readMatches.ts';
import type { Ctx } from './platform/context.ts';
import { emit } from './platform/events.ts';

const parts: ((ctx: Ctx, candidateId: string) => Promise<ErasedCounts>)[] = [eraseCandidateKnowledge, eraseCandidateMatches, eraseCandidateCvs];

/** @throws AppError `not_found` */
export async function eraseCandidate(ctx: Ctx, input: { candidateId: string }): Promise<ErasureProof> {
  return ctx.db.transaction(async () => {
    await lockPerson(ctx, input.candidateId);
    return erasePerson(ctx, { candidateId: input.candidateId, cvId: null });
  });
}

/** Erases a CV. The candidate goes with it when it was the only one. @throws AppError `not_found` */
export async function eraseCv(ctx: Ctx, input: { cvId: string }): Promise<ErasureProof> {
  return ctx.db.transaction(async () => {
    // An analysis that is storing its result ends first, so the candidate it makes is seen here.
    await lockTasksOf(ctx, [input.cvId]);
    const { id, candidateId } = await findCv(ctx, input.cvId);
    if (candidateId !== null) {
      await lockPerson(ctx, candidateId);
      // Until several CVs of a person are merged (issue 7) a candidate has exactly one.
      const others = await cvs(ctx.db).count({ where: { workspaceId: ctx.actor.workspaceId, candidateId } });
      if (others === 1) return erasePerson(ctx, { candidateId, cvId: id });
    }
    return proof(ctx, { candidateId: null, cvId: id }, await eraseCvRows(ctx, [id]));
  });
}

async function erasePerson(ctx: Ctx, person: { candidateId: string; cvId: string | null }): Promise<ErasureProof> {
  const erased: ErasedCounts = {};
  for (const part of parts) {
    for (const [table, count] of Object.entries(await part(ctx, person.candidateId))) erased[table] = (erased[table] ?? 0) + count;
  }
  return proof(ctx, person, erased);
}

/** Tasks before the person, as workers take them: an analysis holds its task and then wants the candidate. */
async function lockPerson(ctx: Ctx, candidateId: string): Promise<void> {
  const { workspaceId } = ctx.actor;
  const owned = await cvs(ctx.db).findAll({ where: { workspaceId, candidateId }, attributes: ['id'], raw: true });
  await lockTasksOf(ctx, [candidateId, ...owned.map(({ id }) => id)]);
  await ctx.db.query('SELECT id FROM candidates WHERE workspace_id = :workspaceId AND id = :candidateId FOR UPDATE', { replacements: { workspaceId, candidateId } });
  await findCandidate(ctx, candidateId);
}

async function lockTasksOf(ctx: Ctx, ids: string[]): Promise<void> {
  await ctx.db.query('SELECT id FROM tasks WHERE workspace_id = :workspaceId AND (subject_id IN (:ids) OR payload->>\'candidateId\' IN (:ids)) ORDER BY id FOR UPDATE', {
    replacements: { workspaceId: ctx.actor.workspaceId, ids },
  });
}

async function proof(ctx: Ctx, subject: { candidateId: string | null; cvId: string | null }, erased: ErasedCounts): Promise<ErasureProof> {
  const { workspaceId } = ctx.actor;
  const subjectRef = subject.candidateId !== null ? { type: 'candidate', id: subject.candidateId } : { type: 'cv', id: subject.cvId as string };
  const receipt = await audit(ctx.db, { workspaceId, actor: ctx.actor, action: `${subjectRef.type}.erased` as 'candidate.erased', subject: subjectRef, details: { erased }, requestId: ctx.requestId });
  await emit(ctx, 'candidate.erased', subjectRef, { ...subject, receipt });
  // After the commit: a reader could otherwise cache the old rows again in between.
  ctx.db.afterCommit(() => ctx.cache.invalidateTag(`workspace:${workspaceId}`));
  return { ...subject, erasedAt: new Date().toISOString(), erased, receipt };
}
