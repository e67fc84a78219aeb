/** Which documents and indexed CVs an actor may know of and may be answered from, as conditions for every query of them. */
import { constant, madeBy, visibleCvs } from '../cvs/visible.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';

type Asking = Pick<Ctx, 'actor'>;

/**
 * Collections that the actor may read: those for everybody, those that name one of its roles, and all for whoever
 * manages the collections of the workspace.
 * @param table name or alias of `collections`
 */
export function readableCollections({ actor }: Asking, table = 'collections'): string {
  if (actor.type === 'system' || actor.grants.get('collections:update')?.rows === 'workspace') return 'TRUE';
  return `(${table}.read_roles IS NULL OR ${table}.read_roles && ARRAY[${actor.roles.map(constant).join(', ')}]::text[])`;
}

/**
 * Sources within reach of a permission: documents of readable collections, of a role with fewer rows only those that the
 * actor added; CVs as `cvs:read` reaches them.
 * @param table name or alias of `sources`
 */
export function visibleSources(asking: Asking, permission: 'sources:create' | 'sources:read' | 'sources:delete', table = 'sources'): string {
  const made = grantOf(asking.actor, permission).rows === 'workspace' ? 'TRUE' : madeBy(asking.actor, table);
  return either(table, `${readableDocuments(asking, table)} AND ${made}`, readsCvs(asking) ? indexedCvs(asking, table) : 'FALSE');
}

/**
 * What a question of the actor may be answered from: documents of readable collections, whoever added them, and CVs as
 * `cvs:read` reaches them. In blind mode no CV: passages are its text.
 */
export function askableSources(asking: Asking, table = 'sources'): string {
  const { actor } = asking;
  const sighted = readsCvs(asking) && !grantOf(actor, 'cvs:read').blind && !grantOf(actor, 'rag:query').blind;
  return either(table, readableDocuments(asking, table), sighted ? indexedCvs(asking, table) : 'FALSE');
}

const readsCvs = ({ actor }: Asking): boolean => actor.type === 'system' || actor.permissions.has('cvs:read');

const either = (table: string, document: string, cv: string): string => `CASE ${table}.kind WHEN 'document' THEN ${document} ELSE ${cv} END`;

function readableDocuments(asking: Asking, table: string): string {
  return `(${table}.collection_id IS NULL OR ${table}.collection_id IN (SELECT k.id FROM collections k WHERE k.workspace_id = ${constant(asking.actor.workspaceId)} AND ${readableCollections(asking, 'k')}))`;
}

function indexedCvs(asking: Asking, table: string): string {
  const condition = visibleCvs(asking, 'cvs:read', 'v');
  return condition === 'TRUE' ? condition : `${table}.cv_id IN (SELECT v.id FROM cvs v WHERE v.workspace_id = ${constant(asking.actor.workspaceId)} AND ${condition})`;
}
