/** Makes OAuth clients: at first start (bootstrap), by `npm run credential`, and for clients.ts. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import type { Actor, Services } from '../platform/context.ts';
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

export interface NewSecret {
  secret: string;
  hash: string;
}

/** @param secret absent: a random one */
export async function newSecret(secret = randomBytes(32).toString('base64url')): Promise<NewSecret> {
  return { secret, hash: await hashSecret(secret) };
}

/** @returns the credential with `id`, the client's row */
export async function createClient(services: Pick<Services, 'db'>, input: { workspaceId: string; name: string; roles: string[]; clientId?: string; clientSecret?: string }): Promise<Credential & { id: string }> {
  const secret = await newSecret(input.clientSecret);
  return services.db.transaction(() => insertClient(services, { ...input, secret, actor: { type: 'system', id: 'system' } }));
}

/** Part of the caller's transaction. */
export async function insertClient(
  { db }: Pick<Services, 'db'>,
  input: { workspaceId: string; name: string; roles: string[]; clientId?: string; secret: NewSecret; actor: Pick<Actor, 'type' | 'id'>; requestId?: string },
): Promise<Credential & { id: string }> {
  const { workspaceId, name, roles, secret, actor } = input;
  const clientId = input.clientId ?? `tm_${randomBytes(9).toString('base64url')}`;
  const [id, createdAt] = [uuidv7(), new Date()];
  await clients(db).create({ id, workspaceId, clientId, name, roles, createdBy: actor.id, createdAt });
  await clientSecrets(db).create({ id: uuidv7(), workspaceId, clientId: id, secretHash: secret.hash, createdAt });
  await audit(db, { workspaceId, actor, action: 'client.created', subject: { type: 'client', id }, details: { roles }, ...(input.requestId !== undefined && { requestId: input.requestId }) });
  return { id, workspaceId, clientId, clientSecret: secret.secret };
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
