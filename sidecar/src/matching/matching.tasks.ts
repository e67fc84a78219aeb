import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';

const payload = z
  .object({ jobId: z.string().uuid().optional(), candidateId: z.string().uuid().optional(), candidateIds: z.array(z.string().uuid()).optional(), limit: z.number().int().min(1).max(100) })
  .strict();

export const matchingTasks: TaskHandlers = {
  'match.rank': {
    payload,
    // The ranking ends its task itself, with a RankingResult.
    run: async (ctx, input) => {
      const { rankMatches } = await import('./rank.ts');
      await rankMatches(ctx, payload.parse(input));
    },
  },
};
