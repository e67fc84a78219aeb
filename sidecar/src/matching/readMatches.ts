import { Op } from 'sequelize';
import type { Provenance } from '../cvs/Cv.ts';
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

/** @returns in the order of `ids`; names are joined for display only, after scoring */
export async function presentMatches(ctx: Ctx, ids: string[]): Promise<PresentedMatch[]> {
  if (ids.length === 0) return [];
  const rows = await ctx.db.query<{ id: string; jobId: string; jobTitle: string; candidateId: string; candidateName: string | null; cvId: string; cvVersion: number; result: MatchResult; provenance: Provenance; createdAt: Date }>(
    `SELECT m.id, m.job_id AS "jobId", j.title AS "jobTitle", m.candidate_id AS "candidateId", c.display_name AS "candidateName", m.cv_id AS "cvId", m.cv_version AS "cvVersion",
            m.result, m.provenance, m.created_at AS "createdAt"
     FROM matches m JOIN jobs j ON j.id = m.job_id JOIN candidates c ON c.id = m.candidate_id
     WHERE m.workspace_id = :workspaceId AND m.id IN (:ids)`,
    { replacements: { workspaceId: ctx.actor.workspaceId, ids } },
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id, index) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { result, createdAt, ...rest } = row;
    return [{ ...rest, ...result, rank: index + 1, createdAt: new Date(createdAt).toISOString() }];
  });
}

/** @throws AppError `not_found` */
export async function getMatch(ctx: Ctx, input: { matchId: string }): Promise<PresentedMatch> {
  const [match] = await presentMatches(ctx, [input.matchId]);
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
    },
    attributes: ['id', 'createdAt'], order: newestFirst, limit: input.limit + 1, raw: true,
  });
  const page = toPage(rows, input.limit, ({ id }) => id);
  return { items: await presentMatches(ctx, page.items), nextCursor: page.nextCursor };
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
