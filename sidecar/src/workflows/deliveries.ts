import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { enqueueDelivery } from './deliverEvent.ts';
import { findWebhook, reachable } from './readWebhooks.ts';
import type { DeliveryStatus, EventDeliveryRow } from './Webhook.ts';

type ShownDelivery = Omit<EventDeliveryRow, 'workspaceId'> & { eventType: string };

/**
 * Newest first, of one webhook or of all.
 * @throws AppError `invalid_cursor`; `not_found` when there is no such webhook
 */
export async function listDeliveries(ctx: Ctx, input: PageInput & { webhookId?: string | undefined; status?: DeliveryStatus | undefined }) {
  const { workspaceId } = ctx.actor;
  const after = decodeCursor(input.cursor);
  if (input.webhookId !== undefined) await findWebhook(ctx, input.webhookId, 'webhooks:read');
  const { createdBy } = reachable(ctx, 'webhooks:read');
  const conditions = ['d.workspace_id = $workspaceId'];
  if (createdBy !== undefined) conditions.push('EXISTS (SELECT 1 FROM webhooks w WHERE w.id = d.webhook_id AND w.created_by = $createdBy)');
  if (input.webhookId !== undefined) conditions.push('d.webhook_id = $webhookId');
  if (input.status !== undefined) conditions.push('d.status = $status');
  if (after !== null) conditions.push('(d.created_at, d.id) < ($createdAt, $id)');
  const rows = await ctx.db.query<ShownDelivery>(`SELECT ${shown} WHERE ${conditions.join(' AND ')} ORDER BY d.created_at DESC, d.id DESC LIMIT $limit`, {
    bind: {
      workspaceId, limit: input.limit + 1,
      ...(createdBy !== undefined && { createdBy }),
      ...(input.webhookId !== undefined && { webhookId: input.webhookId }),
      ...(input.status !== undefined && { status: input.status }),
      ...(after !== null && { createdAt: after.createdAt, id: after.id }),
    },
  });
  return toPage(rows, input.limit, presentDelivery);
}

/**
 * Delivers once more what has failed: pending again, with a task and all attempts of its own.
 * @throws AppError `not_found`; `conflict` when it is under way or has been delivered
 */
export async function retryDelivery(ctx: Ctx, { webhookId, deliveryId }: { webhookId: string; deliveryId: string }) {
  const { workspaceId } = ctx.actor;
  const bind = { workspaceId, webhookId, deliveryId };
  const find = async () => (await ctx.db.query<ShownDelivery>(`SELECT ${shown} WHERE d.workspace_id = $workspaceId AND d.webhook_id = $webhookId AND d.id = $deliveryId`, { bind }))[0];
  await findWebhook(ctx, webhookId, 'webhooks:update');
  return ctx.db.transaction(async () => {
    const taken = await ctx.db.query(
      "UPDATE event_deliveries SET status = 'pending', attempts = 0 WHERE workspace_id = $workspaceId AND webhook_id = $webhookId AND id = $deliveryId AND status = 'failed' RETURNING id",
      { bind },
    );
    const delivery = await find();
    if (delivery === undefined) throw new AppError('not_found', 'There is no such delivery. GET /v1/webhook-deliveries lists them.');
    if (taken.length === 0) throw new AppError('conflict', `Only a failed delivery can be sent again; this one is ${delivery.status}.`, { deliveryStatus: delivery.status });
    await enqueueDelivery(ctx, { workspaceId, deliveryId });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.delivery_retried', subject: { type: 'webhook', id: webhookId }, details: { deliveryId }, requestId: ctx.requestId });
    return presentDelivery(delivery);
  });
}

const shown = `d.id, d.event_id AS "eventId", d.webhook_id AS "webhookId", e.type AS "eventType", d.status, d.attempts, d.response_status AS "responseStatus",
  d.last_error AS "lastError", d.created_at AS "createdAt", d.delivered_at AS "deliveredAt" FROM event_deliveries d JOIN events e ON e.id = d.event_id`;

function presentDelivery({ id, webhookId, eventId, eventType, status, attempts, responseStatus, lastError, createdAt, deliveredAt }: ShownDelivery) {
  return { id, webhookId, eventId, eventType, status, attempts, responseStatus, lastError, createdAt: createdAt.toISOString(), deliveredAt: deliveredAt?.toISOString() ?? null };
}
