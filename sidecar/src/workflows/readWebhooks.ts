import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { webhooks } from './Webhook.ts';
import type { WebhookRow } from './Webhook.ts';

export async function listWebhooks(ctx: Ctx) {
  const rows = await webhooks(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId }, order: [['createdAt', 'DESC'], ['id', 'DESC']], limit: 1000, raw: true });
  return rows.map(presentWebhook);
}

/** @throws AppError `not_found`, also for a webhook of another workspace */
export async function findWebhook(ctx: Ctx, id: string): Promise<WebhookRow> {
  const row = await webhooks(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such webhook. GET /v1/webhooks lists them.');
  return row;
}

export function presentWebhook({ id, url, events, description, createdAt, lastDeliveryAt, secretRotatedAt }: WebhookRow) {
  return { id, url, events, description, createdAt: createdAt.toISOString(), lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null, secretRotatedAt: secretRotatedAt?.toISOString() ?? null };
}
