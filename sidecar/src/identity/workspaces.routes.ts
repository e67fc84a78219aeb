import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { areDifferent, changesSomething, noStore, nothingToChange, personName, title } from './fields.ts';
import { shownInvitationExample, shownInvitationSchema } from './invitations.routes.ts';
import { emailSchema } from './passwords.ts';
import { roles } from './permissions.ts';
import { createWorkspace, getWorkspace, listWorkspaces, updateOwnWorkspace, updateWorkspace } from './workspaces.ts';
import type { Furnish } from './workspaces.ts';

const workspaceSchema = named(
  'Workspace',
  z.object({ id, name: z.string(), operator: z.boolean().describe('the first one, which runs the installation'), blindRoles: z.array(z.string()), disabled: z.boolean(), createdAt: timestamp }),
);
const example = { id: '01980000-0000-7000-8000-000000000000', name: 'Default workspace', operator: true, blindRoles: ['hiring-manager'], disabled: false, createdAt: '2026-11-01T09:00:00.000Z' };
const newExample = { ...example, id: '01980000-0000-7000-8000-000000017001', name: 'Brandis & Talvera', operator: false, blindRoles: [], createdAt: '2026-11-22T10:00:00.000Z' };
const invitationExample = {
  ...shownInvitationExample, roles: ['admin'], link: `${shownInvitationExample.link}&workspace=${newExample.id}`,
};
const blindable = Object.keys(roles).filter((name) => name !== 'admin') as [string, ...string[]];
const tag = 'Workspaces';

export function workspaceRoutes(furnish: Furnish) {
  return [
    defineRoute({
      id: 'getWorkspace', method: 'get', path: '/v1/workspace', permission: 'workspace:read', tag, rate: 'read',
      summary: 'Get my workspace',
      description: 'Name and settings of the workspace the token belongs to.',
      responses: { 200: { description: 'Its settings', schema: workspaceSchema, example } },
      handler: async (ctx) => ok(await getWorkspace(ctx)),
    }),
    defineRoute({
      id: 'updateOwnWorkspace', method: 'patch', path: '/v1/workspace', permission: 'workspace:update', tag, rate: 'write',
      summary: 'Change my workspace',
      description: '`blindRoles`: the built-in roles that see no names, contact data, addresses, photos, birth dates and file names. The list takes the place of the one before. Refused with `grant_exceeded` where a role whose sight changes may do more than you.',
      body: z.object({ name: title.optional(), blindRoles: z.array(z.enum(blindable)).refine(areDifferent, 'names a role twice').optional() }).strict().refine(changesSomething, nothingToChange),
      bodyExample: { blindRoles: ['hiring-manager'] },
      responses: { 200: { description: 'Its settings now', schema: workspaceSchema, example } },
      errors: ['grant_exceeded'],
      handler: async (ctx, { body }) => ok(await updateOwnWorkspace(ctx, body)),
    }),
    defineRoute({
      id: 'createWorkspace', method: 'post', path: '/v1/workspaces', permission: 'workspaces:create', tag, rate: 'write',
      summary: 'Make a workspace',
      description: 'With its agents and the invitation of its first administrator, whose link is shown this once. For users of the first workspace, who see nothing of what happens in it.',
      body: z.object({ name: title, admin: z.object({ email: emailSchema, name: personName }).strict() }).strict(),
      bodyExample: { name: 'Brandis & Talvera', admin: { email: 'odo.brandis@example.com', name: 'Odo Brandis' } },
      responses: { 201: { description: 'The workspace and the invitation', schema: z.object({ workspace: workspaceSchema, invitation: shownInvitationSchema }), example: { workspace: newExample, invitation: invitationExample } } },
      handler: async (ctx, { body }) => reply(201, await createWorkspace(ctx, body, furnish), noStore),
    }),
    defineRoute({
      id: 'listWorkspaces', method: 'get', path: '/v1/workspaces', permission: 'workspaces:read', tag, rate: 'read',
      summary: 'List all workspaces of the installation',
      description: 'For operators: only the first workspace of an installation may ask.', query: pageQuery,
      responses: { 200: { description: 'A page, newest first', schema: pageOf(workspaceSchema), example: { items: [newExample, example], nextCursor: null } } },
      errors: ['invalid_cursor'],
      handler: async (ctx, { query }) => ok(await listWorkspaces(ctx, query)),
    }),
    defineRoute({
      id: 'updateWorkspace', method: 'patch', path: '/v1/workspaces/:workspaceId', permission: 'workspaces:update', tag, rate: 'write',
      summary: 'Rename, disable or enable a workspace',
      description: 'Every token of a disabled workspace is refused within seconds, its tasks and deliveries wait; nothing is deleted. The first workspace cannot be disabled (409).',
      params: { workspaceId: id },
      body: z.object({ name: title.optional(), disabled: z.boolean().optional() }).strict().refine(changesSomething, nothingToChange),
      bodyExample: { disabled: true },
      responses: { 200: { description: 'The workspace as it is now', schema: workspaceSchema, example: { ...newExample, disabled: true } } },
      errors: ['conflict'],
      handler: async (ctx, { params: { workspaceId }, body }) => ok(await updateWorkspace(ctx, { workspaceId, ...body })),
    }),
  ];
}
