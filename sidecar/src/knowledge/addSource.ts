import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { documentKindOf } from '../documents/documentKind.ts';
import { checkDocumentKind, unnamedText } from '../documents/upload.ts';
import type { UploadedDocument } from '../documents/upload.ts';
import { reached } from '../cvs/visible.ts';
import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { TaskRow } from '../platform/queue/ledger.ts';
import { showIndexingQueued } from './indexingState.ts';
import { findCollection } from './readCollections.ts';
import { sources } from './Source.ts';
import { visibleSources } from './visibleSources.ts';

export interface AddSourceInput extends UploadedDocument {
  title?: string | undefined;
  /** the caller's own id: adding under it again replaces the content */
  externalId?: string | undefined;
  /** content and external ids are unique within a collection, and within what is in none */
  collectionId?: string | undefined;
}

/**
 * Stores a document and puts its indexing into the ledger. The same bytes in a collection are the same source, whoever
 * adds them; what is indexed stays findable until the new content is.
 * @returns the task `source.index`. @throws AppError `not_found` for a collection that the actor may not read, `conflict`
 * when the document or external id is another's and the actor reaches only its own, `empty_document`, `unsupported_document`, `document_password_protected`
 */
export async function addSource(ctx: Ctx, input: AddSourceInput): Promise<TaskRow> {
  checkDocumentKind(input);
  const { workspaceId } = ctx.actor;
  const sha256 = createHash('sha256').update(input.bytes).digest('hex');
  const externalId = input.externalId === undefined ? null : storable(input.externalId);
  const collectionId = input.collectionId ?? null;
  return ctx.db.transaction(async () => {
    if (collectionId !== null) await findCollection(ctx, collectionId);
    // Content and external id are unique: additions to one workspace follow each other.
    await ctx.db.query("SELECT pg_advisory_xact_lock(hashtextextended('sources/' || $1, 0))", { bind: [workspaceId] });
    const same = await sources(ctx.db).findOne({ where: { workspaceId, kind: 'document', collectionId, sha256 }, attributes: ['id', 'externalId', 'status', 'taskId'], raw: true });
    const named = externalId === null ? null : await sources(ctx.db).findOne({ where: { workspaceId, collectionId, externalId }, attributes: ['id'], raw: true });
    for (const there of [same, named]) if (there !== null) await mustBeReached(ctx, there);
    if (same !== null) {
      // The content this external id had until now is replaced by one that is already here.
      if (named !== null && named.id !== same.id) await sources(ctx.db).destroy({ where: { workspaceId, id: named.id } });
      await sources(ctx.db).update(
        { ...(externalId !== null && same.externalId === null && { externalId }), ...(input.title !== undefined && { title: storable(input.title) }) },
        { where: { workspaceId, id: same.id } },
      );
      const task = same.taskId === null || same.status === 'failed' ? null : await ctx.tasks.find(workspaceId, same.taskId);
      return task !== null && ['queued', 'running', 'succeeded'].includes(task.status) ? task : enqueueIndexing(ctx, same.id);
    }
    const content = { title: titleOf(input), mediaType: mediaTypeOf(input), sha256, byteSize: input.bytes.length, bytes: input.bytes, status: 'queued' as const, error: null };
    const id = named?.id ?? uuidv7();
    if (named !== null) await sources(ctx.db).update(content, { where: { workspaceId, id } });
    else await sources(ctx.db).create({ id, workspaceId, kind: 'document', externalId, collectionId, createdBy: ctx.actor.id, createdAt: new Date(), ...content });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: named === null ? 'source.added' : 'source.replaced', subject: { type: 'source', id }, requestId: ctx.requestId });
    return enqueueIndexing(ctx, id);
  });
}

/** What is there is not changed by who does not reach it, and its id not told. Everything in the collection may be read anyway. */
async function mustBeReached(ctx: Ctx, { id }: { id: string }): Promise<void> {
  const within = await sources(ctx.db).count({ where: { workspaceId: ctx.actor.workspaceId, id, ...reached(visibleSources(ctx, 'sources:create')) } });
  if (within === 0) throw new AppError('conflict', 'Somebody else has added this document, or uses this externalId, and your role changes only your own. Choose another externalId, or ask a recruiter.');
}

async function enqueueIndexing(ctx: Ctx, sourceId: string): Promise<TaskRow> {
  const { workspaceId } = ctx.actor;
  const task = await ctx.tasks.enqueue({ workspaceId, kind: 'source.index', payload: { sourceId }, subject: { type: 'source', id: sourceId }, createdBy: ctx.actor.id, requestId: ctx.requestId });
  await showIndexingQueued(ctx, { sourceId }, task);
  return task;
}

function titleOf({ title, fileName, bytes }: AddSourceInput): string {
  if (title !== undefined) return storable(title);
  if (fileName !== unnamedText) return storable(fileName);
  const firstLine = bytes.toString('utf8').split('\n').find((line) => line.trim() !== '');
  return storable((firstLine ?? fileName).trim().slice(0, 80));
}

/** Kept where only the file's name tells the kind; the reader finds the others by their content. */
function mediaTypeOf({ bytes, fileName, mediaType }: AddSourceInput): string | null {
  const kind = documentKindOf(bytes, { fileName, ...(mediaType !== null && { mediaType }) });
  return { markdown: 'text/markdown', html: 'text/html', text: 'text/plain' }[kind as string] ?? null;
}

/** PostgreSQL takes no U+0000 and no lone surrogate. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
