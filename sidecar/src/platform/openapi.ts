/** OpenAPI 3.1 from the route definitions. */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { oauthErrorExample, problemExample } from './errorExamples.ts';
import { errorStatus } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { problemSchema } from './http/problem.ts';
import type { AnyRoute } from './route.ts';
import { named } from './schema.ts';

/** @returns the OpenAPI document as a plain object; same routes, same document */
export function openApiDocument(routes: AnyRoute[], info: { version: string }): object {
  const registry = new OpenAPIRegistry();
  const security = registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of POST /v1/oauth/token or POST /v1/auth/login.',
  });
  const clientCredentials = registry.registerComponent('securitySchemes', 'clientCredentials', {
    type: 'oauth2',
    description: 'The same token, asked for by the program itself with the id and the secret of a client.',
    flows: { clientCredentials: { tokenUrl: '/v1/oauth/token', scopes: {} } },
  });
  for (const route of routes) {
    registry.registerPath({
      operationId: route.id,
      method: route.method,
      path: route.path.replace(/:(\w+)/g, '{$1}'),
      summary: route.summary,
      description: [route.description, permissionSentence(route)].filter(Boolean).join('\n\n'),
      tags: [route.tag],
      security: route.permission === 'public' ? [] : [{ [security.name]: [] }, { [clientCredentials.name]: [] }],
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
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'TalentMatch sidecar',
      version: info.version,
      description: 'CV analysis, matching, questions over talent knowledge and agent control, each with evidence. Times are ISO 8601 in UTC, ids are UUIDv7, offsets are UTF-16 units. A body that is sent where a route takes none is refused by its content (400), its size (413) or its type (415).',
      contact: { name: 'TalentMatch maintainers', url: 'https://github.com/talentmatch/n8n-nodes-talentmatch', email: 'maintainers@talentmatch.example' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This sidecar' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name, ...(tagDescriptions[name] && { description: tagDescriptions[name] }) })),
  });
  letNullIntoEnums(document);
  return document;
}

const tagDescriptions: Record<string, string> = {
  Identity: 'Logging in and out, tokens, sessions, and who one is.',
  Users: 'The people of a workspace, and the one-time links that let them in.',
  Roles: 'Sets of permissions: the built-in ones and those of the workspace.',
  Clients: 'Programs that call this API with an id and a secret, such as n8n.',
  Workspaces: 'Organisations: everything else belongs to exactly one.',
  Audit: 'Who did what to whom, kept where nobody can change it.',
  CVs: 'Uploaded documents, and what was read from them, with evidence.',
  Candidates: 'People, each made from one or more CVs.',
  Jobs: 'Positions to fill, and what they ask for.',
  Matching: 'Candidates and jobs scored against each other, with reasons.',
  Knowledge: 'Sources, search, and questions answered with citations.',
  Agents: 'The three pipelines: their versions, their runs, and the switch that stops them.',
  Tasks: 'Asynchronous work: its progress, its result, and how to stop or repeat it.',
  Webhooks: 'Where events are sent, and what became of each delivery.',
  Operation: 'What operators and their probes ask.',
};

/** The generator gives a nullable enum the type null but not the value, so that no validator would take null. */
function letNullIntoEnums(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const schema = node as { type?: unknown; enum?: unknown; anyOf?: unknown };
  if (Array.isArray(schema.type) && schema.type.includes('null') && Array.isArray(schema.enum)) {
    const others = schema.type.filter((type) => type !== 'null');
    schema.anyOf = [{ type: others.length === 1 ? others[0] : others, enum: schema.enum }, { type: 'null' }];
    delete schema.type;
    delete schema.enum;
  }
  for (const [key, value] of Object.entries(node)) if (key !== 'example' && key !== 'examples') letNullIntoEnums(value);
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
    ...(route.errors ?? []),
    'too_many_requests',
    'service_unavailable',
    'internal_error',
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) byStatus.set(errorStatus[code], [...(byStatus.get(errorStatus[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.responses))
      .map(([status, list]) => [
        status,
        {
          description: list.map((code) => `\`${code}\``).join(', '),
          ...(status in errorHeaders && { headers: errorHeaders[status] }),
          content: route.errorFormat === 'oauth' && status === 400 ? oauthContent(list) : problemContent(list),
        },
      ]),
  );
}

const problemContent = (codes: readonly ErrorCode[]) => ({
  'application/problem+json': { schema: problemSchema, examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])) },
});

const oauthErrorSchema = named('OAuthError', z.object({ error: z.string(), error_description: z.string() }));

const oauthContent = (codes: readonly ErrorCode[]) => ({
  'application/json': { schema: oauthErrorSchema, examples: Object.fromEntries(codes.map((code) => [code, { value: oauthErrorExample(code) }])) },
});

const header = (description: string, example: string | number) => ({ description, schema: { type: typeof example === 'number' ? 'integer' : 'string' }, example });
const retryAfter = header('Seconds to wait before the next try.', 3);

const errorHeaders: Record<number, Record<string, object>> = {
  401: { 'WWW-Authenticate': header('RFC 6750: how to authenticate, and whether a token was refused.', 'Bearer realm="talentmatch", error="invalid_token"') },
  429: {
    'Retry-After': retryAfter,
    RateLimit: header('What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).', '"read";r=0;t=3'),
    'RateLimit-Policy': header('The quotas that count here.', '"read";q=600;w=60'),
  },
  503: { 'Retry-After': retryAfter },
};
