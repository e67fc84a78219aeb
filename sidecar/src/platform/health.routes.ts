import { z } from 'zod';
import { defineRoute, ok, reply } from './route.ts';
import type { Services } from './context.ts';

const checkSchema = z.object({ status: z.enum(['ok', 'degraded', 'down']), detail: z.string() });

/** Liveness, readiness and metrics: for orchestrators and Prometheus. `down` in any check means not ready. */
export function healthRoutes(services: Services) {
  const check = onceASecond(() => checkAll(services));
  return [
    defineRoute({
      id: 'getLiveness', method: 'get', path: '/health/live', permission: 'public', tag: 'Operation', rate: 'none',
      summary: 'Is the process alive',
      description: 'Asks nothing of the database, so that an outage there restarts no process.',
      responses: { 200: { description: 'Yes', schema: z.object({ status: z.literal('ok') }), example: { status: 'ok' } } },
      handler: async () => ok({ status: 'ok' }),
    }),
    defineRoute({
      id: 'getReadiness', method: 'get', path: '/health/ready', permission: 'public', tag: 'Operation', rate: 'none',
      summary: 'Can it work, and what is degraded',
      description: '200 while requests can be served; `degraded` names what is missing (Redis away: work goes on, slower). 503 without the database.',
      responses: Object.fromEntries(
        [200, 503].map((status) => [
          status,
          {
            description: status === 200 ? 'Ready, perhaps degraded' : 'Not ready',
            schema: z.object({ status: z.enum(['ok', 'degraded', 'down']), checks: z.record(checkSchema) }),
            example: { status: status === 200 ? 'ok' : 'down', checks: { database: { status: status === 200 ? 'ok' : 'down', detail: 'embedded' } } },
          },
        ]),
      ),
      handler: async () => {
        const checks = await check();
        const states = Object.values(checks).map((found) => found.status);
        const status = states.includes('down') ? 'down' : states.includes('degraded') ? 'degraded' : 'ok';
        return reply(status === 'down' ? 503 : 200, { status, checks });
      },
    }),
    defineRoute({
      id: 'getMetrics', method: 'get', path: '/metrics', permission: 'metrics:read', tag: 'Operation', rate: 'read',
      summary: 'Prometheus metrics',
      description: 'Also answers to the static METRICS_TOKEN.',
      responses: { 200: { description: 'Prometheus text format', mediaType: 'text/plain; version=0.0.4' } },
      handler: async ({ metrics }) => ok(await metrics.registry.metrics()),
    }),
  ];
}

async function checkAll(services: Services) {
  // Not which: anybody may ask.
  const llm = { status: 'ok' as const, detail: services.llm ? 'configured' : 'none: answers are extractive' };
  const database = await checkDatabase(services);
  // A database that does not answer is not asked a second time: without a deadline that could take for ever.
  const workers = database.status === 'ok' ? await workersHealth(services) : unknownWorkers;
  return { database, queue: services.tasks.health(), workers, cache: services.cache.health(), llm };
}

const freshMs = 1_000;

/** Anybody may ask, as often as they like: the database is asked for all of them together. */
function onceASecond<T>(ask: () => Promise<T>): () => Promise<T> {
  let latest: { at: number; answer: Promise<T> } | undefined;
  return () => {
    const at = performance.now();
    if (latest === undefined || at - latest.at >= freshMs) latest = { at, answer: ask() };
    return latest.answer;
  };
}

async function checkDatabase({ db }: Services): Promise<{ status: 'ok' | 'down'; detail: string }> {
  try {
    await db.ping();
    return { status: 'ok', detail: db.kind };
  } catch {
    return { status: 'down', detail: 'the database does not answer' };
  }
}

const unknownWorkers = { status: 'degraded' as const, detail: 'unknown: the database does not answer' };

/** Longer than a lease and several reconciliations of the defaults: a worker that lives has looked meanwhile. */
const overdueSeconds = 120;

/** Workers are other processes, so their work is looked at: something long due, and nothing running. */
export async function workersHealth({ db }: Pick<Services, 'db'>): Promise<{ status: 'ok' | 'degraded'; detail: string }> {
  try {
    const [stuck] = await db.query<{ overdue: boolean; working: boolean }>(
      `SELECT EXISTS (SELECT FROM tasks t JOIN workspaces w ON w.id = t.workspace_id LEFT JOIN agents a ON a.id = t.agent_id
                       WHERE t.status = 'queued' AND t.run_at < now() - make_interval(secs => $overdueSeconds) AND a.status IS DISTINCT FROM 'paused' AND w.disabled_at IS NULL) AS overdue,
              EXISTS (SELECT FROM tasks WHERE status = 'running' AND lease_until > now()) AS working`,
      { bind: { overdueSeconds } },
    );
    if (stuck?.overdue && !stuck.working) return { status: 'degraded', detail: 'tasks are due and no worker takes them; look whether one runs' };
    return { status: 'ok', detail: 'tasks are taken' };
  } catch {
    return unknownWorkers;
  }
}
