import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';
import { showIndexingFailed, showIndexingQueued } from './indexingState.ts';

const sourcePayload = z.object({ sourceId: z.string().uuid() }).strict();
const cvPayload = z.object({ cvId: z.string().uuid() }).strict();

export const knowledgeTasks: TaskHandlers = {
  'source.index': {
    payload: sourcePayload,
    subject: {
      failed: (ctx, payload, task) => showIndexingFailed(ctx, sourcePayload.parse(payload), task),
      queued: (ctx, payload, task) => showIndexingQueued(ctx, sourcePayload.parse(payload), task),
    },
    run: async (ctx, payload) => {
      const { indexSource } = await import('./indexSource.ts');
      return indexSource(ctx, sourcePayload.parse(payload));
    },
  },
  'cv.index': {
    payload: cvPayload,
    run: async (ctx, payload) => {
      const { indexCv } = await import('./indexCv.ts');
      return indexCv(ctx, cvPayload.parse(payload));
    },
  },
};
