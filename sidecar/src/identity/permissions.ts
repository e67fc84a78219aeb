/** Every permission there is, and the built-in roles as sets of them. Routes may name no other permission. */
export const permissions = [
  'cvs:create', 'cvs:read', 'cvs:erase',
  'candidates:read', 'candidates:erase',
  'jobs:create', 'jobs:read', 'jobs:update', 'jobs:delete',
  'matches:create', 'matches:read',
  'sources:create', 'sources:read', 'sources:delete',
  'rag:query',
  'agents:read', 'agents:run', 'agents:control',
  'tasks:read', 'tasks:control',
  'webhooks:create', 'webhooks:read', 'webhooks:delete',
  'metrics:read',
] as const;
export type PermissionName = (typeof permissions)[number];

const reading: PermissionName[] = ['cvs:read', 'candidates:read', 'jobs:read', 'matches:read', 'sources:read', 'agents:read', 'tasks:read'];
const recruiting: PermissionName[] = [
  ...reading, 'cvs:create', 'cvs:erase', 'candidates:erase', 'jobs:create', 'jobs:update', 'jobs:delete', 'matches:create',
  'sources:create', 'sources:delete', 'rag:query', 'agents:run', 'tasks:control',
];

export const roles: Record<string, readonly PermissionName[]> = {
  admin: permissions,
  recruiter: recruiting,
  'hiring-manager': ['jobs:read', 'matches:read', 'candidates:read', 'cvs:read', 'rag:query'],
  analyst: [...reading, 'rag:query', 'metrics:read'],
  /** n8n: a recruiter's work, the control of agents and the trigger's webhooks */
  integration: [...recruiting, 'agents:control', 'webhooks:create', 'webhooks:read', 'webhooks:delete'],
  auditor: ['agents:read', 'tasks:read', 'metrics:read'],
};

/** Permissions of several roles together; an unknown role gives none. */
export function permissionsOf(roleNames: readonly string[]): ReadonlySet<string> {
  return new Set(roleNames.flatMap((name) => roles[name] ?? []));
}
