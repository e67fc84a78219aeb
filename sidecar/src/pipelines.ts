/** The pipelines that are agents: one of each kind. */
import type { Pipeline } from './agents/pipeline.ts';
import { cvPipeline } from './cvs/cvPipeline.ts';
import { ragPipeline } from './knowledge/ragPipeline.ts';
import { matcherPipeline } from './matching/matcherPipeline.ts';

export const pipelines: readonly Pipeline[] = [cvPipeline, matcherPipeline, ragPipeline];
