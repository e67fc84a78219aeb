/**
 * The pipeline of the matcher: a job against candidates, a candidate against jobs, or one pair. Every pair is scored by
 * the same pure function; a ranking only sorts (score, then the CV's hash) and keeps its pairs.
 */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { runAgent } from '../agents/runGuard.ts';
import type { CvFacts, Evidence, Profile } from '../cvs/profile.ts';
import type { Provenance } from '../cvs/Cv.ts';
import { findCandidate } from '../cvs/readCv.ts';
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

/** Candidates a batch loads at once: bounds memory, changes nothing else. */
const batchSize = 200;

/**
 * @returns up to `limit` explained pairs, best first, each kept under an id
 * @throws AppError `not_found`, `no_analysed_cv`
 */
export async function rankMatches(ctx: Ctx, input: RankInput): Promise<Ranking> {
  return runAgent(ctx, 'matcher', async (agent) => {
    const config = matcherConfigSchema.parse(agent.config);
    const provenance: Provenance = { agentVersionId: agent.versionId, embeddingSpace: inBoxSpace.id, taxonomyRevision, engineVersion: matchingEngineVersion };
    const direction = input.jobId === undefined ? 'jobs' : 'candidates';
    const best = new Best(input.limit);
    if (input.jobId !== undefined) await scoreCandidates(ctx, await findJob(ctx, input.jobId), input, config, best);
    else await scoreJobs(ctx, input.candidateId as string, config, best);
    const items = await storeMatches(ctx, best.pairs(), provenance, input, best.seen);
    return { direction, jobId: input.jobId ?? null, candidateId: input.candidateId ?? null, poolSize: best.seen, items, provenance } as const;
  });
}

/** How many pairs a ranking would score: decides whether it runs within the request. */
export async function countPool(ctx: Ctx, input: RankInput): Promise<number> {
  const { workspaceId } = ctx.actor;
  if (input.jobId === undefined) return jobs(ctx.db).count({ where: { workspaceId, status: 'open' } });
  if (input.candidateId !== undefined) return 1;
  if (input.candidateIds !== undefined) return input.candidateIds.length;
  const rows = await ctx.db.query<{ count: number }>('SELECT count(*)::int AS count FROM candidates WHERE workspace_id = :workspaceId AND current_cv_id IS NOT NULL', { replacements: { workspaceId } });
  return rows[0]?.count ?? 0;
}

interface Pair {
  job: Pick<JobRow, 'id' | 'version'>;
  person: Pick<Person, 'candidateId' | 'cvId' | 'cvVersion' | 'sha256'>;
  result: MatchResult;
}

/** Keeps the best pairs while a pool streams by. */
class Best {
  seen = 0;
  private kept: Pair[] = [];
  private readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }
  offer(pair: Pair): void {
    this.seen += 1;
    this.kept.push(pair);
    if (this.kept.length >= this.limit * 2 + 100) this.kept = this.pairs();
  }
  pairs(): Pair[] {
    return this.kept
      // Ties by content: ids follow the order of upload, which must not matter.
      .sort((a, b) => b.result.score - a.result.score || compare(a.person.sha256, b.person.sha256) || compare(a.person.candidateId, b.person.candidateId) || compare(a.job.id, b.job.id))
      .slice(0, this.limit);
  }
}

async function scoreCandidates(ctx: Ctx, job: JobRow, input: RankInput, config: MatcherConfig, best: Best): Promise<void> {
  const only = input.candidateId !== undefined ? [input.candidateId] : input.candidateIds;
  if (input.candidateId !== undefined) await mustBeAnalysed(ctx, input.candidateId);
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    ctx.signal.throwIfAborted();
    const batch = await loadPeople(ctx, after, only);
    for (const person of batch) best.offer({ job, person, result: scorePair(job.analysis, person, config) });
    await ctx.task?.progress(Math.min(95, Math.round(best.seen / 20)), `${best.seen} candidates scored`);
    const last = batch.at(-1);
    if (batch.length < batchSize || last === undefined) return;
    after = last.candidateId;
  }
}

async function scoreJobs(ctx: Ctx, candidateId: string, config: MatcherConfig, best: Best): Promise<void> {
  await mustBeAnalysed(ctx, candidateId);
  const [person] = await loadPeople(ctx, '00000000-0000-0000-0000-000000000000', [candidateId]);
  if (person === undefined) return;
  const open = await jobs(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId, status: 'open' }, order: [['id', 'ASC']], raw: true });
  for (const job of open) {
    ctx.signal.throwIfAborted();
    best.offer({ job, person, result: scorePair(job.analysis, person, config) });
  }
}

async function mustBeAnalysed(ctx: Ctx, candidateId: string): Promise<void> {
  const candidate = await findCandidate(ctx, candidateId);
  if (candidate.currentCvId === null) throw new AppError('no_analysed_cv', 'This candidate has no analysed CV yet. Wait for the analysis, or upload a CV.');
}

async function loadPeople(ctx: Ctx, after: string, only: string[] | undefined): Promise<Person[]> {
  if (only?.length === 0) return [];
  return ctx.db.query<Person>(
    `SELECT c.id AS "candidateId", v.id AS "cvId", v.version AS "cvVersion", v.sha256, v.profile, v.facts, v.text, v.evidence, v.pages
     FROM candidates c JOIN cvs v ON v.id = c.current_cv_id AND v.workspace_id = c.workspace_id
     WHERE c.workspace_id = :workspaceId AND c.id > :after ${only === undefined ? '' : 'AND c.id IN (:only)'}
     ORDER BY c.id LIMIT :batchSize`,
    { replacements: { workspaceId: ctx.actor.workspaceId, after, only: only ?? [], batchSize } },
  );
}

/** The same pair made by the same versions keeps its id; its result is the same by construction. */
async function storeMatches(ctx: Ctx, pairs: Pair[], provenance: Provenance, input: RankInput, poolSize: number): Promise<PresentedMatch[]> {
  const { workspaceId } = ctx.actor;
  const madeBy = createHash('sha256').update(JSON.stringify(provenance)).digest('hex').slice(0, 32);
  return ctx.db.transaction(async () => {
    await ctx.task?.fence();
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
    return presentMatches(ctx, ids);
  });
}

/** Jobs and candidates stay to the end of the transaction. @returns the pairs of which neither was deleted since they were read */
async function lockPairs(ctx: Ctx, pairs: Pair[]): Promise<Pair[]> {
  if (pairs.length === 0) return [];
  const lock = async (table: 'jobs' | 'candidates', ids: string[]) => {
    const rows = await ctx.db.query<{ id: string }>(`SELECT id FROM ${table} WHERE workspace_id = :workspaceId AND id IN (:ids) ORDER BY id FOR KEY SHARE`, { replacements: { workspaceId: ctx.actor.workspaceId, ids: [...new Set(ids)] } });
    return new Set(rows.map(({ id }) => id));
  };
  const jobIds = await lock('jobs', pairs.map(({ job }) => job.id));
  const candidateIds = await lock('candidates', pairs.map(({ person }) => person.candidateId));
  return pairs.filter(({ job, person }) => jobIds.has(job.id) && candidateIds.has(person.candidateId));
}
