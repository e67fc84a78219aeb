/** Takes a CV in: checks it, stores the bytes, puts the analysis into the ledger. Nothing is stored of a refused file. */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { acceptWork } from '../agents/runGuard.ts';
import { checkDocumentKind } from '../documents/upload.ts';
import type { UploadedDocument } from '../documents/upload.ts';
import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { cvFiles, cvs } from './Cv.ts';

export interface UploadInput extends UploadedDocument {
  externalId?: string | undefined;
}

/**
 * The same bytes twice in a workspace are the same CV: the second upload answers the task of the first.
 * @returns the task `cv.analyse`. @throws AppError `empty_document`, `unsupported_document`, `agent_paused` …
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
      const existing = await cvs(ctx.db).findOne({ where: { workspaceId, sha256 }, attributes: ['id', 'taskId'], raw: true });
      if (existing?.taskId) {
        const task = await ctx.tasks.find(workspaceId, existing.taskId);
        if (task !== null) return task;
      }
      if (existing) return enqueueAnalysis(ctx, existing.id, agentId);
      // It was erased between the two statements, so it is new again.
      return uploadCv(ctx, input);
    }
    await cvFiles(ctx.db).create({ cvId: id, workspaceId, bytes: input.bytes });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'cv.uploaded', subject: { type: 'cv', id }, requestId: ctx.requestId });
    return enqueueAnalysis(ctx, id, agentId);
  });
}

/** Part of the caller's transaction. @returns the new task, which the CV then points at. @throws AppError `not_found` when it was erased meanwhile */
export async function enqueueAnalysis(ctx: Ctx, cvId: string, agentId: string): Promise<TaskRow> {
  const { workspaceId } = ctx.actor;
  const there = await ctx.db.query('SELECT id FROM cvs WHERE workspace_id = :workspaceId AND id = :cvId FOR UPDATE', { replacements: { workspaceId, cvId } });
  if (there.length === 0) throw new AppError('not_found', 'The CV was erased meanwhile. Upload it again.');
  const task = await ctx.tasks.enqueue({
    workspaceId, kind: 'cv.analyse', payload: { cvId }, subject: { type: 'cv', id: cvId }, agentId, createdBy: ctx.actor.id, requestId: ctx.requestId,
  });
  await cvs(ctx.db).update({ taskId: task.id }, { where: { workspaceId, id: cvId } });
  return task;
}
