import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';
import type { RowScope } from '../platform/access.ts';

/** A person who logs in. Invited while `passwordHash` is null; a deleted one keeps the id alone, for the audit log. */
export interface UserRow {
  id: string;
  workspaceId: string;
  /** lower case */
  email: string | null;
  name: string;
  passwordHash: string | null;
  passwordChangedAt: Date | null;
  roles: string[];
  disabledAt: Date | null;
  deletedAt: Date | null;
  lastLoginAt: Date | null;
  createdBy: string;
  createdAt: Date;
}
export const users = model<UserRow>('users', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  email: DataTypes.TEXT,
  name: DataTypes.TEXT,
  passwordHash: DataTypes.TEXT,
  passwordChangedAt: DataTypes.DATE,
  roles: DataTypes.ARRAY(DataTypes.TEXT),
  disabledAt: DataTypes.DATE,
  deletedAt: DataTypes.DATE,
  lastLoginAt: DataTypes.DATE,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});

/** A login on one device: a family of refresh tokens. */
export interface SessionRow {
  id: string;
  workspaceId: string;
  userId: string;
  /** the User-Agent, cut */
  device: string | null;
  /** /24 or /48 of the address */
  network: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  idleExpiresAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  revokedReason: string | null;
}
export const sessions = model<SessionRow>('sessions', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  userId: DataTypes.UUID,
  device: DataTypes.TEXT,
  network: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  lastUsedAt: DataTypes.DATE,
  idleExpiresAt: DataTypes.DATE,
  expiresAt: DataTypes.DATE,
  revokedAt: DataTypes.DATE,
  revokedReason: DataTypes.TEXT,
});

export interface RefreshTokenRow {
  /** SHA-256 */
  tokenHash: string;
  sessionId: string;
  createdAt: Date;
  usedAt: Date | null;
  childHash: string | null;
}
export const refreshTokens = model<RefreshTokenRow>('refresh_tokens', {
  tokenHash: { type: DataTypes.TEXT, primaryKey: true },
  sessionId: DataTypes.UUID,
  createdAt: DataTypes.DATE,
  usedAt: DataTypes.DATE,
  childHash: DataTypes.TEXT,
});

/** An invitation or a password reset: its token works once. */
export interface OneTimeLinkRow {
  id: string;
  workspaceId: string;
  userId: string;
  purpose: 'invitation' | 'password-reset';
  tokenHash: string;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
}
export const oneTimeLinks = model<OneTimeLinkRow>('one_time_links', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  userId: DataTypes.UUID,
  purpose: DataTypes.TEXT,
  tokenHash: DataTypes.TEXT,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  expiresAt: DataTypes.DATE,
  usedAt: DataTypes.DATE,
  revokedAt: DataTypes.DATE,
});

/** A role that a workspace made for itself. */
export interface RoleRow {
  id: string;
  workspaceId: string;
  name: string;
  description: string | null;
  permissions: string[];
  rows: RowScope;
  blind: boolean;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}
export const customRoles = model<RoleRow>('roles', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  name: DataTypes.TEXT,
  description: DataTypes.TEXT,
  permissions: DataTypes.ARRAY(DataTypes.TEXT),
  rows: DataTypes.TEXT,
  blind: DataTypes.BOOLEAN,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  updatedAt: DataTypes.DATE,
});
