import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startLlm } from './llm.ts';
import type { ScriptedLlm } from './llm.ts';

const { OpenAI } = createRequire(new URL('../../sidecar/package.json', import.meta.url))('openai');

let llm: ScriptedLlm;
let openai: any;
beforeAll(async () => {
	llm = await startLlm();
	openai = new OpenAI({ baseURL: llm.url, apiKey: 'unused', maxRetries: 0, timeout: 300 });
});
beforeEach(() => llm.clear());
afterAll(() => llm.stop());

const ask = (content: string, more: object = {}) =>
	openai.chat.completions.create({ model: 'scripted', messages: [{ role: 'user', content }], ...more });

test('says what the test scripted, once or always, and keeps what was asked', async () => {
	llm.reply((request) => `you asked: ${request.text}`);
	llm.replyOnce({ answer: 42 });
	expect(JSON.parse((await ask('one')).choices[0].message.content)).toEqual({ answer: 42 });
	expect((await ask('two')).choices[0].message.content).toBe('you asked: two');
	expect(llm.requests.map((request) => request.text)).toEqual(['one', 'two']);
});

test('streams the same reply', async () => {
	llm.reply('a reply that is longer than one piece of the stream');
	let said = '';
	for await (const piece of await ask('go on', { stream: true })) said += piece.choices[0]?.delta?.content ?? '';
	expect(said).toBe('a reply that is longer than one piece of the stream');
});

test('does not answer what nobody scripted', async () => {
	await expect(ask('hello?')).rejects.toMatchObject({ status: 500 });
});

test('fails as told, then recovers', async () => {
	llm.reply('fine');
	llm.fail(503, 1);
	await expect(ask('x')).rejects.toMatchObject({ status: 503 });
	llm.fail('timeout', 1);
	await expect(ask('x')).rejects.toThrow(/timed out/i);
	llm.fail('hang-up', 1);
	await expect(ask('x')).rejects.toThrow(/connection/i);
	llm.fail('garbage', 1);
	const garbage = (await ask('x')).choices[0].message.content;
	expect(() => JSON.parse(garbage)).toThrow();
	expect((await ask('x')).choices[0].message.content).toBe('fine');
});

test('embeds texts that share words nearer than others', async () => {
	const { data } = await openai.embeddings.create({
		model: 'scripted',
		input: ['java developer', 'senior java developer', 'head gardener'],
		dimensions: 128,
	});
	const [a, b, c] = data.map((one: any) => one.embedding as number[]);
	const cosine = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
	expect(a).toHaveLength(128);
	expect(cosine(a, a)).toBeCloseTo(1, 5);
	expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.3);
});
