import { audit } from '../identity/audit.ts';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { emit } from '../platform/events.ts';
import { agents } from './Agent.ts';
import { findAgentRow, getAgent } from './listAgents.ts';

/** From now on new work is refused; the claim of queued tasks looks at the same row, so they wait. Idempotent. */
export async function pauseAgent(ctx: Ctx, input: { agentId: string; reason?: string | undefined }) {
  return setStatus(ctx, input.agentId, 'paused', input.reason ?? null);
}

/** Held tasks run again: the worker is woken. Idempotent. */
export async function resumeAgent(ctx: Ctx, input: { agentId: string }) {
  const agent = await setStatus(ctx, input.agentId, 'active', null);
  ctx.tasks.wake();
  return agent;
}

async function setStatus(ctx: Ctx, agentId: string, status: 'active' | 'paused', reason: string | null) {
  if (grantOf(ctx.actor, 'agents:control').rows !== 'workspace') {
    throw new AppError('forbidden', 'An agent works for the whole workspace, and your role reaches a part of it. Ask an administrator.', { permission: 'agents:control' });
  }
  await ctx.db.transaction(async () => {
    const row = await findAgentRow(ctx, agentId);
    const paused = status === 'paused';
    const [changed] = await agents(ctx.db).update(
      { status, pausedAt: paused ? new Date() : null, pausedBy: paused ? ctx.actor.name : null, pauseReason: reason },
      { where: { workspaceId: ctx.actor.workspaceId, id: row.id, status: paused ? 'active' : 'paused' } },
    );
    // It was so already, or somebody else was faster: one pause is told once.
    if (changed === 0) return;
    // The reason is what somebody wrote: it stays with the agent, where it can be changed.
    await audit(ctx.db, { workspaceId: ctx.actor.workspaceId, actor: ctx.actor, action: paused ? 'agent.paused' : 'agent.resumed', subject: { type: 'agent', id: row.id }, requestId: ctx.requestId });
    await emit(ctx, paused ? 'agent.paused' : 'agent.resumed', { type: 'agent', id: row.id }, { name: row.name });
  });
  return getAgent(ctx, { agentId });
}
