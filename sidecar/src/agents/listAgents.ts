import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { agents } from './Agent.ts';
import type { AgentRow } from './Agent.ts';
import { productionVersionRow } from './runGuard.ts';

export async function listAgents(ctx: Ctx) {
  const rows = await agents(ctx.db).findAll({ where: { workspaceId: ctx.actor.workspaceId }, order: [['createdAt', 'ASC'], ['id', 'ASC']], raw: true });
  return Promise.all(rows.map((row) => presentAgent(ctx, row)));
}

/** @param input.agentId id or name. @throws AppError `not_found` */
export async function getAgent(ctx: Ctx, input: { agentId: string }) {
  return presentAgent(ctx, await findAgentRow(ctx, input.agentId));
}

export async function findAgentRow(ctx: Ctx, idOrName: string): Promise<AgentRow> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(idOrName);
  const where = { workspaceId: ctx.actor.workspaceId, ...(isId ? { id: idOrName } : { name: idOrName }) };
  const row = await agents(ctx.db).findOne({ where, raw: true });
  if (row === null) throw new AppError('not_found', 'There is no such agent. GET /v1/agents lists them.');
  return row;
}

export async function presentAgent(ctx: Ctx, agent: AgentRow) {
  const version = await productionVersionRow(ctx, agent);
  return {
    id: agent.id, kind: agent.kind, name: agent.name, description: agent.description, status: agent.status,
    pausedAt: agent.pausedAt?.toISOString() ?? null, pausedBy: agent.pausedBy, pauseReason: agent.pauseReason,
    activeVersion: { id: version.id, number: version.number, config: version.config, reason: version.reason, createdAt: version.createdAt.toISOString() },
  };
}
