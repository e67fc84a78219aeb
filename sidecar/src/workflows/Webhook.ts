import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export interface WebhookRow {
  id: string;
  workspaceId: string;
  url: string;
  /** sealed; webhookSecrets.ts opens it */
  secret: string;
  /** sealed; the secret before the last rotation, which signs as well until `previousSecretUntil` */
  previousSecret: string | null;
  previousSecretUntil: Date | null;
  /** null again when the receiver registers with a secret of its own */
  secretRotatedAt: Date | null;
  events: string[];
  description: string | null;
  createdBy: string;
  createdAt: Date;
  lastDeliveryAt: Date | null;
}
export const webhooks = model<WebhookRow>('webhooks', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  url: DataTypes.TEXT,
  secret: DataTypes.TEXT,
  previousSecret: DataTypes.TEXT,
  previousSecretUntil: DataTypes.DATE,
  secretRotatedAt: DataTypes.DATE,
  events: DataTypes.ARRAY(DataTypes.TEXT),
  description: DataTypes.TEXT,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  lastDeliveryAt: DataTypes.DATE,
});

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface EventDeliveryRow {
  id: string;
  workspaceId: string;
  eventId: string;
  webhookId: string;
  status: DeliveryStatus;
  attempts: number;
  responseStatus: number | null;
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
}
export const eventDeliveries = model<EventDeliveryRow>('event_deliveries', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  eventId: DataTypes.UUID,
  webhookId: DataTypes.UUID,
  status: DataTypes.TEXT,
  attempts: DataTypes.INTEGER,
  responseStatus: DataTypes.INTEGER,
  lastError: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  deliveredAt: DataTypes.DATE,
});
