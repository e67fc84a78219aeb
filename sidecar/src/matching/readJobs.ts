import { Op } from 'sequelize';
import type { Ctx } from '../platform/context.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { reached, visibleJobs } from '../cvs/visible.ts';
import { jobs } from './Job.ts';
import { findJob, presentJob } from './saveJob.ts';

/** @param input.q part of a title, any case */
export async function listJobs(ctx: Ctx, input: PageInput & { q?: string | undefined; status?: 'open' | 'closed' | undefined }) {
  const rows = await jobs(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.q !== undefined && { title: { [Op.iLike]: `%${input.q.replace(/[\\%_]/g, '\\$&')}%` } }),
      ...(input.status !== undefined && { status: input.status }),
      ...afterKeyset(decodeCursor(input.cursor)),
      ...reached(visibleJobs(ctx, 'jobs:read')),
    },
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows, input.limit, presentJob);
}

export async function getJob(ctx: Ctx, input: { jobId: string }) {
  return presentJob(await findJob(ctx, input.jobId, 'jobs:read'));
}
