import { z } from 'zod';
import { pageOf } from '../platform/page.ts';
import { defineRoute, noContent, ok } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { assignJob, getAssignment, listAssignments, unassignJob } from './assignJob.ts';

const assignmentSchema = named(
  'JobAssignment',
  z.object({ jobId: id, actorId: id, actorType: z.enum(['user', 'client']), actorName: z.string(), assignedBy: z.string().describe('id of the actor who assigned it'), createdAt: timestamp }),
);
const jobId = '01980000-0000-7000-8000-00000000f001';
const example = {
  jobId, actorId: '01980000-0000-7000-8000-000000030001', actorType: 'user', actorName: 'Ines Talvera', assignedBy: '01980000-0000-7000-8000-000000030002', createdAt: '2026-11-22T10:00:00.000Z',
};
const params = { jobId: id, actorId: id };

export const assignmentRoutes = [
  defineRoute({
    id: 'listJobAssignments', method: 'get', path: '/v1/jobs/:jobId/assignments', permission: 'jobs:assign', tag: 'Jobs', rate: 'read',
    summary: 'List to whom a job is assigned', description: 'Users and clients that are not disabled, the longest assigned first.', params: { jobId: id },
    responses: { 200: { description: 'All assignments of the job', schema: pageOf(assignmentSchema), example: { items: [example], nextCursor: null } } },
    handler: async (ctx, { params }) => ok({ items: await listAssignments(ctx, params), nextCursor: null }),
  }),
  defineRoute({
    id: 'getJobAssignment', method: 'get', path: '/v1/jobs/:jobId/assignments/:actorId', permission: 'jobs:assign', tag: 'Jobs', rate: 'read',
    summary: 'Get one assignment of a job',
    description: '404 where this person is not assigned to the job.', params,
    responses: { 200: { description: 'The assignment', schema: assignmentSchema, example } },
    handler: async (ctx, { params }) => ok(await getAssignment(ctx, params)),
  }),
  defineRoute({
    id: 'assignJob', method: 'put', path: '/v1/jobs/:jobId/assignments/:actorId', permission: 'jobs:assign', tag: 'Jobs', rate: 'write',
    summary: 'Assign a job to a user or client',
    description: 'A role whose rows are `assigned`, such as hiring-manager, then shows them the job, its matches, and the candidates and CVs of these. A job that is assigned already stays so.',
    params,
    responses: { 200: { description: 'The assignment', schema: assignmentSchema, example } },
    errors: ['grant_exceeded'],
    handler: async (ctx, { params }) => ok(await assignJob(ctx, params)),
  }),
  defineRoute({
    id: 'unassignJob', method: 'delete', path: '/v1/jobs/:jobId/assignments/:actorId', permission: 'jobs:assign', tag: 'Jobs', rate: 'write',
    summary: 'Take a job away from a user or client', description: 'It takes effect at once.', params,
    responses: { 204: { description: 'Taken away' } },
    handler: async (ctx, { params }) => {
      await unassignJob(ctx, params);
      return noContent();
    },
  }),
];
