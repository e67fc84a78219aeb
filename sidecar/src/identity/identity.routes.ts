import type { Context } from 'koa';
import { z } from 'zod';
import { rowScopes } from '../platform/access.ts';
import { AppError } from '../platform/errors.ts';
import { pageOf } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { networkOf } from './audit.ts';
import { withClient } from './clientAuthentication.ts';
import type { ShownByClient } from './clientAuthentication.ts';
import { noStore, personName } from './fields.ts';
import { getMe } from './getMe.ts';
import { changePassword, logIn, useLink } from './login.ts';
import type { Device } from './login.ts';
import { emailSchema, passwordSchema } from './passwords.ts';
import { introspectToken, listSessions, logOut, logOutEverywhere, revokeSession, revokeToken } from './sessions.ts';
import { refreshSession } from './startSession.ts';
import type { SessionTokens } from './startSession.ts';
import { createAuthenticator, issueClientToken } from './tokens.ts';
import type { IdentityServices } from './tokens.ts';

const tokenExample = { access_token: 'eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl', token_type: 'Bearer', expires_in: 900, scope: 'cvs:create cvs:read' };

const tokenSchema = z.object({
  access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.number().int(), scope: z.string(),
  refresh_token: z.string().optional().describe('of a user’s session; works once'), session_id: id.optional(), session_expires_at: timestamp.optional(),
});
const wrongBasic = { description: 'Wrong Basic credentials', schema: z.object({ error: z.literal('invalid_client'), error_description: z.string() }), example: { error: 'invalid_client', error_description: 'The client id or the client secret is wrong.' } };
const sessionTokensSchema = named('SessionTokens', tokenSchema.required());
const sessionTokensExample = { ...tokenExample, refresh_token: 'tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80', session_id: '01980000-0000-7000-8000-000000012001', session_expires_at: '2026-11-29T10:00:00.000Z' };

export const sessionSchema = named('Session', z.object({ id, device: z.string().nullable(), network: z.string().nullable(), current: z.boolean(), createdAt: timestamp, lastUsedAt: timestamp, expiresAt: timestamp }));
export const sessionExample = { id: sessionTokensExample.session_id, device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0', network: '198.51.100.0/24', current: true, createdAt: '2026-11-22T10:00:00.000Z', lastUsedAt: '2026-11-22T10:00:00.000Z', expiresAt: '2026-11-22T22:00:00.000Z' };

function presentTokens(tokens: SessionTokens) {
  return {
    access_token: tokens.accessToken, token_type: 'Bearer' as const, expires_in: tokens.expiresIn, scope: tokens.scope,
    refresh_token: tokens.refreshToken, session_id: tokens.sessionId, session_expires_at: tokens.sessionExpiresAt.toISOString(),
  };
}

interface TokenRequest {
  grant_type: string;
  scope?: string | undefined;
  refresh_token?: string | undefined;
}

async function grantToken(identity: IdentityServices, body: TokenRequest, { clientId, clientSecret }: ShownByClient) {
  if (body.grant_type === 'refresh_token') {
    if (body.refresh_token === undefined) throw new AppError('invalid_request', 'Send the refresh token as refresh_token.');
    // RFC 6749, 6 lets it be narrowed, which is not offered: nobody shall believe to have got less. Asked before the token is used up.
    if (body.scope?.trim()) throw new AppError('invalid_scope', 'A refreshed token gives all that the user has. Leave scope out.');
    return presentTokens(await refreshSession(identity, { refreshToken: body.refresh_token }));
  }
  if (body.grant_type !== 'client_credentials') throw new AppError('unsupported_grant_type', 'Use grant_type "client_credentials" or "refresh_token".');
  if (clientId === undefined || clientSecret === undefined) throw new AppError('invalid_request', 'Send client_id and client_secret.');
  const token = await issueClientToken(identity, { clientId, clientSecret, scope: body.scope });
  return { access_token: token.accessToken, token_type: 'Bearer' as const, expires_in: token.expiresIn, scope: token.scope };
}

function deviceOf(http: Context): Device {
  const address = (http.state['clientAddress'] as string | undefined) ?? http.req.socket.remoteAddress ?? null;
  return { device: http.get('User-Agent') || null, network: address === null ? null : networkOf(address) };
}

export function identityRoutes(identity: IdentityServices) {
  // Made on first use: the registry tests look at the definitions without services.
  let authenticator: ReturnType<typeof createAuthenticator> | undefined;
  const authenticate = (authorization: string) => (authenticator ??= createAuthenticator(identity))(authorization);
  return [
    defineRoute({
      id: 'issueToken',
      method: 'post',
      path: '/v1/oauth/token',
      permission: 'public',
      tag: 'Identity',
      rate: 'auth',
      summary: 'Get an access token',
      description: 'Client credentials grant (RFC 6749, 4.4) for programs, refresh token grant (6) for users who logged in. Send the body as JSON or as a form. With `scope` (permissions separated by spaces) a client’s token gives no more than these; with a refresh token it is refused. A refresh token works once: keep the one that is answered. Client id and secret stand in the body or in HTTP Basic credentials (2.3.1). Errors have the OAuth form, with status 400, or 401 for wrong Basic credentials.',
      form: true,
      errorFormat: 'oauth',
      body: z
        .object({
          grant_type: z.string().max(100),
          client_id: z.string().min(1).max(200).optional(),
          client_secret: z.string().min(1).max(500).optional(),
          scope: z.string().max(2000).optional(),
          refresh_token: z.string().min(1).max(200).optional(),
        })
        .strict(),
      bodyExample: { grant_type: 'client_credentials', client_id: 'tm_Zm9vYmFyYmF6', client_secret: 'shown-once-when-the-client-was-made' },
      responses: {
        200: { description: 'A token for `Authorization: Bearer …`', schema: tokenSchema, example: tokenExample },
        400: {
          description: 'Refused',
          schema: z.object({ error: z.enum(['invalid_client', 'invalid_scope', 'invalid_grant', 'unsupported_grant_type', 'invalid_request']), error_description: z.string() }),
          example: { error: 'invalid_client', error_description: 'The client id or the client secret is wrong.' },
        },
        401: wrongBasic,
      },
      handler: (_ctx, { body }, http) => withClient(http, body, async (client) => reply(200, await grantToken(identity, body, client), noStore)),
    }),
    defineRoute({
      id: 'revokeToken',
      method: 'post',
      path: '/v1/oauth/revoke',
      permission: 'public',
      tag: 'Identity',
      rate: 'auth',
      summary: 'Revoke a token',
      description: 'RFC 7009. A refresh token ends its session. An access token is revoked for the client that shows its id and secret, in the body or as HTTP Basic, and was given it. The answer is 200 whether the token was known or not.',
      form: true,
      errorFormat: 'oauth',
      body: z.object({ token: z.string().min(1).max(4000), token_type_hint: z.string().max(100).optional(), client_id: z.string().min(1).max(200).optional(), client_secret: z.string().min(1).max(500).optional() }).strict(),
      bodyExample: { token: 'tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80', token_type_hint: 'refresh_token' },
      responses: {
        200: { description: 'The token is not valid any longer', schema: z.object({}), example: {} },
        400: { description: 'Refused', schema: z.object({ error: z.enum(['invalid_client', 'invalid_request']), error_description: z.string() }), example: { error: 'invalid_client', error_description: 'The client id or the client secret is wrong.' } },
        401: wrongBasic,
      },
      handler: (_ctx, { body }, http) => withClient(http, body, async (client) => {
        await revokeToken(identity, { token: body.token, ...client });
        return ok({});
      }),
    }),
    defineRoute({
      id: 'introspectToken',
      method: 'post',
      path: '/v1/oauth/introspect',
      permission: 'tokens:introspect',
      tag: 'Identity',
      rate: 'read',
      summary: 'Ask whether an access token is good',
      description: 'RFC 7662, for tokens of your workspace. Any other token is `{"active": false}`.',
      form: true,
      body: z.object({ token: z.string().min(1).max(4000), token_type_hint: z.string().max(100).optional() }).strict(),
      bodyExample: { token: tokenExample.access_token },
      responses: {
        200: {
          description: 'What the token is',
          schema: z.object({ active: z.boolean(), token_type: z.literal('Bearer').optional(), sub: z.string().optional(), client_id: z.string().optional(), username: z.string().optional(), scope: z.string().optional(), exp: z.number().int().optional(), jti: z.string().optional() }),
          example: { active: false },
        },
      },
      handler: async (ctx, { body }) => reply(200, await introspectToken({ ...identity, authenticate }, ctx, body), noStore),
    }),
    defineRoute({
      id: 'logIn',
      method: 'post',
      path: '/v1/auth/login',
      permission: 'public',
      tag: 'Identity',
      rate: 'auth',
      summary: 'Log in with e-mail and password',
      description: 'Answers an access token of 15 minutes and a refresh token for POST /v1/oauth/token. `workspaceId` is needed for users of any but the first workspace. An unknown address and a wrong password are answered alike.',
      body: z.object({ email: emailSchema, password: passwordSchema, workspaceId: id.optional() }).strict(),
      bodyExample: { email: 'ines.talvera@example.com', password: 'korvette im nebel 7' },
      responses: { 200: { description: 'Tokens of a new session', schema: sessionTokensSchema, example: sessionTokensExample } },
      errors: ['invalid_credentials'],
      handler: async (_ctx, { body }, http) => reply(200, presentTokens(await logIn(identity, { ...body, ...deviceOf(http) })), noStore),
    }),
    ...(['invitation', 'password-reset'] as const).map((purpose) =>
      defineRoute({
        id: purpose === 'invitation' ? 'acceptInvitation' : 'resetPassword',
        method: 'post',
        path: purpose === 'invitation' ? '/v1/auth/invitation' : '/v1/auth/password-reset',
        permission: 'public',
        tag: 'Identity',
        rate: 'auth',
        summary: purpose === 'invitation' ? 'Accept an invitation: choose a password' : 'Set a new password by a link',
        description: 'The `token` is what follows `#` in the link that an administrator gave you. It works once, and logs you in. Other sessions of yours end.',
        body: z.object({ token: z.string().min(1).max(200), password: passwordSchema, name: personName.optional() }).strict(),
        bodyExample: { token: 'tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80', password: 'korvette im nebel 7' },
        responses: { 200: { description: 'Tokens of a new session', schema: sessionTokensSchema, example: sessionTokensExample } },
        errors: ['invalid_link', 'weak_password'],
        handler: async (_ctx, { body }, http) => reply(200, presentTokens(await useLink(identity, { ...body, purpose, ...deviceOf(http) })), noStore),
      }),
    ),
    defineRoute({
      id: 'logOut',
      method: 'post',
      path: '/v1/auth/logout',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'write',
      summary: 'Log out: end this session',
      description: 'The access token and the refresh token of the session are refused from now on, on every replica within seconds. A client’s token is revoked by itself.',
      responses: { 204: { description: 'Logged out' } },
      handler: async (ctx) => {
        await logOut(ctx);
        return noContent();
      },
    }),
    defineRoute({
      id: 'logOutEverywhere',
      method: 'post',
      path: '/v1/auth/logout-all',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'write',
      summary: 'End all of my sessions',
      description: 'On every device, this one too.',
      responses: { 200: { description: 'How many sessions have ended', schema: z.object({ ended: z.number().int() }), example: { ended: 2 } } },
      handler: async (ctx) => ok(await logOutEverywhere(ctx)),
    }),
    defineRoute({
      id: 'changePassword',
      method: 'post',
      path: '/v1/auth/password',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'auth',
      summary: 'Change my password',
      description: 'All other sessions of yours end; this one goes on.',
      body: z.object({ currentPassword: passwordSchema, newPassword: passwordSchema }).strict(),
      bodyExample: { currentPassword: 'korvette im nebel 7', newPassword: 'vier lampen am kai' },
      responses: { 204: { description: 'Changed' } },
      errors: ['invalid_credentials', 'weak_password'],
      handler: async (ctx, { body }, http) => {
        await changePassword(ctx, { ...body, network: deviceOf(http).network });
        return noContent();
      },
    }),
    defineRoute({
      id: 'listSessions',
      method: 'get',
      path: '/v1/sessions',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'read',
      summary: 'List my sessions',
      description: 'The live ones, last used first, with device and network (never the whole address).',
      responses: { 200: { description: 'My sessions', schema: pageOf(sessionSchema), example: { items: [sessionExample], nextCursor: null } } },
      handler: async (ctx) => ok({ items: await listSessions(ctx, { userId: ctx.actor.id }), nextCursor: null }),
    }),
    defineRoute({
      id: 'revokeSession',
      method: 'delete',
      path: '/v1/sessions/:sessionId',
      permission: 'authenticated',
      tag: 'Identity',
      rate: 'write',
      summary: 'End a session',
      description: 'One of yours, or with `sessions:revoke` one of anybody in the workspace who may do no more than you.',
      params: { sessionId: id },
      responses: { 204: { description: 'Ended' } },
      errors: ['grant_exceeded'],
      handler: async (ctx, { params }) => {
        await revokeSession(ctx, params);
        return noContent();
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
      description: 'The key that signs now, those that verify tokens signed before a rotation, and the one that signs next.',
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
      description: 'The actor behind the token: its workspace, roles and permissions, with the rows each permission reaches.',
      responses: {
        200: {
          description: 'The actor of the token',
          schema: z.object({
            actor: z.object({ type: z.enum(['client', 'user', 'system']), id: z.string(), name: z.string() }),
            workspace: z.object({ id: z.string().uuid(), name: z.string(), operator: z.boolean() }),
            roles: z.array(z.string()),
            permissions: z.array(z.string()),
            grants: z.array(z.object({ permission: z.string(), rows: z.enum(rowScopes), blind: z.boolean() })),
            tokenExpiresAt: z.string().datetime(),
          }),
          example: {
            actor: { type: 'client', id: '01980000-0000-7000-8000-000000000001', name: 'n8n' },
            workspace: { id: '01980000-0000-7000-8000-000000000000', name: 'Default workspace', operator: true },
            roles: ['integration'],
            permissions: ['cvs:create', 'cvs:read'],
            grants: [{ permission: 'cvs:create', rows: 'workspace', blind: false }, { permission: 'cvs:read', rows: 'workspace', blind: false }],
            tokenExpiresAt: '2026-11-22T10:15:00.000Z',
          },
        },
      },
      handler: async (ctx, _input, http) => ok(await getMe(ctx, { tokenExpiresAt: http.state['tokenExpiresAt'] as Date })),
    }),
  ];
}
