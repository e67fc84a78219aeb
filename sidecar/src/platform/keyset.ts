/** The sort order of lists in Sequelize's words. */
import { Op } from 'sequelize';
import type { Order } from 'sequelize';
import type { Keyset } from './page.ts';

export const newestFirst: Order = [['createdAt', 'DESC'], ['id', 'DESC']];

/** Rows behind the cursor; nothing to add for the first page. */
export function afterKeyset(cursor: Keyset | null): { [Op.or]?: object[] } {
  if (cursor === null) return {};
  return { [Op.or]: [{ createdAt: { [Op.lt]: cursor.createdAt } }, { createdAt: cursor.createdAt, id: { [Op.lt]: cursor.id } }] };
}
