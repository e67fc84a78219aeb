import { z } from 'zod';
import { defineRoute, ok, reply } from '../platform/route.ts';
import { getMe } from './getMe.ts';
import { issueClientToken } from './tokens.ts';
import type { IdentityServices } from './tokens.ts';

const tokenExample = { access_token: 'eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl', token_type: 'Bearer', expires_in: 900, scope: 'cvs:create cvs:read' };

export function identityRoutes(identity: IdentityServices) {
  return [
    defineRoute({
      id: 'issueToken',
      method: 'post',
      path: '/v1/oauth/token',
      permission: 'public',
      tag: 'Identity',
      rate: 'auth',
      summary: 'Get an access token',
      description: 'OAuth 2.0 client credentials grant (RFC 6749, 4.4). Send the body as JSON or as a form. With `scope` (permissions separated by spaces) the token gives no more than these. Errors have the OAuth form, always with status 400.',
      form: true,
      errorFormat: 'oauth',
      body: z
        .object({
          grant_type: z.string().max(100),
          client_id: z.string().min(1).max(200),
          client_secret: z.string().min(1).max(500),
          scope: z.string().max(2000).optional(),
        })
        .strict(),
      bodyExample: { grant_type: 'client_credentials', client_id: 'tm_Zm9vYmFyYmF6', client_secret: 'shown-once-when-the-client-was-made' },
      responses: {
        200: {
          description: 'A token for `Authorization: Bearer …`',
          schema: z.object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.number().int(), scope: z.string() }),
          example: tokenExample,
        },
        400: {
          description: 'Refused',
          schema: z.object({ error: z.enum(['invalid_client', 'invalid_scope', 'unsupported_grant_type', 'invalid_request']), error_description: z.string() }),
          example: { error: 'invalid_client', error_description: 'The client id or the client secret is wrong.' },
        },
      },
      handler: async (_ctx, { body }) => {
        const token = await issueClientToken(identity, { grantType: body.grant_type, clientId: body.client_id, clientSecret: body.client_secret, scope: body.scope });
        return reply(200, { access_token: token.accessToken, token_type: 'Bearer', expires_in: token.expiresIn, scope: token.scope }, { 'Cache-Control': 'no-store' });
      },
    }),
    defineRoute({
      id: 'getJwks',
      method: 'get',
      path: '/.well-known/jwks.json',
      permission: 'public',
      tag: 'Identity',
      rate: 'public',
      summary: 'Public keys that verify access tokens',
      responses: {
        200: {
          description: 'A JSON Web Key Set (RFC 7517)',
          schema: z.object({ keys: z.array(z.object({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string(), crv: z.string().optional(), x: z.string().optional(), y: z.string().optional() })) }),
          example: { keys: [{ kty: 'EC', kid: 'k1', alg: 'ES256', use: 'sig', crv: 'P-256', x: '…', y: '…' }] },
        },
      },
      handler: async () => reply(200, await identity.keyRing.jwks(), { 'Cache-Control': `public, max-age=${Math.floor(identity.config.signingKeys.leadSeconds / 2)}` }),
    }),
    defineRoute({
      id: 'getMe',
      method: 'get',
      path: '/v1/me',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'read',
      summary: 'Who am I, and what may I do',
      responses: {
        200: {
          description: 'The actor of the token',
          schema: z.object({
            actor: z.object({ type: z.enum(['client', 'user', 'system']), id: z.string(), name: z.string() }),
            workspace: z.object({ id: z.string().uuid(), name: z.string() }),
            roles: z.array(z.string()),
            permissions: z.array(z.string()),
            tokenExpiresAt: z.string().datetime(),
          }),
          example: {
            actor: { type: 'client', id: '01980000-0000-7000-8000-000000000001', name: 'n8n' },
            workspace: { id: '01980000-0000-7000-8000-000000000000', name: 'Default workspace' },
            roles: ['integration'],
            permissions: ['cvs:create', 'cvs:read'],
            tokenExpiresAt: '2026-11-22T10:15:00.000Z',
          },
        },
      },
      handler: async (ctx, _input, http) => ok(await getMe(ctx, { tokenExpiresAt: http.state['tokenExpiresAt'] as Date })),
    }),
  ];
}
