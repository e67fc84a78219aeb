/** Domain events: one row in the caller's transaction, then whoever subscribed (listed in src/subscribers.ts). */
import { v7 as uuidv7 } from 'uuid';
import type { Ctx } from './context.ts';

export const eventTypes = ['cv.analysed', 'cv.failed', 'match.completed', 'task.failed', 'candidate.erased', 'agent.paused', 'agent.resumed'] as const;
export type EventType = (typeof eventTypes)[number];

export interface DomainEvent {
  id: string;
  workspaceId: string;
  type: EventType;
  subject: { type: string; id: string };
  /** ids and counts; never CV text or contact data */
  data: Record<string, unknown>;
  createdAt: Date;
}

/** Runs in the emitting transaction: it may enqueue tasks and must not call out. */
export type Subscriber = (ctx: Ctx, event: DomainEvent) => Promise<void>;

/** Call inside the transaction that makes the event true. */
export async function emit(ctx: Ctx, type: EventType, subject: DomainEvent['subject'], data: Record<string, unknown>): Promise<void> {
  const event: DomainEvent = { id: uuidv7(), workspaceId: ctx.actor.workspaceId, type, subject, data, createdAt: new Date() };
  await ctx.db.query(
    `INSERT INTO events (id, workspace_id, type, subject_type, subject_id, data, created_at)
     VALUES (:id, :workspaceId, :type, :subjectType, :subjectId, :data, :createdAt)`,
    { replacements: { id: event.id, workspaceId: event.workspaceId, type, subjectType: subject.type, subjectId: subject.id, data: JSON.stringify(data), createdAt: event.createdAt } },
  );
  for (const subscriber of ctx.subscribers) await subscriber(ctx, event);
}
