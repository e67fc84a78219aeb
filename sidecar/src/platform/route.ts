/**
 * One definition per route. From it come validation (koa-zod-router), OpenAPI 3.1, the permission check, the rate
 * class, the nodes' typed client and the registry tests. Only this file knows the router.
 */
import type { Context, Middleware } from 'koa';
import zodRouter from 'koa-zod-router';
import type { ZodError } from 'zod';
import { z } from 'zod';
import type { Ctx } from './context.ts';
import { AppError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { describeIssues } from './issues.ts';
import { memoryUploads, uploadedFile } from './http/uploads.ts';
import type { UploadedFile } from './http/uploads.ts';

/** `resource:verb`, or spelled out: `public` (no token), `authenticated` (any valid token). */
export type Permission = `${string}:${string}` | 'public' | 'authenticated';

/**
 * Rate limits are set for a class, not for a route (rateLimit/requestLimits.ts; RATE_LIMITS):
 * - `public` asks for no secret and costs little; counted by address
 * - `auth` takes a secret (password, client secret, link); counted by address, so that it cannot be guessed
 * - `read` and `write`: the ordinary work of an actor
 * - `heavy` starts work of a different order: analysing, ranking, answering
 */
export type RateClass = 'public' | 'auth' | 'read' | 'write' | 'heavy';

type Shape = z.ZodRawShape;
type Infer<S extends Shape | undefined> = S extends Shape ? z.output<z.ZodObject<S>> : Record<string, never>;

export interface ResponseDefinition {
  description: string;
  /** absent: no body, or bytes when `mediaType` is set */
  schema?: z.ZodTypeAny;
  example?: unknown;
  /** several: the handler says in Content-Type which it gave */
  mediaType?: string | readonly string[];
}

export interface RouteDefinition<P extends Shape | undefined = Shape, Q extends Shape | undefined = Shape, B extends z.ZodTypeAny | undefined = z.ZodTypeAny> {
  /** = OpenAPI operationId = log name = client key */
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** with `:name` parameters */
  path: string;
  permission: Permission;
  tag: string;
  summary: string;
  description?: string;
  /** `none`: for the operator's own probes, which must answer under load */
  rate: RateClass | 'none';
  params?: P;
  query?: Q;
  /** must be strict, so that unknown keys are refused */
  body?: B;
  bodyExample?: unknown;
  /** the JSON body may also come as multipart/form-data with one part `file` */
  upload?: boolean;
  /** the body may also come as application/x-www-form-urlencoded */
  form?: boolean;
  responses: Record<number, ResponseDefinition>;
  /** codes beyond those every route may answer */
  errors?: ErrorCode[];
  /** RFC 6749 error bodies instead of problem JSON: the token endpoint only */
  errorFormat?: 'oauth';
  handler: (ctx: Ctx, input: { params: Infer<P>; query: Infer<Q>; body: B extends z.ZodTypeAny ? z.output<B> : undefined; file: UploadedFile | null }, http: Context) => Promise<Reply>;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

// The registry holds routes of every shape; the precise types live between defineRoute's call and its handler.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyRoute = RouteDefinition<any, any, any>;

export function defineRoute<P extends Shape | undefined = undefined, Q extends Shape | undefined = undefined, B extends z.ZodTypeAny | undefined = undefined>(
  definition: RouteDefinition<P, Q, B>,
): AnyRoute {
  return definition as unknown as AnyRoute;
}

export const reply = (status: number, body?: unknown, headers?: Record<string, string>): Reply => ({ status, body, ...(headers && { headers }) });
export const ok = (body: unknown): Reply => reply(200, body);
export const noContent = (): Reply => reply(204);

export interface MountedRoutes {
  /** finds the route of a request before its body is read; null for 404, a list of methods for 405 */
  find(method: string, path: string): { route: AnyRoute } | { allowed: string[] } | null;
  middleware: Middleware;
}

/**
 * @param contextOf builds the operation context of an authenticated request
 * @throws Error when a route lacks a permission, repeats an id or has a body that is not strict
 */
export function mountRoutes(routes: AnyRoute[], limits: { maxUploadBytes: number }, contextOf: (http: Context) => Ctx): MountedRoutes {
  checkDefinitions(routes);
  const byId = new Map(routes.map((route) => [route.id, route]));
  const router = zodRouter({
    // The bytes of every body are counted before (http/bodyLimit.ts); this is the greatest count there is.
    bodyParser: { enableTypes: ['json', 'form'], jsonLimit: String(Math.ceil(limits.maxUploadBytes * 1.4) + 100_000), formLimit: '64kb', onerror: refuseUnreadableBody },
    formidable: memoryUploads(limits.maxUploadBytes),
    zodRouter: { enableMultipart: true, exposeResponseErrors: false, validationErrorHandler: refuseInvalid },
  });
  for (const route of routes) {
    router.register({
      name: route.id,
      method: route.method,
      path: route.path,
      validate: {
        params: z.object(route.params ?? {}).strict(),
        query: z.object(route.query ?? {}).strict(),
        // without a declared body nothing may be sent
        body: route.body ?? z.object({}).strict(),
      },
      handler: async (http: Context & { request: { params?: object; body?: unknown; files?: unknown } }) => {
        const input = {
          params: http.request.params ?? {},
          query: http.request.query,
          body: route.body === undefined ? undefined : http.request.body,
          file: uploadedFile(http.request.files),
        };
        refuseUnstorable({ ...input, body: route.upload ? withoutContent(input.body) : input.body, file: null });
        const answer = await route.handler(contextOf(http as unknown as Context), input as never, http as unknown as Context);
        http.status = answer.status;
        if (answer.headers) http.set(answer.headers);
        const definition = route.responses[answer.status];
        if (definition === undefined) throw new Error(`Route ${route.id} answered ${answer.status}, which it does not declare`);
        // Parsing the answer keeps columns that are not in the contract from leaving the service.
        http.body = definition.schema ? definition.schema.parse(answer.body) : answer.body;
        if (typeof definition.mediaType === 'string') http.type = definition.mediaType;
      },
    } as never);
  }
  return {
    find(method, path) {
      const matched = router.match(path, method.toUpperCase() === 'HEAD' ? 'GET' : method);
      const layer = matched.pathAndMethod.find((candidate) => candidate.name !== null && byId.has(candidate.name));
      if (layer?.name) return { route: byId.get(layer.name) as AnyRoute };
      const allowed = matched.path.filter((candidate) => candidate.name).flatMap((candidate) => candidate.methods);
      return allowed.length > 0 ? { allowed } : null;
    },
    middleware: router.routes() as unknown as Middleware,
  };
}

function checkDefinitions(routes: AnyRoute[]): void {
  const ids = new Set<string>();
  for (const route of routes) {
    if (ids.has(route.id)) throw new Error(`Two routes are called ${route.id}`);
    ids.add(route.id);
    if (!route.permission) throw new Error(`Route ${route.id} has no permission; spell out 'public' if anybody may call it`);
    if (route.body && !isStrict(route.body)) throw new Error(`The body of route ${route.id} must be .strict(), so that unknown keys are refused`);
  }
}

function isStrict(schema: z.ZodTypeAny): boolean {
  if (schema instanceof z.ZodObject) return schema._def.unknownKeys === 'strict';
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodTypeAny[]).every(isStrict);
  if (schema instanceof z.ZodEffects) return isStrict(schema.innerType());
  return false;
}

/** koa-zod-router calls this with `ctx.invalid` filled, instead of throwing. */
const refuseInvalid: Middleware = async (http, next) => {
  const invalid = (http as unknown as { invalid?: Record<string, ZodError | boolean> }).invalid;
  if (invalid?.['error'] !== true) {
    await next();
    return;
  }
  const errors = (['params', 'query', 'body'] as const).flatMap((place) => {
    const error = invalid[place];
    return typeof error === 'object' ? describeIssues(error, [place]) : [];
  });
  const first = errors[0];
  throw new AppError('invalid_request', first ? `${first.path}: ${first.message}.` : 'The request is not valid.', { errors: errors.slice(0, 20) });
};

/** The content of an upload is bytes, however it was sent: its reader takes out what a text cannot hold. */
function withoutContent(body: unknown): unknown {
  return typeof body === 'object' ? { ...body, text: null, contentBase64: null } : body;
}

/** Deeper than anything a route takes, and far from the end of the stack. */
const maxDepth = 64;

/** PostgreSQL holds neither U+0000 nor half of a surrogate pair; both come out of broken conversions only. */
function refuseUnstorable(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed())) {
    const [at, message] = [path.join('.'), 'holds U+0000 or half of a surrogate pair. Remove it'];
    throw new AppError('invalid_request', `${at}: ${message}.`, { errors: [{ path: at, message }] });
  }
  if (typeof value !== 'object' || value === null) return;
  if (path.length > maxDepth) throw new AppError('invalid_request', `${path[0]}: is nested more than ${maxDepth} levels deep. Flatten it.`);
  for (const [key, part] of Object.entries(value)) refuseUnstorable(part, [...path, key]);
}

function refuseUnreadableBody(error: Error & { status?: number }): never {
  if (error instanceof AppError) throw error;
  if (error.status === 413) throw new AppError('payload_too_large', 'The request body is too large. Send a smaller document; MAX_UPLOAD_MB sets the limit.');
  throw new AppError('invalid_request', 'The request body is not valid JSON. Check quotes, commas and the Content-Type header.');
}
