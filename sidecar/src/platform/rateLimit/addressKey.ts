import { isIPv6 } from 'node:net';

/**
 * What an address counts as in limits. A single customer line has at least a /64 of IPv6, and may take every address of
 * it in turn, so these are one; an IPv4 address counts as itself.
 * @param address as `clientAddress` gives it: canonical, IPv4 in IPv6 form already unwrapped
 */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.split('::');
  const head = groups(before);
  // An embedded IPv4 address stands at the end, so it is two groups of the 64 bits that do not count.
  const tail = after === undefined ? [] : groups(after.replace(/(?<!\d)\d{1,3}(?:\.\d{1,3}){3}$/, '0:0'));
  const all = after === undefined ? head : [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return `${all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
