import { z } from 'zod';
import type { Pipeline } from '../agents/pipeline.ts';
import { presentTask } from '../platform/queue/tasks.ts';
import { defaultMatcherConfig } from './score/config.ts';
import { startRanking } from './startRanking.ts';
import { matcherConfigSchema } from './types.ts';

const inputSchema = z
  .object({ jobId: z.string().uuid().optional(), candidateId: z.string().uuid().optional(), limit: z.number().int().min(1).max(100).default(20) })
  .strict()
  .refine((input) => input.jobId !== undefined || input.candidateId !== undefined, { message: 'Give jobId, candidateId, or both', path: ['jobId'] });

export const matcherPipeline: Pipeline = {
  kind: 'matcher',
  permission: 'matches:create',
  description: 'Scores candidates against a job, or jobs against a candidate, with reasons that quote the CV.',
  configSchema: matcherConfigSchema,
  defaultConfig: defaultMatcherConfig,
  inputSchema,
  async run(ctx, input) {
    const started = await startRanking(ctx, inputSchema.parse(input));
    return 'ranking' in started ? started.ranking : { task: presentTask(started.task) };
  },
};
