/** Who is at the other end, and over what, where proxies stand between. Only proxies that were named are believed. */
import { BlockList, isIP, SocketAddress } from 'node:net';
import type { Context, Middleware } from 'koa';

export interface Peer {
  /** canonical IP address; an IPv4 address in IPv6 form is shown as IPv4. `unknown` for a connection that is gone */
  address: string;
  /** the client's own hop: TLS to us, or what a trusted proxy says of its client */
  secure: boolean;
  /** a trusted proxy says so itself: its client came in the clear */
  toldInsecure: boolean;
}

export interface Hop {
  /** address of the socket */
  socketAddress: string | undefined;
  /** whether the socket is TLS */
  encrypted: boolean;
  forwardedFor: string;
  forwardedProto: string;
}

/** Sets `http.state.clientAddress` (string) and `http.state.peer`; the first middleware of all. */
export function identifyPeer(trustedProxies: readonly string[]): Middleware {
  const trusted = networksOf(trustedProxies);
  return async (http, next) => {
    const { socket } = http.req;
    const peer = peerOf({ socketAddress: socket.remoteAddress, encrypted: 'encrypted' in socket, forwardedFor: http.get('X-Forwarded-For'), forwardedProto: http.get('X-Forwarded-Proto') }, trusted);
    http.state['peer'] = peer;
    http.state['clientAddress'] = peer.address;
    await next();
  };
}

/** The client's address, as rate limits and the audit log mean it: canonical, never what an untrusted peer claims. */
export function clientAddress(http: Context): string {
  return (http.state['clientAddress'] as string | undefined) ?? 'unknown';
}

/**
 * Each proxy appends the address it was called from, so X-Forwarded-For is believed from its right end for as long as
 * the hops are trusted proxies; whatever stands further left may be the client's invention.
 */
export function peerOf({ socketAddress, encrypted, forwardedFor, forwardedProto }: Hop, trusted: BlockList): Peer {
  let address = canonical(socketAddress ?? '') ?? 'unknown';
  if (!isTrusted(address, trusted)) return { address, secure: encrypted, toldInsecure: false };
  for (const hop of forwardedFor.split(',').reverse()) {
    const next = canonical(hop);
    // A proxy that passes on what is no address leaves its own as the last one known.
    if (next === null) break;
    address = next;
    if (!isTrusted(address, trusted)) break;
  }
  // The rightmost is the nearest proxy's own word; one that appends would leave the client's word to the left of it.
  const scheme = forwardedProto.split(',').at(-1)?.trim().toLowerCase();
  return { address, secure: scheme === 'https' || (scheme !== 'http' && encrypted), toldInsecure: scheme === 'http' };
}

/** @param networks IP addresses and CIDR networks, as config.ts has checked them */
export function networksOf(networks: readonly string[]): BlockList {
  const all = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const kind = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    all.addSubnet(address, Number(prefix ?? (kind === 'ipv6' ? 128 : 32)), kind);
  }
  return all;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const kind = isIP(address);
  return kind !== 0 && trusted.check(address, kind === 6 ? 'ipv6' : 'ipv4');
}

/** One spelling an address, so that a limit cannot be had twice. Takes `1.2.3.4:567` and `[::1]:567` too. */
function canonical(text: string): string | null {
  const trimmed = text.trim();
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(trimmed)?.[1] ?? trimmed;
  const address = bare.replace(/%.*/s, '');
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return null;
  const spelled = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(spelled)?.[1] ?? spelled;
}
