import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';

const payload = z
  .object({ jobId: z.string().uuid().optional(), candidateId: z.string().uuid().optional(), candidateIds: z.array(z.string().uuid()).optional(), limit: z.number().int().min(1).max(100) })
  .strict();

export const matchingTasks: TaskHandlers = {
  'match.rank': {
    payload,
    // The pairs themselves stay in `matches`: a task's result holds ids and counts only.
    run: async (ctx, input) => {
      const { rankMatches } = await import('./rank.ts');
      const ranking = await rankMatches(ctx, payload.parse(input));
      return { direction: ranking.direction, jobId: ranking.jobId, candidateId: ranking.candidateId, poolSize: ranking.poolSize, matchIds: ranking.items.map(({ id }) => id) };
    },
  },
};
