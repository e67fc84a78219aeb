/**
 * Access tokens: JWT (ES256) of 15 minutes for clients and users. What they give is read from rows on use
 * (accessState.ts); a scope in the token only narrows it.
 */
import { SignJWT, errors as joseErrors, jwtVerify } from 'jose';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { z } from 'zod';
import type { Actor, Services } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret, verifySecret } from '../platform/secrets.ts';
import { createAccessReader, databaseTime, grantsInWorkspace, tokenRevoked } from './accessState.ts';
import type { TokenClaims } from './accessState.ts';
import { clientSecrets, clients, workspaces } from './Client.ts';
import type { ClientRow } from './Client.ts';
import type { KeyRing } from './signingKeys.ts';

const issuer = 'talentmatch';
const audience = 'talentmatch-api';

export type IdentityServices = Pick<Services, 'db' | 'config' | 'secretBox' | 'broadcast'> & { keyRing: KeyRing };

export interface Authenticated {
  actor: Actor;
  expiresAt: Date;
}

export interface IssuedToken {
  accessToken: string;
  /** seconds */
  expiresIn: number;
  /** permissions separated by spaces */
  scope: string;
}

/**
 * OAuth 2.0 client credentials grant.
 * @param input.scope permissions separated by spaces: the token gives those of them that the client has; absent: all it has
 * @throws AppError `invalid_client` for an unknown or disabled client and for a wrong secret alike; `invalid_scope` when nothing would be left
 */
export async function issueClientToken(services: IdentityServices, input: { clientId: string; clientSecret: string; scope?: string | undefined }): Promise<IssuedToken> {
  // From before the secret is read: tokens that are revoked while it is compared include this one.
  const askedAt = await databaseTime(services.db);
  const client = await authenticateClient(services, input);
  const held = await grantsInWorkspace(services, client.workspaceId, client.roles);
  const narrowed = asksFor(input.scope).length > 0;
  const scope = narrowedScope(held, input.scope);
  const token = await signToken(services, { type: 'client', sub: client.id, workspace: client.workspaceId, sid: null, scope: narrowed ? scope : null, askedAt });
  await clients(services.db).update({ lastUsedAt: new Date() }, { where: { id: client.id } });
  return { ...token, scope };
}

/** One Argon2id run for unknown clients too, so that timing does not tell which ids exist. */
let decoyHash: Promise<string> | undefined;
export function decoySecretHash(): Promise<string> {
  return (decoyHash ??= hashSecret('nobody has this secret'));
}

/** Live secrets a client can have; as many are always tried, so that timing does not tell how many there are. */
export const liveSecrets = 2;

/** @throws AppError `invalid_client`, always for the same reason and in the same time */
export async function authenticateClient({ db }: Pick<Services, 'db'>, input: { clientId: string; clientSecret: string }): Promise<ClientRow> {
  const client = await clients(db).findOne({ where: { clientId: input.clientId }, raw: true });
  const [workspace, secrets] = client === null
    ? [null, []]
    : await Promise.all([
      workspaces(db).findByPk(client.workspaceId, { raw: true }),
      clientSecrets(db).findAll({ where: { clientId: client.id }, order: [['createdAt', 'DESC'], ['id', 'DESC']], limit: liveSecrets, raw: true }),
    ]);
  const decoy = await decoySecretHash();
  const checks = Array.from({ length: liveSecrets }, async (_, index) => {
    const secret = secrets[index];
    const right = await verifySecret(secret?.secretHash ?? decoy, input.clientSecret);
    return right && secret !== undefined && (secret.expiresAt === null || secret.expiresAt > new Date());
  });
  const right = (await Promise.all(checks)).includes(true);
  if (client === null || workspace === null || client.disabledAt !== null || workspace.disabledAt !== null || !right) {
    throw new AppError('invalid_client', 'The client id or the client secret is wrong. Check the credential; an administrator can give the client a new secret (POST /v1/clients/:id/secrets), and `npm run credential` makes a new client.');
  }
  return client;
}

/**
 * Signs an access token.
 * @param claims.scope null: all that the actor has. @param claims.askedAt time in its id, by which a client's tokens are revoked (accessState.ts); absent: now
 */
export async function signToken(services: IdentityServices, claims: Omit<TokenClaims, 'jti'> & { scope: string | null; askedAt?: number }): Promise<{ accessToken: string; expiresIn: number; jti: string }> {
  const { kid, privateKey } = await services.keyRing.current();
  const expiresIn = services.config.tokens.ttlSeconds;
  const jti = uuidv7({ msecs: claims.askedAt ?? Date.now() });
  const accessToken = await new SignJWT({ workspace: claims.workspace, type: claims.type, ...(claims.sid !== null && { sid: claims.sid }), ...(claims.scope !== null && { scope: claims.scope }) })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(claims.sub)
    .setJti(jti)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(`${expiresIn}s`)
    .sign(privateKey);
  return { accessToken, expiresIn, jti };
}

function asksFor(scope: string | undefined): string[] {
  return scope?.split(' ').filter(Boolean) ?? [];
}

function narrowedScope(held: ReadonlyMap<string, unknown>, scope: string | undefined): string {
  const asked = asksFor(scope);
  if (asked.length === 0) return [...held.keys()].join(' ');
  const given = [...held.keys()].filter((permission) => asked.includes(permission));
  if (given.length === 0) throw new AppError('invalid_scope', 'The client has none of these permissions. Leave scope out for all it has; GET /v1/me lists them.');
  return given.join(' ');
}

/**
 * @param authorization value of the Authorization header
 * @throws AppError `unauthenticated`, `token_expired` or `token_revoked`; all are 401, on which n8n asks for a new token
 */
export function createAuthenticator(services: IdentityServices): (authorization: string | undefined) => Promise<Authenticated> {
  const readAccess = createAccessReader(services);
  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new AppError('unauthenticated', 'This route needs an access token: get one from POST /v1/oauth/token, or as a person from POST /v1/auth/login, and send it as "Authorization: Bearer …".');
    const claims = await verifyToken(token, services.keyRing);
    const state = await readAccess(claims);
    if (state === null) throw tokenRevoked();
    const grants = claims.scope === null ? state.grants : new Map([...state.grants].filter(([permission]) => asksFor(claims.scope as string).includes(permission)));
    const actor: Actor = {
      type: claims.type, id: claims.sub, name: state.name, workspaceId: claims.workspace, roles: state.roles,
      permissions: new Set(grants.keys()), grants, sessionId: claims.sid, tokenId: claims.jti,
    };
    return { actor, expiresAt: new Date(claims.exp * 1000) };
  };
}

const payloadSchema = z.object({ sub: z.string().refine(isUuid), workspace: z.string().refine(isUuid), type: z.enum(['client', 'user']), jti: z.string().refine(isUuid), sid: z.string().refine(isUuid).nullable().default(null), exp: z.number(), scope: z.string().nullable().default(null) });

/** @throws AppError `unauthenticated` or `token_expired` */
export async function verifyToken(token: string, keyRing: KeyRing): Promise<TokenClaims & { exp: number; scope: string | null }> {
  try {
    const { payload } = await jwtVerify(
      token,
      async (header, jwt) => (await keyRing.resolver(header.kid === undefined ? {} : { kid: header.kid }))(header, jwt),
      { issuer, audience, algorithms: ['ES256'], typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti'], clockTolerance: 10 },
    );
    return payloadSchema.parse(payload);
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) throw new AppError('token_expired', 'The access token has expired. Get a new one from POST /v1/oauth/token, with the client secret or the refresh token.');
    if (error instanceof joseErrors.JOSEError || error instanceof z.ZodError) throw new AppError('unauthenticated', 'The access token is not valid. Get a new one from POST /v1/oauth/token, with the client secret or the refresh token.');
    throw error;
  }
}
