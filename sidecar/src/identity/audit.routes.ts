import { z } from 'zod';
import { pageOf, pageQuery } from '../platform/page.ts';
import { defineRoute, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { exportAudit, listAudit } from './readAudit.ts';

const entrySchema = named(
  'AuditEntry',
  z.object({
    id,
    createdAt: timestamp,
    actor: z.object({ type: z.enum(['client', 'user', 'system']), id: z.string() }),
    action: z.string(),
    subject: z.object({ type: z.string(), id: z.string() }).nullable(),
    /** ids, codes, counts */
    details: z.record(z.unknown()),
    requestId: z.string().nullable(),
  }),
);

const entryExample = {
  id: '01980000-0000-7000-8000-0000000a0001', createdAt: '2026-11-22T10:00:00.000Z', actor: { type: 'client', id: '01980000-0000-7000-8000-000000000001' },
  action: 'cv.uploaded', subject: { type: 'cv', id: '01980000-0000-7000-8000-00000000c001' }, details: {}, requestId: '01980000-0000-7000-8000-0000000b0001',
};

/** PostgreSQL knows no year 0, and there was no log before 1970. */
const moment = z.string().datetime({ offset: true }).transform((text) => new Date(text)).refine((time) => time.getTime() >= 0, 'must not be before 1970');
const name = z.string().regex(/^[\w.-]{1,100}$/);

const filterQuery = {
  action: z.string().max(100).regex(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?:\.\*)?$/, 'is an action such as client.created, or client.* for all of a kind').optional()
    .describe('One action, or all that begin alike: `client.*`.'),
  actorType: z.enum(['client', 'user', 'system']).optional(),
  actorId: name.optional(),
  subjectType: name.optional(),
  subjectId: name.optional().describe('Needs `subjectType`.'),
  from: moment.optional().describe('Entries at or after this time.'),
  to: moment.optional().describe('Entries before this time.'),
};

export const auditRoutes = [
  defineRoute({
    id: 'listAuditEntries', method: 'get', path: '/v1/audit', permission: 'audit:read', tag: 'Audit', rate: 'read',
    summary: 'List the audit log, newest first',
    description: 'Who did what to what in your workspace. Actors and subjects are ids; details never hold CV text or contact data. Give `from` and `to` where you can: months outside are not looked at. Every reading is an entry itself (`audit.read`).',
    query: { ...pageQuery, ...filterQuery },
    responses: { 200: { description: 'A page', schema: pageOf(entrySchema), example: { items: [entryExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listAudit(ctx, query)),
  }),
  defineRoute({
    id: 'exportAuditEntries', method: 'get', path: '/v1/audit/export', permission: 'audit:read', tag: 'Audit', rate: 'heavy',
    summary: 'Export the audit log',
    description: 'Up to `maxRows` entries, newest first, one a line: as NDJSON, or as CSV in which no cell runs as a formula. Where there are more, the header `X-Next-Cursor` holds the `cursor` of the next export. Every export is an entry itself (`audit.exported`).',
    query: {
      ...filterQuery,
      format: z.enum(['ndjson', 'csv']).default('ndjson'),
      maxRows: z.coerce.number().int().min(1).max(10_000).default(10_000),
      cursor: pageQuery.cursor,
    },
    responses: { 200: { description: 'The entries, as the format asks', schema: z.string(), example: `${JSON.stringify(entryExample)}\n`, mediaType: ['application/x-ndjson', 'text/csv'] } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => {
      const { text, nextCursor } = await exportAudit(ctx, query);
      return reply(200, text, {
        'Content-Type': query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
        'Content-Disposition': `attachment; filename="audit.${query.format}"`,
        'Cache-Control': 'no-store',
        ...(nextCursor !== null && { 'X-Next-Cursor': nextCursor }),
      });
    },
  }),
];
