import { z } from 'zod';
import type { Ctx } from '../context.ts';
import { pageOf, pageQuery } from '../page.ts';
import type { Reply } from '../route.ts';
import { defineRoute, ok, reply } from '../route.ts';
import { id, named, timestamp } from '../schema.ts';
import { cancelTask, findTask, retryTask, taskOwner } from './controlTask.ts';
import { presentTask, taskStatuses } from './tasks.ts';
import type { TaskHandlers } from './tasks.ts';
import type { TaskRow } from './ledger.ts';

export const taskSchema = named(
  'Task',
  z.object({
    id,
    kind: z.string(),
    status: z.enum(taskStatuses),
    /** percent */
    progress: z.number().int(),
    progressNote: z.string().nullable(),
    attempt: z.number().int(),
    maxAttempts: z.number().int(),
    result: z.record(z.unknown()).nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    subject: z.object({ type: z.string(), id: z.string() }).nullable(),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
  }),
);

export const taskExample = {
  id: '01980000-0000-7000-8000-00000000b001', kind: 'cv.analyse', status: 'succeeded', progress: 100, progressNote: null, attempt: 1, maxAttempts: 3,
  result: { cvId: '01980000-0000-7000-8000-00000000c001', candidateId: '01980000-0000-7000-8000-00000000d001', language: 'fr', warnings: [] },
  error: null, subject: { type: 'cv', id: '01980000-0000-7000-8000-00000000c001' },
  createdAt: '2026-11-22T10:00:00.000Z', startedAt: '2026-11-22T10:00:00.020Z', finishedAt: '2026-11-22T10:00:00.310Z',
};

export const waitQuery = { wait: z.coerce.number().min(0).max(30).default(0).describe('Seconds to wait for the task to finish; it answers the same task either way.') };

export const taskResponses = {
  200: { description: 'The task has finished (look at `status`)', schema: taskSchema, example: taskExample },
  202: { description: 'The task is accepted and not finished yet; follow it at `Location`', schema: taskSchema, example: { ...taskExample, status: 'queued', progress: 0, result: null, attempt: 0, startedAt: null, finishedAt: null } },
};

/** Answers a task as every route that starts one does: 200 when it ended within the wait, else 202. */
export async function replyTask(ctx: Ctx, task: TaskRow, waitSeconds: number): Promise<Reply> {
  const latest = (await ctx.tasks.waitFor(ctx.actor.workspaceId, task.id, waitSeconds * 1000, ctx.signal)) ?? task;
  const ended = ['succeeded', 'failed', 'cancelled'].includes(latest.status);
  return reply(ended ? 200 : 202, presentTask(latest), { Location: `/v1/tasks/${latest.id}` });
}

const params = { taskId: id };

/** @param handlers every kind of task there is: what a task is about follows its cancel and its retry */
export function taskRoutes(handlers: TaskHandlers) {
  return [
    defineRoute({
      id: 'listTasks', method: 'get', path: '/v1/tasks', permission: 'tasks:read', tag: 'Tasks', rate: 'read',
      summary: 'List tasks, newest first',
      description: 'Those the caller may see; `status` and `kind` narrow the list.',
      query: { ...pageQuery, status: z.enum(taskStatuses).optional(), kind: z.string().max(100).optional() },
      responses: { 200: { description: 'A page of tasks', schema: pageOf(taskSchema), example: { items: [taskExample], nextCursor: null } } },
      errors: ['invalid_cursor'],
      handler: async (ctx, { query }) => ok(await ctx.tasks.list(ctx.actor.workspaceId, { ...query, createdBy: taskOwner(ctx, 'tasks:read') })),
    }),
    defineRoute({
      id: 'getTask', method: 'get', path: '/v1/tasks/:taskId', permission: 'tasks:read', tag: 'Tasks', rate: 'read',
      summary: 'Get a task, waiting for it if asked',
      description: '`wait` holds the answer back until the task ends, for that many seconds at most.', params, query: waitQuery,
      responses: taskResponses,
      handler: async (ctx, { params: { taskId }, query }) => replyTask(ctx, await findTask(ctx, taskId, 'tasks:read'), query.wait),
    }),
    defineRoute({
      id: 'cancelTask', method: 'post', path: '/v1/tasks/:taskId/cancel', permission: 'tasks:control', tag: 'Tasks', rate: 'write',
      summary: 'Cancel a task',
      description: 'A queued task is cancelled at once; a running one is told to stop and its result is not kept.',
      params, responses: taskResponses, errors: ['task_not_cancellable'],
      handler: async (ctx, { params: { taskId } }) => replyTask(ctx, await cancelTask(ctx, handlers, { taskId }), 0),
    }),
    defineRoute({
      id: 'retryTask', method: 'post', path: '/v1/tasks/:taskId/retry', permission: 'tasks:control', tag: 'Tasks', rate: 'write',
      summary: 'Run a failed or cancelled task again',
      description: 'It keeps its id and starts anew; a task that has not ended is refused with 409.',
      params, responses: taskResponses, errors: ['task_not_retryable', 'agent_paused'],
      handler: async (ctx, { params: { taskId } }) => replyTask(ctx, await retryTask(ctx, handlers, { taskId }), 0),
    }),
  ];
}
