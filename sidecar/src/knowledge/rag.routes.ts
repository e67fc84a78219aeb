import { z } from 'zod';
import { defineRoute, ok } from '../platform/route.ts';
import { id, named } from '../platform/schema.ts';
import { answerQuestion } from './answerQuestion.ts';
import { searchPassages } from './searchPassages.ts';
import { sourceKinds } from './Source.ts';

const cited = {
  sourceId: id, kind: z.enum(sourceKinds), title: z.string(), cvId: id.nullable(), candidateId: id.nullable(), candidateName: z.string().nullable(), chunkId: id,
  page: z.number().int().min(1), start: z.number().int().min(0), end: z.number().int().min(0),
};
const passageSchema = named('Passage', z.object({ ...cited, heading: z.string().nullable(), text: z.string(), language: z.string(), score: z.number().min(0).max(1) }));
const citationSchema = named('Citation', z.object({ n: z.number().int().min(1), ...cited, quote: z.string(), score: z.number().min(0).max(1) }));
const answerSchema = named(
  'Answer',
  z.object({
    id, question: z.string(), language: z.string(),
    answer: z.string().nullable().describe('Null when the sources do not support an answer'),
    abstained: z.boolean(),
    reason: z.string().nullable().describe('Why there is no answer, in the language of the question'),
    mode: z.enum(['extractive', 'llm']),
    citations: z.array(citationSchema),
    provenance: z.object({
      agentVersionId: z.string(), embeddingSpace: z.string().nullable(), taxonomyRevision: z.string(), engineVersion: z.string(),
      model: z.string().nullable(), fallback: z.enum(['llm_unavailable']).nullable(), support: z.number().min(0).max(1), droppedSentences: z.number().int(),
    }),
    durationMs: z.number().int(),
  }),
);
const scope = z
  .object({ kinds: z.array(z.enum(sourceKinds)).min(1).max(2).optional(), sourceIds: z.array(id).min(1).max(500).optional(), candidateIds: z.array(id).min(1).max(500).optional() })
  .strict()
  .optional()
  .describe('Look only here');
const text = z.string().trim().min(1).max(2000);
const language = z.string().regex(/^[a-z]{2}$/).optional().describe('ISO 639-1; detected when absent');

const passageExample = {
  sourceId: '01980000-0000-7000-8000-000000020002', kind: 'cv', title: 'severine-aubrac-diallo.pdf', cvId: '01980000-0000-7000-8000-00000000c002', candidateId: '01980000-0000-7000-8000-00000000d002',
  candidateName: 'Séverine Aubrac-Diallo', chunkId: '01980000-0000-7000-8000-000000021001', page: 1, start: 294, end: 840,
  heading: 'Parcours professionnel', text: 'Pilotage de la migration de Sage 100 vers SAP S/4HANA', language: 'fr', score: 0.98,
};
const { heading: _heading, text: _text, language: _language, ...citedExample } = passageExample;
const question = 'Qui a déjà piloté une migration de Sage 100 vers SAP ?';

export const ragRoutes = [
  defineRoute({
    id: 'searchPassages', method: 'post', path: '/v1/rag/search', permission: 'rag:query', tag: 'Knowledge', rate: 'heavy',
    summary: 'Find the passages that fit a query best',
    description: 'Full text in each passage\'s own language, accents folded, and the names of skills across languages, fused by rank. Documents are searched in collections you may read, CVs as far as you may read CVs, with their names.',
    body: z.object({ query: text, language, limit: z.number().int().min(1).max(100).default(10), scope }).strict(),
    bodyExample: { query: 'migration Sage 100 SAP', limit: 5, scope: { kinds: ['cv'] } },
    responses: { 200: { description: 'Passages, best first', schema: z.object({ items: z.array(passageSchema), language: z.string() }), example: { items: [passageExample], language: 'fr' } } },
    errors: ['agent_paused'],
    handler: async (ctx, { body }) => ok(await searchPassages(ctx, body)),
  }),
  defineRoute({
    id: 'answerQuestion', method: 'post', path: '/v1/rag/query', permission: 'rag:query', tag: 'Knowledge', rate: 'heavy',
    summary: 'Answer a question with citations, or say that the sources do not hold the answer',
    description: 'With a language model every sentence is checked against the passages it cites; without one the answer quotes the sources. `quote` is exactly the text between `start` and `end`.',
    body: z.object({ question: text, language, limit: z.number().int().min(1).max(50).optional(), scope }).strict(),
    bodyExample: { question },
    responses: {
      200: {
        description: 'The answer, or an abstention with its reason', schema: answerSchema,
        example: {
          id: '01980000-0000-7000-8000-000000022001', question, language: 'fr',
          answer: 'Séverine Aubrac-Diallo : « Pilotage de la migration de Sage 100 vers SAP S/4HANA » [1]', abstained: false, reason: null, mode: 'extractive',
          citations: [{ n: 1, ...citedExample, quote: 'Pilotage de la migration de Sage 100 vers SAP S/4HANA', score: 0.94 }],
          provenance: { agentVersionId: '01980000-0000-7000-8000-00000000a003', embeddingSpace: null, taxonomyRevision: '3f2a', engineVersion: '1', model: null, fallback: null, support: 0.94, droppedSentences: 0 },
          durationMs: 42,
        },
      },
    },
    errors: ['agent_paused'],
    handler: async (ctx, { body }) => ok(await answerQuestion(ctx, body)),
  }),
];
