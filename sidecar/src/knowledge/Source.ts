import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

export const sourceKinds = ['document', 'cv'] as const;
export type SourceKind = (typeof sourceKinds)[number];
export const sourceStatuses = ['queued', 'indexed', 'failed'] as const;

export interface PageRange {
  page: number;
  start: number;
  end: number;
}

/** A document to ask about. One of kind `cv` stands for an analysed CV, whose text and bytes stay in `cvs`. */
export interface SourceRow {
  id: string;
  workspaceId: string;
  externalId: string | null;
  /** null also for every CV */
  collectionId: string | null;
  kind: SourceKind;
  cvId: string | null;
  candidateId: string | null;
  title: string;
  mediaType: string | null;
  sha256: string;
  byteSize: number;
  language: string | null;
  text: string | null;
  pages: PageRange[] | null;
  bytes: Buffer | null;
  status: (typeof sourceStatuses)[number];
  error: { code: string; message: string } | null;
  taskId: string | null;
  createdBy: string;
  createdAt: Date;
  indexedAt: Date | null;
}
export const sources = model<SourceRow>('sources', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  externalId: DataTypes.TEXT,
  collectionId: DataTypes.UUID,
  kind: DataTypes.TEXT,
  cvId: DataTypes.UUID,
  candidateId: DataTypes.UUID,
  title: DataTypes.TEXT,
  mediaType: DataTypes.TEXT,
  sha256: DataTypes.TEXT,
  byteSize: DataTypes.INTEGER,
  language: DataTypes.TEXT,
  text: DataTypes.TEXT,
  pages: DataTypes.JSONB,
  bytes: DataTypes.BLOB,
  status: DataTypes.TEXT,
  error: DataTypes.JSONB,
  taskId: DataTypes.UUID,
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  indexedAt: DataTypes.DATE,
});

/** What the API shows: everything but text and bytes. */
export const shownSource = ['id', 'externalId', 'collectionId', 'kind', 'cvId', 'candidateId', 'title', 'mediaType', 'sha256', 'byteSize', 'language', 'status', 'error', 'taskId', 'createdAt', 'indexedAt'] as const;
export type ShownSource = Pick<SourceRow, (typeof shownSource)[number]>;

export function presentSource(row: ShownSource) {
  const { createdAt, indexedAt, ...rest } = Object.fromEntries(shownSource.map((key) => [key, row[key]])) as unknown as ShownSource;
  return { ...rest, createdAt: createdAt.toISOString(), indexedAt: indexedAt?.toISOString() ?? null };
}
