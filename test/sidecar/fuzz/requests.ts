/** What is sent, as data: so that it can be shrunk, sent again and printed as a line for a shell. */
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

export interface FuzzRequest {
	/** of the route that the address belongs to; null: an address that belongs to none */
	routeId: string | null;
	/** a name of `Target.callers` */
	caller: string;
	method: string;
	/** as it goes over the wire, query included */
	path: string;
	headers: Record<string, string>;
	body: Buffer | null;
	/** no answer but a refusal is right, whatever stands in the database */
	refused: boolean;
	/** goes over a connection of its own, as it may leave one in disorder */
	alone?: boolean;
}

export interface FuzzAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
	ms: number;
}

export interface Target {
	url: string;
	/** Authorization header by name of the caller; null: none */
	callers: Map<string, string | null>;
	/** an answer that takes longer is a hang */
	patienceMs: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Seconds that a request itself asks the service to wait. */
const askedWait = (path: string): number => Math.min(30, Number(/[?&]wait=(\d+)/.exec(path)?.[1] ?? 0));

/** @throws Error when no whole answer came, in time or at all */
export function send(target: Target, { method, path, headers, body, caller, alone }: FuzzRequest): Promise<FuzzAnswer> {
	const { hostname, port } = new URL(target.url);
	const authorization = target.callers.get(caller) ?? null;
	const length = Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name)) ? {} : { 'Content-Length': String(body?.length ?? 0) };
	const startedAt = performance.now();
	return new Promise((resolve, reject) => {
		const outgoing = httpRequest({ hostname, port, method, path, agent: alone ? false : agent, headers: { ...(body !== null && length), ...(authorization !== null && { Authorization: authorization }), ...headers } });
		const limit = setTimeout(() => outgoing.destroy(new Error('no answer: it hangs')), target.patienceMs + askedWait(path) * 1000);
		outgoing.on('error', (error) => {
			clearTimeout(limit);
			reject(error);
		});
		outgoing.on('response', (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('error', reject);
			response.on('close', () => clearTimeout(limit));
			response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8'), ms: performance.now() - startedAt }));
		});
		outgoing.end(body ?? undefined);
	});
}

/** A line for a shell that sends the same again. The token is a variable, named after the caller. */
export function curl({ method, path, headers, body, caller }: FuzzRequest, target: Pick<Target, 'url' | 'callers'>): string {
	const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
	const all = { ...(target.callers.get(caller) ? { Authorization: `Bearer $${caller.toUpperCase().replaceAll('-', '_')}_TOKEN` } : {}), ...headers };
	const flags = Object.entries(all).map(([name, value]) => (name === 'Authorization' ? `-H "${name}: ${value}"` : `-H ${quoted(`${name}: ${value}`)}`));
	const binary = body !== null && !/^[\x20-\x7e\r\n\t]*$/.test(body.toString('latin1'));
	const data = body === null ? '' : ` --data-binary ${binary ? '@-' : quoted(body.toString())}`;
	return `${binary ? `echo ${body.toString('base64')} | base64 -d | ` : ''}curl -i --path-as-is -X ${method} ${flags.join(' ')}${data} ${quoted(target.url + path)}`;
}
