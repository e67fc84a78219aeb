// What the machine's own apt knows: the mirror it uses.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The mirror for Debian itself from the apt sources of this machine, so that a company mirror is used.
 * @param {string} [etc] the folder that holds sources.list and sources.list.d
 * @throws {Error} when they name none
 */
export function debianMirror(etc = '/etc/apt') {
	const parts = join(etc, 'sources.list.d');
	const files = [join(etc, 'sources.list'), ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [])];
	const uris = files.filter(existsSync).flatMap((file) => {
		const text = readFileSync(file, 'utf8').replace(/^\s*#.*$/gm, '');
		const oneLine = [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/gm)].map((found) => found[1]);
		const deb822 = [...text.matchAll(/^URIs:\s*(.+)$/gim)].flatMap((found) => found[1].trim().split(/\s+/));
		return [...oneLine, ...deb822];
	});
	const mirror = uris.find((uri) => /^https?:\/\/\S+\/debian\/?$/.test(uri));
	if (!mirror) throw new Error(`no Debian mirror is named in ${etc}/sources.list or ${etc}/sources.list.d: add one, or set TEST_DATABASE_URL to a PostgreSQL with pgvector`);
	return mirror;
}
