import type { AnyRoute } from '../platform/route.ts';
import { collectionRoutes } from './collections.routes.ts';
import { ragRoutes } from './rag.routes.ts';
import { sourceRoutes } from './sources.routes.ts';

export const knowledgeRoutes: AnyRoute[] = [...collectionRoutes, ...sourceRoutes, ...ragRoutes];
