import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request to the scripted endpoint looked like. */
export interface LlmRequest {
	path: string;
	headers: IncomingMessage['headers'];
	body: any;
	/** The text of all messages, or the embedded texts, for assertions about what left the house. */
	text: string;
}

/** A text, an object (sent as its JSON text), or a function of the request that makes one. */
export type LlmReply = string | object | ((request: LlmRequest) => string | object | Promise<string | object>);

/**
 * `timeout`: never answers. `hang-up`: closes the connection. `not-json`: 200 with an HTML page.
 * `garbage`: a well-formed completion whose content is not what was asked for. `truncated`: a completion
 * cut by the token limit. `empty`: no choices. `echo`: 401 with an error that repeats the key and the question, as providers
 * do. A number: that HTTP status, with an OpenAI error body.
 */
export type LlmFailure = 'timeout' | 'hang-up' | 'not-json' | 'garbage' | 'truncated' | 'empty' | 'echo' | number;

export interface ScriptedLlm {
	/** For OPENAI_BASE_URL and the like: ends in /v1. */
	url: string;
	/** Every request since the start or the last `clear()`. */
	requests: LlmRequest[];
	/** The reply to the next chat request; several are used in order, before the standing one. */
	replyOnce(reply: LlmReply): void;
	/** The standing reply to chat requests. */
	reply(reply: LlmReply): void;
	/** Fails the next `times` requests of any kind, before any reply is used; all of them by default. */
	fail(how: LlmFailure, times?: number): void;
	/** Forgets requests, replies and failures. */
	clear(): void;
	stop(): Promise<void>;
}

/**
 * An OpenAI-compatible endpoint that says what a test scripts: chat completions (plain, JSON, streamed)
 * and embeddings. Embeddings are unit vectors made from word hashes: equal texts are equal, texts that
 * share words are near. Without a script a chat request is answered with 500, so that a test cannot pass
 * on a reply that nobody wrote.
 */
export async function startLlm({ dimensions = 64 } = {}): Promise<ScriptedLlm> {
	const requests: LlmRequest[] = [];
	let once: LlmReply[] = [];
	let standing: LlmReply | undefined;
	let failure: { how: LlmFailure; times: number } | undefined;

	const server = createServer(async (incoming, response) => {
		const request = await readRequest(incoming);
		requests.push(request);
		if (failure && failure.times > 0) {
			failure.times -= 1;
			return fail(response, failure.how, request);
		}
		if (request.path.endsWith('/models')) {
			return sendJson(response, 200, { object: 'list', data: [{ id: 'scripted', object: 'model', owned_by: 'tests', created: 0 }] });
		}
		if (request.path.endsWith('/embeddings')) return sendJson(response, 200, embeddings(request.body, dimensions));
		if (!request.path.endsWith('/chat/completions')) return sendError(response, 404, `no such route: ${request.path}`);
		const reply = once.shift() ?? standing;
		if (reply === undefined) return sendError(response, 500, 'the test scripted no reply for this request');
		const said = typeof reply === 'function' ? await reply(request) : reply;
		sendCompletion(response, request.body, typeof said === 'string' ? said : JSON.stringify(said));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		requests,
		replyOnce: (reply) => void once.push(reply),
		reply: (reply) => void (standing = reply),
		fail: (how, times = Number.POSITIVE_INFINITY) => void (failure = { how, times }),
		clear() {
			requests.length = 0;
			once = [];
			standing = undefined;
			failure = undefined;
		},
		stop() {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}

async function readRequest(incoming: IncomingMessage): Promise<LlmRequest> {
	const parts: Buffer[] = [];
	for await (const part of incoming) parts.push(part as Buffer);
	const raw = Buffer.concat(parts).toString('utf8');
	const body = raw === '' ? undefined : JSON.parse(raw);
	const texts = body?.messages?.map((message: any) => plainText(message.content)) ?? [body?.input ?? ''].flat();
	return { path: incoming.url ?? '', headers: incoming.headers, body, text: texts.join('\n') };
}

function plainText(content: unknown): string {
	return Array.isArray(content) ? content.map((part) => part.text ?? '').join('\n') : String(content ?? '');
}

function fail(response: ServerResponse, how: LlmFailure, { body, headers, text }: LlmRequest): void {
	if (how === 'timeout') return;
	if (how === 'hang-up') return void response.destroy();
	if (how === 'not-json') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
	if (how === 'garbage') return sendCompletion(response, body, '}{ certainly! here is "JSON": [1, 2,');
	if (how === 'truncated') return sendCompletion(response, body, '{"answer": "it was going to', 'length');
	if (how === 'empty') return sendJson(response, 200, { ...completionHead(body, 'chat.completion'), choices: [] });
	if (how === 'echo') return sendError(response, 401, `Incorrect API key provided: ${headers.authorization}. Asked: ${text}`);
	sendError(response, how, `scripted failure ${how}`);
}

function sendCompletion(response: ServerResponse, body: any, content: string, reason = 'stop'): void {
	if (!body?.stream) {
		const usage = usageOf(content, body);
		const message = { role: 'assistant', content, refusal: null };
		return sendJson(response, 200, {
			...completionHead(body, 'chat.completion'),
			choices: [{ index: 0, message, finish_reason: reason, logprobs: null }],
			usage,
		});
	}
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	const send = (delta: object, finish_reason: string | null) =>
		response.write(`data: ${JSON.stringify({ ...completionHead(body, 'chat.completion.chunk'), choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
	for (const piece of content.match(/[\s\S]{1,20}/g) ?? []) send({ content: piece }, null);
	send({}, reason);
	response.end('data: [DONE]\n\n');
}

function completionHead(body: any, object: string) {
	return { id: 'chatcmpl-scripted', object, created: 0, model: body?.model ?? 'scripted' };
}

function usageOf(content: string, body: any) {
	const prompt_tokens = Math.ceil(JSON.stringify(body?.messages ?? '').length / 4);
	const completion_tokens = Math.ceil(content.length / 4);
	return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function embeddings(body: any, dimensions: number) {
	const inputs: string[] = [body.input].flat();
	const size: number = body.dimensions ?? dimensions;
	const data = inputs.map((text, index) => {
		const vector = embed(text, size);
		// The openai client asks for base64 unless told otherwise.
		const embedding = body.encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
		return { object: 'embedding', index, embedding };
	});
	const tokens = Math.ceil(inputs.join('').length / 4);
	return { object: 'list', data, model: body.model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function embed(text: string, size: number): number[] {
	const vector = new Array<number>(size).fill(0);
	for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
		const hash = createHash('sha256').update(word).digest();
		for (let at = 0; at < 8; at += 1) {
			const slot = hash.readUInt16LE(at * 2) % size;
			vector[slot] = (vector[slot] ?? 0) + (hash[16 + at]! % 2 === 0 ? 1 : -1);
		}
	}
	const length = Math.hypot(...vector) || 1;
	return vector.map((value) => value / length);
}

function sendError(response: ServerResponse, status: number, message: string): void {
	sendJson(response, status, { error: { message, type: 'scripted', param: null, code: null } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
