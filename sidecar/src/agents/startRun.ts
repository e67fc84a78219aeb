import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { describeIssues } from '../platform/issues.ts';
import { findAgentRow } from './listAgents.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Runs the pipeline of an agent on an input.
 * @param input.agentId id or name. @param input.input checked against the pipeline's own schema
 * @throws AppError `not_found`, `forbidden` without the pipeline's permission, `invalid_request`, and what the pipeline throws
 */
export async function startRun(ctx: Ctx, { agentId, input }: { agentId: string; input: unknown }, pipelines: readonly Pipeline[]) {
  const agent = await findAgentRow(ctx, agentId);
  const pipeline = pipelines.find(({ kind }) => kind === agent.kind);
  if (pipeline === undefined) throw new Error(`No pipeline of kind ${agent.kind}`);
  const { permission } = pipeline;
  if (!ctx.actor.permissions.has(permission)) {
    throw new AppError('forbidden', `A run of this agent needs the permission ${permission}, which this token does not give. Ask an administrator.`, { permission });
  }
  const parsed = pipeline.inputSchema.safeParse(input);
  if (!parsed.success) {
    const errors = describeIssues(parsed.error, ['body', 'input']);
    throw new AppError('invalid_request', `${errors[0]?.path}: ${errors[0]?.message}.`, { errors: errors.slice(0, 20) });
  }
  return { agentId: agent.id, kind: agent.kind, output: await pipeline.run(ctx, parsed.data) };
}
