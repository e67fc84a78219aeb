/** The secrets that deliveries are signed with: made, sealed, rotated and used here, and nowhere else. */
import { createHmac, randomBytes } from 'node:crypto';
import { audit } from '../identity/audit.ts';
import type { Ctx } from '../platform/context.ts';
import { sealedPlace } from '../platform/secrets.ts';
import { findWebhook } from './readWebhooks.ts';
import type { WebhookRow } from './Webhook.ts';

/** 256 bits, in hex */
export const makeWebhookSecret = (): string => randomBytes(32).toString('hex');

/** As the table keeps it, for the row of this webhook alone. A rotation moves it to `previous_secret` as it is. */
export const sealWebhookSecret = (ctx: Ctx, webhookId: string, secret: string): string => ctx.secretBox.seal(secret, placeOf(webhookId));

/** As the database spells the id, however a caller did. */
const placeOf = (webhookId: string): string => sealedPlace('webhooks', 'secret', webhookId.toLowerCase());

/**
 * Gives a webhook a new secret. For `overlapSeconds` deliveries carry the signatures of both, so that a receiver can
 * change over without losing one; the secret before the current one signs no longer at once.
 * @returns the webhook, and the secret when it was made here. @throws AppError `not_found`
 */
export async function rotateWebhookSecret(ctx: Ctx, input: { webhookId: string; overlapSeconds: number; secret?: string | undefined }): Promise<{ webhook: WebhookRow; madeSecret: string | null }> {
  const { workspaceId } = ctx.actor;
  const secret = input.secret ?? makeWebhookSecret();
  return ctx.db.transaction(async () => {
    const { id } = await findWebhook(ctx, input.webhookId, 'webhooks:update');
    const now = new Date();
    // In one statement: of two rotations at once the second keeps what the first one made.
    await ctx.db.query(
      `UPDATE webhooks SET secret = $secret, previous_secret = CASE WHEN $overlap::boolean THEN secret END, previous_secret_until = $until, secret_rotated_at = $now
       WHERE workspace_id = $workspaceId AND id = $id`,
      {
        bind: {
          workspaceId, id, secret: sealWebhookSecret(ctx, id, secret), now,
          overlap: input.overlapSeconds > 0, until: input.overlapSeconds > 0 ? new Date(now.getTime() + input.overlapSeconds * 1000) : null,
        },
      },
    );
    const webhook = await findWebhook(ctx, id, 'webhooks:update');
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'webhook.secret_rotated', subject: { type: 'webhook', id: webhook.id }, details: { overlapSeconds: input.overlapSeconds }, requestId: ctx.requestId });
    return { webhook, madeSecret: input.secret === undefined ? secret : null };
  });
}

/**
 * `sha256=` + hex HMAC-SHA256 of `timestamp + "." + body`; during an overlap that of the former secret follows after a comma.
 * @param timestamp seconds since 1970, as it is sent
 */
export function signDelivery(ctx: Ctx, webhook: Pick<WebhookRow, 'id' | 'secret' | 'previousSecret' | 'previousSecretUntil'>, timestamp: string, body: string): string {
  const { secret, previousSecret, previousSecretUntil } = webhook;
  const overlaps = previousSecret !== null && previousSecretUntil !== null && new Date(previousSecretUntil).getTime() > Date.now();
  return [secret, ...(overlaps ? [previousSecret] : [])]
    .map((sealed) => `sha256=${createHmac('sha256', ctx.secretBox.unseal(sealed, placeOf(webhook.id))).update(`${timestamp}.${body}`).digest('hex')}`)
    .join(',');
}
