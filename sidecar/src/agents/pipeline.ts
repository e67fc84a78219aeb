/** What a feature declares so that its pipeline is an agent: listed in src/pipelines.ts. */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { PermissionName } from '../identity/permissions.ts';
import type { Ctx, Services } from '../platform/context.ts';
import { agentLabels, agentVersions } from './Agent.ts';
import type { AgentKind } from './Agent.ts';

export interface Pipeline {
  kind: AgentKind;
  /** what doing the same through the feature's own route takes: a run takes it beside `agents:run` */
  permission: PermissionName;
  description: string;
  /** everything that changes behaviour; a version of it is immutable */
  configSchema: z.ZodTypeAny;
  defaultConfig: Record<string, unknown>;
  /** input of POST /v1/agents/{id}/runs */
  inputSchema: z.ZodTypeAny;
  run(ctx: Ctx, input: unknown): Promise<unknown>;
}

/** Gives a workspace the three built-in agents, each with version 1 as production. Does nothing where they are. */
export async function ensureBuiltInAgents(services: Pick<Services, 'db'>, workspaceId: string, pipelines: readonly Pipeline[]): Promise<void> {
  const { db } = services;
  for (const pipeline of pipelines) {
    await db.transaction(async () => {
      const now = new Date();
      const id = uuidv7();
      const made = await db.query<{ id: string }>(
        `INSERT INTO agents (id, workspace_id, kind, name, description, status, created_at)
         VALUES (:id, :workspaceId, :kind, :kind, :description, 'active', :now) ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id`,
        { replacements: { id, workspaceId, kind: pipeline.kind, description: pipeline.description, now } },
      );
      if (made.length === 0) return;
      const config = pipeline.configSchema.parse(pipeline.defaultConfig) as Record<string, unknown>;
      const versionId = uuidv7();
      await agentVersions(db).create({ id: versionId, workspaceId, agentId: id, number: 1, config, configHash: configHash(config), reason: 'Built in', createdBy: 'system', createdAt: now });
      await agentLabels(db).create({ workspaceId, agentId: id, label: 'production', versionId, movedBy: 'system', movedAt: now });
    });
  }
}

/** SHA-256 of the configuration with sorted keys. */
export function configHash(config: unknown): string {
  return createHash('sha256').update(stableJson(config)).digest('hex');
}

function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
