/** The certificate that the sidecar serves HTTPS with: read, checked, and taken up again when its files change. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import type { Logger } from '../log.ts';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

const lookMs = 5_000;
const dayMs = 24 * 3_600_000;
const warnDays = 14;

/** @throws Error that says what is wrong with which file, and what to do */
export function readCertificate({ certFile, keyFile }: CertificateFiles, log: Pick<Logger, 'warn'>): { cert: Buffer; key: Buffer } {
  const cert = read(certFile, 'TLS_CERT_FILE');
  const key = read(keyFile, 'TLS_KEY_FILE');
  if (process.platform !== 'win32' && (statSync(keyFile).mode & 0o007) !== 0) {
    throw new Error(`TLS_KEY_FILE ${keyFile} can be read by every user of this machine. Take that right away (chmod o= FILE; for a Kubernetes secret defaultMode: 0440), and issue a new key if others had access.`);
  }
  const leaf = parsed(() => new X509Certificate(cert), `TLS_CERT_FILE ${certFile} is not a PEM certificate.`);
  const privateKey = parsed(() => createPrivateKey(key), `TLS_KEY_FILE ${keyFile} is not a PEM private key without a passphrase.`);
  if (!leaf.checkPrivateKey(privateKey)) throw new Error(`The key in TLS_KEY_FILE ${keyFile} does not belong to the first certificate in TLS_CERT_FILE ${certFile}. The server's certificate stands first, its chain follows.`);
  const days = Math.floor((new Date(leaf.validTo).getTime() - Date.now()) / dayMs);
  if (days < warnDays) log.warn({ validTo: leaf.validTo }, days < 0 ? 'the certificate of this service has expired: clients refuse it' : 'the certificate of this service expires soon');
  return { cert, key };
}

/**
 * Looks at the files by their times rather than by notifications: those do not come for the symbolic links that
 * Kubernetes swaps, nor over network drives. Connections that are open go on with the certificate they began with.
 * A pair that does not fit (half of it written) leaves the one in use, and is tried again once the files have changed.
 */
export function renewCertificate(server: Server, files: CertificateFiles, log: Pick<Logger, 'info' | 'warn' | 'error'>): { reload(): void } {
  let seen = stateOf(files);
  const reload = () => {
    seen = stateOf(files);
    try {
      server.setSecureContext({ minVersion: 'TLSv1.2', ...readCertificate(files, log) });
      log.info({}, 'the certificate was read anew');
    } catch (error) {
      log.error({ err: error }, 'the changed certificate cannot be used; the one before stays');
    }
  };
  const timer = setInterval(() => {
    if (stateOf(files) !== seen) reload();
  }, lookMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
  return { reload };
}

function stateOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile].map((file) => {
    const found = statSync(file, { throwIfNoEntry: false, bigint: true });
    return found ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.mode}` : 'none';
  }).join(' ');
}

function read(file: string, variable: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${variable} ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Check the path and the rights of the service's user.`, { cause: error });
  }
}

function parsed<T>(parse: () => T, message: string): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}
