/** What an actor may do, and with which rows and fields. Roles become grants in identity/permissions.ts. */
import type { Actor } from './context.ts';
import { AppError } from './errors.ts';

/**
 * Which rows of its workspace a permission reaches: those the actor made (`own`); these and the jobs assigned to it with
 * their matches, candidates and CVs (`assigned`); all (`workspace`). Each holds the one before.
 */
export const rowScopes = ['own', 'assigned', 'workspace'] as const;
export type RowScope = (typeof rowScopes)[number];

export interface Grant {
  rows: RowScope;
  /** names, contact data, address and file names are not shown */
  blind: boolean;
}

const everything: Grant = { rows: 'workspace', blind: false };

/** @throws AppError `forbidden` when no role of the actor gives the permission */
export function grantOf(actor: Actor, permission: string): Grant {
  if (actor.type === 'system') return everything;
  const grant = actor.grants.get(permission);
  if (grant === undefined) throw new AppError('forbidden', `This needs the permission ${permission}, which none of your roles gives. Ask an administrator.`, { permission });
  return grant;
}

/** The grant of several roles together: the widest rows; blind unless a role that reaches those rows sees. */
export function joinGrants(grants: readonly Grant[]): Grant | undefined {
  const rows = rowScopes.findLast((scope) => grants.some((grant) => grant.rows === scope));
  return rows === undefined ? undefined : { rows, blind: grants.every((grant) => grant.rows !== rows || grant.blind) };
}

/** True when whoever holds `mine` can do all that `other` gives: what may be handed on. */
export function covers(mine: ReadonlyMap<string, Grant>, other: ReadonlyMap<string, Grant>): boolean {
  return [...other].every(([permission, grant]) => {
    const own = mine.get(permission);
    return own !== undefined && rowScopes.indexOf(own.rows) >= rowScopes.indexOf(grant.rows) && (grant.blind || !own.blind);
  });
}
