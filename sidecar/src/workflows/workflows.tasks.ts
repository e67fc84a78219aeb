import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';

const payload = z.object({ deliveryId: z.string().uuid() }).strict();

export const workflowTasks: TaskHandlers = {
  'event.deliver': {
    payload,
    run: async (ctx, input) => {
      const { deliverEvent } = await import('./deliverEvent.ts');
      return deliverEvent(ctx, payload.parse(input));
    },
  },
};
