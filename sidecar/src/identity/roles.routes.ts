import { z } from 'zod';
import { rowScopes } from '../platform/access.ts';
import { pageOf } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { areDifferent, changesSomething, nothingToChange, personName, roleName } from './fields.ts';
import { createRole, deleteRole, listPermissions, listRoles, updateRole } from './roles.ts';

const roleSchema = named(
  'Role',
  z.object({
    id: id.nullable().describe('null for a built-in role: it cannot be changed'), builtIn: z.boolean(), name: z.string(), description: z.string().nullable(),
    permissions: z.array(z.string()), rows: z.enum(rowScopes), blind: z.boolean(),
    users: z.number().int().describe('how many have it'), clients: z.number().int(), collections: z.number().int().describe('how many name it as one that may read them'),
    createdBy: z.string().nullable(), createdAt: timestamp.nullable(), updatedAt: timestamp.nullable(),
  }),
);
const example = {
  id: '01980000-0000-7000-8000-000000014001', builtIn: false, name: 'junior-recruiter', description: 'Reads candidates without names', permissions: ['candidates:read', 'jobs:read', 'matches:read'],
  rows: 'workspace' as const, blind: true, users: 3, clients: 0, collections: 0, createdBy: '01980000-0000-7000-8000-000000011000', createdAt: '2026-11-22T10:00:00.000Z', updatedAt: '2026-11-22T10:00:00.000Z',
};
const builtInExample = {
  ...example, id: null, builtIn: true, name: 'hiring-manager', description: 'Reads the jobs assigned to them, with their matches, candidates and CVs',
  permissions: ['candidates:read', 'collections:read', 'cvs:read', 'jobs:read', 'matches:read', 'rag:query', 'tasks:read'], rows: 'assigned' as const, blind: false, createdBy: null, createdAt: null, updatedAt: null,
};

const permissionNames = z.array(z.string().min(1).max(50)).min(1).max(100).refine(areDifferent, 'names a permission twice');
const description = personName.nullable();
const rows = z.enum(rowScopes).describe('`own`: what the holder made; `assigned`: these and jobs assigned to them, with matches, candidates and CVs; `workspace`: all');
const blind = z.boolean().describe('no names, contact data, addresses, photos, birth dates and file names');
const params = { roleId: id };
const tag = 'Roles';

export const roleRoutes = [
  defineRoute({
    id: 'listPermissions', method: 'get', path: '/v1/permissions', permission: 'roles:read', tag, rate: 'read',
    summary: 'List every permission there is',
    description: 'Those with `installation` reach beyond one workspace and count in the first workspace only.',
    responses: {
      200: {
        description: 'All of them', schema: pageOf(z.object({ permission: z.string(), description: z.string(), installation: z.boolean() })),
        example: { items: [{ permission: 'cvs:erase', description: 'Erase a CV for good.', installation: false }], nextCursor: null },
      },
    },
    handler: async () => ok({ items: listPermissions(), nextCursor: null }),
  }),
  defineRoute({
    id: 'listRoles', method: 'get', path: '/v1/roles', permission: 'roles:read', tag, rate: 'read',
    summary: 'List the roles, built in and of the workspace',
    description: 'With the permissions of each, the rows they reach and whether names are hidden.',
    responses: { 200: { description: 'All of them', schema: pageOf(roleSchema), example: { items: [builtInExample, example], nextCursor: null } } },
    handler: async (ctx) => ok({ items: await listRoles(ctx), nextCursor: null }),
  }),
  defineRoute({
    id: 'createRole', method: 'post', path: '/v1/roles', permission: 'roles:create', tag, rate: 'write',
    summary: 'Make a role',
    description: 'Of permissions that you have yourself, for rows you reach, and blind unless you see: else `grant_exceeded`. Names of built-in roles are taken (409).',
    body: z.object({ name: roleName, description: description.default(null), permissions: permissionNames, rows: rows.default('workspace'), blind: blind.default(false) }).strict(),
    bodyExample: { name: 'junior-recruiter', description: 'Reads candidates without names', permissions: ['candidates:read', 'jobs:read', 'matches:read'], rows: 'workspace', blind: true },
    responses: { 201: { description: 'The role', schema: roleSchema, example: { ...example, users: 0 } } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { body }) => reply(201, await createRole(ctx, body)),
  }),
  defineRoute({
    id: 'updateRole', method: 'patch', path: '/v1/roles/:roleId', permission: 'roles:update', tag, rate: 'write',
    summary: 'Change a role of the workspace',
    description: 'Counts at once for everybody who has it. You need to reach as far as the role before and afterwards. A role that somebody has keeps its name (409).',
    params,
    body: z.object({ name: roleName.optional(), description: description.optional(), permissions: permissionNames.optional(), rows: rows.optional(), blind: blind.optional() }).strict().refine(changesSomething, nothingToChange),
    bodyExample: { blind: false },
    responses: { 200: { description: 'The role as it is now', schema: roleSchema, example: { ...example, blind: false } } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { roleId }, body }) => ok(await updateRole(ctx, { roleId, ...body })),
  }),
  defineRoute({
    id: 'deleteRole', method: 'delete', path: '/v1/roles/:roleId', permission: 'roles:delete', tag, rate: 'write',
    summary: 'Delete a role that nobody has',
    description: 'A role that users or clients still have is refused with 409; built-in roles stay.', params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { roleId } }) => {
      await deleteRole(ctx, { roleId });
      return noContent();
    },
  }),
];
