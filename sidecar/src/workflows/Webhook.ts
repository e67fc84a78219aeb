import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export interface WebhookRow {
  id: string;
  workspaceId: string;
  url: string;
  /** sealed */
  secret: string;
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
  events: DataTypes.ARRAY(DataTypes.TEXT),
  description: DataTypes.TEXT,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  lastDeliveryAt: DataTypes.DATE,
});

export interface EventDeliveryRow {
  id: string;
  workspaceId: string;
  eventId: string;
  webhookId: string;
  status: 'pending' | 'delivered' | 'failed';
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
