/**
 * A sidecar that answers what a test wrote down: real HTTP, real tokens, nothing behind it. Every route but the token
 * endpoint wants the latest token, so that an expired one is refused like the real one does.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
	method: string;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string | string[] | undefined>;
	body: any;
}

export interface Reply {
	status?: number;
	headers?: Record<string, string>;
	body?: unknown;
}

type Handler = (call: Call) => Reply | Promise<Reply>;

export interface ScriptedSidecar {
	url: string;
	/** calls in the order they came, the token endpoint's included */
	calls: Call[];
	/** calls of the API itself */
	apiCalls(): Call[];
	on(method: string, path: string, handler: Handler | unknown): void;
	/** asked before every token; what it answers takes the token's place */
	onToken(handler: () => Reply | undefined): void;
	/** makes all tokens handed out so far answer 401 */
	expireTokens(): void;
	tokensIssued(): number;
	stop(): Promise<void>;
}

export const clientId = 'tm_test';
export const clientSecret = 'a-secret-of-the-test';

export async function startScriptedSidecar(): Promise<ScriptedSidecar> {
	const handlers = new Map<string, Handler>();
	const calls: Call[] = [];
	let beforeToken: () => Reply | undefined = () => undefined;
	let tokens = 0;
	let validFrom = 1;

	const server = createServer(async (request, response) => {
		const url = new URL(request.url ?? '/', 'http://sidecar');
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const text = Buffer.concat(chunks).toString('utf8');
		const call: Call = {
			method: request.method ?? 'GET',
			path: url.pathname,
			query: Object.fromEntries(url.searchParams),
			headers: request.headers,
			body: text === '' ? undefined : isForm(request.headers) ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text),
		};
		calls.push(call);
		const { status = 200, headers, body } = await answer(call);
		response.writeHead(status, { ...headers, 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' });
		response.end(body === undefined ? undefined : JSON.stringify(body));
	});

	async function answer(call: Call): Promise<Reply> {
		if (call.path === '/v1/oauth/token') {
			const instead = beforeToken();
			if (instead !== undefined) return instead;
			const { client_id, client_secret, grant_type, scope = '' } = call.body as Record<string, string>;
			if (grant_type !== 'client_credentials' || client_id !== clientId || client_secret !== clientSecret) {
				return { status: 400, body: { error: 'invalid_client', error_description: 'The client ID or secret is wrong' } };
			}
			tokens += 1;
			return { body: { access_token: `token-${tokens}`, token_type: 'Bearer', expires_in: 900, scope } };
		}
		const token = Number(/^Bearer token-(\d+)$/.exec(String(call.headers['authorization']))?.[1] ?? 0);
		if (token < validFrom) return problem(401, 'token_expired', 'The token has expired: ask for a new one');
		const handler = handlers.get(`${call.method} ${call.path}`);
		return handler === undefined ? problem(404, 'not_found', `There is no ${call.path} here`) : await handler(call);
	}

	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		calls,
		apiCalls: () => calls.filter(({ path }) => path !== '/v1/oauth/token'),
		on: (method, path, handler) => handlers.set(`${method} ${path}`, typeof handler === 'function' ? (handler as Handler) : () => ({ body: handler })),
		onToken: (handler) => void (beforeToken = handler),
		expireTokens: () => (validFrom = tokens + 1),
		tokensIssued: () => tokens,
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function isForm(headers: Call['headers']): boolean {
	return String(headers['content-type']).startsWith('application/x-www-form-urlencoded');
}

export function problem(status: number, code: string, detail: string, more: object = {}): Reply {
	return { status, body: { type: `urn:talentmatch:problem:${code}`, title: code, status, detail, code, requestId: 'req-1', ...more } };
}
