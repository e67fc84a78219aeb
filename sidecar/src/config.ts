/**
 * The only reader of the environment. `configVariables` documents every variable; docs/configuration.md is written
 * from it by `npm run sync:docs`. Unset variables give the embedded default: loopback, one process, nothing to install.
 */
import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { describeIssues } from './platform/issues.ts';

const bool = z
  .enum(['true', 'false', '1', '0'])
  .transform((v) => v === 'true' || v === '1');
const list = z.string().transform((v) => v.split(',').map((s) => s.trim()).filter(Boolean));
/** The message never repeats the value: it holds a password. */
const urlOf = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, with special characters of the password percent-encoded`);
/** The page `null` of a sandboxed frame is anybody's, and `*` everybody's: neither is an origin. */
const origins = list.refine((all) => all.every((origin) => URL.canParse(origin) && !origin.includes('*') && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).origin === origin), 'must be exact origins such as https://hr.example.com, without a path, `*` or `null`');
const networks = list.refine((all) => all.every(isNetwork), 'must be IP addresses or networks such as 10.0.0.7, 10.1.0.0/16 or fd00::/8');
/** Requests a minute by class of route; see platform/route.ts. */
const defaultRateLimits = { read: 3000, write: 1200, heavy: 600, auth: 120, public: 600 };
function rateLimitsOf(text: string, ctx: z.RefinementCtx): typeof defaultRateLimits {
  const limits = { ...defaultRateLimits };
  for (const part of text.split(',').map((entry) => entry.trim()).filter(Boolean)) {
    const [, name, number] = /^(\w+)\s*=\s*(\d{1,6})$/.exec(part) ?? [];
    if (name !== undefined && Object.hasOwn(limits, name)) limits[name as keyof typeof limits] = Number(number);
    else ctx.addIssue({ code: z.ZodIssueCode.custom, message: `takes class=number pairs such as heavy=600, separated by commas; the classes are ${Object.keys(limits).join(', ')}, the numbers 0 to 999999` });
  }
  return limits;
}
const int = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const schema = z.object({
  TALENTMATCH_ROLE: z.enum(['api', 'worker', 'all']).default('all').describe('What this process does: answer HTTP (`api`), run tasks (`worker`), or both (`all`). The embedded database allows only `all`.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on. Loopback unless told otherwise.'),
  PORT: int(0, 65535).default(8484).describe('Port to listen on; 0 takes a free one.'),
  WORKER_PORT: int(0, 65535).optional().describe('Port on which a process of role `worker` answers `/health/*` and `/metrics`; 0 takes a free one. Unset: it does not listen.'),
  PUBLIC_URL: z.string().url().optional().describe('URL under which n8n and browsers reach the sidecar; default `http://HOST:PORT`.'),
  TALENTMATCH_DATA_DIR: z.string().default('.talentmatch').describe('Folder of the embedded database, the secret key and the first credential. Created with owner-only rights.'),
  DATABASE_URL: urlOf('postgres:', 'postgresql:').optional().describe('PostgreSQL ≥ 16 with pgvector ≥ 0.8. Unset: the embedded database in TALENTMATCH_DATA_DIR.'),
  DATABASE_OWNER_URL: urlOf('postgres:', 'postgresql:').optional().describe('The same database for the role that owns the tables: migrations run as that role, and the role of DATABASE_URL gets only what the service needs, so that it cannot change the audit log (docs/audit.md). Unset: one role does both.'),
  DATABASE_POOL_SIZE: int(1, 200).default(10).describe('Connections a process keeps to PostgreSQL. The embedded database always uses one.'),
  DATABASE_STATEMENT_TIMEOUT_MS: int(100, 600_000).default(30_000).describe('Longest time one SQL statement may take on PostgreSQL. A server that is silent for 5 s more is given up, and the request answered 503.'),
  AUTO_MIGRATE: bool.default('true').describe('Run pending migrations at start (guarded by a lock). `false`: run `npm run migrate` yourself.'),
  REDIS_URL: urlOf('redis:', 'rediss:').optional().describe('Redis for the queue (bee-queue) and the cache. Unset: in-process.'),
  QUEUE_NAME: z.string().regex(/^[\w-]+$/).default('talentmatch').describe('Name of the queue in Redis; lets several installations share one Redis.'),
  WORKER_CONCURRENCY: int(1, 64).default(2).describe('Tasks one worker runs at the same time.'),
  TASK_LEASE_SECONDS: int(2, 3600).default(30).describe('A worker that is silent for this long loses its task to another worker.'),
  TASK_RECONCILE_SECONDS: int(1, 300).default(5).describe('How often a worker looks for tasks that the queue did not deliver.'),
  SECRET_KEY: z.string().min(32).optional().describe('Key that seals stored secrets (64 hex characters or 44 base64 characters = 32 bytes). Default: a key file in TALENTMATCH_DATA_DIR, made at first start; every replica needs the same key.'),
  SECRET_KEY_FILE: z.string().optional().describe('File with that key, such as a mounted secret, instead of SECRET_KEY.'),
  SECRET_KEYS_RETIRED: list.default('').describe('Former keys, comma-separated: they open stored secrets and seal none. To change the key of several replicas: add the new key here on each, then swap the two on each, run `npm run reencrypt`, and remove the old one when it says so.'),
  SECRET_KEYS_RETIRED_FILE: z.string().optional().describe('File with former keys, one a line, besides SECRET_KEYS_RETIRED.'),
  TOKEN_TTL_SECONDS: int(5, 86_400).default(900).describe('Life of an access token.'),
  SESSION_IDLE_SECONDS: int(10, 31_536_000).default(43_200).describe('A user who has not been active for this long must log in again.'),
  SESSION_MAX_SECONDS: int(10, 31_536_000).default(604_800).describe('A user must log in again after this time, active or not.'),
  REFRESH_GRACE_SECONDS: int(0, 60).default(10).describe('A refresh token that was used already gives the same answer again for this long, so that a lost answer logs nobody out. Later it counts as stolen and ends its session.'),
  SIGNING_KEY_LEAD_SECONDS: int(10, 3600).default(60).describe('How long a new signing key is published before it signs. Whoever verifies tokens by `/.well-known/jwks.json` may keep the answer for half of it.'),
  SIGNING_KEY_ROTATION_DAYS: int(0, 3650).default(90).describe('Age at which the signing key is rotated by itself; 0: only by `npm run keys -- rotate`.'),
  BOOTSTRAP_WORKSPACE: z.string().min(1).default('Default workspace').describe('Name of the workspace made at first start.'),
  BOOTSTRAP_CLIENT_ID: z.string().regex(/^[\w.-]{3,64}$/).optional().describe('Client id made at first start (with BOOTSTRAP_CLIENT_SECRET), for unattended installs.'),
  BOOTSTRAP_CLIENT_SECRET: z.string().min(24).optional().describe('Its secret. Unset: a random one, shown once and, on the embedded default, written to `credential.json` in the data folder.'),
  TLS_CERT_FILE: z.string().optional().describe('PEM file with the certificate and its chain. With TLS_KEY_FILE the sidecar serves HTTPS itself (TLS 1.2 or newer) and takes up a renewed certificate without a restart.'),
  TLS_KEY_FILE: z.string().optional().describe('PEM file with the private key. It is refused while every user of the machine may read it.'),
  HTTP_REDIRECT_PORT: int(0, 65535).optional().describe('Port on which plain HTTP is answered with a redirect to HTTPS, or refused where a token or a body was sent. Needs TLS_CERT_FILE.'),
  TRUSTED_PROXIES: networks.default('').describe('Addresses and networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, comma-separated. Empty: none.'),
  EXTRA_CA_FILE: z.string().optional().describe('PEM file with certificates of authorities to trust besides the usual ones, for PostgreSQL, Redis, the LLM, webhooks and n8n.'),
  MAX_CONNECTIONS: int(1, 100_000).default(1000).describe('Connections a process holds at once; more are closed at once.'),
  HTTP_HEADERS_TIMEOUT_SECONDS: int(1, 600).default(15).describe('Time a client has to send the headers of a request.'),
  HTTP_REQUEST_TIMEOUT_SECONDS: int(1, 3600).default(60).describe('Time a client has to send a whole request, body included.'),
  HTTP_KEEP_ALIVE_SECONDS: int(1, 600).default(65).describe('How long an idle connection is kept for its next request. Behind a proxy: longer than the proxy keeps it.'),
  CORS_ORIGINS: origins.default('').describe('Exact origins of browsers that may call the API, comma-separated. Empty: none.'),
  MAX_UPLOAD_MB: int(1, 100).default(20).describe('Largest document, in MB after base64 decoding.'),
  MAX_UPLOADS_TOTAL_MB: int(2, 100_000).default(256).describe('Bodies of requests that a process receives and handles at the same time, together, in MB. Beyond it large ones are answered 503. The memory needed while they are parsed is a few times that.'),
  RATE_LIMITS: z.string().default('read=3000,write=1200,heavy=600,auth=120,public=600').transform(rateLimitsOf).describe('Requests a minute by class of route, and at once: `read`, `write` and `heavy` (uploads, rankings, questions) for each user or client, `auth` (logins, tokens, wrong tokens) and `public` for each address. Classes left out keep their default; `0` takes a limit away.'),
  RATE_LIMIT_WORKSPACE_FACTOR: int(0, 50).default(4).describe('All users and clients of one workspace together may take this many times the limit of one. `0`: no limit for workspaces.'),
  METRICS_TOKEN: z.string().min(16).optional().describe('Static bearer token for Prometheus on `/metrics`. Without it `/metrics` needs a token with `metrics:read`.'),
  OUTGOING_ALLOWED_HOSTS: list.transform((hosts) => hosts.map((host) => host.toLowerCase())).default('').describe('Hosts (`host` or `host:port`) outside the public internet that webhooks and CVs by URL may reach, comma-separated. On the embedded default loopback is allowed.'),
  MATCH_SYNC_LIMIT: int(0, 100_000).default(500).describe('Pools up to this many candidates or jobs are ranked within the request; larger ones run as a task.'),
  LLM_BASE_URL: z.string().url().optional().describe('OpenAI-compatible endpoint for answers. Unset: extractive answers.'),
  LLM_API_KEY: z.string().optional().describe('Its key.'),
  LLM_MODEL: z.string().optional().describe('Its chat model; needed with LLM_BASE_URL.'),
  LLM_TIMEOUT_MS: int(1000, 600_000).default(60_000).describe('Longest wait for one answer of the LLM.'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('Least severe level that is logged.'),
  LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto').describe('`auto`: pretty in a terminal, JSON otherwise.'),
  LOG_FILE: z.string().optional().describe('Also log JSON to this file, rotated by size and day.'),
  LOG_FILE_MAX_MB: int(1, 10_000).default(50).describe('Size at which the log file is rotated.'),
  LOG_FILE_KEEP: int(1, 1000).default(14).describe('Rotated log files that are kept.'),
  SHUTDOWN_TIMEOUT_SECONDS: int(1, 600).default(20).describe('How long running requests, and then running tasks, may each take to finish after SIGTERM.'),
});

type Environment = Record<string, string | undefined>;

/** Name, meaning and default of every variable, in order, for the docs. */
export function configVariables(): { name: string; description: string; default: string | null }[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const parsed = (field as z.ZodTypeAny).safeParse(undefined);
    const value = parsed.success ? parsed.data : undefined;
    return { name, description: (field as z.ZodTypeAny).description ?? '', default: value === undefined ? null : Array.isArray(value) ? value.join(',') : typeof value === 'object' ? Object.entries(value).map((pair) => pair.join('=')).join(',') : String(value) };
  });
}

/** @throws Error that names every wrong variable and what it takes */
export function loadConfig(environment: Environment = process.env) {
  const known = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, environment[key] === '' ? undefined : environment[key]]));
  const result = schema.safeParse(known);
  if (!result.success) {
    const lines = describeIssues(result.error).map(({ path: name, message }) => `  ${name}: ${message}`);
    throw new Error(`The configuration is not valid:\n${lines.join('\n')}\nEvery variable is described in docs/configuration.md.`);
  }
  const env = result.data;
  const embedded = env.DATABASE_URL === undefined;
  if (embedded && env.DATABASE_OWNER_URL !== undefined) throw new Error('DATABASE_OWNER_URL needs DATABASE_URL: the first names the role that migrates, the second the role of the service.');
  if (embedded && env.TALENTMATCH_ROLE !== 'all') {
    throw new Error(`TALENTMATCH_ROLE=${env.TALENTMATCH_ROLE} needs DATABASE_URL: the embedded database serves one process only. Unset TALENTMATCH_ROLE or point DATABASE_URL at a PostgreSQL with pgvector.`);
  }
  if (!embedded && env.TALENTMATCH_ROLE !== 'all' && env.REDIS_URL === undefined) {
    throw new Error(`TALENTMATCH_ROLE=${env.TALENTMATCH_ROLE} needs REDIS_URL: separate processes meet in Redis.`);
  }
  if (env.LLM_BASE_URL !== undefined && env.LLM_MODEL === undefined) throw new Error('LLM_BASE_URL needs LLM_MODEL: name the chat model to use.');
  if (env.SECRET_KEY !== undefined && env.SECRET_KEY_FILE !== undefined) throw new Error('SECRET_KEY and SECRET_KEY_FILE exclude each other: set one of them.');
  if ((env.BOOTSTRAP_CLIENT_ID === undefined) !== (env.BOOTSTRAP_CLIENT_SECRET === undefined)) {
    throw new Error('BOOTSTRAP_CLIENT_ID and BOOTSTRAP_CLIENT_SECRET belong together: set both or neither.');
  }
  if ((env.TLS_CERT_FILE === undefined) !== (env.TLS_KEY_FILE === undefined)) throw new Error('TLS_CERT_FILE and TLS_KEY_FILE belong together: set both or neither.');
  if (env.HTTP_REDIRECT_PORT !== undefined && env.TLS_CERT_FILE === undefined) throw new Error('HTTP_REDIRECT_PORT needs TLS_CERT_FILE and TLS_KEY_FILE: without them there is no HTTPS to redirect to.');
  if (env.MAX_UPLOADS_TOTAL_MB < 2 * env.MAX_UPLOAD_MB) throw new Error(`MAX_UPLOADS_TOTAL_MB must be at least ${2 * env.MAX_UPLOAD_MB}, twice MAX_UPLOAD_MB: else a document of the greatest size would never fit.`);
  return {
    role: env.TALENTMATCH_ROLE,
    embedded,
    http: { host: env.HOST, port: env.TALENTMATCH_ROLE === 'worker' ? env.WORKER_PORT : env.PORT, publicUrl: env.PUBLIC_URL, corsOrigins: env.CORS_ORIGINS, metricsToken: env.METRICS_TOKEN,
      tls: env.TLS_CERT_FILE !== undefined ? { certFile: path.resolve(env.TLS_CERT_FILE), keyFile: path.resolve(env.TLS_KEY_FILE as string) } : null, redirectPort: env.HTTP_REDIRECT_PORT, trustedProxies: env.TRUSTED_PROXIES,
      maxConnections: env.MAX_CONNECTIONS, headersTimeoutMs: env.HTTP_HEADERS_TIMEOUT_SECONDS * 1000, requestTimeoutMs: env.HTTP_REQUEST_TIMEOUT_SECONDS * 1000, keepAliveMs: env.HTTP_KEEP_ALIVE_SECONDS * 1000 },
    dataDir: env.TALENTMATCH_DATA_DIR === ':memory:' ? ':memory:' : path.resolve(env.TALENTMATCH_DATA_DIR),
    database: { url: env.DATABASE_URL, ownerUrl: env.DATABASE_OWNER_URL, poolSize: env.DATABASE_POOL_SIZE, statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS, autoMigrate: env.AUTO_MIGRATE },
    redisUrl: env.REDIS_URL,
    queue: { name: env.QUEUE_NAME, concurrency: env.WORKER_CONCURRENCY, leaseMs: env.TASK_LEASE_SECONDS * 1000, reconcileMs: env.TASK_RECONCILE_SECONDS * 1000 },
    secrets: { key: env.SECRET_KEY, keyFile: env.SECRET_KEY_FILE, retiredKeys: env.SECRET_KEYS_RETIRED, retiredKeysFile: env.SECRET_KEYS_RETIRED_FILE },
    signingKeys: { leadSeconds: env.SIGNING_KEY_LEAD_SECONDS, rotationDays: env.SIGNING_KEY_ROTATION_DAYS },
    tokens: { ttlSeconds: env.TOKEN_TTL_SECONDS },
    sessions: { idleSeconds: env.SESSION_IDLE_SECONDS, maxSeconds: env.SESSION_MAX_SECONDS, graceSeconds: env.REFRESH_GRACE_SECONDS },
    bootstrap: { workspace: env.BOOTSTRAP_WORKSPACE, clientId: env.BOOTSTRAP_CLIENT_ID, clientSecret: env.BOOTSTRAP_CLIENT_SECRET },
    extraCaFile: env.EXTRA_CA_FILE,
    rateLimits: { perMinute: env.RATE_LIMITS, workspaceFactor: env.RATE_LIMIT_WORKSPACE_FACTOR },
    uploads: { maxBytes: env.MAX_UPLOAD_MB * 1024 * 1024, maxTotalBytes: env.MAX_UPLOADS_TOTAL_MB * 1024 * 1024 },
    outgoing: { allowedHosts: env.OUTGOING_ALLOWED_HOSTS },
    matching: { syncLimit: env.MATCH_SYNC_LIMIT },
    llm: env.LLM_BASE_URL !== undefined ? { baseUrl: env.LLM_BASE_URL, apiKey: env.LLM_API_KEY ?? 'none', model: env.LLM_MODEL as string, timeoutMs: env.LLM_TIMEOUT_MS } : null,
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT, file: env.LOG_FILE, fileMaxMb: env.LOG_FILE_MAX_MB, fileKeep: env.LOG_FILE_KEEP },
    shutdownMs: env.SHUTDOWN_TIMEOUT_SECONDS * 1000,
  };
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return bits > 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}

export type Config = ReturnType<typeof loadConfig>;
