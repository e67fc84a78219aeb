/**
 * The guard that every pipeline run passes: it says whether new work may be accepted, gives the run the version that
 * the label `production` points at, and records the run.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { agentLabels, agentRuns, agentVersions, agents } from './Agent.ts';
import type { AgentKind, AgentRow, AgentVersionRow } from './Agent.ts';

export interface ActiveAgent {
  agentId: string;
  versionId: string;
  versionNumber: number;
  config: Record<string, unknown>;
}

export interface RunningAgent extends ActiveAgent {
  /** Call inside the transaction that writes the result, so that the run is recorded with it. Without it the run is recorded after `work`. */
  recordSuccess(): Promise<void>;
}

/**
 * Call before accepting new work of a kind. Tasks accepted earlier are not asked again: the queue holds them back
 * while their agent is paused.
 * @returns the agent's id, to be put on the task. @throws AppError `agent_paused`
 */
export async function acceptWork(ctx: Ctx, kind: AgentKind): Promise<string> {
  const agent = await findAgent(ctx, kind);
  if (agent.status === 'paused') {
    throw new AppError('agent_paused', `The agent "${agent.name}" is paused${agent.pauseReason ? ` (${agent.pauseReason})` : ''}. Resume it with Agent Control or POST /v1/agents/${agent.name}/resume, then try again.`);
  }
  return agent.id;
}

/**
 * Runs `work` with the production version of the agent and records version, duration and outcome.
 * @param work may answer `abstained: true` beside its result
 */
export async function runAgent<T extends object>(ctx: Ctx, kind: AgentKind, work: (active: RunningAgent) => Promise<T>): Promise<T> {
  const agent = await findAgent(ctx, kind);
  const active = await productionVersion(ctx, agent);
  const startedAt = new Date();
  let recorded = false;
  const record = async (outcome: 'succeeded' | 'failed' | 'abstained', errorCode: string | null) => {
    const durationMs = Date.now() - startedAt.getTime();
    await agentRuns(ctx.db).create({ id: uuidv7(), workspaceId: ctx.actor.workspaceId, agentId: agent.id, versionId: active.versionId, taskId: ctx.task?.id ?? null, outcome, errorCode, durationMs, startedAt });
    ctx.db.afterCommit(() => {
      recorded = true;
      ctx.metrics.agentRuns.inc({ kind, outcome });
      ctx.metrics.agentRunDuration.observe({ kind }, durationMs / 1000);
    });
  };
  let result: T;
  try {
    result = await work({ ...active, recordSuccess: () => record('succeeded', null) });
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal_error';
    // Another attempt has the task, or nobody wants it any more: this was no run of the agent that failed.
    if (!recorded && code !== 'lease_lost' && code !== 'task_cancelled') await record('failed', code);
    throw error;
  }
  if (!recorded) await record('abstained' in result && result.abstained === true ? 'abstained' : 'succeeded', null);
  return result;
}

async function findAgent(ctx: Ctx, kind: AgentKind): Promise<AgentRow> {
  const agent = await agents(ctx.db).findOne({ where: { workspaceId: ctx.actor.workspaceId, name: kind }, raw: true });
  if (agent === null) throw new Error(`The workspace has no agent ${kind}; ensureBuiltInAgents has not run`);
  return agent;
}

async function productionVersion(ctx: Ctx, agent: AgentRow): Promise<ActiveAgent> {
  const { id, number, config } = await productionVersionRow(ctx, agent);
  return { agentId: agent.id, versionId: id, versionNumber: number, config };
}

/** The version that the label `production` points at. */
export async function productionVersionRow(ctx: Pick<Ctx, 'db' | 'actor'>, agent: AgentRow): Promise<AgentVersionRow> {
  const { workspaceId } = ctx.actor;
  const label = await agentLabels(ctx.db).findOne({ where: { workspaceId, agentId: agent.id, label: 'production' }, raw: true });
  const version = label && (await agentVersions(ctx.db).findOne({ where: { workspaceId, id: label.versionId }, raw: true }));
  if (!version) throw new Error(`Agent ${agent.id} has no production version`);
  return version;
}
