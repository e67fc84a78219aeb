import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { createPasswordReset, deleteUser, endUserSessions, updateUser } from './administerUsers.ts';
import { changesSomething, noStore, nothingToChange, personName, roleNames } from './fields.ts';
import { sessionExample, sessionSchema } from './identity.routes.ts';
import { getUser, listUserSessions, listUsers, userStatuses } from './users.ts';

const userSchema = named(
  'User',
  z.object({ id, email: z.string(), name: z.string(), roles: z.array(z.string()), status: z.enum(userStatuses), lastLoginAt: timestamp.nullable(), createdBy: z.string(), createdAt: timestamp }),
);
const example = {
  id: '01980000-0000-7000-8000-000000011001', email: 'ines.talvera@example.com', name: 'Ines Talvera', roles: ['recruiter'], status: 'active' as const,
  lastLoginAt: '2026-11-22T10:00:00.000Z', createdBy: '01980000-0000-7000-8000-000000011000', createdAt: '2026-11-01T09:00:00.000Z',
};
const params = { userId: id };
const tag = 'Users';
const cover = 'Refused with `grant_exceeded` where the user may do more than you, before or afterwards.';

export const userRoutes = [
  defineRoute({
    id: 'listUsers', method: 'get', path: '/v1/users', permission: 'users:read', tag, rate: 'read',
    summary: 'List the people of the workspace',
    description: 'With the roles of each; nothing of a password leaves the service.',
    query: {
      ...pageQuery,
      role: z.string().min(1).max(50).optional().describe('Those who have this role.'),
      status: z.enum(userStatuses).optional(),
      q: z.string().trim().min(1).max(100).optional().describe('Part of a name or e-mail address.'),
    },
    responses: { 200: { description: 'A page, newest first', schema: pageOf(userSchema), example: { items: [example], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listUsers(ctx, query)),
  }),
  defineRoute({
    id: 'getUser', method: 'get', path: '/v1/users/:userId', permission: 'users:read', tag, rate: 'read',
    summary: 'Get one user',
    description: 'With its roles and whether it is disabled.', params,
    responses: { 200: { description: 'The user', schema: userSchema, example } },
    handler: async (ctx, { params: { userId } }) => ok(await getUser(ctx, { userId })),
  }),
  defineRoute({
    id: 'updateUser', method: 'patch', path: '/v1/users/:userId', permission: 'users:update', tag, rate: 'write',
    summary: 'Change a user’s name or roles, disable or enable them',
    description: `Roles count at once, also for tokens that were issued before, and open links of the user are withdrawn: renew the invitation. Disabling ends every session. Nobody disables themselves, and the last administrator who can log in stays one (409). ${cover}`,
    params,
    body: z.object({ name: personName.optional(), roles: roleNames.optional(), disabled: z.boolean().optional() }).strict().refine(changesSomething, nothingToChange),
    bodyExample: { roles: ['recruiter', 'analyst'] },
    responses: { 200: { description: 'The user as they are now', schema: userSchema, example: { ...example, roles: ['recruiter', 'analyst'] } } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { userId }, body }) => ok(await updateUser(ctx, { userId, ...body })),
  }),
  defineRoute({
    id: 'deleteUser', method: 'delete', path: '/v1/users/:userId', permission: 'users:delete', tag, rate: 'write',
    summary: 'Delete a user',
    description: `E-mail address, name and password go for good, sessions end, jobs are no longer assigned to them. What they made stays, under an id that names nobody. ${cover}`,
    params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { userId } }) => {
      await deleteUser(ctx, { userId });
      return noContent();
    },
  }),
  defineRoute({
    id: 'createPasswordReset', method: 'post', path: '/v1/users/:userId/password-reset', permission: 'users:update', tag, rate: 'write',
    summary: 'Make a link that sets a new password',
    description: `Give it to the user yourself: it is shown this once, works once, for an hour, and withdraws earlier ones. Until it is used the present password works. ${cover}`,
    params,
    responses: {
      201: {
        description: 'The link', schema: z.object({ link: z.string().url(), expiresAt: timestamp }),
        example: { link: 'https://talentmatch.example.com/account#password-reset=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80', expiresAt: '2026-11-22T11:00:00.000Z' },
      },
    },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { userId } }) => reply(201, await createPasswordReset(ctx, { userId }), noStore),
  }),
  defineRoute({
    id: 'listUserSessions', method: 'get', path: '/v1/users/:userId/sessions', permission: 'sessions:read', tag, rate: 'read',
    summary: 'List the sessions of a user',
    description: 'The live ones, last used first, with device and network (never the whole address).',
    params,
    responses: { 200: { description: 'The sessions', schema: pageOf(sessionSchema), example: { items: [{ ...sessionExample, current: false }], nextCursor: null } } },
    handler: async (ctx, { params: { userId } }) => ok({ items: await listUserSessions(ctx, { userId }), nextCursor: null }),
  }),
  defineRoute({
    id: 'endUserSessions', method: 'delete', path: '/v1/users/:userId/sessions', permission: 'sessions:revoke', tag, rate: 'write',
    summary: 'End all sessions of a user',
    description: 'Access and refresh tokens are refused on every replica within seconds. The user can log in again. Refused with `grant_exceeded` where the user may do more than you.',
    params,
    responses: { 200: { description: 'How many sessions have ended', schema: z.object({ ended: z.number().int() }), example: { ended: 2 } } },
    errors: ['grant_exceeded'],
    handler: async (ctx, { params: { userId } }) => ok(await endUserSessions(ctx, { userId })),
  }),
];
