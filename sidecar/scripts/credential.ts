/**
 * `npm run credential [-- --name NAME --roles ROLE,ROLE --workspace NAME]`: issues a new client for n8n or another program and shows its
 * secret once. On the embedded default stop the sidecar first: its database serves one process.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { workspaces } from '../src/identity/Client.ts';
import { createClient, writeCredentialFile } from '../src/identity/createClient.ts';
import { baseUrl } from '../src/identity/links.ts';
import { roles } from '../src/identity/permissions.ts';
import { openServices } from '../src/services.ts';

const options = { name: { type: 'string', default: 'n8n' }, roles: { type: 'string', default: 'integration' }, workspace: { type: 'string' } } as const;

try {
  const { values } = readArguments();
  const wanted = values.roles.split(',').map((role) => role.trim());
  const unknown = wanted.filter((role) => !Object.hasOwn(roles, role));
  if (unknown.length > 0) throw new Error(`There is no role ${unknown.join(', ')}. Roles: ${Object.keys(roles).join(', ')}.`);
  const config = loadConfig({ ...process.env, LOG_LEVEL: 'warn' });
  // As an API process: this command must not start to run tasks.
  const { services, firstStart, close } = await openServices({ ...config, role: 'api' });
  try {
    const first = await firstStart();
    const known = await workspaces(services.db).findAll({ order: [['createdAt', 'ASC']], raw: true });
    const workspace = known.find(({ id, name, isOperator }) => (values.workspace === undefined ? isOperator : id === values.workspace || name === values.workspace));
    if (workspace === undefined) throw new Error(`There is no workspace ${values.workspace}. Workspaces: ${known.map(({ name }) => name).join(', ')}.`);
    // The client of a first start is the usual one; whoever asks for another gets that.
    const isUsual = values.name === 'n8n' && values.roles === 'integration' && workspace.id === first?.workspaceId;
    const credential = first !== null && isUsual ? first : await createClient(services, { workspaceId: workspace.id, name: values.name, roles: wanted });
    const url = baseUrl(config);
    process.stdout.write(`Credential for ${values.name} in "${workspace.name}" (${wanted.join(', ')}); the secret is shown this once:\n  base URL        ${url}\n  client id       ${credential.clientId}\n  client secret   ${credential.clientSecret}\n`);
    if (config.embedded && config.dataDir !== ':memory:') process.stdout.write(`Also written to ${await writeCredentialFile(config.dataDir, url, credential)}\n`);
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
    throw new Error(`${(error as Error).message}. Use \`npm run credential [-- --name NAME --roles ROLE,ROLE --workspace NAME]\`, with \`--\` before the options.`);
  }
}
