import { z } from 'zod';
import type { TaskHandlers } from '../platform/queue/tasks.ts';
import { deliverEvent, showDeliveryFailed, showDeliveryPending } from './deliverEvent.ts';

const payload = z.object({ deliveryId: z.string().uuid() }).strict();

export const workflowTasks: TaskHandlers = {
  'event.deliver': {
    payload,
    longestBackoffMs: 4 * 3_600_000,
    subject: {
      failed: (ctx, input) => showDeliveryFailed(ctx, payload.parse(input)),
      queued: (ctx, input) => showDeliveryPending(ctx, payload.parse(input)),
    },
    run: (ctx, input) => deliverEvent(ctx, payload.parse(input)),
  },
};
