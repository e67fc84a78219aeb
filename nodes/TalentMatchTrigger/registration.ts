import { randomBytes } from 'node:crypto';
import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Webhook } from '../shared/api';
import { toNodeError } from '../shared/errors';
import { apiRequest } from '../shared/transport';

/**
 * What the trigger remembers between runs of n8n. A node has two URLs, test and production, and may keep both in the same
 * static data: so ids are kept by URL, and both share one secret that lives as long as any registration does.
 */
interface Registrations {
  secret?: string;
  webhookIds?: Record<string, string>;
}

/** The secret that deliveries to this node are signed with; undefined before the first registration. */
export function webhookSecret(context: IHookFunctions | IWebhookFunctions): string | undefined {
  return registrations(context).secret;
}

/**
 * Whether the sidecar still has this node's registration, for the same URL and the same events, with the node's secret.
 * One that was rotated at the sidecar cannot be learnt from there: the node then forgets its own and registers a fresh one.
 */
export async function webhookExists(context: IHookFunctions): Promise<boolean> {
  const url = ownUrl(context);
  const remembered = registrations(context);
  const { secret, webhookIds } = remembered;
  const webhookId = webhookIds?.[url];
  if (secret === undefined || webhookId === undefined) return false;
  try {
    const webhook = await apiRequest<Webhook & { secretRotatedAt?: string | null }>(context, 'GET', `/v1/webhooks/${encodeURIComponent(webhookId)}`);
    if (typeof webhook.secretRotatedAt === 'string') {
      delete remembered.secret;
      return false;
    }
    return webhook.url === url && sameEvents(webhook.events, chosenEvents(context));
  } catch (error) {
    if (isNotFound(error)) return false;
    throw toNodeError(context.getNode(), error);
  }
}

/** Registers the node's URL; for a URL the sidecar already knows this replaces events and secret, so it may be repeated. */
export async function registerWebhook(context: IHookFunctions): Promise<boolean> {
  const url = ownUrl(context);
  const remembered = registrations(context);
  const secret = remembered.secret ?? randomBytes(32).toString('hex');
  try {
    const { id } = await apiRequest<Webhook>(context, 'POST', '/v1/webhooks', {
      body: { url, events: chosenEvents(context), secret, description: `n8n workflow ${context.getWorkflow().id ?? ''}`.trim() },
    });
    remembered.secret = secret;
    remembered.webhookIds = { ...remembered.webhookIds, [url]: id };
    return true;
  } catch (error) {
    throw toNodeError(context.getNode(), error);
  }
}

/** Removes the registration of the node's URL; one that is gone already counts as removed. */
export async function deleteWebhook(context: IHookFunctions): Promise<boolean> {
  const url = ownUrl(context);
  const remembered = registrations(context);
  const { [url]: webhookId, ...others } = remembered.webhookIds ?? {};
  if (webhookId === undefined) return true;
  try {
    await apiRequest(context, 'DELETE', `/v1/webhooks/${encodeURIComponent(webhookId)}`);
  } catch (error) {
    if (!isNotFound(error)) throw toNodeError(context.getNode(), error);
  }
  remembered.webhookIds = others;
  if (Object.keys(others).length === 0) delete remembered.secret;
  return true;
}

function registrations(context: IHookFunctions | IWebhookFunctions): Registrations {
  return context.getWorkflowStaticData('node') as Registrations;
}

function ownUrl(context: IHookFunctions): string {
  const url = context.getNodeWebhookUrl('default');
  if (url === undefined) throw new NodeOperationError(context.getNode(), 'n8n gave this trigger no webhook URL');
  return url;
}

function chosenEvents(context: IHookFunctions): string[] {
  const events = context.getNodeParameter('events', []) as string[];
  if (events.length > 0) return events;
  throw new NodeOperationError(context.getNode(), 'No event is chosen', { description: 'Choose at least one under "Events"' });
}

function sameEvents(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((event) => b.includes(event));
}

function isNotFound(error: unknown): boolean {
  return error instanceof NodeApiError && error.httpCode === '404';
}
