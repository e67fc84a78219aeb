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
  const values = { secret: ctx.secretBox.seal(secret), events: input.events, description: input.description ?? null };
  return ctx.db.transaction(async () => {
    const existing = await webhooks(ctx.db).findOne({ where: { workspaceId, url: input.url }, raw: true });
    const id = existing?.id ?? uuidv7();
    if (existing === null) await webhooks(ctx.db).create({ id, workspaceId, url: input.url, createdBy: ctx.actor.id, createdAt: new Date(), ...values });
    else await webhooks(ctx.db).update(values, { where: { workspaceId, id } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.saved', subject: { type: 'webhook', id }, details: { events: input.events }, requestId: ctx.requestId });
    return { webhook: presentWebhook(await findWebhook(ctx, id)), isNew: existing === null, madeSecret: input.secret === undefined ? secret : null };
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
