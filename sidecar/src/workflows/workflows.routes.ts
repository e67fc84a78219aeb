import { z } from 'zod';
import { eventTypes } from '../platform/events.ts';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { listDeliveries, retryDelivery } from './deliveries.ts';
import { findWebhook, listWebhooks, presentWebhook } from './readWebhooks.ts';
import { deleteWebhook, saveWebhook } from './saveWebhook.ts';
import { deliveryStatuses } from './Webhook.ts';
import { rotateWebhookSecret } from './webhookSecrets.ts';

const webhook = z.object({ id, url: z.string(), events: z.array(z.enum(eventTypes)), description: z.string().nullable(), createdAt: timestamp, lastDeliveryAt: timestamp.nullable(), secretRotatedAt: timestamp.nullable().describe('when its secret was rotated, until the receiver registers again') });
const webhookSchema = named('Webhook', webhook);
const savedSchema = webhook.extend({ secret: z.string().nullable().describe('the secret that was made, answered once; null when you gave one') });
const example = { id: '01980000-0000-7000-8000-000000011001', url: 'https://n8n.example.com/webhook/talentmatch', events: ['cv.analysed'], description: null, createdAt: '2026-11-22T10:00:00.000Z', lastDeliveryAt: null, secretRotatedAt: null };
const rotatedSchema = savedSchema.extend({ previousSecretUntil: timestamp.nullable().describe('until then deliveries carry the signature of the former secret too') });
const secretInput = z.string().min(32).max(256);
/** What the guard of outgoing requests has to say to an address comes from the guard; here it only has to be one. */
const urlInput = z.string().max(2000).regex(/^[a-z][a-z0-9+.-]*:/i, 'must be an absolute URL');
const deliverySchema = named(
  'WebhookDelivery',
  z.object({
    id, webhookId: id, eventId: id, eventType: z.enum(eventTypes), status: z.enum(deliveryStatuses), attempts: z.number().int(),
    responseStatus: z.number().int().nullable().describe('of the last attempt; null when there was no answer'), lastError: z.string().nullable().describe('why there was no answer'),
    createdAt: timestamp, deliveredAt: timestamp.nullable(),
  }),
);
const deliveryExample = {
  id: '01980000-0000-7000-8000-000000012001', webhookId: example.id, eventId: '01980000-0000-7000-8000-000000013001', eventType: 'cv.analysed', status: 'failed', attempts: 22,
  responseStatus: 503, lastError: null, createdAt: '2026-11-22T10:00:00.000Z', deliveredAt: null,
};
const deliveryQuery = { ...pageQuery, status: z.enum(deliveryStatuses).optional() };

export const workflowRoutes = [
  defineRoute({
    id: 'saveWebhook', method: 'post', path: '/v1/webhooks', permission: 'webhooks:create', tag: 'Webhooks', rate: 'write',
    summary: 'Register a webhook for events',
    description: 'The same URL again replaces events and secret. Each delivery is a POST of `{id, type, createdAt, workspaceId, subject, data}` with `X-TalentMatch-Event`, `-Delivery`, `-Timestamp` and `-Signature: sha256=HMAC-SHA256(secret, timestamp + "." + body)` (two of them, with a comma between, while a rotated secret overlaps); it is repeated with backoff until it gets a 2xx, about a day long.',
    body: z.object({ url: urlInput, events: z.array(z.enum(eventTypes)).min(1), secret: secretInput.optional(), description: z.string().max(500).optional() }).strict(),
    bodyExample: { url: example.url, events: ['cv.analysed'] },
    responses: {
      200: { description: 'The webhook was there and is changed', schema: savedSchema, example: { ...example, secret: null } },
      201: { description: 'The webhook is registered', schema: savedSchema, example: { ...example, secret: '5f1c…' } },
    },
    errors: ['destination_not_allowed'],
    handler: async (ctx, { body }) => {
      const { webhook: saved, isNew, madeSecret } = await saveWebhook(ctx, body);
      return reply(isNew ? 201 : 200, { ...saved, secret: madeSecret });
    },
  }),
  defineRoute({
    id: 'listWebhooks', method: 'get', path: '/v1/webhooks', permission: 'webhooks:read', tag: 'Webhooks', rate: 'read',
    summary: 'List webhooks',
    description: 'Without their secrets.',
    responses: { 200: { description: 'All webhooks of the workspace', schema: pageOf(webhookSchema), example: { items: [example], nextCursor: null } } },
    handler: async (ctx) => ok({ items: await listWebhooks(ctx), nextCursor: null }),
  }),
  defineRoute({
    id: 'getWebhook', method: 'get', path: '/v1/webhooks/:webhookId', permission: 'webhooks:read', tag: 'Webhooks', rate: 'read',
    summary: 'Get a webhook',
    description: 'Without its secret.', params: { webhookId: id },
    responses: { 200: { description: 'The webhook', schema: webhookSchema, example } },
    handler: async (ctx, { params }) => ok(presentWebhook(await findWebhook(ctx, params.webhookId, 'webhooks:read'))),
  }),
  defineRoute({
    id: 'deleteWebhook', method: 'delete', path: '/v1/webhooks/:webhookId', permission: 'webhooks:delete', tag: 'Webhooks', rate: 'write',
    summary: 'Remove a webhook',
    description: 'What waits for it is not sent any more, and the record of its deliveries goes with it.', params: { webhookId: id },
    responses: { 204: { description: 'Removed' } },
    handler: async (ctx, { params }) => {
      await deleteWebhook(ctx, params);
      return noContent();
    },
  }),
  defineRoute({
    id: 'rotateWebhookSecret', method: 'post', path: '/v1/webhooks/:webhookId/rotate-secret', permission: 'webhooks:update', tag: 'Webhooks', rate: 'write',
    summary: 'Give a webhook a new secret',
    description: 'During the overlap every delivery carries two signatures, `sha256=new,sha256=old`: accept it when either fits, change the secret, and nothing is lost. An n8n trigger takes a fresh secret when its workflow is published again.',
    params: { webhookId: id },
    body: z.object({ overlapSeconds: z.number().int().min(0).max(7 * 86_400).default(86_400).describe('for how long the former secret signs too; 0 for a secret that has leaked'), secret: secretInput.optional() }).strict(),
    bodyExample: { overlapSeconds: 3600 },
    responses: { 200: { description: 'The webhook, with the new secret', schema: rotatedSchema, example: { ...example, secret: '5f1c…', secretRotatedAt: '2026-11-22T10:00:00.000Z', previousSecretUntil: '2026-11-22T11:00:00.000Z' } } },
    handler: async (ctx, { params, body }) => {
      const { webhook: rotated, madeSecret } = await rotateWebhookSecret(ctx, { ...params, ...body });
      return ok({ ...presentWebhook(rotated), secret: madeSecret, previousSecretUntil: rotated.previousSecretUntil?.toISOString() ?? null });
    },
  }),
  defineRoute({
    id: 'listWebhookDeliveries', method: 'get', path: '/v1/webhooks/:webhookId/deliveries', permission: 'webhooks:read', tag: 'Webhooks', rate: 'read',
    summary: 'List the deliveries of a webhook, newest first',
    description: 'With the state of each and what the receiver answered last.', params: { webhookId: id }, query: deliveryQuery,
    responses: { 200: { description: 'A page of deliveries', schema: pageOf(deliverySchema), example: { items: [deliveryExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { params, query }) => ok(await listDeliveries(ctx, { ...params, ...query })),
  }),
  defineRoute({
    id: 'listDeliveries', method: 'get', path: '/v1/webhook-deliveries', permission: 'webhooks:read', tag: 'Webhooks', rate: 'read',
    summary: 'List the deliveries of all webhooks, newest first', description: 'With `status=failed`: what nobody took within a day.', query: deliveryQuery,
    responses: { 200: { description: 'A page of deliveries', schema: pageOf(deliverySchema), example: { items: [deliveryExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listDeliveries(ctx, query)),
  }),
  defineRoute({
    id: 'retryWebhookDelivery', method: 'post', path: '/v1/webhooks/:webhookId/deliveries/:deliveryId/retry', permission: 'webhooks:update', tag: 'Webhooks', rate: 'write',
    summary: 'Send a failed delivery again',
    description: 'The same event with the same id, signed anew.', params: { webhookId: id, deliveryId: id },
    responses: { 200: { description: 'The delivery, pending again', schema: deliverySchema, example: { ...deliveryExample, status: 'pending', attempts: 0 } } },
    errors: ['conflict'],
    handler: async (ctx, { params }) => ok(await retryDelivery(ctx, params)),
  }),
];
