import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { noStore, personName, roleNames } from './fields.ts';
import { createInvitation, listInvitations, renewInvitation, withdrawInvitation } from './invitations.ts';
import { emailSchema } from './passwords.ts';

const invitation = z.object({
  id, userId: id, email: z.string(), name: z.string(), roles: z.array(z.string()), state: z.enum(['open', 'expired', 'accepted', 'withdrawn']),
  createdBy: z.string(), createdAt: timestamp, expiresAt: timestamp,
});
const invitationSchema = named('Invitation', invitation);
export const shownInvitationSchema = named('InvitationWithLink', invitation.extend({ link: z.string().url().describe('shown this once') }));

const example = {
  id: '01980000-0000-7000-8000-000000013001', userId: '01980000-0000-7000-8000-000000011002', email: 'odo.brandis@example.com', name: 'Odo Brandis', roles: ['hiring-manager'], state: 'open' as const,
  createdBy: '01980000-0000-7000-8000-000000011000', createdAt: '2026-11-22T10:00:00.000Z', expiresAt: '2026-11-29T10:00:00.000Z',
};
export const shownInvitationExample = { ...example, link: 'https://talentmatch.example.com/account#invitation=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80' };
const params = { invitationId: id };
const tag = 'Users';

export const invitationRoutes = [
  defineRoute({
    id: 'createInvitation', method: 'post', path: '/v1/invitations', permission: 'users:create', tag, rate: 'write',
    summary: 'Invite somebody',
    description: 'Makes a user of status `invited` and a link with which they choose a password. Give it to them yourself: it is shown this once, works once, for seven days. Refused with `grant_exceeded` where the roles give more than you have.',
    body: z.object({ email: emailSchema, name: personName, roles: roleNames }).strict(),
    bodyExample: { email: 'odo.brandis@example.com', name: 'Odo Brandis', roles: ['hiring-manager'] },
    responses: { 201: { description: 'The invitation with its link', schema: shownInvitationSchema, example: shownInvitationExample } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { body }) => reply(201, await createInvitation(ctx, body), noStore),
  }),
  defineRoute({
    id: 'listInvitations', method: 'get', path: '/v1/invitations', permission: 'users:read', tag, rate: 'read',
    summary: 'List invitations with their state',
    description: 'Accepted ones too; those that were withdrawn by DELETE are gone.',
    query: pageQuery,
    responses: { 200: { description: 'A page, newest first', schema: pageOf(invitationSchema), example: { items: [example], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listInvitations(ctx, query)),
  }),
  defineRoute({
    id: 'renewInvitation', method: 'post', path: '/v1/invitations/:invitationId/renew', permission: 'users:create', tag, rate: 'write',
    summary: 'Make a new link for an invitation',
    description: 'It works for seven days from now; the one before works no longer.',
    params,
    responses: { 200: { description: 'The invitation with its new link', schema: shownInvitationSchema, example: shownInvitationExample } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { invitationId } }) => reply(200, await renewInvitation(ctx, { invitationId }), noStore),
  }),
  defineRoute({
    id: 'withdrawInvitation', method: 'delete', path: '/v1/invitations/:invitationId', permission: 'users:delete', tag, rate: 'write',
    summary: 'Withdraw an invitation',
    description: 'Its link works no longer, and the user, who was never here, goes. An accepted one is a conflict: delete the user instead.',
    params,
    responses: { 204: { description: 'Withdrawn' } },
    errors: ['conflict', 'grant_exceeded'],
    handler: async (ctx, { params: { invitationId } }) => {
      await withdrawInvitation(ctx, { invitationId });
      return noContent();
    },
  }),
];
