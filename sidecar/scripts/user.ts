/**
 * `npm run user -- --email ADDRESS [--name NAME] [--roles admin] [--workspace NAME]`: a link, shown once, with which somebody
 * comes in: an invitation for a new user, one that sets a new password for a known one. No user has a password before.
 * On the embedded default stop the sidecar first: its database serves one process.
 */
import { parseArgs } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { createPasswordReset } from '../src/identity/administerUsers.ts';
import { workspaces } from '../src/identity/Client.ts';
import { personName } from '../src/identity/fields.ts';
import { createInvitation, renewInvitation } from '../src/identity/invitations.ts';
import { emailSchema } from '../src/identity/passwords.ts';
import { roles } from '../src/identity/permissions.ts';
import { customRoles, oneTimeLinks, users } from '../src/identity/User.ts';
import type { Ctx } from '../src/platform/context.ts';
import { systemActor } from '../src/platform/context.ts';
import { loadConfig } from '../src/config.ts';
import { openServices } from '../src/services.ts';

const help = 'Use `npm run user -- --email ines.talvera@example.com --name "Ines Talvera" [--roles admin] [--workspace NAME]`.';

const options = { email: { type: 'string' }, name: { type: 'string' }, roles: { type: 'string' }, workspace: { type: 'string' } } as const;

const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  const { values } = readArguments();
  const email = emailSchema.safeParse(values.email);
  if (!email.success) throw new Error(`--email is missing or no e-mail address. ${help}`);
  // As an API process: this command must not start to run tasks.
  const { services, firstStart, close } = await openServices({ ...loadConfig({ ...process.env, LOG_LEVEL: 'warn' }), role: 'api' });
  try {
    const first = await firstStart();
    const known = await workspaces(services.db).findAll({ order: [['createdAt', 'ASC']], raw: true });
    const workspace = known.find(({ id, name, isOperator }) => (values.workspace === undefined ? isOperator : id === values.workspace || name === values.workspace));
    if (workspace === undefined) throw new Error(`There is no workspace ${values.workspace}. Workspaces: ${known.map(({ name }) => name).join(', ')}.`);
    const ctx: Ctx = { ...services, actor: systemActor(workspace.id), requestId: uuidv7(), signal: new AbortController().signal, task: null };
    const user = await users(services.db).findOne({ where: { workspaceId: workspace.id, email: email.data }, raw: true });
    if (user === null) {
      const name = personName.safeParse(values.name);
      if (!name.success) throw new Error(`There is no user of this address in "${workspace.name}" yet: --name is needed too. ${help}`);
      const wanted = (values.roles ?? 'admin').split(',').map((role) => role.trim());
      const own = await customRoles(services.db).findAll({ where: { workspaceId: workspace.id }, attributes: ['name'], raw: true });
      const names = [...Object.keys(roles), ...own.map((role) => role.name)];
      const unknown = wanted.filter((role) => !names.includes(role));
      if (unknown.length > 0) throw new Error(`There is no role ${unknown.join(', ')}. Roles: ${names.join(', ')}.`);
      const made = await createInvitation(ctx, { email: email.data, name: name.data, roles: wanted });
      say(`Invitation to "${workspace.name}" (${made.roles.join(', ')}), shown this once, until ${made.expiresAt}:\n  ${made.link}`);
    } else if (user.passwordHash === null) {
      const invitation = await oneTimeLinks(services.db).findOne({ where: { userId: user.id, purpose: 'invitation', usedAt: null }, raw: true });
      if (invitation === null) throw new Error('The user was invited, but the invitation is gone. Delete the user and invite them again.');
      const made = await renewInvitation(ctx, { invitationId: invitation.id });
      say(`The invitation to "${workspace.name}", with a new link, shown this once, until ${made.expiresAt}:\n  ${made.link}`);
    } else {
      const made = await createPasswordReset(ctx, { userId: user.id });
      say(`The user is known in "${workspace.name}" (${user.roles.join(', ')}). A link that sets a new password, shown this once, until ${made.expiresAt}:\n  ${made.link}`);
    }
    if (user !== null && values.roles !== undefined) say(`The roles stay as they are (${user.roles.join(', ')}): an administrator changes them. Where there is none left, invite another address.`);
    if (first !== null) say('This was the first start: `npm run credential` makes a client for n8n.');
  } finally {
    await close();
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({ options });
  } catch (error) {
    throw new Error(`${(error as Error).message}. ${help}`);
  }
}
