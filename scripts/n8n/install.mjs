// A real n8n, installed once into the cache folder outside the repository. It is never a
// dependency of ours: 2 GB, and n8n forbids most of what that would bring into a node package.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, installOnce } from '../lib/cache.mjs';
import { ensurePrograms, progress, run, withNode24 } from '../lib/run.mjs';

/** 2.41.3 pins versions that are missing from the npm registry. */
export const n8nVersion = '2.41.1';

const packagesInN8n = 2131;

/** @returns {string} where n8n is, or will be, installed */
export function n8nFolder() {
	return join(cacheFolder(), `n8n-${n8nVersion}`);
}

/** @returns {boolean} whether {@link installN8n} has nothing left to do */
export function isN8nInstalled() {
	return existsSync(join(n8nFolder(), '.talentmatch-installed'));
}

/**
 * Installs n8n when it is not there yet; several processes may ask at once.
 * @param {(line: string) => void} [say]
 * @returns {Promise<string>} the folder that holds node_modules/n8n
 */
export async function installN8n(say = console.error) {
	const folder = n8nFolder();
	await installOnce({
		folder,
		say,
		recipe: `n8n ${n8nVersion}, scripts off, optional left out, sqlite3 built, maps and types removed`,
		async install() {
			say(`n8n ${n8nVersion} is installed once into ${folder} (about 500 MB to download, 1.5 GB on disk, 3 to 5 minutes).`);
			ensurePrograms({ make: 'make', 'g++': 'g++', python3: 'python3' }, say);
			const log = join(folder, 'install.log');
			await downloadPackages(folder, log);
			await buildSqlite(folder, log);
			const shrinking = progress('n8n 3/3');
			shrinking.done(`${removeUnneeded(join(folder, 'node_modules'))} source maps and type files removed`);
		},
	});
	return folder;
}

/** @param {string} folder @param {string} log */
async function downloadPackages(folder, log) {
	const shown = progress('n8n 1/3');
	let asked = 0;
	let fetched = 0;
	// --no-save with a name instead of a package.json: `npm ci` fails on the lock that n8n's tree
	// generates, so no lock is kept.
	await run(
		'npm',
		['install', `n8n@${n8nVersion}`, '--prefix', folder, '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=http'],
		{
			cwd: folder,
			env: withNode24(),
			log,
			onLine(line) {
				if (!line.startsWith('npm http ')) return;
				if (line.includes('.tgz')) fetched += 1;
				else asked += 1;
				shown.update(
					fetched === 0
						? `${asked} package descriptions read`
						: fetched < packagesInN8n ? `${fetched} of about ${packagesInN8n} packages downloaded` : 'unpacking',
				);
			},
		},
	);
	shown.done(`${fetched} packages downloaded`);
}

/** sqlite3 has no prebuilt binary on npm, so it is compiled, against the headers of a local Node. */
async function buildSqlite(folder, log) {
	const shown = progress('n8n 2/3');
	shown.update('compiling sqlite3 (about a minute)');
	await run('npm', ['rebuild', 'sqlite3', '--ignore-scripts=false', '--foreground-scripts'], {
		cwd: folder,
		env: { ...withNode24(), ...nodeHeaders(), MAKEFLAGS: '-j2' },
		log,
		onLine: () => shown.update('compiling sqlite3 (about a minute)'),
	});
	shown.done('sqlite3 compiled');
}

/**
 * node-gyp would download the headers of the running Node from nodejs.org. sqlite3 is a Node-API
 * addon, whose ABI is the same in all versions, so the headers of the machine's own Node do.
 * @returns {Record<string, string>}
 */
function nodeHeaders() {
	const prefix = dirname(dirname(process.execPath));
	const roots = [prefix, '/usr', '/usr/local'];
	const root = roots.find((candidate) => existsSync(join(candidate, 'include', 'node', 'node_api.h')));
	return root ? { npm_config_nodedir: root } : {};
}

/** Deletes what only a debugger or a compiler would read: a gigabyte of source maps and type files. */
function removeUnneeded(folder) {
	let removed = 0;
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile() || !/\.(map|d\.ts|d\.mts|d\.cts)$/.test(entry.name)) continue;
		rmSync(join(entry.parentPath ?? entry.path, entry.name));
		removed += 1;
	}
	return removed;
}
