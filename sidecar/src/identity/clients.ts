/** Programs that come in with an id and a secret: n8n and others. */
import { Op } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { grantOf } from '../platform/access.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { afterKeyset, newestFirst } from '../platform/keyset.ts';
import { decodeCursor, toPage } from '../platform/page.ts';
import type { PageInput } from '../platform/page.ts';
import { accessChanged, databaseTime } from './accessState.ts';
import { administer, requireCoverOfRoles, requireRoles, rowsOf } from './administer.ts';
import type { Administrator } from './administer.ts';
import { audit } from './audit.ts';
import { clientSecrets, clients } from './Client.ts';
import type { ClientRow, ClientSecretRow } from './Client.ts';
import { insertClient, newSecret } from './createClient.ts';
import { liveSecrets } from './tokens.ts';
import { dropAssignments } from './users.ts';

/** @returns the client with its secret, which is known here once. @throws AppError `invalid_request`, `grant_exceeded` */
export async function createClientOf(ctx: Ctx, input: { name: string; roles: string[] }) {
  const { actor } = ctx;
  const secret = await newSecret();
  return administer(ctx, 'clients:create', async (administrator) => {
    await requireRoles(ctx, input.roles);
    await requireCoverOfRoles(ctx, administrator, input.roles);
    const { id, clientSecret } = await insertClient(ctx, { ...input, workspaceId: actor.workspaceId, secret, actor, requestId: ctx.requestId });
    return { ...(await presentOne(ctx, await findClient(ctx, id, {}))), clientSecret };
  });
}

/** @throws AppError `invalid_cursor` */
export async function listClients(ctx: Ctx, { limit, cursor }: PageInput) {
  const { db, actor } = ctx;
  const rows = await clients(db).findAll({
    where: { workspaceId: actor.workspaceId, ...rowsOf(actor, grantOf(actor, 'clients:read')), ...afterKeyset(decodeCursor(cursor)) }, order: newestFirst, limit: limit + 1, raw: true,
  });
  const secrets = await secretsOf(ctx, rows.map(({ id }) => id));
  return toPage(rows, limit, (row) => presentClient(row, secrets));
}

/** @throws AppError `not_found` */
export async function getClient(ctx: Ctx, { clientId }: { clientId: string }) {
  return presentOne(ctx, await findClient(ctx, clientId, rowsOf(ctx.actor, grantOf(ctx.actor, 'clients:read'))));
}

/** A client that is disabled gets no token, and those it has are refused. @throws AppError `not_found`, `conflict`, `grant_exceeded`, `invalid_request` */
export async function updateClient(ctx: Ctx, input: { clientId: string; name?: string | undefined; roles?: string[] | undefined; disabled?: boolean | undefined }) {
  const { db, actor } = ctx;
  return administer(ctx, 'clients:update', async (administrator) => {
    const client = await managedClient(ctx, administrator, input.clientId);
    await requireRoles(ctx, input.roles ?? []);
    await requireCoverOfRoles(ctx, administrator, input.roles ?? []);
    if (input.disabled === true) refuseSelf(ctx, client, 'disable');
    const disabling = input.disabled === true && client.disabledAt === null;
    const changed: ClientRow = {
      ...client, name: input.name ?? client.name, roles: input.roles ?? client.roles,
      disabledAt: input.disabled === undefined ? client.disabledAt : input.disabled ? (client.disabledAt ?? new Date()) : null,
      // Else its tokens would be good again when it is enabled within their time.
      tokensNotBefore: disabling ? await afterNow(ctx) : client.tokensNotBefore,
    };
    await clients(db).update({ name: changed.name, roles: changed.roles, disabledAt: changed.disabledAt, tokensNotBefore: changed.tokensNotBefore }, { where: { workspaceId: actor.workspaceId, id: client.id } });
    const fields = (['name', 'roles', 'disabled'] as const).filter((field) => input[field] !== undefined);
    await note(ctx, 'client.updated', client, { fields, ...(input.roles && { rolesBefore: client.roles, roles: changed.roles }), ...(input.disabled !== undefined && { disabled: input.disabled }) });
    accessChanged(ctx, actor.workspaceId);
    return presentOne(ctx, changed);
  });
}

/** @throws AppError `not_found`, `conflict`, `grant_exceeded` */
export async function deleteClient(ctx: Ctx, { clientId }: { clientId: string }): Promise<void> {
  const { db, actor } = ctx;
  return administer(ctx, 'clients:delete', async (administrator) => {
    const client = await managedClient(ctx, administrator, clientId);
    refuseSelf(ctx, client, 'delete');
    await dropAssignments(ctx, client.id);
    await clients(db).destroy({ where: { workspaceId: actor.workspaceId, id: client.id } });
    await note(ctx, 'client.deleted', client, { roles: client.roles });
    accessChanged(ctx, actor.workspaceId);
  });
}

/**
 * A new secret. The newest one before works `overlapSeconds` longer, every other one no more.
 * @returns the client with the secret, which is known here once. @throws AppError `not_found`, `grant_exceeded`
 */
export async function rotateClientSecret(ctx: Ctx, { clientId, overlapSeconds }: { clientId: string; overlapSeconds: number }) {
  const { db, actor } = ctx;
  const secret = await newSecret();
  return administer(ctx, 'clients:update', async (administrator) => {
    const client = await managedClient(ctx, administrator, clientId);
    const kept = overlapSeconds === 0 ? [] : (await secretsOf(ctx, [client.id])).slice(0, liveSecrets - 1);
    await clientSecrets(db).destroy({ where: { clientId: client.id, id: { [Op.notIn]: kept.map(({ id }) => id) } } });
    const end = new Date(Date.now() + overlapSeconds * 1000);
    for (const { id, expiresAt } of kept) await clientSecrets(db).update({ expiresAt: expiresAt !== null && expiresAt < end ? expiresAt : end }, { where: { id } });
    await clientSecrets(db).create({ id: uuidv7(), workspaceId: actor.workspaceId, clientId: client.id, secretHash: secret.hash, createdAt: new Date() });
    await note(ctx, 'client.secret_rotated', client, { overlapSeconds });
    return { ...(await presentOne(ctx, client)), clientSecret: secret.secret };
  });
}

/** All access tokens the client has are refused; with its secret it gets new ones. @throws AppError `not_found`, `grant_exceeded` */
export async function revokeClientTokens(ctx: Ctx, { clientId }: { clientId: string }): Promise<void> {
  const { db, actor } = ctx;
  return administer(ctx, 'clients:update', async (administrator) => {
    const client = await managedClient(ctx, administrator, clientId);
    await clients(db).update({ tokensNotBefore: await afterNow(ctx) }, { where: { workspaceId: actor.workspaceId, id: client.id } });
    await note(ctx, 'client.tokens_revoked', client, {});
    accessChanged(ctx, actor.workspaceId);
  });
}

/** A token of this very millisecond was issued before. */
async function afterNow({ db }: Ctx): Promise<Date> {
  return new Date((await databaseTime(db)) + 1);
}

async function managedClient(ctx: Ctx, administrator: Administrator, id: string): Promise<ClientRow> {
  const client = await findClient(ctx, id, administrator.rows);
  await requireCoverOfRoles(ctx, administrator, client.roles);
  return client;
}

async function findClient({ db, actor }: Ctx, id: string, rows: { createdBy?: string }): Promise<ClientRow> {
  const client = await clients(db).findOne({ where: { workspaceId: actor.workspaceId, id, ...rows }, raw: true });
  if (client === null) throw new AppError('not_found', 'There is no client with this id. GET /v1/clients lists them; `id` is meant, not `clientId`.');
  return client;
}

function refuseSelf({ actor }: Ctx, client: ClientRow, what: string): void {
  if (client.id === actor.id) throw new AppError('conflict', `A client cannot ${what} itself. Ask an administrator.`);
}

async function note({ db, actor, requestId }: Ctx, action: `client.${string}`, client: ClientRow, details: Record<string, unknown>): Promise<void> {
  await audit(db, { workspaceId: actor.workspaceId, actor, action, subject: { type: 'client', id: client.id }, details, requestId });
}

/** Those that still work, newest first. */
async function secretsOf({ db, actor }: Ctx, ids: string[]): Promise<ClientSecretRow[]> {
  return clientSecrets(db).findAll({ where: { workspaceId: actor.workspaceId, clientId: ids, expiresAt: { [Op.or]: [null, { [Op.gt]: new Date() }] } }, order: newestFirst, raw: true });
}

async function presentOne(ctx: Ctx, client: ClientRow) {
  return presentClient(client, await secretsOf(ctx, [client.id]));
}

function presentClient(client: ClientRow, secrets: ClientSecretRow[]) {
  return {
    id: client.id, clientId: client.clientId, name: client.name, roles: client.roles, disabled: client.disabledAt !== null,
    secrets: secrets.filter(({ clientId }) => clientId === client.id).map(({ id, createdAt, expiresAt }) => ({ id, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null })),
    lastUsedAt: client.lastUsedAt?.toISOString() ?? null, createdBy: client.createdBy, createdAt: client.createdAt.toISOString(),
  };
}
