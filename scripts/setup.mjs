// Installs what package-lock.json asks for, when it is not installed yet, and Node 24 with it.
// `--sidecar`: only what the sidecar needs to run. `--all`: also everything for building and testing.
// Plain JS on purpose: it is the first thing that runs after a clone, on Node 20.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './lib/cache.mjs';
import { progress, repository, run } from './lib/run.mjs';

/**
 * Brings the installed packages in line with the lockfiles; a second call does nothing.
 * @param {'sidecar' | 'all'} [what]
 */
export async function setup(what = 'all') {
	const everything = what === 'all';
	await installPackages('sidecar', { dev: everything });
	if (everything) await installPackages('.', { dev: true });
}

/** @param {string} folder in the repository @param {{dev: boolean}} options */
async function installPackages(folder, { dev }) {
	const at = join(repository, folder);
	if (isInstalled(at, dev)) return;
	const title = folder === '.' ? 'the n8n package and the test tools' : 'the sidecar';
	const notes = join(repository, '.cache');
	mkdirSync(notes, { recursive: true });
	const unlock = await lock(join(notes, `setup-${folder === '.' ? 'root' : folder}.lock`), () => console.error(`waiting for another process that installs ${title}…`));
	try {
		if (isInstalled(at, dev)) return;
		const shown = progress(`installing ${title} (npm ci)`);
		const log = join(notes, 'setup.log');
		let seen = 0;
		await run('npm', ['ci', ...(dev ? [] : ['--omit=dev']), '--no-audit', '--no-fund', '--loglevel=http'], {
			cwd: at,
			log,
			onLine(line) {
				if (line.startsWith('npm http ') && line.includes('.tgz')) seen += 1;
				shown.update(`${seen} packages`);
			},
		});
		// With ignore-scripts=true (.npmrc) the package "node" is empty until its own script has run.
		await run('npm', ['rebuild', 'node', '--ignore-scripts=false'], { cwd: at, log });
		if (!isInstalled(at, dev)) throw new Error(`npm ci in ${at} did not install what package-lock.json asks for (log: ${log})`);
		shown.done('done');
	} finally {
		unlock();
	}
}

/**
 * Compares package-lock.json with npm's own record of what stands in node_modules, so that an
 * `npm install` by hand counts too. npm writes that record last.
 * @param {string} folder @param {boolean} dev
 */
function isInstalled(folder, dev) {
	const record = join(folder, 'node_modules', '.package-lock.json');
	if (!existsSync(record) || !nodeRuns(folder)) return false;
	const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
	const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
	return Object.entries(wanted).every(([path, { version, dev: isDev, optional, devOptional, peer }]) => {
		const mayBeMissing = path === '' || optional || peer || ((isDev || devOptional) && !dev);
		return installed[path] ? installed[path].version === version : mayBeMissing;
	});
}

/** @param {string} folder */
function nodeRuns(folder) {
	const node = join(folder, 'node_modules', 'node', 'bin', 'node');
	return existsSync(node) && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v24.') === true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	await setup(process.argv.includes('--sidecar') ? 'sidecar' : 'all');
}
