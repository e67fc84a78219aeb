import type { Ctx } from '../platform/context.ts';
import { workspaces } from './Client.ts';

/** Who asks, and what this token gives: fewer permissions than the roles when it was asked for with a scope. */
export async function getMe({ actor, db }: Ctx, input: { tokenExpiresAt: Date }) {
  const workspace = await workspaces(db).findByPk(actor.workspaceId, { raw: true });
  return {
    actor: { type: actor.type, id: actor.id, name: actor.name },
    workspace: { id: actor.workspaceId, name: workspace?.name ?? '', operator: workspace?.isOperator ?? false },
    roles: actor.roles,
    permissions: [...actor.permissions].sort(),
    grants: [...actor.grants].map(([permission, { rows, blind }]) => ({ permission, rows, blind })).sort((a, b) => (a.permission < b.permission ? -1 : 1)),
    tokenExpiresAt: input.tokenExpiresAt.toISOString(),
  };
}
