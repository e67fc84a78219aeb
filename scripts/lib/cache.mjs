// What every set-up script shares: the cache folder outside the repository, and
// "install this once, even when two processes ask at the same time".
// Plain JS on purpose: it runs on Node 20 before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder for large installs that outlive a clone: TALENTMATCH_CACHE, or ~/.cache/talentmatch. */
export function cacheFolder() {
	return process.env.TALENTMATCH_CACHE || join(homedir(), '.cache', 'talentmatch');
}

/**
 * Runs `install` unless `folder` already holds a finished install of this `recipe`.
 * The marker file is written last, so an interrupted install is removed and done again.
 *
 * @param {object} options
 * @param {string} options.folder where the install lives; removed before an install starts
 * @param {string} options.recipe what is installed and how; another recipe means installing again
 * @param {(folder: string) => Promise<void>} options.install fills the empty folder
 * @param {(folder: string) => void} [options.remove] removes a half or outdated install; by default rm -rf
 * @param {(line: string) => void} [options.say]
 * @returns {Promise<boolean>} true when it installed, false when it was there already
 */
export async function installOnce({ folder, recipe, install, remove = removeFolder, say = console.error }) {
	const marker = join(folder, '.talentmatch-installed');
	const stamp = createHash('sha256').update(recipe).digest('hex');
	const isInstalled = () => existsSync(marker) && readFileSync(marker, 'utf8').trim() === stamp;
	if (isInstalled()) return false;

	mkdirSync(dirname(folder), { recursive: true });
	const unlock = await lock(`${folder}.lock`, () => say('waiting for another process that is installing the same…'));
	try {
		if (isInstalled()) return false;
		if (existsSync(folder)) remove(folder);
		mkdirSync(folder, { recursive: true });
		await install(folder);
		writeFileSync(marker, `${stamp}\n`);
		return true;
	} finally {
		unlock();
	}
}

/** @param {string} folder */
function removeFolder(folder) {
	rmSync(folder, { recursive: true, force: true });
}

/**
 * Takes a lock file that names its owner's process id; waits while that process lives.
 * @param {string} file
 * @param {() => void} onWait called once, when somebody else holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
export async function lock(file, onWait = () => {}) {
	const mine = `${process.pid} ${Date.now()}`;
	for (let waited = false; ; ) {
		try {
			writeFileSync(file, mine, { flag: 'wx' });
			return () => {
				if (readOrEmpty(file) === mine) unlinkSync(file);
			};
		} catch (error) {
			if (error.code !== 'EEXIST') throw error;
		}
		if (breakIfAbandoned(file)) continue;
		if (!waited) onWait();
		waited = true;
		await sleep(500);
	}
}

/**
 * Removes the lock of a dead process. The rename makes sure that of several waiters only one
 * breaks it, and that a lock taken in the meantime is put back.
 * @param {string} file
 */
function breakIfAbandoned(file) {
	const seen = readOrEmpty(file);
	if (seen === '' || isAlive(Number.parseInt(seen, 10))) return false;
	const aside = `${file}.${process.pid}`;
	try {
		renameSync(file, aside);
		if (readOrEmpty(aside) !== seen) linkSync(aside, file);
		unlinkSync(aside);
	} catch (error) {
		if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
	}
	return true;
}

/** @param {string} file */
function readOrEmpty(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

/** @param {number} pid */
export function isAlive(pid) {
	if (!Number.isInteger(pid) || pid <= 0) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}
