/** Takes a CV in: checks it, stores the bytes, puts the analysis into the ledger. Nothing is stored of a refused file. */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { acceptWork } from '../agents/runGuard.ts';
import { checkDocumentKind } from '../documents/upload.ts';
import type { UploadedDocument } from '../documents/upload.ts';
import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { hasEnded } from '../platform/queue/ledger.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { lockCv, showQueued } from './analysisState.ts';
import type { LockedCv } from './analysisState.ts';
import { cvFiles, cvs } from './Cv.ts';
import { reached, visibleCvs } from './visible.ts';

export interface UploadInput extends UploadedDocument {
  externalId?: string | undefined;
}

/**
 * The same bytes twice in a workspace are the same CV: the second upload answers the task of the first, or a new one
 * when that failed or was cancelled. The CV keeps the file name of its first upload, and takes the first external id.
 * @returns the task `cv.analyse`
 * @throws AppError `empty_document`, `unsupported_document`, `agent_paused` …; `conflict` when the CV has another external id, or is not within reach
 */
export async function uploadCv(ctx: Ctx, input: UploadInput): Promise<TaskRow> {
  const { workspaceId } = ctx.actor;
  checkDocumentKind(input);
  const agentId = await acceptWork(ctx, 'cv-analyst');
  const sha256 = createHash('sha256').update(input.bytes).digest('hex');
  return ctx.db.transaction(async () => {
    const id = uuidv7();
    const made = await ctx.db.query<{ id: string }>(
      `INSERT INTO cvs (id, workspace_id, file_name, media_type, byte_size, sha256, external_id, status, created_by, created_at)
       VALUES (:id, :workspaceId, :fileName, :mediaType, :byteSize, :sha256, :externalId, 'queued', :createdBy, :createdAt)
       ON CONFLICT (workspace_id, sha256) DO NOTHING RETURNING id`,
      {
        replacements: {
          id, workspaceId, fileName: input.fileName, mediaType: input.mediaType, byteSize: input.bytes.length, sha256,
          externalId: input.externalId ?? null, createdBy: ctx.actor.id, createdAt: new Date(),
        },
      },
    );
    if (made.length === 0) {
      const existing = await lockCv(ctx, { sha256 });
      // It was erased between the two statements, so it is new again.
      if (existing === null) return uploadCv(ctx, input);
      await mustBeReached(ctx, existing);
      await keepExternalId(ctx, existing, input.externalId);
      const task = await taskOf(ctx, existing);
      return task !== null && (!hasEnded(task) || task.status === 'succeeded') ? task : enqueueAnalysis(ctx, existing.id, agentId);
    }
    await cvFiles(ctx.db).create({ cvId: id, workspaceId, bytes: input.bytes });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'cv.uploaded', subject: { type: 'cv', id }, requestId: ctx.requestId });
    return enqueueAnalysis(ctx, id, agentId);
  });
}

/** Analyses a CV once more. @throws AppError `conflict` while an analysis is under way, `not_found` when the CV was erased meanwhile */
export async function analyseAgain(ctx: Ctx, { cvId, agentId }: { cvId: string; agentId: string }): Promise<TaskRow> {
  return ctx.db.transaction(async () => {
    const cv = await lockCv(ctx, { cvId });
    if (cv === null) throw new AppError('not_found', 'The CV was erased meanwhile. Upload it again.');
    const task = await taskOf(ctx, cv);
    if (task !== null && !hasEnded(task)) throw new AppError('conflict', 'This CV is being analysed already. Follow its task.', { taskId: task.id });
    return enqueueAnalysis(ctx, cvId, agentId);
  });
}

/** Part of a transaction that has locked the CV or made it. @returns the new task, which the CV then points at */
async function enqueueAnalysis(ctx: Ctx, cvId: string, agentId: string): Promise<TaskRow> {
  const task = await ctx.tasks.enqueue({
    workspaceId: ctx.actor.workspaceId, kind: 'cv.analyse', payload: { cvId }, subject: { type: 'cv', id: cvId }, agentId, createdBy: ctx.actor.id, requestId: ctx.requestId,
  });
  await showQueued(ctx, { cvId }, task);
  return task;
}

/**
 * A CV that is here already and that the actor does not reach: it is neither shown nor changed, and a second row of the
 * same person would escape an erasure of the first. That somebody uploaded it is all that who holds the file learns.
 */
async function mustBeReached(ctx: Ctx, { id }: LockedCv): Promise<void> {
  const reachedCvs = await cvs(ctx.db).count({ where: { workspaceId: ctx.actor.workspaceId, id, ...reached(visibleCvs(ctx, 'cvs:create')) } });
  if (reachedCvs === 0) throw new AppError('conflict', 'Somebody else has uploaded the same file, and your role does not show it to you. Ask a recruiter to assign you to the job it belongs to.');
}

async function keepExternalId(ctx: Ctx, cv: LockedCv, externalId: string | undefined): Promise<void> {
  if (externalId === undefined || externalId === cv.externalId) return;
  if (cv.externalId !== null) throw new AppError('conflict', 'The same file is here already as a CV with another externalId. Use that CV, or upload without externalId.', { cvId: cv.id });
  await cvs(ctx.db).update({ externalId }, { where: { workspaceId: ctx.actor.workspaceId, id: cv.id } });
}

async function taskOf(ctx: Ctx, { taskId }: LockedCv): Promise<TaskRow | null> {
  return taskId === null ? null : ctx.tasks.find(ctx.actor.workspaceId, taskId);
}
