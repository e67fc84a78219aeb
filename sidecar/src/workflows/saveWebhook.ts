import { v7 as uuidv7 } from 'uuid';
import { audit } from '../identity/audit.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import type { EventType } from '../platform/events.ts';
import { checkDestination, outgoingPolicy } from '../platform/outgoing/destination.ts';
import { findWebhook, presentWebhook } from './readWebhooks.ts';
import { webhooks } from './Webhook.ts';
import type { WebhookRow } from './Webhook.ts';
import { makeWebhookSecret, sealWebhookSecret } from './webhookSecrets.ts';

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
 * @throws AppError `destination_not_allowed` for hosts that webhooks may not reach; `forbidden` for who sees a part of the workspace only
 */
export async function saveWebhook(ctx: Ctx, input: WebhookInput) {
  const { workspaceId } = ctx.actor;
  if (grantOf(ctx.actor, 'webhooks:create').rows !== 'workspace') {
    throw new AppError('forbidden', 'Events tell of the whole workspace, and your role reaches a part of it. Ask an administrator to register the webhook.', { permission: 'webhooks:create' });
  }
  await checkDestination(outgoingPolicy(ctx.config), input.url);
  const secret = input.secret ?? makeWebhookSecret();
  const madeId = uuidv7();
  return ctx.db.transaction(async () => {
    const [row] = await ctx.db.query<{ id: string; isNew: boolean }>(
      `INSERT INTO webhooks (id, workspace_id, url, secret, events, description, created_by, created_at) VALUES ($id, $workspaceId, $url, $secret, $events, $description, $createdBy, $createdAt)
       ON CONFLICT (workspace_id, url) DO UPDATE SET secret = excluded.secret, previous_secret = NULL, previous_secret_until = NULL, secret_rotated_at = NULL,
         events = excluded.events, description = excluded.description RETURNING id, xmax = 0 AS "isNew"`,
      { bind: { id: madeId, workspaceId, url: input.url, secret: sealWebhookSecret(ctx, madeId, secret), events: input.events, description: input.description ?? null, createdBy: ctx.actor.id, createdAt: new Date() } },
    );
    const { id, isNew } = row as { id: string; isNew: boolean };
    // Sealed for the row that there was already: the upsert has it locked.
    if (id !== madeId) await webhooks(ctx.db).update({ secret: sealWebhookSecret(ctx, id, secret) }, { where: { workspaceId, id } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.saved', subject: { type: 'webhook', id }, details: { events: input.events }, requestId: ctx.requestId });
    return { webhook: presentWebhook((await webhooks(ctx.db).findOne({ where: { workspaceId, id }, raw: true })) as WebhookRow), isNew, madeSecret: input.secret === undefined ? secret : null };
  });
}

/** Deliveries that are waiting go with it. @throws AppError `not_found` */
export async function deleteWebhook(ctx: Ctx, input: { webhookId: string }): Promise<void> {
  const { workspaceId } = ctx.actor;
  await ctx.db.transaction(async () => {
    await findWebhook(ctx, input.webhookId, 'webhooks:delete');
    await webhooks(ctx.db).destroy({ where: { workspaceId, id: input.webhookId } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.deleted', subject: { type: 'webhook', id: input.webhookId }, requestId: ctx.requestId });
  });
}
