/** What goes over the network in the clear is said at the start, with the way to change it. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { explainTlsError, isLoopback, prepareTransport } from '../../../sidecar/src/platform/transport.ts';

const external = { DATABASE_URL: 'postgres://u:p@127.0.0.1/tm' };

async function warnings(environment: Record<string, string>): Promise<string[]> {
	const said: string[] = [];
	await prepareTransport(loadConfig(environment), { warn: (_details: object, text?: string) => void said.push(text as string) } as never);
	return said;
}

test.each([
	['Redis', { ...external, REDIS_URL: 'redis://:secret-word@redis.example.com:6379' }, /Redis is reached in the clear.*rediss:\/\//],
	['the LLM', { LLM_BASE_URL: 'http://llm.example.com/v1', LLM_MODEL: 'm' }, /LLM is reached in the clear.*https:\/\//],
	['the API', { HOST: '0.0.0.0' }, /listens in the clear.*TLS_CERT_FILE.*TRUSTED_PROXIES/],
	['the API on IPv6', { HOST: '::' }, /listens in the clear/],
])('%s', async (_what, environment, message) => {
	const said = await warnings(environment as unknown as Record<string, string>);
	expect(said).toEqual([expect.stringMatching(message)]);
	expect(said.join()).not.toContain('secret-word');
});

test.each([
	{}, { ...external, REDIS_URL: 'redis://localhost:6379' }, { ...external, REDIS_URL: 'redis://[::1]:6379' }, { LLM_BASE_URL: 'https://llm.example.com/v1', LLM_MODEL: 'm' }, { LLM_BASE_URL: 'http://127.0.0.1:11434/v1', LLM_MODEL: 'm' },
	{ HOST: '0.0.0.0', TRUSTED_PROXIES: '10.0.0.0/8' }, { HOST: '0.0.0.0', TLS_CERT_FILE: 'a', TLS_KEY_FILE: 'b' },
])('nothing is said of %j', async (environment) => {
	expect(await warnings(environment as Record<string, string>)).toEqual([]);
});

test.each(['localhost', 'LOCALHOST', 'app.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '/run/postgresql', ''])('%s is this machine', (host) => {
	expect(isLoopback(host)).toBe(true);
});

test.each(['localhost.example.com', '10.0.0.1', '0.0.0.0', '::', '127.example.com', '1.127.0.0'])('%s is not', (host) => {
	expect(isLoopback(host)).toBe(false);
});

test('only errors of TLS are explained, also inside those of a driver', () => {
	const coded = (code: string) => Object.assign(new Error('x'), { code });
	const target = { what: 'PostgreSQL', host: 'db.example.com' };
	expect(explainTlsError(Object.assign(new Error('wrapped'), { parent: coded('CERT_HAS_EXPIRED') }), target)?.message).toMatch(/^PostgreSQL at db\.example\.com: its certificate has expired/);
	expect(explainTlsError(new Error('wrapped', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') }), target)?.message).toMatch(/another host name/);
	for (const other of [coded('ECONNREFUSED'), coded('28P01'), new Error('CERT_HAS_EXPIRED'), null, 'CERT_HAS_EXPIRED']) expect(explainTlsError(other, target)).toBe(null);
});
