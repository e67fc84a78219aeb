import { z } from 'zod';
import type { Pipeline } from '../agents/pipeline.ts';
import { acceptWork } from '../agents/runGuard.ts';
import { presentTask } from '../platform/queue/tasks.ts';
import { findCv } from './readCv.ts';
import { analyseAgain } from './uploadCv.ts';

const inputSchema = z.object({ cvId: z.string().uuid() }).strict();

export const cvPipeline: Pipeline = {
  kind: 'cv-analyst',
  permission: 'cvs:create',
  description: 'Reads a CV into a profile in which every value carries its source, and says how sure it is.',
  // Nothing to configure yet: what the analyst reads is fixed by its engine version until issue 7 adds the LLM option.
  configSchema: z.object({}).strict(),
  defaultConfig: {},
  inputSchema,
  async run(ctx, input) {
    const { cvId } = inputSchema.parse(input);
    await findCv(ctx, cvId, 'cvs:create');
    const agentId = await acceptWork(ctx, 'cv-analyst');
    const task = await analyseAgain(ctx, { cvId, agentId });
    return { task: presentTask((await ctx.tasks.waitFor(ctx.actor.workspaceId, task.id, 10_000, ctx.signal)) ?? task) };
  },
};
