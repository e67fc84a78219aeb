/** zod with names: a named schema becomes one OpenAPI component, and one type of the nodes' client. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z);

export function named<T extends z.ZodTypeAny>(name: string, schema: T): T {
  return schema.openapi(name) as T;
}

/** An id in a path or a body. */
export const id = z.string().uuid();
export const timestamp = z.string().datetime('is no time in UTC such as 2026-11-01T00:00:00Z');
