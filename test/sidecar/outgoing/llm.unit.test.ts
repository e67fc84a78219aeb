/** The LLM through the guarded client: the real `openai` client against the scripted endpoint. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLlm } from '../../../sidecar/src/platform/llm.ts';
import { createMetrics } from '../../../sidecar/src/platform/metrics.ts';
import { guardedFetch } from '../../../sidecar/src/platform/outgoing/guardedFetch.ts';
import { startLlm } from '../../support/llm.ts';
import type { ScriptedLlm } from '../../support/llm.ts';

let llm: ScriptedLlm;
beforeAll(async () => void (llm = await startLlm()));
beforeEach(() => llm.clear());
afterAll(() => llm?.stop());

const question = [{ role: 'user' as const, content: 'Who knows PostgreSQL?' }];
const clientOf = (baseUrl: string, timeoutMs = 5_000) => createLlm({ baseUrl, apiKey: 'the-key', model: 'scripted', timeoutMs }, createMetrics());
const ask = (baseUrl: string, { signal = new AbortController().signal, timeoutMs = 5_000 } = {}) => clientOf(baseUrl, timeoutMs).completeJson(question, { signal });

describe('the language model', () => {
	test('of LLM_BASE_URL is reached where it is, on this machine too, with its key', async () => {
		llm.reply({ answer: 'Inès' });
		expect((await ask(llm.url)).json).toEqual({ answer: 'Inès' });
		expect((await ask(llm.url.replace('127.0.0.1', 'localhost'))).json).toEqual({ answer: 'Inès' });
		expect(llm.requests[0]?.headers).toMatchObject({ authorization: 'Bearer the-key', 'accept-encoding': 'identity', 'content-type': 'application/json' });
	});

	test('gives up when it is told to, and at the time limit', async () => {
		llm.fail('timeout');
		const stop = new AbortController();
		const asked = expect(ask(llm.url, { signal: stop.signal })).rejects.toMatchObject({ code: 'llm_unavailable' });
		await expect.poll(() => llm.requests.length).toBe(1);
		stop.abort();
		await asked;
		expect(llm.requests).toHaveLength(1);
		await expect(ask(llm.url, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'llm_unavailable' });
	});

	test.each(['hang-up', 'not-json', 'garbage', 'empty', 503] as const)('that fails with %s is unavailable, nothing else', async (how) => {
		llm.fail(how);
		await expect(ask(llm.url)).rejects.toMatchObject({ code: 'llm_unavailable' });
	});
});

describe('an endpoint that', () => {
	let server: Server;
	let answer: RequestListener;
	let base: string;
	const paths: string[] = [];
	beforeAll(async () => {
		server = createServer((request, response) => {
			paths.push(request.url ?? '');
			answer(request, response);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
	});
	afterEach(() => void (paths.length = 0));
	afterAll(async () => {
		server?.closeAllConnections();
		await new Promise((resolve) => server?.close(resolve));
	});

	test('redirects does not get the key or the question sent anywhere else', async () => {
		for (const status of [302, 307, 308]) {
			answer = (_request, response) => response.writeHead(status, { Location: `${llm.url}/chat/completions` }).end();
			await expect(ask(base)).rejects.toMatchObject({ code: 'llm_unavailable' });
		}
		expect(llm.requests).toEqual([]);
		expect(new Set(paths)).toEqual(new Set(['/v1/chat/completions']));
	});

	test('answers without end is cut off', async () => {
		answer = (_request, response) => {
			response.writeHead(200, { 'Content-Type': 'application/json' });
			const more = (): void => void (response.destroyed || response.write(`"${'x'.repeat(1_000_000)}",`, () => setImmediate(more)));
			more();
		};
		await expect(ask(base, { timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'llm_unavailable' });
	});
});

describe('the guarded fetch', () => {
	const policy = () => ({ allowedHosts: [new URL(llm.url).host], loopback: false });
	const openai = (limits = { maxResponseBytes: 100_000, timeoutMs: 5_000 }) => new OpenAI({ baseURL: llm.url, apiKey: 'the-key', maxRetries: 0, fetch: guardedFetch(policy(), limits) as never });

	test('streams server-sent events as they come', async () => {
		const said = 'PostgreSQL is known to Inès and Callum, says their CV.';
		llm.reply(said);
		const pieces: string[] = [];
		for await (const chunk of await openai().chat.completions.create({ model: 'scripted', messages: question, stream: true })) pieces.push(chunk.choices[0]?.delta.content ?? '');
		expect(pieces.join('')).toBe(said);
		expect(pieces.length).toBeGreaterThan(2);
	});

	test('hands over the first event before the last one is there, and hangs up when the reader stops', async () => {
		let closed = false;
		const slow = createServer((_request, response) => {
			response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
			response.once('close', () => (closed = true));
		});
		await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
		try {
			const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
			const response = await guardedFetch({ allowedHosts: ['127.0.0.1'], loopback: false }, { maxResponseBytes: 1_000, timeoutMs: 30_000 })(url);
			const reader = response.body!.getReader();
			expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: first\n\n');
			await reader.cancel();
			await expect.poll(() => closed).toBe(true);
		} finally {
			slow.closeAllConnections();
			slow.close();
		}
	});

	test('ends a stream at the size limit with an error, not as if it were whole', async () => {
		llm.reply('x'.repeat(20_000));
		const read = async () => {
			for await (const _ of await openai({ maxResponseBytes: 10_000, timeoutMs: 5_000 }).chat.completions.create({ model: 'scripted', messages: question, stream: true }));
		};
		await expect(read()).rejects.toThrow('larger than 10000 bytes');
	});

	test('reaches nothing but the host it was made for', async () => {
		const fetch = guardedFetch(policy(), { maxResponseBytes: 1_000, timeoutMs: 1_000 });
		for (const url of ['http://127.0.0.1:1/', 'http://169.254.169.254/', 'file:///etc/passwd']) await expect(fetch(url)).rejects.toMatchObject({ code: 'destination_not_allowed' });
	});
});
