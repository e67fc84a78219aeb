/** OpenAPI 3.1 from the route definitions. */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { errorStatus } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { problemSchema } from './http/problem.ts';
import type { AnyRoute } from './route.ts';

/** @returns the OpenAPI document as a plain object; same routes, same document */
export function openApiDocument(routes: AnyRoute[], info: { version: string }): object {
  const registry = new OpenAPIRegistry();
  const security = registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of POST /v1/oauth/token.',
  });
  for (const route of routes) {
    registry.registerPath({
      operationId: route.id,
      method: route.method,
      path: route.path.replace(/:(\w+)/g, '{$1}'),
      summary: route.summary,
      description: [route.description, permissionSentence(route)].filter(Boolean).join('\n\n'),
      tags: [route.tag],
      security: route.permission === 'public' ? [] : [{ [security.name]: [] }],
      request: {
        ...(route.params && { params: z.object(route.params) }),
        ...(route.query && { query: z.object(route.query) }),
        ...(route.body && { body: { required: true, content: requestContent(route) } }),
      },
      responses: { ...okResponses(route), ...errorResponses(route) },
      'x-permission': route.permission,
      'x-rate-class': route.rate,
    } as never);
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'TalentMatch sidecar',
      version: info.version,
      description: 'CV analysis, matching, questions over talent knowledge and agent control, each with evidence. Times are ISO 8601 in UTC, ids are UUIDv7, offsets are UTF-16 units. A body that is sent where a route takes none is refused by its content (400), its size (413) or its type (415).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
  });
}

function permissionSentence(route: AnyRoute): string {
  if (route.permission === 'public') return 'No token needed.';
  return route.permission === 'authenticated' ? 'Any valid token.' : `Permission: \`${route.permission}\`.`;
}

function requestContent(route: AnyRoute) {
  const schema = route.body as z.ZodTypeAny;
  return {
    'application/json': { schema, ...(route.bodyExample !== undefined && { example: route.bodyExample }) },
    ...(route.form && { 'application/x-www-form-urlencoded': { schema } }),
    ...(route.upload && { 'multipart/form-data': { schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } }, additionalProperties: { type: 'string' } } } }),
  } as never;
}

function okResponses(route: AnyRoute) {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, { description, schema, example, mediaType }]) => [
      status,
      {
        description,
        ...((schema ?? mediaType) && {
          content: Object.fromEntries([mediaType ?? 'application/json'].flat().map((type, index) => [
            type, schema ? { schema, ...(example !== undefined && index === 0 && { example }) } : { schema: { type: 'string', format: 'binary' } },
          ])),
        }),
      },
    ]),
  );
}

function errorResponses(route: AnyRoute) {
  const codes: ErrorCode[] = [
    ...(route.permission === 'public' ? [] : (['unauthenticated', 'token_expired', 'token_revoked', 'forbidden'] as const)),
    // Also where there is nothing to send: unknown query parameters and bodies are refused everywhere.
    'invalid_request',
    ...(route.params ? (['not_found'] as const) : []),
    ...(route.body ? (['payload_too_large', 'unsupported_content_type'] as const) : []),
    ...(route.upload ? (['service_unavailable'] as const) : []),
    ...(route.errors ?? []),
    'too_many_requests',
    'internal_error',
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) byStatus.set(errorStatus[code], [...(byStatus.get(errorStatus[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.responses))
      .map(([status, list]) => [status, { description: list.map((code) => `\`${code}\``).join(', '), content: { 'application/problem+json': { schema: problemSchema } } }]),
  );
}
