import { grantsInWorkspace } from './accessState.ts';
import type { Actor, Services } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';

/**
 * The user or client that asked for a task, with what its roles give now: for tasks that may do no more than whoever
 * asked. No scope of a token narrows it any more.
 * @throws AppError `forbidden` when the actor is gone or disabled
 */
export async function findActor(services: Pick<Services, 'db'>, workspaceId: string, actorId: string): Promise<Actor> {
  const [row] = await services.db.query<Pick<Actor, 'type' | 'id' | 'name' | 'roles'>>(
    `SELECT 'user' AS type, id, name, roles FROM users WHERE workspace_id = $workspaceId AND id = $actorId AND disabled_at IS NULL AND deleted_at IS NULL
     UNION ALL SELECT 'client', id, name, roles FROM clients WHERE workspace_id = $workspaceId AND id = $actorId AND disabled_at IS NULL`,
    { bind: { workspaceId, actorId } },
  );
  if (row === undefined) throw new AppError('forbidden', 'Whoever asked for this has no access any more. Ask for it again as somebody who has.');
  const grants = await grantsInWorkspace(services, workspaceId, row.roles);
  return { ...row, workspaceId, permissions: new Set(grants.keys()), grants, sessionId: null, tokenId: null };
}
