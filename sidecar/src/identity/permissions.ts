/** Every permission there is, and the built-in roles as sets of them. Routes may name no other permission. */
import { joinGrants } from '../platform/access.ts';
import type { Grant, RowScope } from '../platform/access.ts';

/** They reach beyond one workspace and count in the installation's first workspace only. */
export const installationPermissions = ['workspaces:create', 'workspaces:read', 'workspaces:update', 'metrics:read'] as const;

export const permissions = [
  'cvs:create', 'cvs:read', 'cvs:erase',
  'candidates:read', 'candidates:erase',
  'jobs:create', 'jobs:read', 'jobs:update', 'jobs:delete', 'jobs:assign',
  'matches:create', 'matches:read',
  'sources:create', 'sources:read', 'sources:delete',
  'collections:create', 'collections:read', 'collections:update', 'collections:delete',
  'rag:query',
  'agents:read', 'agents:run', 'agents:control',
  'tasks:read', 'tasks:control',
  'webhooks:create', 'webhooks:read', 'webhooks:update', 'webhooks:delete',
  'users:create', 'users:read', 'users:update', 'users:delete',
  'roles:create', 'roles:read', 'roles:update', 'roles:delete',
  'clients:create', 'clients:read', 'clients:update', 'clients:delete',
  'sessions:read', 'sessions:revoke',
  'tokens:introspect',
  'workspace:read', 'workspace:update',
  'audit:read',
  ...installationPermissions,
] as const;
export type PermissionName = (typeof permissions)[number];

export interface RoleDefinition {
  description: string;
  permissions: readonly PermissionName[];
  rows: RowScope;
  blind: boolean;
}

const reading: PermissionName[] = ['cvs:read', 'candidates:read', 'jobs:read', 'matches:read', 'sources:read', 'collections:read', 'agents:read', 'tasks:read'];
const recruiting: PermissionName[] = [
  ...reading, 'cvs:create', 'cvs:erase', 'candidates:erase', 'jobs:create', 'jobs:update', 'jobs:delete', 'jobs:assign', 'matches:create',
  'sources:create', 'sources:delete', 'rag:query', 'agents:run', 'tasks:control',
];

export const roles: Record<string, RoleDefinition> = {
  admin: { description: 'Everything in the workspace, people and access included', permissions, rows: 'workspace', blind: false },
  recruiter: { description: 'Works with CVs, jobs, matches and documents', permissions: recruiting, rows: 'workspace', blind: false },
  'hiring-manager': {
    description: 'Reads the jobs assigned to them, with their matches, candidates and CVs',
    permissions: ['jobs:read', 'matches:read', 'candidates:read', 'cvs:read', 'collections:read', 'rag:query', 'tasks:read'], rows: 'assigned', blind: false,
  },
  analyst: { description: 'Reads everything, changes nothing', permissions: [...reading, 'rag:query', 'metrics:read'], rows: 'workspace', blind: false },
  integration: {
    description: 'n8n: a recruiter’s work, the control of agents and the webhooks of triggers',
    permissions: [...recruiting, 'agents:control', 'webhooks:create', 'webhooks:read', 'webhooks:update', 'webhooks:delete'], rows: 'workspace', blind: false,
  },
  auditor: {
    description: 'Reads the audit log and who has access to what, but no CV',
    permissions: ['audit:read', 'agents:read', 'tasks:read', 'users:read', 'roles:read', 'clients:read', 'sessions:read', 'webhooks:read', 'workspace:read', 'metrics:read'], rows: 'workspace', blind: false,
  },
};

/** A role that a workspace made. A permission it names that no longer exists gives nothing. */
export type CustomRole = Pick<RoleDefinition, 'rows' | 'blind'> & { name: string; permissions: readonly string[] };

export interface GrantsInput {
  roles: readonly string[];
  customRoles: readonly CustomRole[];
  /** of the workspace: built-in roles that see no names */
  blindRoles: readonly string[];
  isOperator: boolean;
}

/** Several roles together, permission by permission; an unknown role gives none. */
export function grantsOf(input: GrantsInput): ReadonlyMap<string, Grant> {
  const given = new Map<string, Grant[]>();
  for (const name of input.roles) {
    const builtIn = Object.hasOwn(roles, name) ? roles[name] : undefined;
    const role = builtIn ? { ...builtIn, blind: builtIn.blind || input.blindRoles.includes(name) } : input.customRoles.find((custom) => custom.name === name);
    for (const permission of role?.permissions ?? []) {
      if (!isKnown(permission) || (!input.isOperator && isInstallation(permission))) continue;
      given.set(permission, [...(given.get(permission) ?? []), { rows: role!.rows, blind: role!.blind }]);
    }
  }
  return new Map([...given].map(([permission, grants]) => [permission, joinGrants(grants) as Grant]));
}

export function isKnown(permission: string): permission is PermissionName {
  return (permissions as readonly string[]).includes(permission);
}

export function isInstallation(permission: string): boolean {
  return (installationPermissions as readonly string[]).includes(permission);
}
