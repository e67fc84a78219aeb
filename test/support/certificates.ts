import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from '../../scripts/lib/run.mjs';

export interface Certificate {
	certFile: string;
	keyFile: string;
	cert: string;
	key: string;
}

export interface Authority {
	/** PEM file with the certificate of the authority. */
	caFile: string;
	ca: string;
	/** A new key and a certificate for these host names and addresses. */
	issue(names: string[], options?: { expired?: boolean; name?: string }): Certificate;
	remove(): void;
}

/** A certificate authority of its own, made by openssl; its certificates began in 2000 and end in ten years, or ended in 2001. */
export function createAuthority(name = 'TalentMatch test authority'): Authority {
	ensurePrograms({ openssl: 'openssl' });
	const folder = mkdtempSync(join(tmpdir(), 'talentmatch-ca-'));
	const file = (part: string) => join(folder, part);
	const openssl = (...args: string[]) => {
		const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
		if (status !== 0) throw new Error(`openssl ${args[0]} ended with ${status}\n${stderr}`);
	};
	mkdirSync(file('issued'));
	writeFileSync(file('index.txt'), '');
	writeFileSync(file('serial'), '1000');
	writeFileSync(file('ca.cnf'), `
[ca]
default_ca = own
[own]
dir = ${folder}
database = ${file('index.txt')}
serial = ${file('serial')}
new_certs_dir = ${file('issued')}
certificate = ${file('ca.pem')}
private_key = ${file('ca.key')}
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`);
	openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/CN=${name}`, '-days', '3650',
		'-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
	let issued = 0;
	return {
		caFile: file('ca.pem'),
		ca: readFileSync(file('ca.pem'), 'utf8'),
		issue(names, { expired = false, name: base = `server-${++issued}` } = {}) {
			const [key, request, cert, extensions] = [`${base}.key`, `${base}.csr`, `${base}.pem`, `${base}.ext`];
			const alternatives = names.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',');
			writeFileSync(file(extensions), `subjectAltName = ${alternatives}\nextendedKeyUsage = serverAuth,clientAuth\nkeyUsage = digitalSignature\nbasicConstraints = CA:FALSE\n`);
			openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${names[0] as string}`);
			openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', '-extfile', extensions, '-in', request, '-out', cert, '-startdate', '20000101000000Z', ...(expired ? ['-enddate', '20010101000000Z'] : ['-days', '3650']));
			return { certFile: file(cert), keyFile: file(key), cert: readFileSync(file(cert), 'utf8'), key: readFileSync(file(key), 'utf8') };
		},
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}
