/** Sequelize models without globals: a model belongs to the database it is asked of, so one process may hold several. */
import type { Model, ModelAttributes, ModelStatic } from 'sequelize';
import type { Database } from './db/database.ts';

export type Rows<Row extends object> = ModelStatic<Model<Row, Partial<Row>> & Row>;

/**
 * @param name table name; columns are the snake_case of the attributes
 * @returns the model of a database: `clients(ctx.db).findOne({ where: { workspaceId, … }, raw: true })`
 */
export function model<Row extends object>(name: string, attributes: ModelAttributes<Model<Row, Partial<Row>> & Row, Partial<Row>>): (db: Database) => Rows<Row> {
  return ({ sequelize }) =>
    (sequelize.isDefined(name)
      ? sequelize.model(name)
      : sequelize.define(name, attributes as never, { tableName: name, underscored: true, timestamps: false })) as unknown as Rows<Row>;
}
