/** Prometheus metrics of the service. Labels are route ids, kinds and codes: bounded sets, never user input. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One registry an app, so that several apps in one process (tests) do not share counters. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    httpRequests: new Histogram({ name: 'talentmatch_http_request_duration_seconds', help: 'HTTP requests by route and status', labelNames: ['route', 'method', 'status'], buckets: seconds, registers }),
    rateLimited: new Counter({ name: 'talentmatch_rate_limited_total', help: 'Requests refused by a rate limit, by class of route and whose limit it was', labelNames: ['class', 'who'], registers }),
    tasks: new Counter({ name: 'talentmatch_tasks_total', help: 'Finished attempts of tasks by kind and outcome', labelNames: ['kind', 'outcome'], registers }),
    taskDuration: new Histogram({ name: 'talentmatch_task_duration_seconds', help: 'Run time of task attempts', labelNames: ['kind'], buckets: seconds, registers }),
    taskWait: new Histogram({ name: 'talentmatch_task_wait_seconds', help: 'Time from due to claimed', labelNames: ['kind'], buckets: seconds, registers }),
    queueDepth: new Gauge({ name: 'talentmatch_tasks_waiting', help: 'Tasks in the ledger by status, seen at the last reconciliation', labelNames: ['status'], registers }),
    agentRuns: new Counter({ name: 'talentmatch_agent_runs_total', help: 'Pipeline runs by kind of agent and outcome', labelNames: ['kind', 'outcome'], registers }),
    agentRunDuration: new Histogram({ name: 'talentmatch_agent_run_duration_seconds', help: 'Run time of pipeline runs', labelNames: ['kind'], buckets: seconds, registers }),
    eventDeliveries: new Counter({ name: 'talentmatch_event_deliveries_total', help: 'Webhook deliveries by outcome', labelNames: ['outcome'], registers }),
    llmTokens: new Counter({ name: 'talentmatch_llm_tokens_total', help: 'Tokens of the LLM by direction', labelNames: ['direction'], registers }),
  };
}
