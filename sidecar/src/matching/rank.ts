/**
 * The pipeline of the matcher: a job against candidates, a candidate against jobs, or one pair. Every pair is scored by
 * the same pure function; a ranking only sorts (score, then the CV's hash) and keeps its pairs.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Op } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { runAgent } from '../agents/runGuard.ts';
import type { RunningAgent } from '../agents/runGuard.ts';
import type { CvFacts, Evidence, Profile } from '../cvs/profile.ts';
import type { Provenance } from '../cvs/Cv.ts';
import { findCandidate } from '../cvs/readCv.ts';
import { reached, visibleCandidates, visibleJobs } from '../cvs/visible.ts';
import { audit } from '../identity/audit.ts';
import { inBoxSpace } from '../language/inBoxEmbedder.ts';
import { taxonomyRevision } from '../language/taxonomy.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { emit } from '../platform/events.ts';
import { jobs } from './Job.ts';
import type { JobRow } from './Job.ts';
import { presentMatches } from './readMatches.ts';
import type { PresentedMatch } from './readMatches.ts';
import { findJob } from './saveJob.ts';
import { compare } from './score/candidate.ts';
import { matchingEngineVersion } from './score/config.ts';
import { scorePair } from './score/scorePair.ts';
import { matcherConfigSchema } from './types.ts';
import type { MatchResult, MatcherConfig } from './types.ts';

export interface RankInput {
  jobId?: string | undefined;
  candidateId?: string | undefined;
  /** restricts the pool of a job */
  candidateIds?: string[] | undefined;
  limit: number;
}

export interface Ranking {
  direction: 'candidates' | 'jobs';
  jobId: string | null;
  candidateId: string | null;
  /** pairs that were scored */
  poolSize: number;
  items: PresentedMatch[];
  provenance: Provenance;
}

interface Person {
  candidateId: string;
  cvId: string;
  cvVersion: number;
  sha256: string;
  profile: Profile;
  facts: CvFacts;
  text: string;
  evidence: Evidence[];
  pages: { page: number; start: number; end: number }[];
}

/** What a batch of people may hold, by the size of their rows, and how many: bounds memory, changes nothing else. */
const batchBytes = 20 * 1024 * 1024;
const batchSize = 200;
const jobBatchSize = 50;
/** Pairs scored before requests and heartbeats get their turn. */
const pairsAtOnce = 25;
const firstId = '00000000-0000-0000-0000-000000000000';

/** What the task of a ranking answers: the pairs themselves stay in `matches`. */
export type RankingResult = Pick<Ranking, 'direction' | 'jobId' | 'candidateId' | 'poolSize'> & { matchIds: string[] };

/**
 * @returns up to `limit` explained pairs, best first, each kept under an id
 * @throws AppError `not_found`, `no_analysed_cv`
 */
export async function rankMatches(ctx: Ctx, input: RankInput): Promise<Ranking> {
  return runAgent(ctx, 'matcher', async (agent) => {
    const config = matcherConfigSchema.parse(agent.config);
    const provenance: Provenance = { agentVersionId: agent.versionId, embeddingSpace: inBoxSpace.id, taxonomyRevision, engineVersion: matchingEngineVersion };
    const best = new Best(input.limit, ctx.task === null ? 0 : await countPool(ctx, input));
    if (input.jobId !== undefined) await scoreCandidates(ctx, await findJob(ctx, input.jobId, 'matches:create'), input, config, best);
    else await scoreJobs(ctx, input.candidateId as string, config, best);
    return storeMatches(ctx, agent, best, provenance, input);
  });
}

/** How many pairs a ranking would score: decides whether it runs within the request. */
export async function countPool(ctx: Ctx, input: RankInput): Promise<number> {
  const { workspaceId } = ctx.actor;
  if (input.jobId === undefined) return jobs(ctx.db).count({ where: { workspaceId, status: 'open', ...reached(visibleJobs(ctx, 'matches:create')) } });
  if (input.candidateId !== undefined) return 1;
  if (input.candidateIds !== undefined) return input.candidateIds.length;
  const rows = await ctx.db.query<{ count: number }>(`SELECT count(*)::int AS count FROM candidates WHERE workspace_id = :workspaceId AND current_cv_id IS NOT NULL AND ${visibleCandidates(ctx, 'matches:create')}`, { replacements: { workspaceId } });
  return rows[0]?.count ?? 0;
}

interface Pair {
  job: Pick<JobRow, 'id' | 'version'>;
  person: Pick<Person, 'candidateId' | 'cvId' | 'cvVersion' | 'sha256'>;
  result: MatchResult;
}

/** Keeps the best pairs, best first, while a pool streams by. */
class Best {
  seen = 0;
  readonly pairs: Pair[] = [];
  private readonly limit: number;
  private readonly poolSize: number;
  constructor(limit: number, poolSize: number) {
    this.limit = limit;
    this.poolSize = poolSize;
  }
  async offer(job: Pair['job'], person: Person, result: MatchResult): Promise<void> {
    this.seen += 1;
    // Without their texts, of which quotes are slices that would keep the whole alive.
    const pair = (): Pair => ({ job: { id: job.id, version: job.version }, person: { candidateId: person.candidateId, cvId: person.cvId, cvVersion: person.cvVersion, sha256: person.sha256 }, result: JSON.parse(JSON.stringify(result)) as MatchResult });
    const better = this.pairs.findIndex((other) => inOrder({ job, person, result }, other) < 0);
    if (better >= 0) this.pairs.splice(better, 0, pair());
    else if (this.pairs.length < this.limit) this.pairs.push(pair());
    if (this.pairs.length > this.limit) this.pairs.pop();
    if (this.seen % pairsAtOnce === 0) await setImmediate();
  }
  /** of the pool as it was counted at the start; the rest is storing */
  get percent(): number {
    return Math.min(95, Math.round((95 * this.seen) / Math.max(1, this.poolSize)));
  }
}

/** Ties by content: ids follow the order of upload, which must not matter. */
function inOrder(a: Pair, b: Pair): number {
  return b.result.score - a.result.score || compare(a.person.sha256, b.person.sha256) || compare(a.person.candidateId, b.person.candidateId) || compare(a.job.id, b.job.id);
}

async function scoreCandidates(ctx: Ctx, job: JobRow, input: RankInput, config: MatcherConfig, best: Best): Promise<void> {
  const only = input.candidateId !== undefined ? [input.candidateId] : input.candidateIds;
  if (input.candidateId !== undefined) await mustBeAnalysed(ctx, input.candidateId);
  let after: string | null = firstId;
  while (after !== null) {
    ctx.signal.throwIfAborted();
    const { people, next } = await loadPeople(ctx, after, only);
    for (const person of people) await best.offer(job, person, scorePair(job.analysis, person, config));
    await ctx.task?.progress(best.percent, `${best.seen} candidates scored`);
    after = next;
  }
}

async function scoreJobs(ctx: Ctx, candidateId: string, config: MatcherConfig, best: Best): Promise<void> {
  await mustBeAnalysed(ctx, candidateId);
  const [person] = (await loadPeople(ctx, firstId, [candidateId])).people;
  if (person === undefined) return;
  for (let after = firstId; ; ) {
    ctx.signal.throwIfAborted();
    const batch: Pick<JobRow, 'id' | 'version' | 'analysis'>[] = await jobs(ctx.db).findAll({
      where: { workspaceId: ctx.actor.workspaceId, status: 'open', id: { [Op.gt]: after }, ...reached(visibleJobs(ctx, 'matches:create')) }, attributes: ['id', 'version', 'analysis'], order: [['id', 'ASC']], limit: jobBatchSize, raw: true,
    });
    for (const job of batch) await best.offer(job, person, scorePair(job.analysis, person, config));
    await ctx.task?.progress(best.percent, `${best.seen} jobs scored`);
    const last = batch.at(-1);
    if (last === undefined || batch.length < jobBatchSize) return;
    after = last.id;
  }
}

async function mustBeAnalysed(ctx: Ctx, candidateId: string): Promise<void> {
  const candidate = await findCandidate(ctx, candidateId, 'matches:create');
  if (candidate.currentCvId === null) throw new AppError('no_analysed_cv', 'This candidate has no analysed CV yet. Wait for the analysis, or upload a CV.');
}

/** @returns the next people by id, at least one while there is any, and where to go on; `next` is null when all are read */
async function loadPeople(ctx: Ctx, after: string, only: string[] | undefined): Promise<{ people: Person[]; next: string | null }> {
  if (only?.length === 0) return { people: [], next: null };
  const { workspaceId } = ctx.actor;
  // Sizes are read without the values; stored JSON is compressed about fourfold.
  const sized = await ctx.db.query<{ id: string; bytes: number }>(
    `SELECT c.id, octet_length(v.text) + 4 * (pg_column_size(v.evidence) + pg_column_size(v.profile) + pg_column_size(v.facts)) AS bytes
     FROM candidates c JOIN cvs v ON v.id = c.current_cv_id AND v.workspace_id = c.workspace_id
     WHERE c.workspace_id = :workspaceId AND c.id > :after ${only === undefined ? '' : 'AND c.id IN (:only)'} AND ${visibleCandidates(ctx, 'matches:create', 'c')}
     ORDER BY c.id LIMIT :batchSize`,
    { replacements: { workspaceId, after, only: only ?? [], batchSize } },
  );
  let bytes = 0;
  const fitting = sized.filter((row, index) => (bytes += row.bytes ?? 0) <= batchBytes || index === 0);
  const last = fitting.at(-1);
  if (last === undefined) return { people: [], next: null };
  const people = await ctx.db.query<Person>(
    `SELECT c.id AS "candidateId", v.id AS "cvId", v.version AS "cvVersion", v.sha256, v.profile, v.facts, v.text, v.evidence, v.pages
     FROM candidates c JOIN cvs v ON v.id = c.current_cv_id AND v.workspace_id = c.workspace_id
     WHERE c.workspace_id = :workspaceId AND c.id IN (:ids) ORDER BY c.id`,
    { replacements: { workspaceId, ids: fitting.map(({ id }) => id) } },
  );
  return { people, next: fitting.length < sized.length || sized.length === batchSize ? last.id : null };
}

/** The same pair made by the same versions keeps its id; its result is the same by construction. */
async function storeMatches(ctx: Ctx, agent: RunningAgent, { pairs, seen: poolSize }: Best, provenance: Provenance, input: RankInput): Promise<Ranking> {
  const { workspaceId } = ctx.actor;
  const about = { direction: input.jobId === undefined ? 'jobs' : 'candidates', jobId: input.jobId ?? null, candidateId: input.candidateId ?? null, poolSize } as const;
  const madeBy = createHash('sha256').update(JSON.stringify(provenance)).digest('hex').slice(0, 32);
  return ctx.db.transaction(async () => {
    const kept = await lockPairs(ctx, pairs);
    const idOf = new Map<Pair, string>();
    // In one order for all, so that two rankings never wait for each other.
    for (const pair of kept.toSorted((a, b) => compare(a.job.id, b.job.id) || compare(a.person.candidateId, b.person.candidateId))) {
      const { job, person, result } = pair;
      const rows = await ctx.db.query<{ id: string }>(
        `INSERT INTO matches (id, workspace_id, job_id, job_version, candidate_id, cv_id, cv_version, score, result, provenance, made_by, created_at)
         VALUES (:id, :workspaceId, :jobId, :jobVersion, :candidateId, :cvId, :cvVersion, :score, :result, :provenance, :madeBy, :createdAt)
         ON CONFLICT (workspace_id, job_id, candidate_id, job_version, cv_id, made_by) DO UPDATE SET result = EXCLUDED.result, score = EXCLUDED.score, cv_version = EXCLUDED.cv_version RETURNING id`,
        {
          replacements: {
            id: uuidv7(), workspaceId, jobId: job.id, jobVersion: job.version, candidateId: person.candidateId, cvId: person.cvId, cvVersion: person.cvVersion, score: result.score,
            result: JSON.stringify(result), provenance: JSON.stringify(provenance), madeBy, createdAt: new Date(),
          },
        },
      );
      idOf.set(pair, (rows[0] as { id: string }).id);
    }
    const ids = kept.map((pair) => idOf.get(pair) as string);
    const subject = input.jobId !== undefined ? { type: 'job', id: input.jobId } : { type: 'candidate', id: input.candidateId as string };
    await audit(ctx.db, { workspaceId, actor: ctx.actor, action: 'match.ranked', subject, details: { poolSize, shown: ids.length, ...provenance }, requestId: ctx.requestId });
    await emit(ctx, 'match.completed', subject, { jobId: input.jobId ?? null, candidateId: input.candidateId ?? null, poolSize, matchIds: ids.slice(0, 20) });
    await ctx.task?.succeed({ ...about, matchIds: ids } satisfies RankingResult);
    await agent.recordSuccess();
    return { ...about, items: await presentMatches(ctx, ids, 'matches:create'), provenance };
  });
}

/** CVs, the task, candidates and jobs (in this order, as everywhere) stay to the end of the transaction. @returns the pairs of which nothing was deleted since they were read */
async function lockPairs(ctx: Ctx, pairs: Pair[]): Promise<Pair[]> {
  const lock = async (table: 'cvs' | 'jobs' | 'candidates', ids: string[]) => {
    if (ids.length === 0) return new Set<string>();
    const rows = await ctx.db.query<{ id: string }>(`SELECT id FROM ${table} WHERE workspace_id = :workspaceId AND id IN (:ids) ORDER BY id FOR KEY SHARE`, { replacements: { workspaceId: ctx.actor.workspaceId, ids: [...new Set(ids)] } });
    return new Set(rows.map(({ id }) => id));
  };
  const cvIds = await lock('cvs', pairs.map(({ person }) => person.cvId));
  await ctx.task?.fence();
  const candidateIds = await lock('candidates', pairs.map(({ person }) => person.candidateId));
  const jobIds = await lock('jobs', pairs.map(({ job }) => job.id));
  return pairs.filter(({ job, person }) => cvIds.has(person.cvId) && candidateIds.has(person.candidateId) && jobIds.has(job.id));
}
