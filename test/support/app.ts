/** The whole sidecar in this process, listening on a free port, on the database and queue of the suite that runs. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../sidecar/src/app.ts';
import { loadConfig } from '../../sidecar/src/config.ts';
import { createClient } from '../../sidecar/src/identity/createClient.ts';
import type { Credential } from '../../sidecar/src/identity/createClient.ts';
import { workspaces } from '../../sidecar/src/identity/Client.ts';
import { ensureBuiltInAgents } from '../../sidecar/src/agents/pipeline.ts';
import { pipelines } from '../../sidecar/src/pipelines.ts';
import { openServices } from '../../sidecar/src/services.ts';
import { migratedTemplate } from './database.ts';
import { servicesOfThisRun, testMode } from './services.ts';

const repository = new URL('../../', import.meta.url);

export interface Answer {
	status: number;
	headers: Headers;
	/** parsed JSON, or the text */
	body: any;
}

export interface Caller {
	credential: Credential;
	token(): Promise<string>;
	call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface TestApp extends Caller {
	url: string;
	services: Awaited<ReturnType<typeof openServices>>['services'];
	openApi: any;
	/** a client of a new workspace */
	otherWorkspace(roles?: string[]): Promise<Caller>;
	/** another client of the same workspace */
	clientWith(roles: string[]): Promise<Caller>;
	close(): Promise<void>;
}

export async function startApp(environment: Record<string, string> = {}): Promise<TestApp> {
	const external = testMode === 'services' ? await servicesOfThisRun() : null;
	const config = loadConfig({
		LOG_LEVEL: 'silent', TALENTMATCH_DATA_DIR: ':memory:', TASK_RECONCILE_SECONDS: '1', QUEUE_NAME: `test-${randomUUID().slice(0, 8)}`,
		...(external && { DATABASE_URL: external.databaseUrl, DATABASE_OWNER_URL: external.ownerUrl, REDIS_URL: external.redisUrl, SECRET_KEY: 'a'.repeat(64), OUTGOING_ALLOWED_HOSTS: '127.0.0.1' }),
		...environment,
	});
	const { services, firstStart, close } = await openServices(config, external ? {} : { template: await migratedTemplate() });
	const credential = await firstStart();
	if (credential === null) throw new Error('the test database was not new');
	const { server, openApi } = createApp(services);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url, services, openApi, ...callerOf(url, credential),
		async clientWith(roles) {
			return callerOf(url, await createClient(services, { workspaceId: credential.workspaceId, name: `test ${roles.join('+')}`, roles }));
		},
		async otherWorkspace(roles = ['admin']) {
			const workspaceId = randomUUID();
			await workspaces(services.db).create({ id: workspaceId, name: 'Other', createdAt: new Date() });
			await ensureBuiltInAgents(services, workspaceId, pipelines);
			return callerOf(url, await createClient(services, { workspaceId, name: 'other', roles }));
		},
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			await close();
		},
	};
}

export function callerOf(url: string, credential: Credential): Caller {
	let token: Promise<string> | undefined;
	const fetchToken = async () => {
		const answer = await request(url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: credential.clientId, client_secret: credential.clientSecret });
		if (answer.status !== 200) throw new Error(`no token: ${JSON.stringify(answer.body)}`);
		return answer.body.access_token as string;
	};
	return {
		credential,
		token: () => (token ??= fetchToken()),
		async call(method, path, body, headers = {}) {
			return request(url, method, path, body, { Authorization: `Bearer ${await (token ??= fetchToken())}`, ...headers });
		},
	};
}

/** @param body a FormData or string is sent as it is, anything else as JSON */
export async function request(url: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
	const raw = body instanceof FormData || typeof body === 'string' || body instanceof Uint8Array;
	const response = await fetch(url + path, {
		method,
		headers: { ...(body !== undefined && !raw && { 'Content-Type': 'application/json' }), ...headers },
		...(body !== undefined && { body: (raw ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
	});
	const text = await response.text();
	const json = /\/([\w.-]+\+)?json\b/.test(response.headers.get('content-type') ?? '');
	return { status: response.status, headers: response.headers, body: json && text !== '' ? JSON.parse(text) : text };
}

/** The bytes of a committed example. */
export function example(path: string): Buffer {
	return readFileSync(new URL(`examples/${path}`, repository));
}

/** Uploads a document and waits for its analysis. @returns the task */
export async function uploadCv(app: Caller, fileName: string, bytes: Uint8Array): Promise<any> {
	const answer = await app.call('POST', '/v1/cvs?wait=30', { fileName, contentBase64: Buffer.from(bytes).toString('base64') });
	if (answer.status !== 200) throw new Error(`${fileName}: ${answer.status} ${JSON.stringify(answer.body)}`);
	return answer.body;
}
