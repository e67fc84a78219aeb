/** The audit log: who did what to what. Ids are pseudonymous; details never hold CV text or contact data. */
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../platform/context.ts';
import type { Database } from '../platform/db/database.ts';

export interface AuditEntry {
  workspaceId: string;
  actor: Pick<Actor, 'type' | 'id'>;
  action: `${string}.${string}`;
  subject?: { type: string; id: string };
  details?: Record<string, unknown>;
  requestId?: string;
}

/** Part of the caller's transaction: what is rolled back is not in the log. @returns the entry's id */
export async function audit(db: Database, entry: AuditEntry): Promise<string> {
  const id = uuidv7();
  await db.query(
    `INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action, subject_type, subject_id, details, request_id)
     VALUES (:id, :workspaceId, :createdAt, :actorType, :actorId, :action, :subjectType, :subjectId, :details, :requestId)`,
    {
      replacements: {
        id, workspaceId: entry.workspaceId, createdAt: new Date(), actorType: entry.actor.type, actorId: entry.actor.id, action: entry.action,
        subjectType: entry.subject?.type ?? null, subjectId: entry.subject?.id ?? null, details: JSON.stringify(entry.details ?? {}), requestId: entry.requestId ?? null,
      },
    },
  );
  return id;
}
