import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { getCollection, listCollections } from './readCollections.ts';
import { createCollection, deleteCollection, updateCollection } from './saveCollection.ts';

const collectionSchema = named(
  'Collection',
  z.object({
    id, name: z.string(), description: z.string().nullable(),
    readRoles: z.array(z.string()).nullable().describe('Roles that may read its documents, and be answered from them; null for everybody who may ask questions'),
    createdAt: timestamp, updatedAt: timestamp,
  }),
);
const collectionId = '01980000-0000-7000-8000-000000040001';
const example = {
  id: collectionId, name: 'Salary bands', description: 'What each level pays', readRoles: ['admin', 'recruiter'], createdAt: '2026-11-22T10:00:00.000Z', updatedAt: '2026-11-22T10:00:00.000Z',
};
const name = z.string().trim().min(1).max(100);
const description = z.string().trim().max(500).nullable();
const readRoles = z.array(z.string().min(1).max(50)).max(50).refine((names) => new Set(names).size === names.length, 'names a role twice').nullable();

export const collectionRoutes = [
  defineRoute({
    id: 'createCollection', method: 'post', path: '/v1/collections', permission: 'collections:create', tag: 'Knowledge', rate: 'write',
    summary: 'Make a collection of documents',
    description: 'Documents are put into it when they are added (`collectionId` of POST /v1/sources). With `readRoles` only these roles, and whoever may change all collections, find them, are answered from them and know of them.',
    body: z.object({ name, description: description.default(null), readRoles: readRoles.default(null) }).strict(),
    bodyExample: { name: 'Salary bands', description: 'What each level pays', readRoles: ['admin', 'recruiter'] },
    responses: { 201: { description: 'The collection', schema: collectionSchema, example } },
    errors: ['conflict'],
    handler: async (ctx, { body }) => {
      const collection = await createCollection(ctx, body);
      return reply(201, collection, { Location: `/v1/collections/${collection.id}` });
    },
  }),
  defineRoute({
    id: 'listCollections', method: 'get', path: '/v1/collections', permission: 'collections:read', tag: 'Knowledge', rate: 'read',
    summary: 'List the collections you may read, newest first',
    description: 'Those the roles of the caller may read.', query: pageQuery,
    responses: { 200: { description: 'A page of collections', schema: pageOf(collectionSchema), example: { items: [example], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listCollections(ctx, query)),
  }),
  defineRoute({
    id: 'getCollection', method: 'get', path: '/v1/collections/:collectionId', permission: 'collections:read', tag: 'Knowledge', rate: 'read',
    summary: 'Get a collection',
    description: 'With the roles that may read its sources.', params: { collectionId: id },
    responses: { 200: { description: 'The collection', schema: collectionSchema, example } },
    handler: async (ctx, { params }) => ok(await getCollection(ctx, params)),
  }),
  defineRoute({
    id: 'updateCollection', method: 'patch', path: '/v1/collections/:collectionId', permission: 'collections:update', tag: 'Knowledge', rate: 'write',
    summary: 'Rename a collection, or change who may read it', description: 'Other `readRoles` take effect at once.', params: { collectionId: id },
    body: z.object({ name: name.optional(), description: description.optional(), readRoles: readRoles.optional() }).strict().refine((body) => Object.values(body).some((value) => value !== undefined), 'must hold at least one field to change'),
    bodyExample: { readRoles: ['admin', 'recruiter', 'hiring-manager'] },
    responses: { 200: { description: 'The changed collection', schema: collectionSchema, example: { ...example, readRoles: ['admin', 'recruiter', 'hiring-manager'] } } },
    errors: ['conflict'],
    handler: async (ctx, { params, body }) => ok(await updateCollection(ctx, { ...params, ...body })),
  }),
  defineRoute({
    id: 'deleteCollection', method: 'delete', path: '/v1/collections/:collectionId', permission: 'collections:delete', tag: 'Knowledge', rate: 'write',
    summary: 'Delete an empty collection',
    description: 'One that still holds sources is refused with 409.', params: { collectionId: id },
    responses: { 204: { description: 'Deleted' } },
    errors: ['conflict'],
    handler: async (ctx, { params }) => {
      await deleteCollection(ctx, params);
      return noContent();
    },
  }),
];
