import { z } from 'zod';
import { findActor } from '../identity/findActor.ts';
import type { TaskHandlers } from '../platform/queue/tasks.ts';

const payload = z
  .object({ jobId: z.string().uuid().optional(), candidateId: z.string().uuid().optional(), candidateIds: z.array(z.string().uuid()).optional(), limit: z.number().int().min(1).max(100), askedBy: z.string().uuid().optional() })
  .strict();

export const matchingTasks: TaskHandlers = {
  'match.rank': {
    payload,
    // The ranking ends its task itself, with a RankingResult.
    run: async (ctx, input) => {
      const { rankMatches } = await import('./rank.ts');
      const { askedBy, ...ranking } = payload.parse(input);
      // As whoever asked, with what they may do by now: a ranking stores matches, and matches show candidates.
      const actor = askedBy === undefined ? ctx.actor : await findActor(ctx, ctx.actor.workspaceId, askedBy);
      await rankMatches({ ...ctx, actor }, ranking);
    },
  },
};
