/** The other side of TLS: whom this process trusts when it connects, and what goes in the clear. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Config } from '../config.ts';
import type { Logger } from './log.ts';

type Connected = Pick<Config, 'extraCaFile' | 'redisUrl' | 'llm' | 'http' | 'role'>;

const redisMs = 5_000;

/**
 * Before anything connects: trusts EXTRA_CA_FILE, warns of what goes in the clear, and looks once at Redis'
 * certificate. Redis may be away at a start, but one that shows a wrong certificate is not the one that was meant.
 * @throws Error that says what to do about a bundle or a certificate that is not good
 */
export async function prepareTransport(config: Connected, log: Pick<Logger, 'warn'>): Promise<void> {
  if (config.extraCaFile !== undefined) trustAuthorities(config.extraCaFile);
  const clear = (what: string, host: string, advice: string) => log.warn({ host }, `${what} is reached in the clear over the network. ${advice}`);
  if (config.redisUrl !== undefined) {
    const { protocol, hostname } = new URL(config.redisUrl);
    if (protocol === 'rediss:') await checkRedis(config.redisUrl, log);
    else if (!isLoopback(hostname)) clear('Redis', hostname, 'Give it a certificate and use rediss:// in REDIS_URL, with EXTRA_CA_FILE for an authority of your own.');
  }
  const llm = config.llm === null ? null : new URL(config.llm.baseUrl);
  if (llm?.protocol === 'http:' && !isLoopback(llm.hostname)) clear('The LLM', llm.hostname, 'Use an https:// address in LLM_BASE_URL.');
  const { host, port, tls, trustedProxies } = config.http;
  if (port !== undefined && tls === null && trustedProxies.length === 0 && !isLoopback(host)) {
    log.warn({ host }, 'this service listens in the clear on the network. Set TLS_CERT_FILE and TLS_KEY_FILE, or put a proxy with HTTPS before it and name it in TRUSTED_PROXIES');
  }
}

/** For every connection of the process that names no authorities of its own: pg, both Redis clients, fetch, node:https. */
export function trustAuthorities(file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`EXTRA_CA_FILE ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Check the path and the rights of the service's user.`, { cause: error });
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error(`EXTRA_CA_FILE ${file} holds no PEM certificate.`);
  for (const [i, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch (error) {
      throw new Error(`Certificate ${i + 1} in EXTRA_CA_FILE ${file} cannot be read.`, { cause: error });
    }
  }
  setDefaultCACertificates([...getCACertificates('default'), ...found]);
}

/** @returns an error for the operator when the other side's TLS is the reason, else null */
export function explainTlsError(error: unknown, { what, host }: { what: string; host: string }): Error | null {
  const code = codeOf(error);
  if (code === null || !/^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|INVALID_CA|INVALID_PURPOSE|ERR_TLS_|ERR_SSL_|EPROTO)/.test(code)) return null;
  return new Error(`${what} at ${host}: ${reasonOf(code)} (${code})`, { cause: error });
}

function reasonOf(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired. Renew it on that server, or set the clock of this machine.';
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet. Set the clocks of both machines.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is made out to another host name. Connect by a name that it holds, or issue one that holds this name.';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'its certificate is signed by an authority that is not trusted here. If that authority is yours, put its certificate into EXTRA_CA_FILE; if not, somebody may stand between.';
    case 'EPROTO':
      return 'it does not speak TLS 1.2 or newer on this port.';
    default:
      return code.startsWith('ERR_SSL_') ? 'it does not speak TLS 1.2 or newer on this port.' : 'its certificate cannot be verified.';
  }
}

/** Drivers wrap: Sequelize in `parent`, others in `cause`. */
function codeOf(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > 5) return null;
  const { code, parent, cause } = error as { code?: unknown; parent?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : (codeOf(parent, depth + 1) ?? codeOf(cause, depth + 1));
}

/** @param host a name, an address (in brackets or not), or the folder of a Unix socket */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === '' || bare.startsWith('/') || bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^(::ffff:)?127(\.\d+){3}$/.test(bare);
}

async function checkRedis(url: string, log: Pick<Logger, 'warn'>): Promise<void> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const error = await new Promise<Error | null>((resolve) => {
    const socket = connect({ host, port: Number(port || 6379), timeout: redisMs, ...(/[a-z]/i.test(host) && !host.includes(':') && { servername: host }) });
    const end = (result: Error | null) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end(null));
    // A frozen Redis, or one without TLS on this port, which waits for the end of what it takes for a command.
    socket.once('timeout', () => {
      log.warn({ host }, 'Redis does not answer over TLS. Check that it listens with TLS on the port in REDIS_URL (tls-port)');
      end(null);
    });
    socket.once('error', end);
  });
  const explained = error === null ? null : explainTlsError(error, { what: 'Redis', host });
  if (explained !== null) throw explained;
}
