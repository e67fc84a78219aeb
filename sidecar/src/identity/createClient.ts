/** Makes OAuth clients: at first start (bootstrap), and by `npm run credential`. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import type { Services } from '../platform/context.ts';
import { hashSecret } from '../platform/secrets.ts';
import { audit } from './audit.ts';
import { clientSecrets, clients, workspaces } from './Client.ts';
import type { ClientRow } from './Client.ts';

export interface Credential {
  workspaceId: string;
  clientId: string;
  /** known here once; the database keeps a hash */
  clientSecret: string;
}

export async function createClient(services: Pick<Services, 'db'>, input: { workspaceId: string; name: string; roles: string[]; clientId?: string; clientSecret?: string; createdBy?: string }): Promise<Credential> {
  const clientId = input.clientId ?? `tm_${randomBytes(9).toString('base64url')}`;
  const clientSecret = input.clientSecret ?? randomBytes(32).toString('base64url');
  const id = uuidv7();
  const secretHash = await hashSecret(clientSecret);
  await services.db.transaction(async () => {
    await clients(services.db).create({ id, workspaceId: input.workspaceId, clientId, name: input.name, roles: input.roles, createdBy: input.createdBy ?? 'system', createdAt: new Date() });
    await clientSecrets(services.db).create({ id: uuidv7(), workspaceId: input.workspaceId, clientId: id, secretHash, createdAt: new Date() });
    await audit(services.db, { workspaceId: input.workspaceId, actor: { type: 'system', id: 'system' }, action: 'client.created', subject: { type: 'client', id }, details: { roles: input.roles } });
  });
  return { workspaceId: input.workspaceId, clientId, clientSecret };
}

/**
 * First start: a workspace and a client for n8n, once. @returns the credential when it was made now, else null.
 * Replicas may start at once: the advisory lock of the transaction lets one make it.
 */
export async function bootstrap(services: Pick<Services, 'db' | 'config'>): Promise<Credential | null> {
  const { db, config } = services;
  return db.transaction(async () => {
    await db.query('SELECT pg_advisory_xact_lock(726501)');
    if ((await workspaces(db).count()) > 0) return null;
    const workspaceId = uuidv7();
    await workspaces(db).create({ id: workspaceId, name: config.bootstrap.workspace, isOperator: true, createdAt: new Date() });
    const { clientId, clientSecret } = config.bootstrap;
    return createClient(services, { workspaceId, name: 'n8n', roles: ['integration'], ...(clientId !== undefined && { clientId }), ...(clientSecret !== undefined && { clientSecret }) });
  });
}

/**
 * The credential of a first start that ended before anybody saw its secret: when no client was ever used, a new one.
 * @returns null where a client is in use: who deleted the file has the secret elsewhere
 */
export async function replaceUnseenCredential(services: Pick<Services, 'db'>): Promise<Credential | null> {
  const known = await clients(services.db).findAll({ attributes: ['workspaceId', 'lastUsedAt'], order: [['createdAt', 'ASC']], raw: true });
  if (known.length === 0 || known.some(({ lastUsedAt }) => lastUsedAt !== null)) return null;
  return createClient(services, { workspaceId: (known[0] as ClientRow).workspaceId, name: 'n8n', roles: ['integration'] });
}

export const credentialFile = (dataDir: string): string => path.join(dataDir, 'credential.json');

/** Writes a credential where only the owner can read it. @returns the file's path */
export async function writeCredentialFile(dataDir: string, baseUrl: string, credential: Credential): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = credentialFile(dataDir);
  await writeFile(file, `${JSON.stringify({ baseUrl, clientId: credential.clientId, clientSecret: credential.clientSecret }, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}
