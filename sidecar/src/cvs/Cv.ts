import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';
import type { CvFacts, Evidence, Profile } from './profile.ts';

export const cvStatuses = ['queued', 'analysed', 'needs_ocr', 'failed'] as const;

/** What made a result: with the same input and the same four, the result is the same. */
export interface Provenance {
  agentVersionId: string;
  embeddingSpace: string;
  taxonomyRevision: string;
  engineVersion: string;
}

export interface CvRow {
  id: string;
  workspaceId: string;
  candidateId: string | null;
  version: number;
  fileName: string;
  mediaType: string | null;
  byteSize: number;
  sha256: string;
  externalId: string | null;
  status: (typeof cvStatuses)[number];
  error: { code: string; message: string } | null;
  language: string | null;
  text: string | null;
  pages: { page: number; start: number; end: number }[] | null;
  profile: Profile | null;
  evidence: Evidence[] | null;
  facts: CvFacts | null;
  warnings: { code: string; message: string }[];
  provenance: Provenance | null;
  taskId: string | null;
  createdBy: string;
  createdAt: Date;
  analysedAt: Date | null;
}
export const cvs = model<CvRow>('cvs', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  candidateId: DataTypes.UUID,
  version: DataTypes.INTEGER,
  fileName: DataTypes.TEXT,
  mediaType: DataTypes.TEXT,
  byteSize: DataTypes.INTEGER,
  sha256: DataTypes.TEXT,
  externalId: DataTypes.TEXT,
  status: DataTypes.TEXT,
  error: DataTypes.JSONB,
  language: DataTypes.TEXT,
  text: DataTypes.TEXT,
  pages: DataTypes.JSONB,
  profile: DataTypes.JSONB,
  evidence: DataTypes.JSONB,
  facts: DataTypes.JSONB,
  warnings: DataTypes.JSONB,
  provenance: DataTypes.JSONB,
  taskId: DataTypes.UUID,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  analysedAt: DataTypes.DATE,
});

/** The uploaded bytes, apart from the row that lists read. */
export interface CvFileRow {
  cvId: string;
  workspaceId: string;
  bytes: Buffer;
}
export const cvFiles = model<CvFileRow>('cv_files', {
  cvId: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  bytes: DataTypes.BLOB,
});

/** A person, made from one or more CVs; `profile` and `facts` are those of the current CV. */
export interface CandidateRow {
  id: string;
  workspaceId: string;
  currentCvId: string | null;
  displayName: string | null;
  email: string | null;
  headline: string | null;
  language: string | null;
  city: string | null;
  countryCode: string | null;
  experienceMonths: number | null;
  occupationId: string | null;
  profile: Profile;
  facts: CvFacts;
  createdAt: Date;
  updatedAt: Date;
}
export const candidates = model<CandidateRow>('candidates', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  currentCvId: DataTypes.UUID,
  displayName: DataTypes.TEXT,
  email: DataTypes.TEXT,
  headline: DataTypes.TEXT,
  language: DataTypes.TEXT,
  city: DataTypes.TEXT,
  countryCode: DataTypes.TEXT,
  experienceMonths: DataTypes.INTEGER,
  occupationId: DataTypes.TEXT,
  profile: DataTypes.JSONB,
  facts: DataTypes.JSONB,
  createdAt: DataTypes.DATE,
  updatedAt: DataTypes.DATE,
});

export interface CandidateSkillRow {
  workspaceId: string;
  skillId: string;
  candidateId: string;
  months: number | null;
  lastUsed: string | null;
}
export const candidateSkills = model<CandidateSkillRow>('candidate_skills', {
  workspaceId: { type: DataTypes.UUID, primaryKey: true },
  skillId: { type: DataTypes.TEXT, primaryKey: true },
  candidateId: { type: DataTypes.UUID, primaryKey: true },
  months: DataTypes.INTEGER,
  lastUsed: DataTypes.TEXT,
});
