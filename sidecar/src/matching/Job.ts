import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';
import type { Provenance } from '../cvs/Cv.ts';
import type { JobAnalysis, MatchResult } from './types.ts';

export interface JobRow {
  id: string;
  workspaceId: string;
  externalId: string | null;
  title: string;
  text: string;
  language: string;
  status: 'open' | 'closed';
  version: number;
  analysis: JobAnalysis;
  provenance: Omit<Provenance, 'agentVersionId'>;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}
export const jobs = model<JobRow>('jobs', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  externalId: DataTypes.TEXT,
  title: DataTypes.TEXT,
  text: DataTypes.TEXT,
  language: DataTypes.TEXT,
  status: DataTypes.TEXT,
  version: DataTypes.INTEGER,
  analysis: DataTypes.JSONB,
  provenance: DataTypes.JSONB,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  updatedAt: DataTypes.DATE,
});

/** One scored, explained pair. The same pair made by the same versions is one row. */
export interface MatchRow {
  id: string;
  workspaceId: string;
  jobId: string;
  jobVersion: number;
  candidateId: string;
  cvId: string;
  cvVersion: number;
  score: number;
  result: MatchResult;
  provenance: Provenance;
  madeBy: string;
  createdAt: Date;
}
export const matches = model<MatchRow>('matches', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  jobId: DataTypes.UUID,
  jobVersion: DataTypes.INTEGER,
  candidateId: DataTypes.UUID,
  cvId: DataTypes.UUID,
  cvVersion: DataTypes.INTEGER,
  score: DataTypes.DECIMAL(7, 6),
  result: DataTypes.JSONB,
  provenance: DataTypes.JSONB,
  madeBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
});
