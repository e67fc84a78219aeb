/** Assignments: they show a job, its matches and their candidates to an actor whose role reaches no more than its own. */
import { assignedJobs } from '../cvs/visible.ts';
import { audit } from '../identity/audit.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { findJob } from './saveJob.ts';

export interface Assignment {
  jobId: string;
  actorId: string;
  actorType: 'user' | 'client';
  actorName: string;
  assignedBy: string;
  createdAt: string;
}

interface AssignmentRow extends Omit<Assignment, 'createdAt'> {
  createdAt: Date;
}

/** Users and clients that are gone or disabled keep no entry worth showing, but theirs comes back with them. */
const live = `(SELECT id, 'user' AS type, name FROM users WHERE workspace_id = $workspaceId AND disabled_at IS NULL AND deleted_at IS NULL
  UNION ALL SELECT id, 'client', name FROM clients WHERE workspace_id = $workspaceId AND disabled_at IS NULL)`;
const shown = `a.job_id AS "jobId", a.actor_id AS "actorId", l.type AS "actorType", l.name AS "actorName", a.assigned_by AS "assignedBy", a.created_at AS "createdAt"
  FROM job_assignments a JOIN ${live} l ON l.id = a.actor_id WHERE a.workspace_id = $workspaceId AND a.job_id = $jobId`;

/** Few for one job: no pages. @throws AppError `not_found` */
export async function listAssignments(ctx: Ctx, { jobId }: { jobId: string }): Promise<Assignment[]> {
  await findJob(ctx, jobId, 'jobs:assign');
  const rows = await ctx.db.query<AssignmentRow>(`SELECT ${shown} ORDER BY a.created_at, a.actor_id LIMIT 1000`, { bind: { workspaceId: ctx.actor.workspaceId, jobId } });
  return rows.map(present);
}

/** @throws AppError `not_found` */
export async function getAssignment(ctx: Ctx, { jobId, actorId }: { jobId: string; actorId: string }): Promise<Assignment> {
  await findJob(ctx, jobId, 'jobs:assign');
  const [row] = await ctx.db.query<AssignmentRow>(`SELECT ${shown} AND a.actor_id = $actorId`, { bind: { workspaceId: ctx.actor.workspaceId, jobId, actorId } });
  if (row === undefined) throw new AppError('not_found', 'This job is not assigned to such a user or client. GET /v1/jobs/{jobId}/assignments lists those it is assigned to.');
  return present(row);
}

/**
 * Idempotent: the first assignment stays.
 * @throws AppError `not_found` for a job out of reach, or an actor that is none of this workspace or is disabled;
 * `grant_exceeded` when the job would show more to the other one than it does to the actor
 */
export async function assignJob(ctx: Ctx, { jobId, actorId }: { jobId: string; actorId: string }): Promise<Assignment> {
  const { workspaceId } = ctx.actor;
  return ctx.db.transaction(async () => {
    await findJob(ctx, jobId, 'jobs:assign');
    await mustReachAll(ctx, jobId);
    const known = await ctx.db.query(`SELECT 1 FROM ${live} l WHERE l.id = $actorId`, { bind: { workspaceId, actorId } });
    if (known.length === 0) throw new AppError('not_found', 'There is no such user or client in this workspace, or it is disabled.');
    const made = await ctx.db.query(
      `INSERT INTO job_assignments (workspace_id, job_id, actor_id, assigned_by, created_at)
       SELECT workspace_id, id, $actorId, $assignedBy, $now FROM jobs WHERE workspace_id = $workspaceId AND id = $jobId FOR KEY SHARE
       ON CONFLICT (job_id, actor_id) DO NOTHING RETURNING job_id`,
      { bind: { workspaceId, jobId, actorId, assignedBy: ctx.actor.id, now: new Date() } },
    );
    if (made.length > 0) await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'job.assigned', subject: { type: 'job', id: jobId }, details: { actorId }, requestId: ctx.requestId });
    return getAssignment(ctx, { jobId, actorId });
  });
}

/** From the next request on the actor sees the job no more. @throws AppError `not_found` */
export async function unassignJob(ctx: Ctx, { jobId, actorId }: { jobId: string; actorId: string }): Promise<void> {
  const { workspaceId } = ctx.actor;
  await ctx.db.transaction(async () => {
    await findJob(ctx, jobId, 'jobs:assign');
    // Also that of somebody who is disabled by now.
    const gone = await ctx.db.query('DELETE FROM job_assignments WHERE workspace_id = $workspaceId AND job_id = $jobId AND actor_id = $actorId RETURNING job_id', { bind: { workspaceId, jobId, actorId } });
    if (gone.length === 0) throw new AppError('not_found', 'This job is not assigned to such a user or client. GET /v1/jobs/{jobId}/assignments lists those it is assigned to.');
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'job.unassigned', subject: { type: 'job', id: jobId }, details: { actorId }, requestId: ctx.requestId });
  });
}

/**
 * An assignment shows every match of the job. A job that the actor merely made shows it fewer, so it may not be handed
 * on, least of all to the actor itself.
 */
async function mustReachAll(ctx: Ctx, jobId: string): Promise<void> {
  if (grantOf(ctx.actor, 'jobs:assign').rows === 'workspace') return;
  const own = await ctx.db.query(`SELECT 1 FROM (${assignedJobs(ctx.actor)}) mine WHERE mine.job_id = $jobId`, { bind: { jobId } });
  if (own.length === 0) throw new AppError('grant_exceeded', 'An assignment shows all matches of a job, and this job is not assigned to you yourself. Ask a recruiter to assign it.', { permissions: ['jobs:assign'] });
}

function present({ createdAt, ...row }: AssignmentRow): Assignment {
  return { ...row, createdAt: createdAt.toISOString() };
}
