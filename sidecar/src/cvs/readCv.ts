import { Op } from 'sequelize';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { candidates, cvFiles, cvs } from './Cv.ts';
import type { CandidateRow, CvRow } from './Cv.ts';

const listAttributes = ['id', 'workspaceId', 'candidateId', 'version', 'fileName', 'mediaType', 'byteSize', 'sha256', 'externalId', 'status', 'error', 'language', 'warnings', 'provenance', 'taskId', 'createdAt', 'analysedAt'];

export async function listCvs(ctx: Ctx, input: PageInput & { status?: CvRow['status'] | undefined; candidateId?: string | undefined }) {
  const rows = await cvs(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.status !== undefined && { status: input.status }),
      ...(input.candidateId !== undefined && { candidateId: input.candidateId }),
      ...afterKeyset(decodeCursor(input.cursor)),
    },
    attributes: listAttributes,
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows, input.limit, presentCvSummary);
}

/** @throws AppError `not_found`, also for a CV of another workspace */
export async function getCv(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId);
  return { ...presentCvSummary(row), profile: row.profile, evidence: row.evidence, facts: row.facts };
}

export async function getCvText(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId);
  if (row.text === null) throw new AppError('no_analysed_cv', 'This CV has no text yet: its analysis is not finished, or it failed. GET /v1/cvs/{cvId} tells.');
  return { text: row.text, pages: row.pages ?? [] };
}

export async function getCvFile(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId);
  const file = await cvFiles(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, cvId: input.cvId }, raw: true });
  if (file === null) throw new AppError('not_found', 'The file of this CV is gone; it was erased.');
  return { bytes: file.bytes, fileName: row.fileName, mediaType: row.mediaType };
}

export async function findCv(ctx: Ctx, cvId: string): Promise<CvRow> {
  const row = await cvs(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: cvId }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such CV. GET /v1/cvs lists them.');
  return row;
}

function presentCvSummary(row: CvRow) {
  const { id, candidateId, version, fileName, mediaType, byteSize, sha256, externalId, status, error, language, warnings, provenance, taskId } = row;
  return {
    id, candidateId, version, fileName, mediaType, byteSize, sha256, externalId, status, error, language, warnings, provenance, taskId,
    createdAt: row.createdAt.toISOString(), analysedAt: row.analysedAt?.toISOString() ?? null,
  };
}

/** @param input.q part of a name, any case */
export async function listCandidates(ctx: Ctx, input: PageInput & { q?: string | undefined; language?: string | undefined }) {
  const rows = await candidates(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.q !== undefined && { displayName: { [Op.iLike]: `%${input.q.replace(/[\\%_]/g, '\\$&')}%` } }),
      ...(input.language !== undefined && { language: input.language }),
      ...afterKeyset(decodeCursor(input.cursor)),
    },
    attributes: { exclude: ['profile', 'facts'] },
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows, input.limit, presentCandidateSummary);
}

export async function getCandidate(ctx: Ctx, input: { candidateId: string }) {
  const row = await findCandidate(ctx, input.candidateId);
  const versions = await cvs(ctx.db).findAll({
    where: { workspaceId: ctx.actor.workspaceId, candidateId: row.id }, attributes: ['id', 'version', 'fileName', 'status', 'createdAt'], order: [['version', 'DESC'], ['id', 'DESC']], raw: true,
  });
  return {
    ...presentCandidateSummary(row), profile: row.profile, facts: row.facts,
    cvs: versions.map(({ id, version, fileName, status, createdAt }) => ({ id, version, fileName, status, createdAt: createdAt.toISOString() })),
  };
}

export async function findCandidate(ctx: Ctx, candidateId: string): Promise<CandidateRow> {
  const row = await candidates(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: candidateId }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such candidate. GET /v1/candidates lists them.');
  return row;
}

/** @throws AppError `not_found` that names ids which no candidate of the workspace has */
export async function checkCandidates(ctx: Ctx, candidateIds: string[]): Promise<void> {
  const known = await candidates(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId, id: { [Op.in]: candidateIds } }, attributes: ['id'], raw: true });
  const ids = new Set(known.map(({ id }) => id));
  const unknown = candidateIds.filter((id) => !ids.has(id.toLowerCase()));
  if (unknown.length > 0) throw new AppError('not_found', `There are no such candidates: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}. GET /v1/candidates lists them.`);
}

function presentCandidateSummary(row: CandidateRow) {
  const { id, currentCvId, displayName, email, headline, language, city, countryCode, experienceMonths, occupationId } = row;
  return {
    id, currentCvId, name: displayName, email, headline, language, city, countryCode, experienceMonths, occupationId,
    createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}
