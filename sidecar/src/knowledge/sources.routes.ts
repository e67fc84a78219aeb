import { z } from 'zod';
import { uploadBody, uploadedDocument, uploadErrors } from '../documents/upload.ts';
import { pageOf, pageQuery } from '../platform/page.ts';
import { replyTask, taskExample, taskResponses, waitQuery } from '../platform/queue/tasks.routes.ts';
import { defineRoute, noContent, ok } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { addSource } from './addSource.ts';
import { deleteSource } from './deleteSource.ts';
import { getSource, listSources } from './readSources.ts';
import { sourceKinds, sourceStatuses } from './Source.ts';

const sourceSchema = named(
  'Source',
  z.object({
    id, externalId: z.string().nullable(), collectionId: id.nullable(), kind: z.enum(sourceKinds), cvId: id.nullable(), candidateId: id.nullable(), title: z.string(), mediaType: z.string().nullable(), sha256: z.string(),
    byteSize: z.number().int(), language: z.string().nullable(), status: z.enum(sourceStatuses), error: z.object({ code: z.string(), message: z.string() }).nullable(), taskId: id.nullable(),
    createdAt: timestamp, indexedAt: timestamp.nullable(),
  }),
);

const sourceId = '01980000-0000-7000-8000-000000020001';
const sourceExample = {
  id: sourceId, externalId: 'handbook-7', collectionId: null, kind: 'document', cvId: null, candidateId: null, title: 'Recruiting policy', mediaType: 'text/markdown', sha256: 'b'.repeat(64), byteSize: 1689, language: 'en',
  status: 'indexed', error: null, taskId: '01980000-0000-7000-8000-00000000b002', createdAt: '2026-11-22T10:00:00.000Z', indexedAt: '2026-11-22T10:00:00.200Z',
};
const indexed = { ...taskExample, kind: 'source.index', subject: { type: 'source', id: sourceId }, result: { sourceId, language: 'en', chunks: 6 } };

export const sourceRoutes = [
  defineRoute({
    id: 'createSource', method: 'post', path: '/v1/sources', permission: 'sources:create', tag: 'Knowledge', rate: 'heavy',
    summary: 'Add a document to ask about',
    description: 'As base64 in JSON, as plain `text`, as multipart part `file`, or from a `url` as with CVs. The same bytes in the same collection are the same source. With an `externalId` that is known there the content is replaced. The result of the task is `{sourceId, language, chunks}`.',
    upload: true, query: waitQuery,
    body: uploadBody.extend({ title: z.string().trim().min(1).max(300).optional().describe('Title under which it is cited; default the file name'), collectionId: id.optional().describe('Collection to put it into, one that you may read') }).strict(),
    bodyExample: { title: 'Recruiting policy', externalId: 'handbook-7', text: '# Recruiting policy\n\n## Referrals\nEmployees who recommend a candidate receive 1,500 euros.' },
    responses: { 200: { ...taskResponses[200], example: indexed }, 202: { ...taskResponses[202], example: { ...indexed, status: 'queued', progress: 0, attempt: 0, result: null, startedAt: null, finishedAt: null } } },
    errors: ['not_found', 'conflict', 'document_password_protected', ...uploadErrors],
    handler: async (ctx, { body, file, query }) => replyTask(ctx, await addSource(ctx, { ...(await uploadedDocument(ctx, body, file)), title: body.title, externalId: body.externalId, collectionId: body.collectionId }), query.wait),
  }),
  defineRoute({
    id: 'listSources', method: 'get', path: '/v1/sources', permission: 'sources:read', tag: 'Knowledge', rate: 'read',
    summary: 'List sources, newest first', description: 'Documents of collections you may read, and the indexed CVs that you may see.',
    query: { ...pageQuery, kind: z.enum(sourceKinds).optional(), collectionId: id.optional() },
    responses: { 200: { description: 'A page of sources', schema: pageOf(sourceSchema), example: { items: [sourceExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listSources(ctx, query)),
  }),
  defineRoute({
    id: 'getSource', method: 'get', path: '/v1/sources/:sourceId', permission: 'sources:read', tag: 'Knowledge', rate: 'read',
    summary: 'Get a source',
    description: 'With the state of its indexing.', params: { sourceId: id },
    responses: { 200: { description: 'The source', schema: sourceSchema, example: sourceExample } },
    handler: async (ctx, { params }) => ok(await getSource(ctx, params)),
  }),
  defineRoute({
    id: 'deleteSource', method: 'delete', path: '/v1/sources/:sourceId', permission: 'sources:delete', tag: 'Knowledge', rate: 'write',
    summary: 'Delete a document with its passages', description: 'A CV is erased as a CV: `DELETE /v1/cvs/{cvId}`.', params: { sourceId: id },
    responses: { 204: { description: 'Deleted' } }, errors: ['conflict'],
    handler: async (ctx, { params }) => {
      await deleteSource(ctx, params);
      return noContent();
    },
  }),
];
