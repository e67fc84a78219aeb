import { v7 as uuidv7 } from 'uuid';
import { reached, visibleJobs } from '../cvs/visible.ts';
import { audit } from '../identity/audit.ts';
import type { PermissionName } from '../identity/permissions.ts';
import { inBoxSpace } from '../language/inBoxEmbedder.ts';
import { taxonomyRevision, skillLabel } from '../language/taxonomy.ts';
import { embedLabels, eraseVectors, storeVectors } from '../language/vectors.ts';
import type { LabelVector } from '../language/vectors.ts';
import type { Ctx } from '../platform/context.ts';
import { isUniqueViolation } from '../platform/db/database.ts';
import { AppError } from '../platform/errors.ts';
import { analyseJob } from './analyseJob/analyseJob.ts';
import { jobs } from './Job.ts';
import type { JobRow } from './Job.ts';
import { matchingEngineVersion } from './score/config.ts';
import type { JobAnalysis, Requirement } from './types.ts';

export interface JobInput {
  text: string;
  title?: string | undefined;
  externalId?: string | undefined;
  /** replaces what the analysis found */
  requirements?: Requirement[] | undefined;
}

/** @throws AppError `job_without_requirements` when the text asks for nothing, `conflict` when the external id is taken */
export async function createJob(ctx: Ctx, input: JobInput) {
  const { workspaceId } = ctx.actor;
  const analysis = analyse(input);
  const now = new Date();
  const row: JobRow = {
    id: uuidv7(), workspaceId, externalId: input.externalId ?? null, title: input.title ?? analysis.title, text: input.text, language: analysis.language, status: 'open', version: 1,
    analysis, provenance: provenance(), createdBy: ctx.actor.id, createdAt: now, updatedAt: now,
  };
  const vectors = await embed(row);
  const stored = ctx.db.transaction(async () => {
    await jobs(ctx.db).create({ ...row });
    await storeVectors(ctx, { type: 'job', id: row.id }, vectors);
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'job.created', subject: { type: 'job', id: row.id }, requestId: ctx.requestId });
  });
  await stored.catch((error: unknown) => {
    if (isUniqueViolation(error, 'jobs_by_external_id')) throw new AppError('conflict', 'Another job has this externalId. Update that job, or choose another externalId.');
    throw error;
  });
  return presentJob(row);
}

export interface JobChange {
  jobId: string;
  text?: string | undefined;
  title?: string | undefined;
  status?: 'open' | 'closed' | undefined;
  requirements?: Requirement[] | undefined;
}

/** What can change a score raises the version. @throws AppError `not_found`, `job_without_requirements` */
export async function updateJob(ctx: Ctx, input: JobChange) {
  for (;;) {
    const row = await findJob(ctx, input.jobId, 'jobs:update');
    const reading = rescores(input) ? reread(row, input) : null;
    const vectors = reading === null ? null : await embed(reading);
    const changed = await ctx.db.transaction(async () => {
      // Two changes follow each other, so that each raises the version.
      await ctx.db.query('SELECT id FROM jobs WHERE workspace_id = :workspaceId AND id = :jobId FOR UPDATE', { replacements: { workspaceId: row.workspaceId, jobId: row.id } });
      const current = await findJob(ctx, input.jobId, 'jobs:update');
      // Another change came between: what was read belongs to the job as it was.
      if (reading !== null && current.version !== row.version) return null;
      const next: JobRow = {
        ...current, ...(reading !== null && { ...reading, version: current.version + 1, provenance: provenance() }), status: input.status ?? current.status, updatedAt: new Date(),
      };
      const { id, workspaceId, ...values } = next;
      await jobs(ctx.db).update(values, { where: { workspaceId, id } });
      if (vectors !== null) await storeVectors(ctx, { type: 'job', id }, vectors);
      await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'job.updated', subject: { type: 'job', id }, requestId: ctx.requestId });
      return next;
    });
    if (changed !== null) return presentJob(changed);
    ctx.signal.throwIfAborted();
  }
}

/** The matches of the job go with it. @throws AppError `not_found` */
export async function deleteJob(ctx: Ctx, input: { jobId: string }): Promise<void> {
  await ctx.db.transaction(async () => {
    const { workspaceId } = ctx.actor;
    const id = input.jobId;
    // The job first, then what hangs on it, as updateJob does: otherwise the two wait for each other.
    const found = await ctx.db.query(`SELECT id FROM jobs WHERE workspace_id = :workspaceId AND id = :id AND ${visibleJobs(ctx, 'jobs:delete')} FOR UPDATE`, { replacements: { workspaceId, id } });
    if (found.length === 0) throw noSuchJob();
    await eraseVectors(ctx, { type: 'job', id });
    await jobs(ctx.db).destroy({ where: { workspaceId, id } });
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'job.deleted', subject: { type: 'job', id }, requestId: ctx.requestId });
  });
}

/** @throws AppError `not_found`, also for a job that this permission does not reach */
export async function findJob(ctx: Ctx, jobId: string, permission: PermissionName): Promise<JobRow> {
  const row = await jobs(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: jobId, ...reached(visibleJobs(ctx, permission)) }, raw: true });
  if (row === null) throw noSuchJob();
  return row;
}

const noSuchJob = (): AppError => new AppError('not_found', 'There is no such job. GET /v1/jobs lists them.');

export function presentJob(row: JobRow) {
  const { id, externalId, title, text, language, status, version, analysis, provenance: made } = row;
  return { id, externalId, title, text, language, status, version, analysis, provenance: made, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

function analyse(input: JobInput): JobAnalysis {
  const found = analyseJob(input.text, input.title === undefined ? {} : { title: input.title });
  const analysis = input.requirements === undefined ? found : { ...found, requirements: input.requirements, warnings: found.warnings.filter(({ code }) => code !== 'job_without_requirements') };
  return checked(input.text, analysis);
}

/** @throws AppError when the requirements, by whomever they were made, could not be matched or shown */
function checked(text: string, analysis: JobAnalysis): JobAnalysis {
  const { requirements } = analysis;
  if (requirements.length === 0) {
    throw new AppError('job_without_requirements', 'No requirement was found in this job text. Name what the person must bring (skills, years, languages), or pass `requirements`.');
  }
  if (requirements.some(({ evidence }) => evidence.some(({ start, end, quote }) => text.slice(start, end) !== quote))) {
    throw new AppError('invalid_request', 'requirements: a quote does not stand at its offsets in the job text. Leave `evidence` empty for requirements that you add.');
  }
  if (new Set(requirements.map(({ id }) => id)).size < requirements.length) {
    throw new AppError('invalid_request', 'requirements: two of them have the same id, by which a match names them. Give each its own.');
  }
  return analysis;
}

const provenance = () => ({ embeddingSpace: inBoxSpace.id, taxonomyRevision, engineVersion: matchingEngineVersion });

const rescores = ({ text, title, requirements }: JobChange) => text !== undefined || title !== undefined || requirements !== undefined;

type JobReading = Pick<JobRow, 'text' | 'title' | 'language' | 'analysis'>;

function reread(row: JobRow, input: JobChange): JobReading {
  const text = input.text ?? row.text;
  const title = input.title ?? (input.text === undefined ? row.title : undefined);
  const analysis = input.text !== undefined || input.title !== undefined
    ? analyse({ text, title, requirements: input.requirements ?? (input.text === undefined ? row.analysis.requirements : undefined) })
    : checked(text, { ...row.analysis, requirements: input.requirements ?? row.analysis.requirements });
  return { text, title: title ?? analysis.title, language: analysis.language, analysis };
}

function embed({ title, analysis, language }: Pick<JobRow, 'title' | 'analysis' | 'language'>): Promise<LabelVector[]> {
  const skill = analysis.requirements.flatMap(({ skillIds = [], skillNames = [] }) => [...skillIds.map((skillId) => skillLabel(skillId, language)), ...skillNames]);
  return embedLabels({ title: [title], skill });
}
