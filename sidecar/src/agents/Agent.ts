import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export const agentKinds = ['cv-analyst', 'matcher', 'rag-assistant'] as const;
export type AgentKind = (typeof agentKinds)[number];

export interface AgentRow {
  id: string;
  workspaceId: string;
  kind: AgentKind;
  name: string;
  description: string;
  status: 'active' | 'paused';
  pausedAt: Date | null;
  pausedBy: string | null;
  pauseReason: string | null;
  createdAt: Date;
}
export const agents = model<AgentRow>('agents', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  kind: DataTypes.TEXT,
  name: DataTypes.TEXT,
  description: DataTypes.TEXT,
  status: DataTypes.TEXT,
  pausedAt: DataTypes.DATE,
  pausedBy: DataTypes.TEXT,
  pauseReason: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});

/** Immutable: a changed configuration is a new version. */
export interface AgentVersionRow {
  id: string;
  workspaceId: string;
  agentId: string;
  number: number;
  config: Record<string, unknown>;
  configHash: string;
  reason: string;
  createdBy: string;
  createdAt: Date;
}
export const agentVersions = model<AgentVersionRow>('agent_versions', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  agentId: DataTypes.UUID,
  number: DataTypes.INTEGER,
  config: DataTypes.JSONB,
  configHash: DataTypes.TEXT,
  reason: DataTypes.TEXT,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});

export interface AgentLabelRow {
  workspaceId: string;
  agentId: string;
  label: string;
  versionId: string;
  movedBy: string;
  movedAt: Date;
}
export const agentLabels = model<AgentLabelRow>('agent_labels', {
  workspaceId: DataTypes.UUID,
  agentId: { type: DataTypes.UUID, primaryKey: true },
  label: { type: DataTypes.TEXT, primaryKey: true },
  versionId: DataTypes.UUID,
  movedBy: DataTypes.TEXT,
  movedAt: DataTypes.DATE,
});

export interface AgentRunRow {
  id: string;
  workspaceId: string;
  agentId: string;
  versionId: string;
  taskId: string | null;
  outcome: 'succeeded' | 'failed' | 'abstained';
  errorCode: string | null;
  durationMs: number;
  startedAt: Date;
}
export const agentRuns = model<AgentRunRow>('agent_runs', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  agentId: DataTypes.UUID,
  versionId: DataTypes.UUID,
  taskId: DataTypes.UUID,
  outcome: DataTypes.TEXT,
  errorCode: DataTypes.TEXT,
  durationMs: DataTypes.INTEGER,
  startedAt: DataTypes.DATE,
});
