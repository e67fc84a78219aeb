import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { createClientOf, deleteClient, getClient, listClients, revokeClientTokens, rotateClientSecret, updateClient } from './clients.ts';
import { changesSomething, noStore, nothingToChange, roleNames, title } from './fields.ts';

const client = z.object({
  id, clientId: z.string().describe('what the client logs in with'), name: z.string(), roles: z.array(z.string()), disabled: z.boolean(),
  secrets: z.array(z.object({ id, createdAt: timestamp, expiresAt: timestamp.nullable() })).describe('those that work, newest first'),
  lastUsedAt: timestamp.nullable(), createdBy: z.string(), createdAt: timestamp,
});
const clientSchema = named('Client', client);
const clientWithSecretSchema = named('ClientWithSecret', client.extend({ clientSecret: z.string().describe('shown this once') }));

const example = {
  id: '01980000-0000-7000-8000-000000015001', clientId: 'tm_Zm9vYmFyYmF6', name: 'n8n of the sales office', roles: ['integration'], disabled: false,
  secrets: [{ id: '01980000-0000-7000-8000-000000016001', createdAt: '2026-11-22T10:00:00.000Z', expiresAt: null }],
  lastUsedAt: null, createdBy: '01980000-0000-7000-8000-000000011000', createdAt: '2026-11-22T10:00:00.000Z',
};
const withSecret = { ...example, clientSecret: 'shown-once-when-the-secret-was-made' };
const rotated = {
  ...withSecret,
  secrets: [{ id: '01980000-0000-7000-8000-000000016002', createdAt: '2026-11-22T12:00:00.000Z', expiresAt: null }, { ...example.secrets[0], expiresAt: '2026-11-23T12:00:00.000Z' }],
};
const params = { clientId: id.describe('`id` of the client, not its `clientId`') };
const tag = 'Clients';
const cover = 'Refused with `grant_exceeded` where the client may do more than you.';

export const clientRoutes = [
  defineRoute({
    id: 'createClient', method: 'post', path: '/v1/clients', permission: 'clients:create', tag, rate: 'write',
    summary: 'Make a client: an id and a secret for a program',
    description: `The secret is shown this once. ${cover}`,
    body: z.object({ name: title, roles: roleNames }).strict(),
    bodyExample: { name: 'n8n of the sales office', roles: ['integration'] },
    responses: { 201: { description: 'The client with its secret', schema: clientWithSecretSchema, example: withSecret } },
    errors: ['grant_exceeded'],
    handler: async (ctx, { body }) => reply(201, await createClientOf(ctx, body), noStore),
  }),
  defineRoute({
    id: 'listClients', method: 'get', path: '/v1/clients', permission: 'clients:read', tag, rate: 'read',
    summary: 'List the clients of the workspace',
    description: 'With the roles of each; secrets are shown once, when they are made.', query: pageQuery,
    responses: { 200: { description: 'A page, newest first', schema: pageOf(clientSchema), example: { items: [example], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listClients(ctx, query)),
  }),
  defineRoute({
    id: 'getClient', method: 'get', path: '/v1/clients/:clientId', permission: 'clients:read', tag, rate: 'read',
    summary: 'Get one client',
    description: 'With its roles and when it last asked for a token; its secrets are not shown.', params,
    responses: { 200: { description: 'The client', schema: clientSchema, example } },
    handler: async (ctx, { params: { clientId } }) => ok(await getClient(ctx, { clientId })),
  }),
  defineRoute({
    id: 'updateClient', method: 'patch', path: '/v1/clients/:clientId', permission: 'clients:update', tag, rate: 'write',
    summary: 'Change a client’s name or roles, disable or enable it',
    description: `Roles count at once. The tokens of a disabled client are refused and stay so. A client does not disable itself (409). ${cover}`,
    params,
    body: z.object({ name: title.optional(), roles: roleNames.optional(), disabled: z.boolean().optional() }).strict().refine(changesSomething, nothingToChange),
    bodyExample: { disabled: true },
    responses: { 200: { description: 'The client as it is now', schema: clientSchema, example: { ...example, disabled: true } } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { clientId }, body }) => ok(await updateClient(ctx, { clientId, ...body })),
  }),
  defineRoute({
    id: 'deleteClient', method: 'delete', path: '/v1/clients/:clientId', permission: 'clients:delete', tag, rate: 'write',
    summary: 'Delete a client', description: `Its secrets and its tokens are refused at once. ${cover}`, params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { clientId } }) => {
      await deleteClient(ctx, { clientId });
      return noContent();
    },
  }),
  defineRoute({
    id: 'rotateClientSecret', method: 'post', path: '/v1/clients/:clientId/secrets', permission: 'clients:update', tag, rate: 'write',
    summary: 'Give a client a new secret',
    description: `Shown this once. The one before works \`overlapSeconds\` longer (a day when left out), so that nothing stops meanwhile; with 0 it ends at once. Tokens that were issued with it live on: revoke them too when the secret has leaked. ${cover}`,
    params,
    body: z.object({ overlapSeconds: z.number().int().min(0).max(2_592_000).default(86_400) }).strict(),
    bodyExample: { overlapSeconds: 86_400 },
    responses: { 201: { description: 'The client with its new secret', schema: clientWithSecretSchema, example: rotated } },
    errors: ['grant_exceeded'],
    handler: async (ctx, { params: { clientId }, body }) => reply(201, await rotateClientSecret(ctx, { clientId, ...body }), noStore),
  }),
  defineRoute({
    id: 'revokeClientTokens', method: 'delete', path: '/v1/clients/:clientId/tokens', permission: 'clients:update', tag, rate: 'write',
    summary: 'Revoke all access tokens of a client',
    description: `On every replica within seconds. With its secret the client gets new ones. ${cover}`,
    params,
    responses: { 204: { description: 'Revoked' } },
    errors: ['grant_exceeded'],
    handler: async (ctx, { params: { clientId } }) => {
      await revokeClientTokens(ctx, { clientId });
      return noContent();
    },
  }),
];
