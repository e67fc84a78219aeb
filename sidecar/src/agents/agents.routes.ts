import { z } from 'zod';
import { pageOf } from '../platform/page.ts';
import { defineRoute, ok } from '../platform/route.ts';
import { named, timestamp } from '../platform/schema.ts';
import { agentKinds } from './Agent.ts';
import { getAgent, listAgents } from './listAgents.ts';
import { pauseAgent, resumeAgent } from './pauseAgent.ts';
import type { Pipeline } from './pipeline.ts';
import { startRun } from './startRun.ts';

export const agentSchema = named(
  'Agent',
  z.object({
    id: z.string().uuid(),
    kind: z.enum(agentKinds),
    name: z.string(),
    description: z.string(),
    status: z.enum(['active', 'paused']),
    pausedAt: timestamp.nullable(),
    pausedBy: z.string().nullable(),
    pauseReason: z.string().nullable(),
    activeVersion: z.object({ id: z.string().uuid(), number: z.number().int(), config: z.record(z.unknown()), reason: z.string(), createdAt: timestamp }),
  }),
);

const example = {
  id: '01980000-0000-7000-8000-00000000a001', kind: 'matcher', name: 'matcher', description: 'Scores a candidate against a job, with reasons.', status: 'active',
  pausedAt: null, pausedBy: null, pauseReason: null,
  activeVersion: { id: '01980000-0000-7000-8000-00000000a002', number: 1, config: { mustHaveNotMetFactor: 0.5 }, reason: 'Built in', createdAt: '2026-11-22T10:00:00.000Z' },
};
const params = { agentId: z.string().min(1).max(100).describe('id or name of the agent') };

export function agentRoutes(pipelines: readonly Pipeline[]) {
  return [
    defineRoute({
      id: 'listAgents', method: 'get', path: '/v1/agents', permission: 'agents:read', tag: 'Agents', rate: 'read',
      summary: 'List the agents with their active version',
      description: 'With the version that answers now, and whether the agent is paused.',
      responses: { 200: { description: 'All agents of the workspace', schema: pageOf(agentSchema), example: { items: [example], nextCursor: null } } },
      handler: async (ctx) => ok({ items: await listAgents(ctx), nextCursor: null }),
    }),
    defineRoute({
      id: 'getAgent', method: 'get', path: '/v1/agents/:agentId', permission: 'agents:read', tag: 'Agents', rate: 'read',
      summary: 'Get one agent',
      description: 'By id or by name, with the version that answers now.', params,
      responses: { 200: { description: 'The agent', schema: agentSchema, example } },
      handler: async (ctx, { params: { agentId } }) => ok(await getAgent(ctx, { agentId })),
    }),
    defineRoute({
      id: 'pauseAgent', method: 'post', path: '/v1/agents/:agentId/pause', permission: 'agents:control', tag: 'Agents', rate: 'write',
      summary: 'Pause an agent',
      description: 'New work is refused with 409 `agent_paused`. Tasks accepted before stay queued and run on resume; a task that runs already finishes.',
      params,
      body: z.object({ reason: z.string().min(1).max(500).optional() }).strict(),
      bodyExample: { reason: 'Checking yesterday’s rankings' },
      responses: { 200: { description: 'The paused agent', schema: agentSchema, example: { ...example, status: 'paused', pausedAt: '2026-11-22T11:00:00.000Z', pausedBy: 'n8n', pauseReason: 'Checking yesterday’s rankings' } } },
      handler: async (ctx, { params: { agentId }, body }) => ok(await pauseAgent(ctx, { agentId, reason: body.reason })),
    }),
    defineRoute({
      id: 'resumeAgent', method: 'post', path: '/v1/agents/:agentId/resume', permission: 'agents:control', tag: 'Agents', rate: 'write',
      summary: 'Resume a paused agent',
      description: 'Tasks that were accepted before the pause run on.', params,
      responses: { 200: { description: 'The active agent', schema: agentSchema, example } },
      handler: async (ctx, { params: { agentId } }) => ok(await resumeAgent(ctx, { agentId })),
    }),
    defineRoute({
      id: 'runAgent', method: 'post', path: '/v1/agents/:agentId/runs', permission: 'agents:run', tag: 'Agents', rate: 'heavy',
      summary: 'Run an agent on an input',
      description: 'Input by kind: cv-analyst `{cvId}` (analyses again), matcher `{jobId}`, `{candidateId}` or both, rag-assistant `{question}`. A run also takes the permission of what it does: `cvs:create`, `matches:create` or `rag:query`. The output is what the matching route of the feature answers.',
      params,
      body: z.object({ input: z.record(z.unknown()) }).strict(),
      bodyExample: { input: { question: 'Who has worked with Kubernetes?' } },
      responses: {
        200: { description: 'What the agent made of it', schema: z.object({ agentId: z.string().uuid(), kind: z.enum(agentKinds), output: z.unknown() }), example: { agentId: example.id, kind: 'rag-assistant', output: { abstained: false } } },
      },
      errors: ['agent_paused', 'llm_unavailable'],
      handler: async (ctx, { params: { agentId }, body }) => ok(await startRun(ctx, { agentId, input: body.input }, pipelines)),
    }),
  ];
}
