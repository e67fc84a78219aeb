/** The package as n8n sees it: compiled into a folder of its own beside a package.json, once per state of the sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { ICredentialType, INodeType } from 'n8n-workflow';

const root = join(import.meta.dirname, '../../..');

// The expression engine and the settings of n8n-core read the environment when they load, and write into this folder.
process.env['N8N_USER_FOLDER'] ??= join(root, '.cache/test-n8n-user');
mkdirSync(process.env['N8N_USER_FOLDER'], { recursive: true });

// CommonJS on purpose: the compiled nodes `require` n8n-workflow, and an error of its ESM twin is no `instanceof` of theirs.
const require = createRequire(import.meta.url);
export const core = require('n8n-core') as typeof import('n8n-core');
export const workflow = require('n8n-workflow') as typeof import('n8n-workflow');

/** Compiles nodes/ and credentials/ and copies codex files and icons, as `n8n-node build` does, but outside dist/. */
export function buildPackage(): string {
	const sources = [
		'package.json',
		'tsconfig.json',
		...globSync('{nodes,credentials,icons}/**/*.{ts,json,svg}', { cwd: root }).sort(),
	];
	const hash = createHash('sha256');
	for (const path of sources) hash.update(path).update(readFileSync(join(root, path)));
	const folder = join(root, '.cache', `test-package-${hash.digest('hex').slice(0, 16)}`);
	if (existsSync(folder)) return folder;

	// Several test files may build at once: each into its own folder, the first one to finish puts it in place.
	const draft = `${folder}.${process.pid}`;
	execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--outDir', join(draft, 'dist')], { stdio: 'pipe' });
	cpSync(join(root, 'package.json'), join(draft, 'package.json'));
	cpSync(join(root, 'icons'), join(draft, 'dist/icons'), { recursive: true });
	for (const old of globSync('.cache/test-package-????????????????', { cwd: root })) rmSync(join(root, old), { recursive: true, force: true });
	if (existsSync(folder)) rmSync(draft, { recursive: true });
	else renameSync(draft, folder);
	return folder;
}

/** Loads the built package with n8n's own loader. */
export async function loadPackage(): Promise<PackageDirectoryLoader> {
	const loader = new core.PackageDirectoryLoader(buildPackage());
	await loader.loadAll();
	return loader;
}

export function nodeType(loader: PackageDirectoryLoader, name: string): INodeType {
	return loader.getNode(name).type as INodeType;
}

export function credentialType(loader: PackageDirectoryLoader, name: 'talentMatchApi' | 'talentMatchOAuth2Api' = 'talentMatchApi'): ICredentialType {
	return loader.getCredential(name).type;
}
