import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export interface WorkspaceRow {
  id: string;
  name: string;
  createdAt: Date;
}
export const workspaces = model<WorkspaceRow>('workspaces', {
  id: { type: DataTypes.UUID, primaryKey: true },
  name: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});

/** An OAuth client: how n8n and other programs come in. The secret is kept as an Argon2id hash only. */
export interface ClientRow {
  id: string;
  workspaceId: string;
  clientId: string;
  name: string;
  secretHash: string;
  roles: string[];
  disabledAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}
export const clients = model<ClientRow>('clients', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  clientId: DataTypes.TEXT,
  name: DataTypes.TEXT,
  secretHash: DataTypes.TEXT,
  roles: DataTypes.ARRAY(DataTypes.TEXT),
  disabledAt: DataTypes.DATE,
  lastUsedAt: DataTypes.DATE,
  createdAt: DataTypes.DATE,
});
