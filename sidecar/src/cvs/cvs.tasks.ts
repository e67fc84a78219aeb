import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';
import { lockCv, showFailed, showQueued } from './analysisState.ts';

const cvPayload = z.object({ cvId: z.string().uuid() }).strict();

export const cvTasks: TaskHandlers = {
  'cv.analyse': {
    payload: cvPayload,
    subject: {
      lock: async (ctx, payload) => void (await lockCv(ctx, cvPayload.parse(payload))),
      failed: (ctx, payload, task) => showFailed(ctx, cvPayload.parse(payload), task),
      queued: (ctx, payload, task) => showQueued(ctx, cvPayload.parse(payload), task),
    },
    run: async (ctx, payload) => {
      const { analyseCv } = await import('./analyseCv.ts');
      return analyseCv(ctx, cvPayload.parse(payload));
    },
  },
};
