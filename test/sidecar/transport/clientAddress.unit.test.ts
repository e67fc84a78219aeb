/** Whose request it is, behind proxies that are trusted and before callers that are not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networksOf, peerOf } from '../../../sidecar/src/platform/http/clientAddress.ts';
import { loadConfig } from '../../../sidecar/src/config.ts';

const trusted = networksOf(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
const from = (socketAddress: string | undefined, forwardedFor = '', forwardedProto = '', encrypted = false) => peerOf({ socketAddress, encrypted, forwardedFor, forwardedProto }, trusted);

describe('X-Forwarded-For', () => {
	test.each([
		['from a peer that is not trusted is ignored', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
		['from a peer that merely names a trusted proxy is ignored', '203.0.113.9', '198.51.100.1, 10.0.0.1', '203.0.113.9'],
		['names the client of a trusted proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
		['is read from the right: what the client wrote itself stays unread', '10.0.0.1', '1.1.1.1, 2.2.2.2, 198.51.100.1', '198.51.100.1'],
		['is read through further trusted proxies', '10.0.0.1', '6.6.6.6, 198.51.100.1, 192.0.2.7, fd00::5, 10.9.9.9', '198.51.100.1'],
		['is not read past an untrusted hop that claims a trusted one behind it', '10.0.0.1', '10.0.0.2, 198.51.100.1', '198.51.100.1'],
		['of trusted hops alone gives the farthest', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
		['may hold IPv6', '10.0.0.1', '2001:DB8:0:0::1', '2001:db8::1'],
		['may hold IPv6 in brackets with a port', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
		['may hold IPv4 with a port', '10.0.0.1', '198.51.100.1:50000', '198.51.100.1'],
		['may hold IPv4 written as IPv6', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
		['of nothing leaves the proxy', '10.0.0.1', '', '10.0.0.1'],
		['of garbage leaves the proxy', '10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
		['of garbage behind a trusted hop leaves that hop', '10.0.0.1', '198.51.100.1, _hidden, 10.0.0.2', '10.0.0.2'],
		['does not take leading zeros, hexadecimal or short forms for addresses', '10.0.0.1', '0x7f.1', '10.0.0.1'],
	])('%s', (_what, socket, header, address) => {
		expect(from(socket, header).address).toBe(address);
	});

	test('from a proxy that is seen as IPv4 in IPv6, or with a zone, is believed like the proxy', () => {
		expect(from('::ffff:10.0.0.1', '198.51.100.1').address).toBe('198.51.100.1');
		expect(from('fd00::1%eth0', '198.51.100.1').address).toBe('198.51.100.1');
		expect(from('::ffff:203.0.113.9', '198.51.100.1').address).toBe('203.0.113.9');
	});

	test('of many thousand hops is read in a moment and to the same end', () => {
		expect(from('10.0.0.1', ['198.51.100.1', ...Array<string>(20_000).fill('10.0.0.2')].join(',')).address).toBe('198.51.100.1');
	});

	test('never makes an address out of whatever a client writes, and never moves an untrusted peer', () => {
		fc.assert(fc.property(fc.string(), (header) => {
			expect(from('203.0.113.9', header).address).toBe('203.0.113.9');
			expect(from('10.0.0.1', `${header},198.51.100.1`).address).toBe('198.51.100.1');
		}), { seed: 3 });
	});

	test('without a socket address nobody is trusted', () => {
		expect(from(undefined, '198.51.100.1', 'https')).toEqual({ address: 'unknown', secure: false, toldInsecure: false });
	});
});

describe('X-Forwarded-Proto', () => {
	test.each([
		['from an untrusted peer is ignored', '203.0.113.9', 'https', false, { secure: false, toldInsecure: false }],
		['from an untrusted peer over TLS is ignored', '203.0.113.9', 'http', true, { secure: true, toldInsecure: false }],
		['https of a trusted proxy counts', '10.0.0.1', 'https', false, { secure: true, toldInsecure: false }],
		['http of a trusted proxy counts, also where the proxy itself uses TLS to us', '10.0.0.1', 'HTTP', true, { secure: false, toldInsecure: true }],
		['of two words the nearest proxy wrote the last', '10.0.0.1', 'https, http', false, { secure: false, toldInsecure: true }],
		['of nothing leaves what the socket is', '10.0.0.1', '', true, { secure: true, toldInsecure: false }],
		['of garbage leaves what the socket is', '10.0.0.1', 'gopher', false, { secure: false, toldInsecure: false }],
	] as const)('%s', (_what, socket, header, encrypted, expected) => {
		expect(from(socket, '', header, encrypted)).toMatchObject(expected);
	});
});

describe('TRUSTED_PROXIES', () => {
	test.each(['10.0.0.0/8', '192.0.2.7', 'fd00::/8, ::1', ''])('takes "%s"', (value) => {
		expect(() => loadConfig({ TRUSTED_PROXIES: value })).not.toThrow();
	});

	test.each(['proxy.example.com', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/', '*', '10.0.0.0/-1'])('refuses "%s"', (value) => {
		expect(() => loadConfig({ TRUSTED_PROXIES: value })).toThrow(/TRUSTED_PROXIES: must be IP addresses or networks/);
	});
});
