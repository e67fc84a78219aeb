/**
 * Erasure of a person: every feature that holds personal data exports its part; this list calls them in one
 * transaction, dependents first, and writes the proof. A feature that is missing here is a defect (a test plants rows).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from './identity/audit.ts';
import { cvs } from './cvs/Cv.ts';
import { eraseCandidateCvs, eraseCvRows } from './cvs/eraseCv.ts';
import type { ErasedCounts, ErasureProof } from './cvs/eraseCv.ts';
import { findCandidate, findCv } from './cvs/readCv.ts';
import { eraseCandidateKnowledge } from './knowledge/eraseKnowledge.ts';
import { eraseCandidateMatches } from './matching/readMatches.ts';
import type { Ctx } from './platform/context.ts';
import { isSerializationFailure } from './platform/db/database.ts';
import { emit } from './platform/events.ts';

const parts: ((ctx: Ctx, candidateId: string) => Promise<ErasedCounts>)[] = [eraseCandidateKnowledge, eraseCandidateMatches, eraseCandidateCvs];

/** A lost race costs milliseconds, and each loss means that another transaction was done. */
const mostAttempts = 10;

/** @throws AppError `not_found` */
export async function eraseCandidate(ctx: Ctx, input: { candidateId: string }): Promise<ErasureProof> {
  return inOneTransaction(ctx, async () => {
    const { candidateId } = input;
    const owned = await lockCvs(ctx, 'candidate_id = :candidateId', { candidateId });
    await lockTasksOf(ctx, [candidateId, ...owned.map(({ id }) => id)]);
    await lockCandidate(ctx, candidateId);
    await findCandidate(ctx, candidateId, 'candidates:erase');
    return erasePerson(ctx, { candidateId, cvId: null });
  });
}

/** Erases a CV. The candidate goes with it when it was the only one. @throws AppError `not_found` */
export async function eraseCv(ctx: Ctx, input: { cvId: string }): Promise<ErasureProof> {
  return inOneTransaction(ctx, async () => {
    const siblings = 'candidate_id = (SELECT c.candidate_id FROM cvs c WHERE c.workspace_id = :workspaceId AND c.id = :cvId)';
    const locked = await lockCvs(ctx, `(id = :cvId OR ${siblings})`, { cvId: input.cvId });
    const { id, candidateId } = await findCv(ctx, input.cvId, 'cvs:erase');
    await lockTasksOf(ctx, [...locked.map((cv) => cv.id), ...(candidateId === null ? [] : [candidateId])]);
    if (candidateId !== null) {
      await lockCandidate(ctx, candidateId);
      // Until several CVs of a person are merged (issue 7) a candidate has exactly one.
      const others = await cvs(ctx.db).count({ where: { workspaceId: ctx.actor.workspaceId, candidateId } });
      if (others === 1) return erasePerson(ctx, { candidateId, cvId: id });
    }
    return proof(ctx, { candidateId: null, cvId: id }, await eraseCvRows(ctx, [id]));
  });
}

/**
 * Every transaction locks in one order: CVs, then tasks, then candidates, then the rest; so an erasure waits for an
 * analysis or a ranking that is storing its result, and what comes later finds nothing to write to. Should PostgreSQL
 * end the transaction in favour of another nevertheless, the whole erasure runs again.
 */
async function inOneTransaction(ctx: Ctx, erase: () => Promise<ErasureProof>): Promise<ErasureProof> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ctx.db.transaction(erase);
    } catch (error) {
      if (!isSerializationFailure(error) || attempt === mostAttempts) throw error;
      ctx.log.warn({ err: error, requestId: ctx.requestId, attempt }, 'an erasure was ended in favour of another transaction; it runs again');
      await sleep(Math.random() * 50 * attempt);
    }
  }
}

async function erasePerson(ctx: Ctx, person: { candidateId: string; cvId: string | null }): Promise<ErasureProof> {
  const erased: ErasedCounts = {};
  for (const part of parts) {
    for (const [table, count] of Object.entries(await part(ctx, person.candidateId))) erased[table] = (erased[table] ?? 0) + count;
  }
  return proof(ctx, person, erased);
}

/** @param where one fixed condition, so that CVs are always locked in the order of their ids */
async function lockCvs(ctx: Ctx, where: string, values: Record<string, string>): Promise<{ id: string }[]> {
  return ctx.db.query<{ id: string }>(`SELECT id FROM cvs WHERE workspace_id = :workspaceId AND ${where} ORDER BY id FOR UPDATE`, {
    replacements: { workspaceId: ctx.actor.workspaceId, ...values },
  });
}

async function lockTasksOf(ctx: Ctx, ids: string[]): Promise<void> {
  // Each branch has its index; an OR over them would read every task of the workspace.
  await ctx.db.query(
    `SELECT id FROM tasks WHERE id IN (
       SELECT id FROM tasks WHERE workspace_id = :workspaceId AND subject_type IN ('cv', 'candidate') AND subject_id IN (:ids)
       UNION SELECT id FROM tasks WHERE workspace_id = :workspaceId AND payload->>'candidateId' IN (:ids)
       UNION SELECT id FROM tasks WHERE workspace_id = :workspaceId AND payload->'candidateIds' ?| ARRAY[:ids])
     ORDER BY id FOR UPDATE`,
    { replacements: { workspaceId: ctx.actor.workspaceId, ids } },
  );
}

async function lockCandidate(ctx: Ctx, candidateId: string): Promise<void> {
  await ctx.db.query('SELECT id FROM candidates WHERE workspace_id = :workspaceId AND id = :candidateId FOR UPDATE', { replacements: { workspaceId: ctx.actor.workspaceId, candidateId } });
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
