/** The audit log for auditors: pages and exports of one workspace, newest first. Whoever reads it is in it too. */
import { grantOf } from '../platform/access.ts';
import type { Actor, Ctx } from '../platform/context.ts';
import { toCsv } from '../platform/csv.ts';
import { AppError } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { Keyset, PageInput } from '../platform/page.ts';
import { audit } from './audit.ts';

export interface AuditFilter {
  /** one action, or all that begin alike: `client.*` */
  action?: string | undefined;
  actorType?: Actor['type'] | undefined;
  actorId?: string | undefined;
  subjectType?: string | undefined;
  /** needs subjectType */
  subjectId?: string | undefined;
  /** at or after */
  from?: Date | undefined;
  /** before */
  to?: Date | undefined;
}

interface AuditRow extends Keyset {
  actorType: Actor['type'];
  actorId: string;
  action: string;
  subjectType: string | null;
  subjectId: string | null;
  details: Record<string, unknown>;
  requestId: string | null;
}

export type AuditFormat = 'ndjson' | 'csv';

/** Who may read only own rows (a role of the workspace) reads what they did themselves. @throws AppError `invalid_request`, `invalid_cursor` */
export async function listAudit(ctx: Ctx, { limit, cursor, ...filter }: AuditFilter & PageInput) {
  const rows = await readRows(ctx, filter, decodeCursor(cursor), limit + 1);
  const page = toPage(rows, limit, presentEntry);
  await noteReading(ctx, 'audit.read', filter, cursor, { rows: page.items.length });
  return page;
}

/** @returns up to `maxRows` entries as one text, and the cursor that goes on after them. @throws as listAudit */
export async function exportAudit(ctx: Ctx, { format, maxRows, cursor, ...filter }: AuditFilter & { format: AuditFormat; maxRows: number; cursor?: string | undefined }) {
  const rows = await readRows(ctx, filter, decodeCursor(cursor), maxRows + 1);
  const { items, nextCursor } = toPage(rows, maxRows, (row) => row);
  await noteReading(ctx, 'audit.exported', filter, cursor, { rows: items.length, format });
  return { text: format === 'csv' ? csvOf(items) : items.map((row) => `${JSON.stringify(presentEntry(row))}\n`).join(''), nextCursor };
}

/**
 * The statement behind both. Times are literals beside the keyset, so that the planner leaves out the months outside.
 * @param limit rows to read
 */
export function auditStatement(actor: Actor, filter: AuditFilter, after: Keyset | null, limit: number): { sql: string; replacements: Record<string, unknown> } {
  const own = grantOf(actor, 'audit:read').rows !== 'workspace';
  const { action, actorType, actorId, subjectType, subjectId, from, to } = filter;
  const conditions = [
    'workspace_id = :workspaceId',
    own && 'actor_id = :self',
    action !== undefined && (action.endsWith('.*') ? 'starts_with(action, :prefix)' : 'action = :action'),
    actorType !== undefined && 'actor_type = :actorType',
    actorId !== undefined && 'actor_id = :actorId',
    subjectType !== undefined && 'subject_type = :subjectType',
    subjectId !== undefined && 'subject_id = :subjectId',
    from !== undefined && 'created_at >= :from',
    to !== undefined && 'created_at < :to',
    after !== null && 'created_at <= :afterTime AND (created_at, id) < (:afterTime, :afterId::uuid)',
  ];
  return {
    sql: `SELECT id, created_at AS "createdAt", actor_type AS "actorType", actor_id AS "actorId", action, subject_type AS "subjectType", subject_id AS "subjectId", details, request_id AS "requestId"
      FROM audit_log WHERE ${conditions.filter(Boolean).join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT :limit`,
    replacements: { workspaceId: actor.workspaceId, self: actor.id, prefix: action?.slice(0, -1), action, actorType, actorId, subjectType, subjectId, from, to, afterTime: after?.createdAt, afterId: after?.id, limit },
  };
}

async function readRows(ctx: Ctx, filter: AuditFilter, after: Keyset | null, limit: number): Promise<AuditRow[]> {
  if (filter.subjectId !== undefined && filter.subjectType === undefined) throw new AppError('invalid_request', 'query.subjectId needs query.subjectType: the id of what kind of thing?');
  if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to) throw new AppError('invalid_request', 'query.from must be before query.to.');
  const { sql, replacements } = auditStatement(ctx.actor, filter, after, limit);
  return ctx.db.query<AuditRow>(sql, { replacements });
}

/** Names of the filters only: an id that somebody looked for may be anything. */
async function noteReading(ctx: Ctx, action: 'audit.read' | 'audit.exported', filter: AuditFilter, cursor: string | undefined, about: { rows: number; format?: AuditFormat }): Promise<void> {
  const filters = Object.entries(filter).filter(([, value]) => value !== undefined).map(([name]) => name).sort();
  const details = { ...about, filters, continued: cursor !== undefined, ...(filter.from && { from: filter.from.toISOString() }), ...(filter.to && { to: filter.to.toISOString() }) };
  await audit(ctx.db, { workspaceId: ctx.actor.workspaceId, actor: ctx.actor, action, details, requestId: ctx.requestId });
}

function presentEntry(row: AuditRow) {
  return {
    id: row.id, createdAt: row.createdAt.toISOString(), actor: { type: row.actorType, id: row.actorId }, action: row.action,
    subject: row.subjectType === null ? null : { type: row.subjectType, id: row.subjectId }, details: row.details, requestId: row.requestId,
  };
}

function csvOf(rows: AuditRow[]): string {
  return toCsv(
    ['id', 'createdAt', 'actorType', 'actorId', 'action', 'subjectType', 'subjectId', 'details', 'requestId'],
    rows.map((row) => [row.id, row.createdAt.toISOString(), row.actorType, row.actorId, row.action, row.subjectType, row.subjectId, JSON.stringify(row.details), row.requestId]),
  );
}
