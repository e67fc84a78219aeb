import { Op } from 'sequelize';
import { blindPerson } from '../cvs/blind.ts';
import type { Provenance } from '../cvs/Cv.ts';
import type { Evidence, Profile } from '../cvs/profile.ts';
import { reached, visibleMatches } from '../cvs/visible.ts';
import type { PermissionName } from '../identity/permissions.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { matches } from './Job.ts';
import type { MatchResult } from './types.ts';

export interface PresentedMatch extends MatchResult {
  id: string;
  /** from 1, within the answer it stands in */
  rank: number;
  jobId: string;
  jobTitle: string;
  candidateId: string;
  candidateName: string | null;
  cvId: string;
  cvVersion: number;
  provenance: Provenance;
  createdAt: string;
}

interface ShownRow extends Omit<PresentedMatch, keyof MatchResult | 'rank' | 'createdAt'> {
  result: MatchResult;
  createdAt: Date;
  /** read for blind mode only */
  profile?: Profile;
  cvProfile?: Profile | null;
  evidence?: Evidence[] | null;
}

/** @returns those the permission reaches, in the order of `ids`; names are joined for display only, after scoring */
export async function presentMatches(ctx: Ctx, ids: string[], permission: PermissionName): Promise<PresentedMatch[]> {
  if (ids.length === 0) return [];
  const { blind } = grantOf(ctx.actor, permission);
  const rows = await ctx.db.query<ShownRow>(
    `SELECT m.id, m.job_id AS "jobId", j.title AS "jobTitle", m.candidate_id AS "candidateId", c.display_name AS "candidateName", m.cv_id AS "cvId", m.cv_version AS "cvVersion",
            m.result, m.provenance, m.created_at AS "createdAt"${blind ? ', c.profile, v.profile AS "cvProfile", v.evidence' : ''}
     FROM matches m JOIN jobs j ON j.id = m.job_id JOIN candidates c ON c.id = m.candidate_id${blind ? ' JOIN cvs v ON v.id = m.cv_id' : ''}
     WHERE m.workspace_id = :workspaceId AND m.id IN (:ids) AND ${visibleMatches(ctx, permission, 'm')}`,
    { replacements: { workspaceId: ctx.actor.workspaceId, ids } },
  );
  const byId = new Map(rows.map((row) => [row.id, blind ? blinded(row) : row]));
  return ids.flatMap((id, index) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { result, createdAt, ...rest } = row;
    return [{ ...rest, ...result, rank: index + 1, createdAt: new Date(createdAt).toISOString() }];
  });
}

function blinded({ profile, cvProfile, evidence, ...row }: ShownRow): ShownRow {
  const person = blindPerson(row.candidateId, { displayName: row.candidateName, profiles: [profile ?? null, cvProfile ?? null], evidence: evidence ?? null });
  return { ...row, candidateName: person.name, result: person.value(row.result) };
}

/** @throws AppError `not_found` */
export async function getMatch(ctx: Ctx, input: { matchId: string }): Promise<PresentedMatch> {
  const [match] = await presentMatches(ctx, [input.matchId], 'matches:read');
  if (match === undefined) throw new AppError('not_found', 'There is no such match; rank again with POST /v1/matches.');
  return match;
}

export async function listMatches(ctx: Ctx, input: PageInput & { jobId?: string | undefined; candidateId?: string | undefined }) {
  const rows = await matches(ctx.db).findAll({
    where: {
      workspaceId: ctx.actor.workspaceId,
      ...(input.jobId !== undefined && { jobId: input.jobId }),
      ...(input.candidateId !== undefined && { candidateId: input.candidateId }),
      ...afterKeyset(decodeCursor(input.cursor)),
      ...reached(visibleMatches(ctx, 'matches:read')),
    },
    attributes: ['id', 'createdAt'], order: newestFirst, limit: input.limit + 1, raw: true,
  });
  const page = toPage(rows, input.limit, ({ id }) => id);
  return { items: await presentMatches(ctx, page.items, 'matches:read'), nextCursor: page.nextCursor };
}

/**
 * Part of erasure. Rows whose job or candidate goes are erased here, so that they are counted. A task that ranks chosen
 * people goes on without this one.
 */
export async function eraseCandidateMatches(ctx: Ctx, candidateId: string): Promise<Record<string, number>> {
  const { workspaceId } = ctx.actor;
  const replacements = { workspaceId, candidateId };
  const erased = await matches(ctx.db).destroy({ where: { workspaceId, candidateId: { [Op.eq]: candidateId } } });
  const events = await ctx.db.query(
    "DELETE FROM events WHERE workspace_id = :workspaceId AND type = 'match.completed' AND ((subject_type = 'candidate' AND subject_id = :candidateId) OR data->>'candidateId' = :candidateId) RETURNING id", { replacements },
  );
  const tasks = await ctx.db.query("DELETE FROM tasks WHERE workspace_id = :workspaceId AND kind = 'match.rank' AND payload->>'candidateId' = :candidateId RETURNING id", { replacements });
  await ctx.db.query(
    "UPDATE tasks SET payload = jsonb_set(payload, '{candidateIds}', (payload->'candidateIds') - :candidateId) WHERE workspace_id = :workspaceId AND kind = 'match.rank' AND payload->'candidateIds' ? :candidateId", { replacements },
  );
  return { matches: erased, events: events.length, tasks: tasks.length };
}
