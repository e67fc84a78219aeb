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
  await findCandidate(ctx, input.candidateId);
  return ctx.db.transaction(async () => {
    const erased: ErasedCounts = {};
    for (const part of parts) {
      for (const [table, count] of Object.entries(await part(ctx, input.candidateId))) erased[table] = (erased[table] ?? 0) + count;
    }
    return proof(ctx, { candidateId: input.candidateId, cvId: null }, erased);
  });
}

/** Erases a CV. The candidate goes with it when it was the only one. @throws AppError `not_found` */
export async function eraseCv(ctx: Ctx, input: { cvId: string }): Promise<ErasureProof> {
  const cv = await findCv(ctx, input.cvId);
  if (cv.candidateId !== null) {
    const others = await cvs(ctx.db).count({ where: { workspaceId: ctx.actor.workspaceId, candidateId: cv.candidateId } });
    // Until several CVs of a person are merged (issue 7) a candidate has exactly one.
    if (others === 1) return { ...(await eraseCandidate(ctx, { candidateId: cv.candidateId })), cvId: cv.id };
  }
  return ctx.db.transaction(async () => proof(ctx, { candidateId: null, cvId: cv.id }, await eraseCvRows(ctx, [cv.id])));
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
