/** Where a request may go, asked of the check alone: every form in which an address can be written. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { checkDestination, outgoingPolicy } from '../../../sidecar/src/platform/outgoing/destination.ts';

const services = { DATABASE_URL: 'postgres://127.0.0.1:1/none', SECRET_KEY: 'a'.repeat(64) };
const strict = outgoingPolicy(loadConfig(services));
const embedded = outgoingPolicy(loadConfig({}));
const named = (hosts: string) => outgoingPolicy(loadConfig({ ...services, OUTGOING_ALLOWED_HOSTS: hosts }));
const refusal = { code: 'destination_not_allowed' };
const publicAddress = { address: '93.184.215.14', family: 4 };
/** a resolver that knows every name and gives it a public address */
const resolve = async () => [publicAddress];
afterEach(() => void vi.useRealTimers());

describe('refused', () => {
	test.each([
		['loopback', '127.0.0.1'], ['loopback, shortened', '127.1'], ['decimal', '2130706433'], ['hexadecimal', '0x7f000001'], ['hexadecimal parts', '0x7f.1'], ['octal', '0177.0.0.1'], ['octal, padded', '00177.00.00.01'],
		['a public address in decimal', '1572395790'], ['a public address in hexadecimal', '0x5db8d70e'], ['with a dot behind', '127.0.0.1.'], ['full-width digits', '１２７.０.０.１'], ['circled digits', '①②⑦.⓪.⓪.①'], ['ideographic dots', '127。0。0。1'],
		['percent-encoded', '%31%32%37.0.0.1'], ['10/8', '10.1.2.3'], ['172.16/12', '172.31.255.255'], ['192.168/16', '192.168.0.1'], ['link-local: cloud metadata', '169.254.169.254'], ['Azure’s platform', '168.63.129.16'], ['shared space', '100.64.0.1'],
		['this network', '0.0.0.0'], ['broadcast', '255.255.255.255'], ['multicast', '224.0.0.1'], ['benchmarks', '198.18.0.1'], ['documentation', '203.0.113.7'], ['6to4 relays', '192.88.99.1'],
		['IPv6 loopback', '[::1]'], ['IPv6 loopback, in full', '[0:0:0:0:0:0:0:1]'], ['unspecified', '[::]'], ['IPv4-mapped loopback', '[::ffff:127.0.0.1]'], ['IPv4-mapped in hexadecimal', '[::ffff:7f00:1]'], ['IPv4-mapped private', '[::ffff:10.0.0.1]'], ['IPv4-mapped public', '[::ffff:93.184.215.14]'],
		['IPv4-compatible', '[::127.0.0.1]'], ['IPv4-translated', '[::ffff:0:7f00:1]'], ['NAT64', '[64:ff9b::7f00:1]'], ['local NAT64', '[64:ff9b:1::7f00:1]'], ['6to4', '[2002:7f00:1::]'], ['Teredo', '[2001::1]'], ['link-local', '[fe80::1]'], ['unique local', '[fd00::1]'],
		['EC2 metadata', '[fd00:ec2::254]'], ['site-local', '[fec0::1]'], ['multicast', '[ff02::1]'], ['documentation', '[2001:db8::1]'], ['new documentation', '[3fff::1]'], ['segment routing', '[5f00::1]'], ['discard', '[100::1]'], ['not given to anybody', '[4000::1]'],
		['a zone id', '[fe80::1%25eth0]'], ['a zone id, plain', '[fe80::1%eth0]'],
	])('%s: http://%s/', async (_form, host) => {
		await expect(checkDestination(strict, `http://${host}/`, { resolve })).rejects.toMatchObject(refusal);
	});

	test.each([
		'ftp://example.com/cv.pdf', 'file:///etc/passwd', 'file://example.com/etc/passwd', 'gopher://example.com:70/_x', 'data:text/plain,hello', 'javascript:alert(1)', 'dict://example.com:2628/', 'ldap://example.com/', 'jar:http://example.com!/', 'ws://example.com/', 'blob:http://example.com/x',
		'http://user:word@example.com/', 'http://user@example.com/', 'http://:@example.com/', 'http://example.com@10.0.0.1/', 'http://10.0.0.1#@example.com/', 'http://example.com\\@10.0.0.1/', 'http:\\\\example.com/', 'http:/example.com/', 'http:example.com', '//example.com/', '/cv.pdf', '', 'not a url', 'http://', 'http:///',
		'ht\ntp://example.com/', 'http://exam\tple.com/', 'http://example.com/\r\nX-Injected: 1', 'http://example.com./', 'http://example.com:99999/', 'http://exa mple.com/', 'http://[::1', 'http://example.com:22/', 'http://example.com:25/', 'https://example.com:6379/', 'http://example.com:5432/', 'http://example.com:0/',
	])('%j', async (url) => {
		await expect(checkDestination(strict, url, { resolve })).rejects.toMatchObject(refusal);
	});

	test.each([
		['one private address among public ones', [publicAddress, { address: '10.0.0.5', family: 4 }]], ['a private one first', [{ address: '192.168.1.1', family: 4 }, publicAddress]],
		['an IPv4 address in IPv6', [publicAddress, { address: '::ffff:0:7f00:1', family: 6 }]], ['loopback', [{ address: '::1', family: 6 }]], ['none', []],
	])('a name with %s', async (_what, addresses) => {
		await expect(checkDestination(strict, 'http://hooks.example.com/', { resolve: async () => addresses })).rejects.toMatchObject(refusal);
	});

	test.each(['http://localhost/', 'http://LOCALHOST/', 'http://localhost./', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/', 'http://l\u00adocalhost/', 'http://lоcalhost/', 'http://no-such-host.invalid/'])('%s, asked of the system', async (url) => {
		await expect(checkDestination(strict, url)).rejects.toMatchObject(refusal);
	});

	test('a redirect from https to http; the other way and within one scheme it goes on', async () => {
		const [from, plain] = [new URL('https://example.com/a/b'), new URL('http://example.com/a/b')];
		await expect(checkDestination(strict, 'http://example.com/', { from, resolve })).rejects.toMatchObject(refusal);
		await expect(checkDestination(strict, 'http://2130706433/', { from: plain, resolve })).rejects.toMatchObject(refusal);
		await expect(checkDestination(strict, '//0x7f.1/', { from, resolve })).rejects.toMatchObject(refusal);
		await expect(checkDestination(strict, 'https:2130706433', { from: plain, resolve })).rejects.toMatchObject(refusal);
		// Only its spelling speaks against it here.
		await expect(checkDestination(embedded, 'https:2130706433', { from: plain, resolve })).rejects.toMatchObject(refusal);
		await expect(checkDestination(strict, 'file:///etc/passwd', { from: plain, resolve })).rejects.toMatchObject(refusal);
		expect((await checkDestination(strict, 'https://example.com/', { from: plain, resolve })).url.href).toBe('https://example.com/');
		expect((await checkDestination(strict, '../c?d=1', { from, resolve })).url.href).toBe('https://example.com/c?d=1');
	});
});

describe('allowed', () => {
	test.each(['http://[2600:1901::1]/', 'http://[2a00:1450:4001::2004]/', 'http://[3ffe::1]/', 'http://93.184.215.14/', 'http://93.184.215.14:8080/x', 'https://example.com/my cv.pdf', 'https://EXAMPLE.com:5678/webhook', 'https://bücher.example/', ' https://example.com/ '])('%s', async (url) => {
		expect((await checkDestination(strict, url, { resolve })).addresses).toHaveLength(1);
	});

	test('loopback on the embedded default, at any port, in its usual form only', async () => {
		for (const url of ['http://127.0.0.1:5678/', 'http://127.0.0.1:9/', 'http://[::1]:5678/', 'http://localhost:5678/']) await checkDestination(embedded, url);
		for (const url of ['http://2130706433/', 'http://127.1/', 'http://[::ffff:127.0.0.1]/', 'http://localhost./', 'http://10.0.0.1/']) await expect(checkDestination(embedded, url)).rejects.toMatchObject(refusal);
		const both = async () => [{ address: '127.0.0.1', family: 4 }, { address: '10.0.0.1', family: 4 }];
		await expect(checkDestination(embedded, 'http://hooks.example.com/', { resolve: both })).rejects.toMatchObject(refusal);
	});

	test('what the operator names, by host or by host and port, and nothing near it', async () => {
		const inside = async () => [{ address: '10.0.0.5', family: 4 }];
		const reaches = async (hosts: string, url: string) => checkDestination(named(hosts), url, { resolve: inside }).then(() => true, () => false);
		expect(await reaches('N8N.internal.example', 'http://n8n.internal.example:5678/')).toBe(true);
		expect(await reaches('n8n.internal.example:5678, other.example', 'http://n8n.internal.example:5678/')).toBe(true);
		expect(await reaches('n8n.internal.example:443', 'https://n8n.internal.example/')).toBe(true);
		expect(await reaches('10.0.0.5,[fd00::1]:81', 'http://10.0.0.5:22/')).toBe(true);
		expect(await reaches('10.0.0.5,[fd00::1]:81', 'http://[fd00::1]:81/')).toBe(true);
		for (const url of ['http://n8n.internal.example:22/', 'http://x.n8n.internal.example:5678/', 'http://n8n.internal.example.evil.example:5678/', 'http://10.0.0.5:5678/', 'http://n8n.internal.example.:5678/', 'http://user@n8n.internal.example:5678/']) {
			expect([url, await reaches('n8n.internal.example:5678', url)]).toEqual([url, false]);
		}
	});
});

test('a look-up that never answers ends', async () => {
	vi.useFakeTimers();
	const checked = expect(checkDestination(strict, 'http://hooks.example.com/', { resolve: () => new Promise(() => {}) })).rejects.toMatchObject(refusal);
	await vi.advanceTimersByTimeAsync(10_000);
	await checked;
});
