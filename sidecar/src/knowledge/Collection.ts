import { DataTypes } from 'sequelize';
import { model } from '../platform/model.ts';

/** Documents that the same people may read. A document of no collection is for everybody who may ask questions. */
export interface CollectionRow {
  id: string;
  workspaceId: string;
  name: string;
  description: string | null;
  /** names of roles; null: everybody who may ask questions */
  readRoles: string[] | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}
export const collections = model<CollectionRow>('collections', {
  id: { type: DataTypes.UUID, primaryKey: true },
  workspaceId: DataTypes.UUID,
  name: DataTypes.TEXT,
  description: DataTypes.TEXT,
  readRoles: DataTypes.ARRAY(DataTypes.TEXT),
  createdBy: DataTypes.TEXT,
  createdAt: DataTypes.DATE,
  updatedAt: DataTypes.DATE,
});

export function presentCollection({ id, name, description, readRoles, createdAt, updatedAt }: CollectionRow) {
  return { id, name, description, readRoles, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
