import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { EventType } from '../platform/events.ts';
import { checkDestination } from '../platform/outgoing.ts';
import { webhooks } from './Webhook.ts';
import type { WebhookRow } from './Webhook.ts';

export interface WebhookInput {
  url: string;
  events: EventType[];
  /** of the receiver; one is made and answered once when absent */
  secret?: string | undefined;
  description?: string | undefined;
}

/**
 * Idempotent by URL: n8n tries to register a trigger up to five times.
 * @returns the webhook, whether it is new, and the secret when it was made here
 * @throws AppError `destination_not_allowed` for hosts that webhooks may not reach
 */
export async function saveWebhook(ctx: Ctx, input: WebhookInput) {
  const { workspaceId } = ctx.actor;
  await checkDestination(ctx.config, input.url);
  const secret = input.secret ?? randomBytes(32).toString('hex');
  return ctx.db.transaction(async () => {
    const [row] = await ctx.db.query<{ id: string; isNew: boolean }>(
      `INSERT INTO webhooks (id, workspace_id, url, secret, events, description, created_by, created_at) VALUES ($id, $workspaceId, $url, $secret, $events, $description, $createdBy, $createdAt)
       ON CONFLICT (workspace_id, url) DO UPDATE SET secret = excluded.secret, events = excluded.events, description = excluded.description RETURNING id, xmax = 0 AS "isNew"`,
      { bind: { id: uuidv7(), workspaceId, url: input.url, secret: ctx.secretBox.seal(secret), events: input.events, description: input.description ?? null, createdBy: ctx.actor.id, createdAt: new Date() } },
    );
    const { id, isNew } = row as { id: string; isNew: boolean };
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.saved', subject: { type: 'webhook', id }, details: { events: input.events }, requestId: ctx.requestId });
    return { webhook: presentWebhook(await findWebhook(ctx, id)), isNew, madeSecret: input.secret === undefined ? secret : null };
  });
}

export async function listWebhooks(ctx: Ctx) {
  const rows = await webhooks(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId }, order: [['createdAt', 'DESC'], ['id', 'DESC']], limit: 1000, raw: true });
  return rows.map(presentWebhook);
}

/** Deliveries that are waiting go with it. @throws AppError `not_found` */
export async function deleteWebhook(ctx: Ctx, input: { webhookId: string }): Promise<void> {
  const { workspaceId } = ctx.actor;
  await ctx.db.transaction(async () => {
    await findWebhook(ctx, input.webhookId);
    await webhooks(ctx.db).destroy({ where: { workspaceId, id: input.webhookId } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.deleted', subject: { type: 'webhook', id: input.webhookId }, requestId: ctx.requestId });
  });
}

export async function findWebhook(ctx: Ctx, id: string): Promise<WebhookRow> {
  const row = await webhooks(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such webhook. GET /v1/webhooks lists them.');
  return row;
}

export function presentWebhook({ id, url, events, description, createdAt, lastDeliveryAt }: WebhookRow) {
  return { id, url, events, description, createdAt: createdAt.toISOString(), lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null };
}
