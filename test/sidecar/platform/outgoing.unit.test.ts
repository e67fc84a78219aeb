import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { checkDestination } from '../../../sidecar/src/platform/outgoing.ts';

const config = loadConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/none', SECRET_KEY: 'a'.repeat(64) });
afterEach(() => void vi.useRealTimers());

test.each([
	'[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[::ffff:0:7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[fec0::1]', '[3fff::1]', '[3fff:fff::1]', '[5f00::1]',
	'[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[2002:7f00:1::]', '[100::1]', '[4000::1]',
	'127.0.0.1', '0x7f.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '100.64.0.1',
])('a webhook may not reach http://%s/', async (host) => {
	await expect(checkDestination(config, `http://${host}/`)).rejects.toMatchObject({ code: 'destination_not_allowed' });
});

test.each(['[2600:1901::1]', '[2a00:1450:4001::2004]', '[3ffe::1]', '93.184.215.14'])('a webhook may reach the public address http://%s/', async (host) => {
	expect((await checkDestination(config, `http://${host}/`)).address).toBe(host.replace(/[[\]]/g, ''));
});

test('one private address among those of a name is enough to refuse it', async () => {
	const resolve = async () => [{ address: '93.184.215.14', family: 4 }, { address: '::ffff:0:7f00:1', family: 6 }];
	await expect(checkDestination(config, 'http://hooks.example.com/', resolve)).rejects.toMatchObject({ code: 'destination_not_allowed' });
});

test('a look-up that never answers ends', async () => {
	vi.useFakeTimers();
	const checked = expect(checkDestination(config, 'http://hooks.example.com/', () => new Promise(() => {}))).rejects.toMatchObject({ code: 'destination_not_allowed' });
	await vi.advanceTimersByTimeAsync(10_000);
	await checked;
});
