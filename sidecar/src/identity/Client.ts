import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export interface WorkspaceRow {
  id: string;
  name: string;
  isOperator: boolean;
  /** built-in roles that see no names and no contact data here */
  blindRoles: string[];
  disabledAt: Date | null;
  createdAt: Date;
}
export const workspaces = model<WorkspaceRow>('workspaces', {
  id: { type: DataTypes.UUID, primaryKey: true },
  name: DataTypes.TEXT,
  isOperator: DataTypes.BOOLEAN,
  blindRoles: DataTypes.ARRAY(DataTypes.TEXT),
  disabledAt: DataTypes.DATE,
  createdAt: DataTypes.DATE,
});

/** An OAuth client: how n8n and other programs come in. */
export interface ClientRow {
  id: string;
  workspaceId: string;
  clientId: string;
  name: string;
  roles: string[];
  disabledAt: Date | null;
  lastUsedAt: Date | null;
  /** access tokens issued before are refused */
  tokensNotBefore: Date | null;
  createdBy: string;
  createdAt: Date;
}
export const clients = model<ClientRow>('clients', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  clientId: DataTypes.TEXT,
  name: DataTypes.TEXT,
  roles: DataTypes.ARRAY(DataTypes.TEXT),
  disabledAt: DataTypes.DATE,
  lastUsedAt: DataTypes.DATE,
  tokensNotBefore: DataTypes.DATE,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});

/** Kept as an Argon2id hash only. Two live ones let a client change its secret without a gap. */
export interface ClientSecretRow {
  id: string;
  workspaceId: string;
  /** `id` of the client, not its `clientId` */
  clientId: string;
  secretHash: string;
  createdAt: Date;
  expiresAt: Date | null;
}
export const clientSecrets = model<ClientSecretRow>('client_secrets', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  clientId: DataTypes.UUID,
  secretHash: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  expiresAt: DataTypes.DATE,
});
