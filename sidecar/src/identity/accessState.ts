/**
 * What the holder of a token may do now: read from its rows, never from the token. Each process keeps an answer for two
 * seconds at most, and drops it at once when another process says that access in that workspace has changed.
 */
import { LRUCache } from 'lru-cache';
import type { Grant } from '../platform/access.ts';
import type { Services } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { grantsOf } from './permissions.ts';
import type { CustomRole } from './permissions.ts';

/** The longest that a revoked token may go on working where no Redis carries the news. */
const trustedMs = 2_000;
const topic = 'access';

/** What a verified access token claims. */
export interface TokenClaims {
  type: 'client' | 'user';
  sub: string;
  workspace: string;
  jti: string;
  /** of a user's token */
  sid: string | null;
}

export interface AccessState {
  name: string;
  roles: string[];
  grants: ReadonlyMap<string, Grant>;
}

/** Answers null when the token is no longer good: actor gone or disabled, session or token revoked, workspace closed. */
export type AccessReader = (claims: TokenClaims) => Promise<AccessState | null>;

/** For the holder of a token of which an AccessReader answers null. */
export function tokenRevoked(): AppError {
  return new AppError('token_revoked', 'This token was revoked: its session has ended, or its user or client is disabled. Log in again, or ask an administrator.');
}

/** Call it in the transaction of every change of users, clients, sessions, roles or workspaces that takes something away. */
export function accessChanged({ db, broadcast }: Pick<Services, 'db' | 'broadcast'>, workspaceId: string): void {
  db.afterCommit(() => broadcast.publish(topic, workspaceId));
}

export function createAccessReader(services: Pick<Services, 'db' | 'broadcast'>): AccessReader {
  const known = new LRUCache<string, { workspace: string; state: Promise<AccessState | null> }>({ max: 20_000, ttl: trustedMs });
  services.broadcast.subscribe(topic, (workspaceId) => {
    if (workspaceId === null) return known.clear();
    for (const [key, { workspace }] of known.entries()) if (workspace === workspaceId) known.delete(key);
  });
  return (claims) => {
    const key = `${claims.jti} ${claims.sub} ${claims.sid} ${claims.workspace}`;
    const found = known.get(key);
    if (found) return found.state;
    // Its age counts from before it was read, and who comes meanwhile waits for the same reading.
    const entry = { workspace: claims.workspace, state: readAccess(services, claims) };
    known.set(key, entry);
    entry.state.catch(() => {
      if (known.peek(key) === entry) known.delete(key);
    });
    return entry.state;
  };
}

interface AccessRow {
  name: string;
  roles: string[];
  isOperator: boolean;
  blindRoles: string[];
  customRoles: CustomRole[];
}

const workspaceColumns = `w.is_operator AS "isOperator", w.blind_roles AS "blindRoles",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.name, 'permissions', r.permissions, 'rows', r.rows, 'blind', r.blind)), '[]'::jsonb)
   FROM roles r WHERE r.workspace_id = w.id AND r.name = ANY(a.roles)) AS "customRoles"`;
const notRevoked = 'NOT EXISTS (SELECT 1 FROM revoked_tokens t WHERE t.jti = $jti)';

const ofUser = `SELECT a.name, a.roles, ${workspaceColumns}
  FROM users a JOIN workspaces w ON w.id = a.workspace_id JOIN sessions s ON s.user_id = a.id
  WHERE a.id = $sub AND a.workspace_id = $workspace AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND w.disabled_at IS NULL
    AND s.id = $sid AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notRevoked}`;

// The time of issue to the millisecond stands in the token's id (UUIDv7); `iat` has seconds only.
const ofClient = `SELECT a.name, a.roles, ${workspaceColumns}
  FROM clients a JOIN workspaces w ON w.id = a.workspace_id
  WHERE a.id = $sub AND a.workspace_id = $workspace AND a.disabled_at IS NULL AND w.disabled_at IS NULL
    AND (a.tokens_not_before IS NULL OR a.tokens_not_before <= $issuedAt) AND ${notRevoked}`;

/** Without the cache. */
export async function readAccess({ db }: Pick<Services, 'db'>, { type, sub, workspace, jti, sid }: TokenClaims): Promise<AccessState | null> {
  if (type === 'user' && sid === null) return null;
  const [row] = await db.query<AccessRow>(type === 'user' ? ofUser : ofClient, {
    bind: type === 'user' ? { sub, workspace, jti, sid } : { sub, workspace, jti, issuedAt: new Date(millisecondsOf(jti)) },
  });
  return row === undefined ? null : { name: row.name, roles: row.roles, grants: grantsOf(row) };
}

/** Milliseconds by the database's clock: tokens and their revocation are compared by it, as the clocks of two replicas differ. */
export async function databaseTime({ query }: Pick<Services['db'], 'query'>): Promise<number> {
  const [row] = await query<{ now: number }>('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now');
  return (row as { now: number }).now;
}

function millisecondsOf(uuidv7: string): number {
  return Number.parseInt(uuidv7.replaceAll('-', '').slice(0, 12), 16);
}

/** For grants of rows that are not asking themselves: what these roles would give in this workspace. */
export async function grantsInWorkspace({ db }: Pick<Services, 'db'>, workspaceId: string, roleNames: readonly string[]): Promise<ReadonlyMap<string, Grant>> {
  const [row] = await db.query<Omit<AccessRow, 'name'>>(
    `SELECT a.roles, ${workspaceColumns} FROM (SELECT $roles::text[] AS roles) a JOIN workspaces w ON w.id = $workspaceId`,
    { bind: { roles: [...roleNames], workspaceId } },
  );
  return row === undefined ? new Map() : grantsOf(row);
}
