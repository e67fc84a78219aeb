/** Search of the talent pool by what people can do: skills through the taxonomy, titles through label vectors. */
import { blindPerson } from '../cvs/blind.ts';
import type { Profile } from '../cvs/profile.ts';
import { visibleCandidates } from '../cvs/visible.ts';
import { getSkill, linkOccupation, linkSkill, findSkills, skillLabel } from '../language/taxonomy.ts';
import { detectLanguage } from '../language/detectLanguage.ts';
import { inBoxSpace, loadInBoxEmbedder } from '../language/inBoxEmbedder.ts';
import { toVectorLiteral } from '../language/vectors.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';

export interface SearchInput {
  /** free words: skills and a title are read out of them */
  query?: string | undefined;
  skills?: string[] | undefined;
  title?: string | undefined;
  /** language of the CV */
  language?: string | undefined;
  limit: number;
}

/** Share of the title in the score where both are asked for; skills have the rest. */
const titleShare = 0.5;

/**
 * @returns candidates with score 0 to 1: skills by share of those asked for, the title by the best cosine of the
 * candidate's titles. Same pool and same versions, same order (ties by id).
 */
export async function searchCandidates(ctx: Ctx, input: SearchInput) {
  const { blind } = grantOf(ctx.actor, 'candidates:read');
  const wanted = readQuery(input);
  const vector = wanted.title === null ? null : toVectorLiteral((await loadInBoxEmbedder().embed([wanted.title], 'label'))[0] as Float32Array);
  const skillIds = [...wanted.skillIds];
  const rows = await ctx.db.query<{ id: string; name: string | null; headline: string | null; city: string | null; profile: Profile | null; skills: string[] | null; title: number | null; score: number }>(
    `WITH wanted AS (
       SELECT candidate_id, array_agg(skill_id ORDER BY skill_id) AS skills, count(*)::float8 / :wanted AS share
       FROM candidate_skills WHERE workspace_id = :workspaceId AND skill_id IN (:skillIds) GROUP BY candidate_id
     ), titled AS (
       SELECT owner_id AS candidate_id, max(1 - (embedding::halfvec(${inBoxSpace.dimensions}) <=> :vector::halfvec(${inBoxSpace.dimensions})))::float8 AS title
       FROM embeddings WHERE space_id = :space AND workspace_id = :workspaceId AND owner_type = 'candidate' AND facet = 'title' AND :vector::text IS NOT NULL GROUP BY owner_id
     ), scored AS (
       SELECT c.id, c.display_name AS name, c.headline, c.city, ${blind ? 'c.profile' : 'NULL'} AS profile, w.skills, t.title,
              coalesce(w.share, 0) * :skillShare + greatest(coalesce(t.title, 0), 0) * :titleShare AS score
       FROM candidates c LEFT JOIN wanted w ON w.candidate_id = c.id LEFT JOIN titled t ON t.candidate_id = c.id
       WHERE c.workspace_id = :workspaceId AND (w.candidate_id IS NOT NULL OR t.title >= 0.35) ${input.language === undefined ? '' : 'AND c.language = :language'} AND ${visibleCandidates(ctx, 'candidates:read', 'c')}
     )
     SELECT id, name, headline, city, profile, skills, title, round(score::numeric, 6)::float8 AS score FROM scored ORDER BY round(score::numeric, 6) DESC, id LIMIT :limit`,
    {
      replacements: {
        workspaceId: ctx.actor.workspaceId, space: inBoxSpace.id, vector, language: input.language ?? null, limit: input.limit,
        // IN () is not SQL: an id that no skill has keeps the statement the same
        skillIds: skillIds.length > 0 ? skillIds : ['none'], wanted: Math.max(1, skillIds.length),
        skillShare: skillIds.length === 0 ? 0 : vector === null ? 1 : 1 - titleShare, titleShare: vector === null ? 0 : skillIds.length === 0 ? 1 : titleShare,
      },
    },
  );
  return {
    understood: { skillIds, title: wanted.title, unknownSkills: wanted.unknown },
    items: rows.map((row) => ({
      candidateId: row.id, ...shown(row, blind), score: row.score,
      reasons: [
        ...(row.skills ?? []).map((skillId) => `has ${skillLabel(skillId, 'en')}`),
        ...skillIds.filter((skillId) => !(row.skills ?? []).includes(skillId)).map((skillId) => `${skillLabel(skillId, 'en')} not found in the CV`),
        ...(row.title !== null ? [`closest title similarity ${row.title.toFixed(2)}`] : []),
      ],
    })),
  };
}

function shown({ id, name, headline, city, profile }: { id: string; name: string | null; headline: string | null; city: string | null; profile: Profile | null }, blind: boolean) {
  if (!blind) return { name, headline, city };
  const person = blindPerson(id, { displayName: name, profiles: [profile], evidence: null });
  return { name: person.name, headline: person.text(headline), city: null };
}

function readQuery(input: SearchInput): { skillIds: Set<string>; title: string | null; unknown: string[] } {
  const skillIds = new Set<string>();
  const unknown: string[] = [];
  for (const name of input.skills ?? []) {
    const skillId = getSkill(name) ? name : linkSkill(name)?.id;
    if (skillId === undefined) unknown.push(name);
    else skillIds.add(skillId);
  }
  let title = input.title ?? null;
  if (input.query !== undefined) {
    const { language } = detectLanguage(input.query);
    const mentions = findSkills(input.query, language);
    for (const { skillId } of mentions) skillIds.add(skillId);
    const rest = mentions.toSorted((a, b) => b.start - a.start).reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), input.query).trim();
    if (title === null && (linkOccupation(rest) !== null || mentions.length === 0) && rest !== '') title = rest;
  }
  return { skillIds, title, unknown };
}
