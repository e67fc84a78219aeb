// Starting the installed n8n with its own folder, our package inside, and nothing that calls the internet.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { freePort, node24, run, startServer, waitUntil, withNode24 } from '../lib/run.mjs';
import { installN8n } from './install.mjs';

/**
 * @typedef {object} RunningN8n
 * @property {string} url editor, API and webhooks, without a slash at the end
 * @property {string} folder its user folder: database, encryption key, installed packages
 * @property {() => string} logs what n8n has written so far
 * @property {() => Promise<void>} stop
 */

/**
 * Starts n8n and waits until it is ready (6 to 10 s, after a migration of the empty database).
 * The same folder again means the same n8n again: owner, credentials and workflows are kept.
 *
 * @param {object} options
 * @param {string} options.folder user folder, made when missing; only one n8n may use it at a time
 * @param {string} [options.packageTgz] our package as `npm pack` wrote it
 * @param {string} [options.sidecarUrl] where the template gallery lives; without it n8n has no templates
 * @param {number} [options.port] a free one by default
 * @param {Record<string, string>} [options.env] further settings of n8n
 * @param {(line: string) => void} [options.say]
 * @returns {Promise<RunningN8n>}
 */
export async function startN8n({ folder, packageTgz, sidecarUrl, port, env = {}, say = console.error }) {
	const installed = await installN8n(say);
	mkdirSync(folder, { recursive: true });
	if (packageTgz) await installPackage(folder, packageTgz);
	const listen = port ?? (await freePort());
	const url = `http://127.0.0.1:${listen}`;
	const settings = {
		N8N_USER_FOLDER: folder,
		N8N_ENCRYPTION_KEY: encryptionKey(folder),
		N8N_PORT: String(listen),
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_EDITOR_BASE_URL: url,
		WEBHOOK_URL: url,
		...quietSettings,
		...(sidecarUrl
			? { N8N_TEMPLATES_ENABLED: 'true', N8N_TEMPLATES_HOST: sidecarUrl.replace(/\/$/, '') }
			: { N8N_TEMPLATES_ENABLED: 'false' }),
		...env,
	};
	const server = startServer(node24(), [join(installed, 'node_modules', 'n8n', 'bin', 'n8n'), 'start'], {
		cwd: folder,
		env: { ...withNode24(withoutN8nSettings(process.env)), ...settings },
	});
	try {
		await waitUntil(
			async () => {
				if (server.hasEnded()) throw Object.assign(new Error(`n8n ended at once:\n${server.logs()}`), { giveUp: true });
				return (await fetch(`${url}/healthz/readiness`)).status === 200;
			},
			{ what: `n8n is ready at ${url}`, timeoutMs: 120_000, everyMs: 200, because: server.logs },
		);
	} catch (error) {
		await server.stop();
		throw error;
	}
	return { url, folder, logs: server.logs, stop: () => server.stop('SIGTERM', 15_000) };
}

/** Loopback only, one process, SQLite, and none of the calls home, banners and questions of a first start. */
const quietSettings = {
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_HOST: '127.0.0.1',
	N8N_PROTOCOL: 'http',
	N8N_SECURE_COOKIE: 'false',
	DB_TYPE: 'sqlite',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_AI_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
};

/** Settings of another n8n in the caller's environment must not reach this one. */
function withoutN8nSettings(env) {
	const foreign = /^(N8N_|DB_|WEBHOOK_|EXECUTIONS_|QUEUE_|VITEST|NODE_OPTIONS$|NODE_ENV$)/;
	return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

/** Kept beside n8n's own files, so that a second start can read its stored credentials. */
function encryptionKey(folder) {
	const file = join(folder, 'encryption-key');
	if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
	return readFileSync(file, 'utf8').trim();
}

/**
 * Puts our packed package where n8n itself puts community nodes, so that its types are named
 * `n8n-nodes-talentmatch.*` as for a user (N8N_CUSTOM_EXTENSIONS would call them `CUSTOM.*`).
 */
async function installPackage(folder, packageTgz) {
	const nodes = join(folder, '.n8n', 'nodes');
	mkdirSync(nodes, { recursive: true });
	const manifest = join(nodes, 'package.json');
	if (!existsSync(manifest)) writeFileSync(manifest, '{"name":"installed-nodes","private":true,"dependencies":{}}\n');
	await run('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--offline', '--no-audit', '--no-fund', relative(nodes, packageTgz)], {
		cwd: nodes,
		env: withNode24(),
		log: join(folder, 'package-install.log'),
	});
}
