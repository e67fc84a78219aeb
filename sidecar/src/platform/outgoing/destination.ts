/**
 * Where a request of this service may go. Users give addresses (webhooks, CVs by URL), so every address is resolved,
 * checked against what is not the public internet, and connected to as it was checked.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Config } from '../../config.ts';
import { AppError } from '../errors.ts';

export interface OutgoingPolicy {
  /** `host` or `host:port`, lower case: may be reached wherever they are, by that port or any */
  allowedHosts: readonly string[];
  /** this machine may be reached */
  loopback: boolean;
}

/** For addresses that users give. On the embedded default loopback is allowed, so that a local n8n works. */
export function outgoingPolicy(config: Pick<Config, 'outgoing' | 'embedded'>): OutgoingPolicy {
  return { allowedHosts: config.outgoing.allowedHosts, loopback: config.embedded };
}

export interface Address {
  address: string;
  family: 4 | 6;
}

export interface Destination {
  url: URL;
  /** never empty; every one of them may be connected to */
  addresses: Address[];
}

export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;

const lookupMs = 5_000;

/**
 * @param from the URL that redirects here; `url` may then be relative to it
 * @param resolve the look-up of names; the system's has no time limit of its own
 * @throws AppError `destination_not_allowed`
 */
export async function checkDestination(policy: OutgoingPolicy, url: string, { from, resolve = lookupAll }: { from?: URL; resolve?: Resolve | undefined } = {}): Promise<Destination> {
  const parsed = parse(url, from);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = Number(parsed.port || (parsed.protocol === 'https:' ? 443 : 80));
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await inTime(resolve(host)).catch(() => []);
  if (addresses.length === 0) throw refused(`The host ${host} cannot be resolved. Check the URL.`);
  if (!isNamed(policy, parsed, port)) {
    const local = policy.loopback && addresses.every(({ address }) => isLoopback(address));
    // One private address among public ones is enough: which of them is taken is up to whoever answers the look-up.
    if (!local && !addresses.every(({ address, family }) => isPublic(address, family === 6 ? 'ipv6' : 'ipv4'))) {
      throw refused(`The host ${host} is not on the public internet. The operator can allow it in OUTGOING_ALLOWED_HOSTS.`);
    }
    if (!local && isServicePort(port)) throw refused(`Port ${port} belongs to another service than the web. The operator can allow ${parsed.hostname}:${port} in OUTGOING_ALLOWED_HOSTS.`);
  }
  return { url: parsed, addresses: addresses as Address[] };
}

/** One spelling for each place: what two parsers may read in two ways is refused before it is resolved. */
function parse(given: string, from: URL | undefined): URL {
  const text = given.trim();
  const parsed = URL.canParse(text, from?.href) ? new URL(text, from?.href) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) throw refused('The URL must begin with http:// or https://.');
  if (/[\u0000-\u001f\u007f\\]/.test(text)) throw refused('The URL holds control characters or a backslash. Write it without.');
  const written = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(text)?.[1];
  if (written === undefined && (from === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text))) throw refused('The URL must begin with http:// or https://.');
  if (parsed.username !== '' || parsed.password !== '' || written?.includes('@')) throw refused('The URL must not hold a user name or password.');
  if (parsed.hostname.endsWith('.')) throw refused('The host ends in a dot. Write it without.');
  // Decimal, octal, hexadecimal and shortened forms of an IPv4 address.
  if (written !== undefined && isIPv4(parsed.hostname) && written.replace(/:\d*$/, '') !== parsed.hostname) throw refused(`Write the address as ${parsed.hostname}.`);
  if (from?.protocol === 'https:' && parsed.protocol === 'http:') throw refused('The URL redirects from https to http, which would send it unencrypted.');
  return parsed;
}

function isNamed({ allowedHosts }: OutgoingPolicy, { hostname }: URL, port: number): boolean {
  return [hostname, hostname.replace(/^\[|\]$/g, ''), `${hostname}:${port}`].some((name) => allowedHosts.includes(name));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');

function isLoopback(address: string): boolean {
  return isIPv4(address) ? loopback.check(address, 'ipv4') : address === '::1';
}

/** IANA special-purpose registries: nothing here is the public internet. */
const special = new BlockList();
for (const [net, prefix] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) special.addSubnet(net, prefix, 'ipv6');
// Azure's platform address: public by its number, but answers every virtual machine about itself.
special.addAddress('168.63.129.16', 'ipv4');
/** All that IANA has given to the public internet. What embeds an IPv4 address (mapped, translated, compatible) is outside. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

function isPublic(address: string, kind: 'ipv4' | 'ipv6'): boolean {
  return (kind === 'ipv4' || globalUnicast.check(address, 'ipv6')) && !special.check(address, kind);
}

/** Of the ports from 1024 on: those that the Fetch standard blocks ("bad port"), databases and control interfaces. */
const servicePorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  1433, 1521, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5900, 6379, 9200, 9300, 10250, 11211, 27017,
]);

/** A request may be made to speak a little of another protocol; the web itself lives on 80, 443 and high ports. */
function isServicePort(port: number): boolean {
  return (port < 1024 && port !== 80 && port !== 443) || servicePorts.has(port);
}

const lookupAll: Resolve = (host) => lookup(host, { all: true });

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), lookupMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const refused = (message: string): AppError => new AppError('destination_not_allowed', message);
