import { Op } from 'sequelize';
import type { PermissionName } from '../identity/permissions.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { blindCvSummary, blindFileName, blindMode, blindPerson } from './blind.ts';
import type { BlindPerson } from './blind.ts';
import { candidates, cvFiles, cvs } from './Cv.ts';
import type { CandidateRow, CvRow } from './Cv.ts';
import { reached, visibleCandidates, visibleCvs } from './visible.ts';

const listAttributes = ['id', 'workspaceId', 'candidateId', 'version', 'fileName', 'mediaType', 'byteSize', 'sha256', 'externalId', 'status', 'error', 'language', 'warnings', 'provenance', 'taskId', 'createdAt', 'analysedAt'];

export async function listCvs(ctx: Ctx, input: PageInput & { status?: CvRow['status'] | undefined; candidateId?: string | undefined }) {
  const rows = await cvs(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.status !== undefined && { status: input.status }),
      ...(input.candidateId !== undefined && { candidateId: input.candidateId }),
      ...afterKeyset(decodeCursor(input.cursor)),
      ...reached(visibleCvs(ctx, 'cvs:read')),
    },
    attributes: listAttributes,
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  const { blind } = grantOf(ctx.actor, 'cvs:read');
  return toPage(rows, input.limit, (row) => (blind ? blindCvSummary(presentCvSummary(row)) : presentCvSummary(row)));
}

/** @throws AppError `not_found`, also for a CV of another workspace */
export async function getCv(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId, 'cvs:read');
  const cv = { ...presentCvSummary(row), profile: row.profile, evidence: row.evidence, facts: row.facts };
  if (!grantOf(ctx.actor, 'cvs:read').blind) return cv;
  const candidate = row.candidateId === null ? null : await candidates(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: row.candidateId }, attributes: ['displayName', 'profile'], raw: true });
  const person = blindPerson(row.candidateId ?? row.id, { displayName: candidate?.displayName ?? null, profiles: [row.profile, candidate?.profile ?? null], evidence: row.evidence });
  return { ...blindCvSummary(cv), profile: row.profile && person.profile(row.profile), evidence: row.evidence && person.evidence(row.evidence), facts: person.value(row.facts) };
}

/** @throws AppError `not_found`, `blind_mode`, `no_analysed_cv` */
export async function getCvText(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId, 'cvs:read');
  if (grantOf(ctx.actor, 'cvs:read').blind) throw blindMode('The text of a CV');
  if (row.text === null) throw new AppError('no_analysed_cv', 'This CV has no text yet: its analysis is not finished, or it failed. GET /v1/cvs/{cvId} tells.');
  return { text: row.text, pages: row.pages ?? [] };
}

/** @throws AppError `not_found`, `blind_mode` */
export async function getCvFile(ctx: Ctx, input: { cvId: string }) {
  const row = await findCv(ctx, input.cvId, 'cvs:read');
  if (grantOf(ctx.actor, 'cvs:read').blind) throw blindMode('The file of a CV');
  const file = await cvFiles(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, cvId: input.cvId }, raw: true });
  if (file === null) throw new AppError('not_found', 'The file of this CV is gone; it was erased.');
  return { bytes: file.bytes, fileName: row.fileName, mediaType: row.mediaType };
}

/** @throws AppError `not_found`, also for a CV that this permission does not reach */
export async function findCv(ctx: Ctx, cvId: string, permission: PermissionName): Promise<CvRow> {
  const row = await cvs(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: cvId, ...reached(visibleCvs(ctx, permission)) }, raw: true });
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

/** @param input.q part of a name, any case. @throws AppError `blind_mode`: who may not see names may not guess them either */
export async function listCandidates(ctx: Ctx, input: PageInput & { q?: string | undefined; language?: string | undefined }) {
  const { blind } = grantOf(ctx.actor, 'candidates:read');
  if (blind && input.q !== undefined) throw blindMode('A search by name');
  const rows = await candidates(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.q !== undefined && { displayName: { [Op.iLike]: `%${input.q.replace(/[\\%_]/g, '\\$&')}%` } }),
      ...(input.language !== undefined && { language: input.language }),
      ...afterKeyset(decodeCursor(input.cursor)),
      ...reached(visibleCandidates(ctx, 'candidates:read')),
    },
    attributes: { exclude: blind ? ['facts'] : ['profile', 'facts'] },
    order: newestFirst,
    limit: input.limit + 1,
    raw: true,
  });
  return toPage(rows, input.limit, (row) => (blind ? blindCandidateSummary(row, blindPerson(row.id, { ...row, profiles: [row.profile], evidence: null })) : presentCandidateSummary(row)));
}

export async function getCandidate(ctx: Ctx, input: { candidateId: string }) {
  const row = await findCandidate(ctx, input.candidateId, 'candidates:read');
  const versions = await cvs(ctx.db).findAll({
    where: { workspaceId: ctx.actor.workspaceId, candidateId: row.id, ...reached(visibleCvs(ctx, 'candidates:read')) }, attributes: ['id', 'version', 'fileName', 'status', 'createdAt'], order: [['version', 'DESC'], ['id', 'DESC']], raw: true,
  });
  const shown = versions.map(({ id, version, fileName, status, createdAt }) => ({ id, version, fileName, status, createdAt: createdAt.toISOString() }));
  if (!grantOf(ctx.actor, 'candidates:read').blind) return { ...presentCandidateSummary(row), profile: row.profile, facts: row.facts, cvs: shown };
  const current = row.currentCvId === null ? null : await cvs(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: row.currentCvId }, attributes: ['profile', 'evidence'], raw: true });
  const person = blindPerson(row.id, { ...row, profiles: [row.profile, current?.profile ?? null], evidence: current?.evidence ?? null });
  return {
    ...blindCandidateSummary(row, person), profile: person.profile(row.profile), facts: person.value(row.facts),
    cvs: shown.map((cv) => ({ ...cv, fileName: blindFileName(cv.fileName) })),
  };
}

/** @throws AppError `not_found`, also for a candidate that this permission does not reach */
export async function findCandidate(ctx: Ctx, candidateId: string, permission: PermissionName): Promise<CandidateRow> {
  const row = await candidates(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, id: candidateId, ...reached(visibleCandidates(ctx, permission)) }, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such candidate. GET /v1/candidates lists them.');
  return row;
}

/** @throws AppError `not_found` that names ids which no candidate within reach of the permission has */
export async function checkCandidates(ctx: Ctx, candidateIds: string[], permission: PermissionName): Promise<void> {
  const known = await candidates(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId, id: { [Op.in]: candidateIds }, ...reached(visibleCandidates(ctx, permission)) }, attributes: ['id'], raw: true });
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

function blindCandidateSummary(row: CandidateRow, person: BlindPerson) {
  return { ...presentCandidateSummary(row), name: person.name, email: null, headline: person.text(row.headline), city: null };
}
