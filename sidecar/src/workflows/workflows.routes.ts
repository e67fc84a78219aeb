import { z } from 'zod';
import { eventTypes } from '../platform/events.ts';
import { pageOf } from '../platform/page.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { deleteWebhook, findWebhook, listWebhooks, presentWebhook, saveWebhook } from './saveWebhook.ts';

const webhook = z.object({ id, url: z.string(), events: z.array(z.enum(eventTypes)), description: z.string().nullable(), createdAt: timestamp, lastDeliveryAt: timestamp.nullable() });
const webhookSchema = named('Webhook', webhook);
const savedSchema = webhook.extend({ secret: z.string().nullable().describe('the secret that was made, answered once; null when you gave one') });
const example = { id: '01980000-0000-7000-8000-000000011001', url: 'https://n8n.example.com/webhook/talentmatch', events: ['cv.analysed'], description: null, createdAt: '2026-11-22T10:00:00.000Z', lastDeliveryAt: null };

export const workflowRoutes = [
  defineRoute({
    id: 'saveWebhook', method: 'post', path: '/v1/webhooks', permission: 'webhooks:create', tag: 'Webhooks', rate: 'write',
    summary: 'Register a webhook for events',
    description: 'The same URL again replaces events and secret. Each delivery is a POST of `{id, type, createdAt, workspaceId, subject, data}` with `X-TalentMatch-Event`, `-Delivery`, `-Timestamp` and `-Signature: sha256=HMAC-SHA256(secret, timestamp + "." + body)`; it is repeated with backoff until it gets a 2xx.',
    body: z.object({ url: z.string().url().max(2000), events: z.array(z.enum(eventTypes)).min(1), secret: z.string().min(32).max(256).optional(), description: z.string().max(500).optional() }).strict(),
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
    responses: { 200: { description: 'All webhooks of the workspace', schema: pageOf(webhookSchema), example: { items: [example], nextCursor: null } } },
    handler: async (ctx) => ok({ items: await listWebhooks(ctx), nextCursor: null }),
  }),
  defineRoute({
    id: 'getWebhook', method: 'get', path: '/v1/webhooks/:webhookId', permission: 'webhooks:read', tag: 'Webhooks', rate: 'read',
    summary: 'Get a webhook', params: { webhookId: id },
    responses: { 200: { description: 'The webhook', schema: webhookSchema, example } },
    handler: async (ctx, { params }) => ok(presentWebhook(await findWebhook(ctx, params.webhookId))),
  }),
  defineRoute({
    id: 'deleteWebhook', method: 'delete', path: '/v1/webhooks/:webhookId', permission: 'webhooks:delete', tag: 'Webhooks', rate: 'write',
    summary: 'Remove a webhook', params: { webhookId: id },
    responses: { 204: { description: 'Removed' } },
    handler: async (ctx, { params }) => {
      await deleteWebhook(ctx, params);
      return noContent();
    },
  }),
];
