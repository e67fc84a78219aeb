import { z } from 'zod';
import type { Pipeline } from '../agents/pipeline.ts';
import { answerQuestion } from './answerQuestion.ts';
import { defaultRagConfig, ragConfigSchema } from './ragConfig.ts';

const inputSchema = z.object({ question: z.string().trim().min(1).max(2000), language: z.string().length(2).optional() }).strict();

export const ragPipeline: Pipeline = {
  kind: 'rag-assistant',
  permission: 'rag:query',
  description: 'Answers questions from CVs and documents with verified citations, and says so when they hold no answer.',
  configSchema: ragConfigSchema,
  defaultConfig: defaultRagConfig,
  inputSchema,
  run: (ctx, input) => answerQuestion(ctx, inputSchema.parse(input)),
};
