import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';

export const cvTasks: TaskHandlers = {
  'cv.analyse': {
    payload: z.object({ cvId: z.string().uuid() }).strict(),
    run: async (ctx, payload) => {
      const { analyseCv } = await import('./analyseCv.ts');
      return analyseCv(ctx, payload as { cvId: string });
    },
  },
};
