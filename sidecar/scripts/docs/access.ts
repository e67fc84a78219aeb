/** docs/access.md: who may do what, from the definitions that the service itself reads. */
import { isInstallation, permissions, roles } from '../../src/identity/permissions.ts';
import { permissionTexts } from '../../src/identity/permissionTexts.ts';
import type { AnyRoute } from '../../src/platform/route.ts';

const introduction = `# Access

Written by \`npm run sync:docs\` from \`sidecar/src/identity/permissions.ts\` and the routes. [users.md](users.md) shows how to invite people, make roles and change secrets.

Every request is judged on four levels; what does not pass one of them does not exist for who asks.

| level | decided by | answer |
|---|---|---|
| route | the permission of the route, \`resource:verb\`; a route without one does not start | 403 \`forbidden\` |
| row | the workspace first, always. Then the rows of the role: \`own\` (what the actor made), \`assigned\` (these and the jobs assigned to them, with the matches, candidates and CVs of those jobs) or \`workspace\` (all) | 404, as if there were no such row; lists, counts, searches and events leave it out |
| field | a *blind* role sees no names, contact data, addresses, photos, birth dates and file names of candidates; the text and file of a CV would tell them | fields are empty; 403 \`blind_mode\` |
| collection | a collection of knowledge documents may name the roles that read it | its documents are not found and not cited |

- **Actors** are users (people; e-mail and password) and clients (programs; id and secret). Each belongs to one workspace. Several roles together give, permission by permission, the widest rows; blind, unless one of those that reach these rows sees.
- **A token says who, not what.** What an actor may do is read on every request, through a memory of at most two seconds that Redis clears at once on every replica. A token asked for with \`scope\` gives no more than that.
- **Built-in roles** are those below; a workspace can make some of them blind (\`blindRoles\`). It makes roles of its own with any permissions, rows and blindness.
- **Nobody grants what they lack.** Whoever gives roles, makes a role, an invitation, a reset link or a client secret must have all of what comes out, for as many rows, and seeing if it sees; of several roles, of each by itself. Whoever changes, disables, deletes or logs out somebody must have all that they have. Else: 403 \`grant_exceeded\` with the permissions that are lacking. A role named by a collection is given by those who have it, or who may change collections.
- **The last administrator** who can log in is not disabled, deleted or demoted, and nobody disables or deletes themselves (409).
- Permissions marked ⌂ reach beyond one workspace and count in the installation's first workspace only.

`;

/** @returns Markdown; same definitions, same text */
export function accessDocument(routes: readonly AnyRoute[]): string {
  return introduction + rolesTable() + matrix() + routesTable(routes);
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) => row(head) + row(head.map(() => '---')) + rows.map(row).join('');

function rolesTable(): string {
  const rows = Object.entries(roles).map(([name, role]) => [`\`${name}\``, `\`${role.rows}\``, role.blind ? 'yes' : 'no', role.description]);
  return `## Built-in roles\n\n${table(['role', 'rows', 'blind', 'for'], rows)}\n`;
}

function matrix(): string {
  const names = Object.keys(roles);
  const cell = (name: string, permission: (typeof permissions)[number]) => {
    const role = roles[name];
    return role?.permissions.includes(permission) ? `${role.rows === 'workspace' ? '✓' : role.rows}${role.blind ? ', blind' : ''}` : '';
  };
  const rows = permissions.map((permission) => [`\`${permission}\`${isInstallation(permission) ? ' ⌂' : ''}`, permissionTexts[permission], ...names.map((name) => cell(name, permission))]);
  return `## Permissions by role\n\n✓: for all rows of the workspace.\n\n${table(['permission', 'allows to', ...names], rows)}\n`;
}

function routesTable(routes: readonly AnyRoute[]): string {
  const rows = routes.map(({ method, path, permission, rate }) => [`\`${method.toUpperCase()} ${path}\``, permission === 'public' ? 'none: public' : permission === 'authenticated' ? 'any token' : `\`${permission}\``, rate]);
  return `## Routes\n\nThe rate class says which of \`RATE_LIMITS\` counts.\n\n${table(['route', 'permission', 'rate class'], rows)}`;
}
