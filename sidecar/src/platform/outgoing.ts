/**
 * Requests to addresses that users give (webhooks). Resolve, refuse private ranges unless allowed, connect to the
 * resolved address only, follow no redirect. On the embedded default loopback is allowed, so that a local n8n works.
 */
import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP } from 'node:net';
import type { Config } from '../config.ts';
import { AppError } from './errors.ts';

const timeoutMs = 10_000;
const lookupMs = 5_000;
const maxResponseBytes = 64 * 1024;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** IANA special-purpose registries: nothing here is the public internet. */
const special = new BlockList();
for (const [net, prefix] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) special.addSubnet(net, prefix, 'ipv6');
/** All that IANA has given to the public internet. What embeds an IPv4 address (mapped, translated, compatible) is outside. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * @param resolve the look-up of names; the system's has no time limit of its own
 * @returns the address to connect to. @throws AppError `destination_not_allowed`
 */
export async function checkDestination(config: Config, url: string, resolve: typeof lookupAll = lookupAll): Promise<{ url: URL; address: string; family: 4 | 6 }> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '') throw refused('The URL must be http or https, without user name or password.');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await inTime(resolve(host)).catch(() => []);
  const first = addresses[0];
  if (first === undefined) throw refused(`The host ${host} cannot be resolved. Check the URL.`);
  const allowedHost = config.webhooks.allowedHosts.includes(host);
  for (const { address, family } of addresses) {
    const kind = family === 6 ? 'ipv6' : 'ipv4';
    const allowed = allowedHost || (config.embedded && loopback.check(address, kind)) || isPublic(address, kind);
    if (!allowed) throw refused(`The host ${host} is not on the public internet. The operator can allow it in WEBHOOK_ALLOWED_HOSTS.`);
  }
  return { url: parsed, address: first.address, family: first.family as 4 | 6 };
}

/** @returns the status, or the reason why there is none. Never throws for what the other side does. */
export async function postJson(config: Config, url: string, body: string, headers: Record<string, string>): Promise<{ status: number | null; error: string | null }> {
  let destination: Awaited<ReturnType<typeof checkDestination>>;
  try {
    destination = await checkDestination(config, url);
  } catch (error) {
    return { status: null, error: (error as Error).message };
  }
  const { address, family } = destination;
  const request = destination.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const outgoing = request(
      destination.url,
      {
        method: 'POST',
        timeout: timeoutMs,
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'User-Agent': 'TalentMatch', ...headers },
        // Connect to the address that was checked: a second look-up could answer another one (DNS rebinding).
        lookup: (_host, options, done) => (options.all ? done(null, [{ address, family }]) : done(null, address, family)),
      },
      (response) => {
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxResponseBytes) response.destroy();
        });
        response.on('close', () => resolve({ status: response.statusCode ?? null, error: null }));
      },
    );
    const overall = setTimeout(() => outgoing.destroy(new Error('no answer in time')), timeoutMs);
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error) => resolve({ status: null, error: error.message.slice(0, 200) }));
    outgoing.on('close', () => clearTimeout(overall));
    outgoing.end(body);
  });
}

const lookupAll = (host: string): Promise<{ address: string; family: number }[]> => lookup(host, { all: true });

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), lookupMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isPublic(address: string, kind: 'ipv4' | 'ipv6'): boolean {
  return (kind === 'ipv4' || globalUnicast.check(address, 'ipv6')) && !special.check(address, kind);
}

const refused = (message: string): AppError => new AppError('destination_not_allowed', message);
