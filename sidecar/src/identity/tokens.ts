/**
 * Access tokens: JWT (ES256) of 15 minutes for clients. Roles are read from the client's row on use, not from the token;
 * a scope in the token only narrows what they give.
 */
import { SignJWT, errors as joseErrors, jwtVerify } from 'jose';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { Actor, Services } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret, verifySecret } from '../platform/secrets.ts';
import { clients } from './Client.ts';
import type { ClientRow } from './Client.ts';
import { permissionsOf } from './permissions.ts';
import type { KeyRing } from './signingKeys.ts';

const issuer = 'talentmatch';
const audience = 'talentmatch-api';
/** How long a replica may go on trusting a client's row: a disabled client is refused within this time. */
const clientRowMs = 2_000;

export type IdentityServices = Pick<Services, 'db' | 'config' | 'secretBox'> & { keyRing: KeyRing };

export interface Authenticated {
  actor: Actor;
  expiresAt: Date;
}

/** One Argon2id run for unknown clients too, so that timing does not tell which ids exist. */
let decoyHash: Promise<string> | undefined;

/**
 * OAuth 2.0 client credentials grant.
 * @param input.scope permissions separated by spaces: the token gives those of them that the client has; absent: all it has
 * @throws AppError `unsupported_grant_type`; `invalid_client` for an unknown or disabled client and for a wrong secret alike; `invalid_scope` when nothing would be left
 */
export async function issueClientToken(services: IdentityServices, input: { grantType: string; clientId: string; clientSecret: string; scope?: string | undefined }): Promise<{ accessToken: string; expiresIn: number; scope: string; client: ClientRow }> {
  if (input.grantType !== 'client_credentials') throw new AppError('unsupported_grant_type', 'Use grant_type "client_credentials".');
  const client = await clients(services.db).findOne({ where: { clientId: input.clientId }, raw: true });
  decoyHash ??= hashSecret('no client has this secret');
  const right = await verifySecret(client?.secretHash ?? (await decoyHash), input.clientSecret);
  if (client === null || client.disabledAt !== null || !right) {
    throw new AppError('invalid_client', 'The client id or the client secret is wrong. Check the credential; `npm run credential` issues a new one.');
  }
  const scope = narrowed(permissionsOf(client.roles), input.scope);
  const { kid, privateKey } = await services.keyRing.current();
  const expiresIn = services.config.tokens.ttlSeconds;
  const accessToken = await new SignJWT({ workspace: client.workspaceId, type: 'client', ...(asksFor(input.scope).length > 0 && { scope }) })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(client.id)
    .setJti(uuidv7())
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(`${expiresIn}s`)
    .sign(privateKey);
  await clients(services.db).update({ lastUsedAt: new Date() }, { where: { id: client.id } });
  return { accessToken, expiresIn, scope, client };
}

function asksFor(scope: string | undefined): string[] {
  return scope?.split(' ').filter(Boolean) ?? [];
}

function narrowed(held: ReadonlySet<string>, scope: string | undefined): string {
  const asked = asksFor(scope);
  if (asked.length === 0) return [...held].join(' ');
  const given = [...held].filter((permission) => asked.includes(permission));
  if (given.length === 0) throw new AppError('invalid_scope', 'The client has none of these permissions. Leave scope out for all it has; GET /v1/me lists them.');
  return given.join(' ');
}

/**
 * @param authorization value of the Authorization header
 * @throws AppError `unauthenticated`, `token_expired` or `token_revoked`; all are 401, on which n8n asks for a new token
 */
export function createAuthenticator(services: IdentityServices): (authorization: string | undefined) => Promise<Authenticated> {
  const rows = new Map<string, { at: number; row: ClientRow | null }>();
  const clientRow = async (id: string): Promise<ClientRow | null> => {
    const known = rows.get(id);
    if (known !== undefined && Date.now() - known.at < clientRowMs) return known.row;
    const row = await clients(services.db).findByPk(id, { raw: true });
    if (rows.size > 10_000) rows.clear();
    rows.set(id, { at: Date.now(), row });
    return row;
  };
  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new AppError('unauthenticated', 'This route needs an access token: get one from POST /v1/oauth/token and send it as "Authorization: Bearer …".');
    const payload = await verify(token, services.keyRing);
    const row = isUuid(payload.sub) ? await clientRow(payload.sub) : null;
    if (row === null || row.disabledAt !== null || row.workspaceId !== payload.workspace) {
      throw new AppError('token_revoked', 'The client of this token no longer exists or is disabled. Ask an administrator for a new credential.');
    }
    const held = permissionsOf(row.roles);
    const permissions = payload.scope === null ? held : new Set(asksFor(payload.scope).filter((permission) => held.has(permission)));
    const actor: Actor = { type: 'client', id: row.id, name: row.name, workspaceId: row.workspaceId, roles: row.roles, permissions };
    return { actor, expiresAt: new Date(payload.exp * 1000) };
  };
}

async function verify(token: string, keyRing: KeyRing): Promise<{ sub: string; workspace: string; exp: number; scope: string | null }> {
  try {
    const { payload } = await jwtVerify(
      token,
      async (header, jwt) => (await keyRing.resolver(header.kid === undefined ? {} : { kid: header.kid }))(header, jwt),
      { issuer, audience, algorithms: ['ES256'], typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'nbf', 'jti'], clockTolerance: 5 },
    );
    return { sub: payload.sub as string, workspace: String(payload['workspace']), exp: payload.exp as number, scope: payload['scope'] === undefined ? null : String(payload['scope']) };
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) throw new AppError('token_expired', 'The access token has expired. Get a new one from POST /v1/oauth/token.');
    if (error instanceof joseErrors.JOSEError) throw new AppError('unauthenticated', 'The access token is not valid. Get a new one from POST /v1/oauth/token.');
    throw error;
  }
}
