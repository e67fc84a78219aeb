/** That the fuzzing can fail: routes with one defect each are found out, and the request that shows it is printed. */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
// The sidecar's own copy: its router tells schemas by their class.
import { z } from '../../../sidecar/node_modules/zod/index.js';
import { createApp } from '../../../sidecar/src/app.ts';
import type { Ctx } from '../../../sidecar/src/platform/context.ts';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { ok } from '../../../sidecar/src/platform/route.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { callerOf, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { runCampaign } from './campaign.ts';
import { createJudge } from './judge.ts';
import type { Target } from './requests.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'read=0,write=0,heavy=0,auth=0,public=0' });
	await app.token();
});
afterAll(() => app?.close());

const seed = 4_711;

/** A route that takes `{text, count}` and is right but for what `handler` does. */
function broken(handler: (ctx: Ctx, body: { text: string; count: number }) => Promise<unknown>): AnyRoute {
	const definition = {
		id: 'brokenRoute', method: 'post', path: '/v1/broken', permission: 'authenticated', tag: 'Broken', rate: 'write', summary: 'A route with a defect',
		body: z.object({ text: z.string().min(1).max(200), count: z.number().int().min(0).max(1000) }).strict(), bodyExample: { text: 'x', count: 1 },
		responses: { 200: { description: 'Done', schema: z.object({ done: z.boolean() }), example: { done: true } } },
		handler: async (ctx: Ctx, { body }: { body: { text: string; count: number } }) => ok(await handler(ctx, body)),
	};
	return definition as unknown as AnyRoute;
}

const write = (ctx: Ctx) => ctx.db.query("UPDATE agents SET name = name || '!' WHERE workspace_id = $workspaceId", { bind: { workspaceId: ctx.actor.workspaceId } });

async function fuzz(route: AnyRoute, reviewed: string[] = []): Promise<unknown> {
	const { server, openApi } = createApp(app.services, [route]);
	await listen(server);
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const target: Target = { url, callers: new Map([['nobody', null], ['admin', `Bearer ${await callerOf(app.url, app.credential).token()}`]]), patienceMs: 2_000 };
	try {
		return await runCampaign({
			target, routes: [route], judge: createJudge([route], openApi), db: app.services.db, seed, requests: 600, roundRequests: 300,
			prepare: async () => ({ pools: { ids: new Map(), foreign: [], cursors: [], sinkUrl: 'http://127.0.0.1:9', known: {} }, callers: ['nobody', 'admin'] }),
			revive: async () => {}, review: async () => reviewed,
		});
	} catch (error) {
		const { message, cause } = error as Error;
		return `${message}\n${cause instanceof Error ? cause.message : ''}`;
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}

const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

test('a route that is right passes', async () => {
	expect(await fuzz(broken(async () => ({ done: true })))).toMatchObject({ requests: expect.toSatisfy((sent: number) => sent >= 600) });
});

test('one that throws on some input is found, with the smallest request and the seed', async () => {
	const said = await fuzz(broken(async (_ctx, { count }) => {
		if (count > 500) throw new TypeError('Cannot read properties of undefined');
		return { done: true };
	}));
	expect(said).toMatch(/500 is never an answer/);
	expect(said).toContain('"count":501');
	expect(said).toContain(`seed: ${seed}`);
	expect(said).toMatch(/curl -i .*-X POST -H "Authorization: Bearer \$ADMIN_TOKEN".*\/v1\/broken/);
});

test.each<[string, (ctx: Ctx, body: { text: string; count: number }) => Promise<unknown>, RegExp]>([
	['writes before it refuses', async (ctx) => {
		await write(ctx);
		throw new AppError('invalid_request', 'Not like this.');
	}, /wrote rows \(agents: [\s\S]*curl -i/],
	['never answers', async (_ctx, { text }) => (text.length > 150 ? new Promise(() => {}) : { done: true }), /hangs[\s\S]*curl -i/],
	['answers a code that it does not declare', async () => Promise.reject(new AppError('conflict', 'There is one already.')), /409 is not declared for brokenRoute/],
	['shows SQL in an error', async () => Promise.reject(new AppError('invalid_request', 'duplicate key value violates unique constraint "jobs_pkey".')), /shows its inside/],
	['shows a file in an error', async () => Promise.reject(new AppError('invalid_request', `No such file: ${'/'}var/lib/talentmatch/x.`)), /shows its inside/],
])('one that %s is found', async (_what, handler, message) => {
	expect(await fuzz(broken(handler))).toMatch(message);
});

test('an answer with rows of another workspace is found', async () => {
	expect(await fuzz(broken(async () => ({ done: true })), ['shows 1 of another workspace'])).toMatch(/another workspace/);
});
