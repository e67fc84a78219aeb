/** Events to webhooks: one delivery row a webhook, one task a delivery, signed so that the receiver can trust it. */
import { finished } from 'node:stream/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { Subscriber } from '../platform/events.ts';
import { OutgoingFailure, openRequest } from '../platform/outgoing/client.ts';
import { outgoingPolicy } from '../platform/outgoing/destination.ts';
import { eventDeliveries, webhooks } from './Webhook.ts';
import type { WebhookRow } from './Webhook.ts';
import { signDelivery } from './webhookSecrets.ts';

/** With waits of 1 s, doubling up to `longestBackoffMs` (see workflows.tasks.ts), about a day; then the delivery is `failed`. */
const maxAttempts = 22;

const limits = { timeoutMs: 10_000, maxResponseBytes: 64 * 1024 };

/** Listed in src/subscribers.ts; runs in the transaction of the event. */
export const deliverToWebhooks: Subscriber = async (ctx, event) => {
  const { workspaceId } = event;
  // Held until the commit: a webhook that is deleted meanwhile must not make the event's transaction fail.
  const rows = await ctx.db.query<{ id: string }>('SELECT id FROM webhooks WHERE workspace_id = :workspaceId AND :type = ANY(events) ORDER BY id FOR KEY SHARE', { replacements: { workspaceId, type: event.type } });
  for (const webhook of rows) {
    const deliveryId = uuidv7();
    await eventDeliveries(ctx.db).create({ id: deliveryId, workspaceId, eventId: event.id, webhookId: webhook.id, status: 'pending', attempts: 0, createdAt: event.createdAt });
    await enqueueDelivery(ctx, { workspaceId, deliveryId });
  }
};

export async function enqueueDelivery(ctx: Ctx, { workspaceId, deliveryId }: { workspaceId: string; deliveryId: string }): Promise<void> {
  await ctx.tasks.enqueue({ workspaceId, kind: 'event.deliver', payload: { deliveryId }, maxAttempts, createdBy: 'system', requestId: ctx.requestId });
}

/**
 * Posts one event; the signature is over `timestamp + "." + raw body`. At least once: the receiver may drop repeats by
 * X-TalentMatch-Delivery. @throws AppError `service_unavailable` (retried) when the receiver does not answer 2xx
 */
export async function deliverEvent(ctx: Ctx, input: { deliveryId: string }): Promise<{ delivered: boolean; status: number | null }> {
  const { workspaceId } = ctx.actor;
  const [delivery] = await ctx.db.query<Pick<WebhookRow, 'url' | 'secret' | 'previousSecret' | 'previousSecretUntil'> & { webhookId: string; eventId: string; type: string; subjectType: string; subjectId: string; data: unknown; createdAt: Date; status: string }>(
    `SELECT w.url, w.secret, w.previous_secret AS "previousSecret", w.previous_secret_until AS "previousSecretUntil", w.id AS "webhookId", e.id AS "eventId", e.type, e.subject_type AS "subjectType", e.subject_id AS "subjectId", e.data, e.created_at AS "createdAt", d.status
     FROM event_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id WHERE d.workspace_id = :workspaceId AND d.id = :id`,
    { replacements: { workspaceId, id: input.deliveryId } },
  );
  // The webhook was deleted, or its event erased: nothing left to say.
  if (delivery === undefined || delivery.status === 'delivered') return { delivered: false, status: null };
  const body = JSON.stringify({
    id: delivery.eventId, type: delivery.type, createdAt: new Date(delivery.createdAt).toISOString(), workspaceId, subject: { type: delivery.subjectType, id: delivery.subjectId }, data: delivery.data,
  });
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const outcome = await post(ctx, delivery.url, body, {
    'X-TalentMatch-Event': delivery.type,
    'X-TalentMatch-Delivery': input.deliveryId,
    'X-TalentMatch-Timestamp': timestamp,
    'X-TalentMatch-Signature': signDelivery(ctx, { ...delivery, id: delivery.webhookId }, timestamp, body),
  });
  const delivered = outcome.status !== null && outcome.status >= 200 && outcome.status < 300;
  const last = ctx.task === null || ctx.task.attempt >= ctx.task.maxAttempts;
  await ctx.db.transaction(async () => {
    if (delivered) await ctx.task?.succeed({ delivered, status: outcome.status });
    else await ctx.task?.fence();
    const now = new Date();
    // The webhook before its deliveries, as its deletion takes them.
    if (delivered) await webhooks(ctx.db).update({ lastDeliveryAt: now }, { where: { workspaceId, id: delivery.webhookId } });
    await eventDeliveries(ctx.db).update(
      { status: delivered ? 'delivered' : last ? 'failed' : 'pending', attempts: ctx.task?.attempt ?? 1, responseStatus: outcome.status, lastError: outcome.error, deliveredAt: delivered ? now : null },
      { where: { workspaceId, id: input.deliveryId } },
    );
  });
  ctx.metrics.eventDeliveries.inc({ outcome: delivered ? 'delivered' : last ? 'failed' : 'retried' });
  if (!delivered) throw new AppError('service_unavailable', `The webhook did not accept the event (${outcome.status ?? outcome.error}). It is tried again.`);
  return { delivered, status: outcome.status };
}

/** @returns the status, or the reason why there is none; throws only when the task is to stop */
async function post(ctx: Ctx, url: string, body: string, headers: Record<string, string>): Promise<{ status: number | null; error: string | null }> {
  try {
    const response = await openRequest(outgoingPolicy(ctx.config), { method: 'POST', url, body, headers: { 'Content-Type': 'application/json', ...headers }, ...limits, signal: ctx.signal });
    // The status has said it all. Read to the end, so that the receiver is not cut off in its answer.
    await finished(response.body.resume()).catch(() => {});
    return { status: response.status, error: null };
  } catch (error) {
    if (error instanceof OutgoingFailure || error instanceof AppError) return { status: null, error: error.message };
    throw error;
  }
}

/** The task of a delivery has failed for good, for whatever reason, or was cancelled. */
export async function showDeliveryFailed(ctx: Ctx, { deliveryId }: { deliveryId: string }): Promise<void> {
  await eventDeliveries(ctx.db).update({ status: 'failed' }, { where: { workspaceId: ctx.actor.workspaceId, id: deliveryId, status: 'pending' } });
}

export async function showDeliveryPending(ctx: Ctx, { deliveryId }: { deliveryId: string }): Promise<void> {
  await eventDeliveries(ctx.db).update({ status: 'pending' }, { where: { workspaceId: ctx.actor.workspaceId, id: deliveryId, status: 'failed' } });
}
