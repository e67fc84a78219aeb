// Our package as a user gets it: built, then packed by npm.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository, run, withNode24 } from '../lib/run.mjs';

/**
 * Builds the nodes and packs them.
 * @param {string} folder where the .tgz and the log of the build go
 * @returns {Promise<string>} the .tgz
 */
export async function packNodes(folder) {
	for (const old of packages(folder)) rmSync(old);
	const log = join(folder, 'build.log');
	await run('npm', ['run', 'build'], { cwd: repository, env: withNode24(), log });
	await run('npm', ['pack', '--pack-destination', folder], { cwd: repository, env: withNode24(), log });
	const [packed] = packages(folder);
	if (!packed) throw new Error(`npm pack wrote nothing into ${folder}`);
	return packed;
}

/** @param {string} folder */
function packages(folder) {
	return readdirSync(folder).filter((name) => name.endsWith('.tgz')).map((name) => join(folder, name));
}
