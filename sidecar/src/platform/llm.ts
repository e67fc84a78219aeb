/** The optional LLM: any OpenAI-compatible endpoint, through the `openai` client. */
import OpenAI from 'openai';
import type { Config } from '../config.ts';
import { AppError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { guardedFetch } from './outgoing/guardedFetch.ts';

export interface LlmClient {
  readonly model: string;
  /**
   * One chat completion that must be a JSON object.
   * @returns the parsed JSON and the tokens used. @throws AppError `llm_unavailable` when the endpoint fails or does not answer JSON
   */
  completeJson(messages: { role: 'system' | 'user'; content: string }[], options: { signal: AbortSignal; temperature?: number }): Promise<{ json: unknown; tokens: number }>;
}

const maxAnswerBytes = 16 * 1024 * 1024;

export function createLlm(config: NonNullable<Config['llm']>, metrics: Metrics): LlmClient {
  // Whatever OPENAI_LOG says: the client's own log goes past ours, with answers that are no JSON as they are.
  const client = new OpenAI({ logLevel: 'off', baseURL: config.baseUrl, apiKey: config.apiKey, timeout: config.timeoutMs, maxRetries: 1, fetch: fetchFrom(config) });
  return {
    model: config.model,
    async completeJson(messages, { signal, temperature = 0 }) {
      let content: string | null | undefined;
      let usage: { prompt_tokens: number; completion_tokens: number } | undefined;
      try {
        const completion = await client.chat.completions.create(
          { model: config.model, messages, temperature, response_format: { type: 'json_object' } },
          { signal },
        );
        content = completion.choices[0]?.message.content;
        usage = completion.usage;
      } catch (error) {
        throw new AppError('llm_unavailable', 'The language model did not answer. Check LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, or try again.', undefined, { cause: error });
      }
      metrics.llmTokens.inc({ direction: 'in' }, usage?.prompt_tokens ?? 0);
      metrics.llmTokens.inc({ direction: 'out' }, usage?.completion_tokens ?? 0);
      try {
        return { json: JSON.parse(content ?? ''), tokens: (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0) };
      } catch (error) {
        throw new AppError('llm_unavailable', 'The language model did not answer with JSON. Choose a model that supports JSON output.', undefined, { cause: error });
      }
    },
  };
}

/** Reaches the host and port of LLM_BASE_URL and nothing else: the operator named them. An answer, also a streamed one, ends within the time limit. */
function fetchFrom({ baseUrl, timeoutMs }: NonNullable<Config['llm']>) {
  const { protocol, hostname, port } = new URL(baseUrl);
  const named = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
  return guardedFetch({ allowedHosts: [named], loopback: false }, { maxResponseBytes: maxAnswerBytes, timeoutMs });
}
