/** Hybrid retrieval in one round trip: three ranked lists, fused by rank, with workspace, access and scope inside the SQL. */
import { supportedLanguages } from '../language/types.ts';
import type { Ctx } from '../platform/context.ts';
import type { RagConfig } from './ragConfig.ts';
import { languageQueries } from './searchLanguages.ts';
import type { PageRange, SourceKind } from './Source.ts';
import type { Term } from './terms.ts';
import { askableSources } from './visibleSources.ts';

/** What may be searched; absent fields do not restrict. */
export interface Scope {
  kinds?: SourceKind[] | undefined;
  sourceIds?: string[] | undefined;
  candidateIds?: string[] | undefined;
}

export interface FoundPassage {
  chunkId: string;
  sourceId: string;
  kind: SourceKind;
  title: string;
  cvId: string | null;
  candidateId: string | null;
  candidateName: string | null;
  heading: string | null;
  page: number;
  /** UTF-16 units into the text of the source */
  start: number;
  end: number;
  text: string;
  language: string;
  pages: PageRange[];
  /** 0 to 1; 1 is first in every list. Comparable within one answer only */
  score: number;
}

/** @returns at most `limit` passages, best first; the same question finds the same order */
export async function findPassages(ctx: Ctx, input: { terms: readonly Term[]; language: string; limit: number; scope: Scope; config: RagConfig['retrieval'] }): Promise<FoundPassage[]> {
  const { terms, language, limit, scope, config } = input;
  if (terms.length === 0) return [];
  return ctx.db.query<FoundPassage>(passagesSql(askableSources(ctx, 's')), {
    bind: {
      workspaceId: ctx.actor.workspaceId,
      queries: JSON.stringify(languageQueries(terms, language)),
      supported: [...supportedLanguages],
      kinds: scope.kinds ?? null,
      sourceIds: scope.sourceIds ?? null,
      candidateIds: scope.candidateIds ?? null,
      depth: Math.max(config.depth, limit),
      limit,
      k: config.k,
      own: config.own,
      folded: config.folded,
      concepts: config.concepts,
    },
  });
}

/** The lexemes of the words, each as a tsquery; quoted as tsquery's grammar wants, not as SQL's. */
const lexemes = (config: string) =>
  `SELECT language, lexeme, ('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''')::tsquery AS query FROM asked, unnest(to_tsvector(${config}, words))`;

/** Visible passages of the language a query is meant for. */
const inLanguage = (query: string) =>
  `c.workspace_id = $workspaceId AND c.source_id IN (SELECT id FROM visible)
    AND (c.language = ${query}.language OR (${query}.language = 'other' AND c.language <> ALL ($supported::text[])))`;

/** Orders by the sum of the words' ranks, each weighted by its rarity among the hits (inverse document frequency). */
const rankedByRarity = (hits: string) =>
  `SELECT id, row_number() OVER (ORDER BY sum(rank * ln(1 + (SELECT count(DISTINCT id) FROM ${hits})::float8 / holding)) DESC, id) AS place
  FROM ${hits} GROUP BY id ORDER BY place LIMIT $depth`;

// ts_rank(…, 1) divides by the logarithm of the length; ts_rank_cd ranks clearly worse, and one OR query without rarity
// lost .007 to .024 MRR on the first 400 questions a language of XQuAD. A candidate is found by the current CV only.
/** @param askable the condition for sources that the actor may be answered from; passages and citations are theirs alone */
const passagesSql = (askable: string): string => `
WITH asked AS MATERIALIZED (
  SELECT language, config::regconfig AS config, words, concepts
  FROM jsonb_to_recordset($queries::jsonb) AS q (language text, config text, words text, concepts jsonb)
),
own_word AS MATERIALIZED (${lexemes('config')}),
folded_word AS MATERIALIZED (${lexemes("'simple_folded'")}),
concept AS MATERIALIZED (
  SELECT language, c.concept ->> 'id' AS id,
    (SELECT string_agg('(' || phrase::text || ')', ' | ')
     FROM jsonb_array_elements_text(c.concept -> 'names') AS name, phraseto_tsquery(config, name) AS phrase
     WHERE numnode(phrase) > 0)::tsquery AS query
  FROM asked, jsonb_array_elements(concepts) AS c (concept)
),
visible AS MATERIALIZED (
  SELECT s.id, s.kind, s.title, s.cv_id, s.candidate_id, s.pages, k.display_name
  FROM sources s LEFT JOIN candidates k ON k.workspace_id = s.workspace_id AND k.id = s.candidate_id
  WHERE s.workspace_id = $workspaceId AND ${askable}
    AND ($kinds::text[] IS NULL OR s.kind = ANY ($kinds::text[]))
    AND ($sourceIds::uuid[] IS NULL OR s.id = ANY ($sourceIds::uuid[]))
    AND ($candidateIds::uuid[] IS NULL OR s.candidate_id = ANY ($candidateIds::uuid[]))
    AND (k.current_cv_id IS NULL OR k.current_cv_id = s.cv_id)
),
own_hit AS MATERIALIZED (
  SELECT c.id, ts_rank(c.fts, w.query, 1) AS rank, count(*) OVER (PARTITION BY w.lexeme) AS holding
  FROM own_word w JOIN chunks c ON c.fts @@ w.query AND ${inLanguage('w')}
),
folded_hit AS MATERIALIZED (
  SELECT c.id, ts_rank(c.fts_folded, w.query, 1) AS rank, count(*) OVER (PARTITION BY w.lexeme) AS holding
  FROM folded_word w JOIN chunks c ON c.fts_folded @@ w.query AND ${inLanguage('w')}
),
concept_hit AS MATERIALIZED (
  SELECT c.id, 1 + ts_rank(c.fts, n.query, 1) AS rank, count(*) OVER (PARTITION BY n.id) AS holding
  FROM concept n JOIN chunks c ON c.fts @@ n.query AND ${inLanguage('n')}
),
own_list AS (${rankedByRarity('own_hit')}),
folded_list AS (${rankedByRarity('folded_hit')}),
concept_list AS (${rankedByRarity('concept_hit')}),
fused AS (
  SELECT id, sum(part) / (($own::float8 + $folded::float8 + $concepts::float8) / ($k::float8 + 1)) AS score
  FROM (
    SELECT id, $own::float8 / ($k + place) AS part FROM own_list
    UNION ALL SELECT id, $folded::float8 / ($k + place) FROM folded_list
    UNION ALL SELECT id, $concepts::float8 / ($k + place) FROM concept_list
  ) AS parts
  GROUP BY id ORDER BY score DESC, id LIMIT $limit
)
SELECT c.id AS "chunkId", c.source_id AS "sourceId", v.kind, v.title, v.cv_id AS "cvId", v.candidate_id AS "candidateId", v.display_name AS "candidateName",
  c.heading, c.page, c.start_offset AS start, c.end_offset AS "end", c.text, c.language, coalesce(v.pages, '[]') AS pages, round(f.score::numeric, 6)::float8 AS score
FROM fused f JOIN chunks c ON c.id = f.id JOIN visible v ON v.id = c.source_id
ORDER BY f.score DESC, c.id`;
