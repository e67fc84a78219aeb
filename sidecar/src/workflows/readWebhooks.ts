import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { webhooks } from './Webhook.ts';
import type { WebhookRow } from './Webhook.ts';

type WebhookPermission = 'webhooks:read' | 'webhooks:update' | 'webhooks:delete';

/** No webhook belongs to a job: who does not reach the whole workspace reaches the webhooks that it made. */
export function reachable(ctx: Ctx, permission: WebhookPermission): { createdBy?: string } {
  return grantOf(ctx.actor, permission).rows === 'workspace' ? {} : { createdBy: ctx.actor.id };
}

export async function listWebhooks(ctx: Ctx) {
  const rows = await webhooks(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId, ...reachable(ctx, 'webhooks:read') }, order: [['createdAt', 'DESC'], ['id', 'DESC']], limit: 1000, raw: true });
  return rows.map(presentWebhook);
}

/** @throws AppError `not_found`, also for a webhook of another workspace or beyond what the permission reaches */
export async function findWebhook(ctx: Ctx, id: string, permission: WebhookPermission): Promise<WebhookRow> {
  const row = await webhooks(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id, ...reachable(ctx, permission) }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such webhook. GET /v1/webhooks lists them.');
  return row;
}

export function presentWebhook({ id, url, events, description, createdAt, lastDeliveryAt, secretRotatedAt }: WebhookRow) {
  return { id, url, events, description, createdAt: createdAt.toISOString(), lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null, secretRotatedAt: secretRotatedAt?.toISOString() ?? null };
}
