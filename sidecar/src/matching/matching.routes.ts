import { z } from 'zod';
import { provenanceSchema } from '../cvs/cvs.routes.ts';
import { pageOf, pageQuery } from '../platform/page.ts';
import { replyTask, taskExample, taskSchema, waitQuery } from '../platform/queue/tasks.routes.ts';
import { defineRoute, noContent, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { analyseJob } from './analyseJob/analyseJob.ts';
import { getJob, listJobs } from './readJobs.ts';
import { getMatch, listMatches } from './readMatches.ts';
import { createJob, deleteJob, updateJob } from './saveJob.ts';
import { searchCandidates } from './searchCandidates.ts';
import { startRanking } from './startRanking.ts';
import { jobAnalysisSchema, matchResultSchema, requirementSchema } from './types.ts';

const analysisSchema = named('JobAnalysis', jobAnalysisSchema);
const jobSchema = named(
  'Job',
  z.object({
    id, externalId: z.string().nullable(), title: z.string(), text: z.string(), language: z.string(), status: z.enum(['open', 'closed']), version: z.number().int(), analysis: analysisSchema,
    provenance: z.object({ embeddingSpace: z.string(), taxonomyRevision: z.string(), engineVersion: z.string() }), createdAt: timestamp, updatedAt: timestamp,
  }),
);
const matchSchema = named(
  'Match',
  matchResultSchema.extend({
    id, rank: z.number().int(), jobId: id, jobTitle: z.string(), candidateId: id, candidateName: z.string().nullable(), cvId: id, cvVersion: z.number().int(), provenance: provenanceSchema, createdAt: timestamp,
  }),
);
const rankingSchema = named(
  'Ranking',
  z.object({ direction: z.enum(['candidates', 'jobs']), jobId: id.nullable(), candidateId: id.nullable(), poolSize: z.number().int(), items: z.array(matchSchema), provenance: provenanceSchema }),
);
const title = z.string().trim().min(1).max(300);
const text = z.string().min(1).max(100_000);
const requirements = z.array(requirementSchema).max(100);

const jobId = '01980000-0000-7000-8000-00000000f001';
const jobText = 'Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes';
const analysisExample = {
  language: 'en', title: 'Backend Engineer (JVM)', titleEvidence: [{ start: 0, end: 22, quote: 'Backend Engineer (JVM)' }], occupationId: 'occupation/backend-developer', seniority: null, location: {},
  requirements: [{ id: 'r1', kind: 'skill', label: 'PostgreSQL', importance: 'must', skillIds: ['skill/postgresql'], evidence: [{ start: 84, end: 94, quote: 'PostgreSQL' }] }], warnings: [],
};
const jobExample = {
  id: jobId, externalId: null, title: 'Backend Engineer (JVM)', text: jobText, language: 'en', status: 'open', version: 1, analysis: analysisExample,
  provenance: { embeddingSpace: 'inbox-hre1-128', taxonomyRevision: '3f2a', engineVersion: '1' }, createdAt: '2026-11-22T10:00:00.000Z', updatedAt: '2026-11-22T10:00:00.000Z',
};
const quote = { page: 1, start: 812, end: 822, quote: 'PostgreSQL' };
const provenance = { agentVersionId: '01980000-0000-7000-8000-00000000a002', embeddingSpace: 'inbox-hre1-128', taxonomyRevision: '3f2a', engineVersion: '1' };
const matchExample = {
  id: '01980000-0000-7000-8000-000000010001', rank: 1, jobId, jobTitle: 'Backend Engineer (JVM)', candidateId: '01980000-0000-7000-8000-00000000d001', candidateName: 'Maëlys Kerbrat',
  cvId: '01980000-0000-7000-8000-00000000c001', cvVersion: 1, score: 0.83125, summary: 'Meets all must-haves.',
  mustHaves: [{ requirementId: 'r1', label: 'PostgreSQL', status: 'met', reason: 'PostgreSQL is used in recent work.', quotes: [quote] }],
  criteria: [{ criterion: 'skills', score: 0.9, weight: 1, hasData: true, facts: [{ polarity: 'positive', code: 'skill_used', params: { skill: 'PostgreSQL' }, text: 'PostgreSQL is used in recent work.', requirementId: 'r1', quotes: [quote] }] }],
  provenance, createdAt: '2026-11-22T10:00:00.000Z',
};
const rankingExample = { direction: 'candidates', jobId, candidateId: null, poolSize: 19, items: [matchExample], provenance };

export const matchingRoutes = [
  defineRoute({
    id: 'createJob', method: 'post', path: '/v1/jobs', permission: 'jobs:create', tag: 'Jobs', rate: 'write',
    summary: 'Create a job from its text',
    description: 'The text is read into a title, an occupation and requirements, each with its quote. `requirements` replaces what was found.',
    body: z.object({ text, title: title.optional(), externalId: z.string().min(1).max(200).optional(), requirements: requirements.optional() }).strict(),
    bodyExample: { text: jobText },
    responses: { 201: { description: 'The job', schema: jobSchema, example: jobExample } },
    errors: ['job_without_requirements', 'conflict'],
    handler: async (ctx, { body }) => {
      const job = await createJob(ctx, body);
      return reply(201, job, { Location: `/v1/jobs/${job.id}` });
    },
  }),
  defineRoute({
    id: 'analyseJobText', method: 'post', path: '/v1/jobs/analyse', permission: 'jobs:read', tag: 'Jobs', rate: 'read',
    summary: 'Read the requirements out of a job text without storing it',
    description: 'The same reading that storing a job does, for a look before it.',
    body: z.object({ text, title: title.optional() }).strict(),
    bodyExample: { text: jobText },
    responses: { 200: { description: 'What the text asks for', schema: analysisSchema, example: analysisExample } },
    handler: async (_ctx, { body }) => ok(analyseJob(body.text, body.title === undefined ? {} : { title: body.title })),
  }),
  defineRoute({
    id: 'listJobs', method: 'get', path: '/v1/jobs', permission: 'jobs:read', tag: 'Jobs', rate: 'read',
    summary: 'List jobs, newest first',
    description: 'Those the caller may see; `status` and `q` narrow the list.', query: { ...pageQuery, q: z.string().min(1).max(100).optional().describe('part of a title'), status: z.enum(['open', 'closed']).optional() },
    responses: { 200: { description: 'A page of jobs', schema: pageOf(jobSchema), example: { items: [jobExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listJobs(ctx, query)),
  }),
  defineRoute({
    id: 'getJob', method: 'get', path: '/v1/jobs/:jobId', permission: 'jobs:read', tag: 'Jobs', rate: 'read',
    summary: 'Get a job',
    description: 'With the requirements read from its text and the quote of each.', params: { jobId: id },
    responses: { 200: { description: 'The job', schema: jobSchema, example: jobExample } },
    handler: async (ctx, { params }) => ok(await getJob(ctx, params)),
  }),
  defineRoute({
    id: 'updateJob', method: 'patch', path: '/v1/jobs/:jobId', permission: 'jobs:update', tag: 'Jobs', rate: 'write',
    summary: 'Change a job',
    description: 'A new text is read again. What can change a score raises `version`.',
    params: { jobId: id },
    body: z.object({ text: text.optional(), title: title.optional(), status: z.enum(['open', 'closed']).optional(), requirements: requirements.optional() }).strict(),
    bodyExample: { status: 'closed' },
    responses: { 200: { description: 'The changed job', schema: jobSchema, example: { ...jobExample, status: 'closed' } } },
    errors: ['job_without_requirements'],
    handler: async (ctx, { params, body }) => ok(await updateJob(ctx, { ...params, ...body })),
  }),
  defineRoute({
    id: 'deleteJob', method: 'delete', path: '/v1/jobs/:jobId', permission: 'jobs:delete', tag: 'Jobs', rate: 'write',
    summary: 'Delete a job and its matches',
    description: 'Candidates and their CVs stay.', params: { jobId: id },
    responses: { 204: { description: 'Deleted' } },
    handler: async (ctx, { params }) => {
      await deleteJob(ctx, params);
      return noContent();
    },
  }),
  defineRoute({
    id: 'createMatches', method: 'post', path: '/v1/matches', permission: 'matches:create', tag: 'Matching', rate: 'heavy',
    summary: 'Rank candidates for a job, jobs for a candidate, or score one pair',
    description: 'Give `jobId`, `candidateId`, or both. Small pools answer the ranking; large ones, or `async: true`, answer a task `match.rank` whose result lists the `matchIds`. A score depends on the pair and the versions in `provenance` only: never on the pool, the name or the order.',
    query: waitQuery,
    body: z
      .object({ jobId: id.optional(), candidateId: id.optional(), candidateIds: z.array(id).min(1).max(1000).optional(), limit: z.number().int().min(1).max(100).default(20), async: z.boolean().default(false) })
      .strict()
      .refine((body) => body.jobId !== undefined || body.candidateId !== undefined, { message: 'Give jobId, candidateId, or both', path: ['jobId'] })
      .refine((body) => body.candidateIds === undefined || (body.jobId !== undefined && body.candidateId === undefined), { message: 'candidateIds restricts the pool of a jobId', path: ['candidateIds'] }),
    bodyExample: { jobId, limit: 10 },
    responses: {
      200: { description: 'The ranking (or the finished task)', schema: z.union([rankingSchema, taskSchema]), example: rankingExample },
      202: { description: 'The task that ranks', schema: taskSchema, example: { ...taskExample, kind: 'match.rank', status: 'queued', progress: 0, result: null, subject: { type: 'job', id: jobId } } },
    },
    errors: ['not_found', 'agent_paused', 'no_analysed_cv'],
    handler: async (ctx, { body, query }) => {
      const started = await startRanking(ctx, body);
      return 'ranking' in started ? ok(started.ranking) : replyTask(ctx, started.task, query.wait);
    },
  }),
  defineRoute({
    id: 'listMatches', method: 'get', path: '/v1/matches', permission: 'matches:read', tag: 'Matching', rate: 'read',
    summary: 'List stored matches, newest first',
    description: 'Those the caller may see; `jobId` and `candidateId` narrow the list.', query: { ...pageQuery, jobId: id.optional(), candidateId: id.optional() },
    responses: { 200: { description: 'A page of matches', schema: pageOf(matchSchema), example: { items: [matchExample], nextCursor: null } } },
    errors: ['invalid_cursor'],
    handler: async (ctx, { query }) => ok(await listMatches(ctx, query)),
  }),
  defineRoute({
    id: 'getMatch', method: 'get', path: '/v1/matches/:matchId', permission: 'matches:read', tag: 'Matching', rate: 'read',
    summary: 'Get one explained pair',
    description: 'Criteria, score and evidence as they were when the pair was scored.', params: { matchId: id },
    responses: { 200: { description: 'The match', schema: matchSchema, example: matchExample } },
    handler: async (ctx, { params }) => ok(await getMatch(ctx, params)),
  }),
  defineRoute({
    id: 'searchCandidates', method: 'post', path: '/v1/candidates/search', permission: 'candidates:read', tag: 'Candidates', rate: 'read',
    summary: 'Search the talent pool by skills and title',
    description: 'Skills are understood in seven languages through the taxonomy; `understood` says how the query was read.',
    body: z
      .object({ query: z.string().min(1).max(500).optional(), skills: z.array(z.string().min(1).max(100)).max(30).optional(), title: title.optional(), language: z.string().length(2).optional(), limit: z.number().int().min(1).max(100).default(20) })
      .strict()
      .refine((body) => body.query !== undefined || body.title !== undefined || (body.skills?.length ?? 0) > 0, { message: 'Give query, skills or title', path: ['query'] }),
    bodyExample: { skills: ['PostgreSQL', 'Kubernetes'], title: 'backend developer' },
    responses: {
      200: {
        description: 'Candidates, best first',
        schema: named('CandidateSearch', z.object({
          understood: z.object({ skillIds: z.array(z.string()), title: z.string().nullable(), unknownSkills: z.array(z.string()) }),
          items: z.array(z.object({ candidateId: id, name: z.string().nullable(), headline: z.string().nullable(), city: z.string().nullable(), score: z.number(), reasons: z.array(z.string()) })),
        })),
        example: { understood: { skillIds: ['skill/postgresql'], title: 'backend developer', unknownSkills: [] }, items: [{ candidateId: matchExample.candidateId, name: 'Maëlys Kerbrat', headline: 'Développeuse back-end', city: 'Rennes', score: 0.91, reasons: ['has PostgreSQL'] }] },
      },
    },
    handler: async (ctx, { body }) => ok(await searchCandidates(ctx, body)),
  }),
];
