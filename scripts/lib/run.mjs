// Running other programs: with a log instead of noise, with a progress line, and so that
// a server that we started never outlives us. Plain JS on purpose: it runs on Node 20.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The Node 24 that npm brought with the root package or with the sidecar. */
export function node24() {
	const found = ['node_modules', 'sidecar/node_modules']
		.map((modules) => join(repository, modules, 'node', 'bin', 'node'))
		.find(existsSync);
	if (found) return found;
	if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
	throw new Error('Node 24 is not there yet: run `npm run setup` first.');
}

/** The environment in which `node` and npm's own scripts mean Node 24. */
export function withNode24(env = process.env) {
	return { ...env, PATH: `${dirname(node24())}${delimiter}${env.PATH ?? ''}` };
}

/**
 * Runs a program to its end. Its output goes to `log` when given, else to our stderr.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.log] file; its end is in the error message when the program fails
 * @param {(line: string) => void} [options.onLine] sees each line of the output
 * @returns {Promise<void>}
 */
export function run(command, args, { cwd, env = process.env, log, onLine } = {}) {
	if (log) writeFileSync(log, `$ ${[command, ...args].join(' ')}\n`, { flag: 'a' });
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { cwd, env, stdio: ['ignore', log ? 'pipe' : 2, log ? 'pipe' : 2] });
		const kept = keepLines((line) => {
			if (log) appendFileSync(log, `${line}\n`);
			onLine?.(line);
		});
		child.stdout?.on('data', kept.write);
		child.stderr?.on('data', kept.write);
		child.on('error', reject);
		child.on('close', (code, signal) => {
			if (code === 0) return resolve();
			// npm buries its reason under the list of all options: prefer its own error lines.
			const errors = kept.lines().filter((line) => /^npm error \S/.test(line)).slice(0, 15);
			const told = log ? `\n${(errors.length > 0 ? errors : kept.lines().slice(-15)).join('\n')}\n(whole log: ${log})` : '';
			reject(new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${signal ?? code}${told}`));
		});
	});
}

/** The exit code of a program whose output goes straight to the terminal. */
export function runVisibly(command, args, options = {}) {
	const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
	if (error) throw error;
	return status ?? 1;
}

/** @param {string} program */
export function hasProgram(program) {
	return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** True for root on a Debian-like machine: then missing packages can be installed. */
export function canInstallPackages() {
	return process.getuid?.() === 0 && hasProgram('apt-get');
}

/**
 * Makes sure that programs are there, by Debian packages where that is possible.
 * @param {Record<string, string>} wanted program -> the Debian package that brings it
 * @param {(line: string) => void} [say]
 * @throws {Error} with one line that says what to install
 */
export function ensurePrograms(wanted, say = console.error) {
	const missing = Object.entries(wanted).filter(([program]) => !hasProgram(program));
	if (missing.length === 0) return;
	const packages = [...new Set(missing.map(([, name]) => name))];
	if (!canInstallPackages()) {
		throw new Error(`missing: ${missing.map(([program]) => program).join(', ')} (as root: apt-get install ${packages.join(' ')})`);
	}
	say(`installing Debian packages: ${packages.join(' ')}`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
	const install = () => spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
	// The lists of a fresh image are empty or old: look once without, then with an update.
	if (install().status !== 0) {
		spawnSync('apt-get', ['update', '-qq'], quiet);
		if (install().status !== 0) throw new Error(`apt-get could not install ${packages.join(' ')}`);
	}
}

/**
 * A long-running server that ends with us: on Linux the kernel signals it when we die, however
 * that happens (PR_SET_PDEATHSIG, by util-linux's setpriv); elsewhere on a normal exit.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.cwd]
 * @param {'TERM' | 'INT' | 'KILL'} [options.deathSignal] sent when we die; null when the caller arranges it
 */
export function startServer(command, args, { env = process.env, cwd, deathSignal = 'TERM' } = {}) {
	const guarded = deathSignal && process.platform === 'linux' && hasProgram('setpriv');
	const [program, parameters] = guarded
		? ['setpriv', ['--pdeathsig', deathSignal, command, ...args]]
		: [command, args];
	const child = spawn(program, parameters, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
	const kept = keepLines();
	child.stdout.on('data', kept.write);
	child.stderr.on('data', kept.write);
	child.on('error', (error) => kept.write(`${error}\n`));
	const ended = new Promise((resolve) => child.on('close', resolve));
	const killAtExit = () => child.kill('SIGKILL');
	process.once('exit', killAtExit);
	child.once('close', () => process.removeListener('exit', killAtExit));

	return {
		child,
		/** Everything it said so far (the last 5,000 lines). */
		logs: () => kept.lines().join('\n'),
		hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
		/**
		 * @param {NodeJS.Signals} [signal]
		 * @param {number} [graceMs] before SIGKILL
		 */
		async stop(signal = 'SIGTERM', graceMs = 10_000) {
			if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
			child.kill(signal);
			const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
			await ended;
			clearTimeout(kill);
		},
	};
}

/**
 * Polls until `check` answers something truthy.
 * @template T
 * @param {() => Promise<T> | T} check
 * @param {{what: string, timeoutMs: number, everyMs?: number, because?: () => string}} options
 * @returns {Promise<NonNullable<T>>}
 */
export async function waitUntil(check, { what, timeoutMs, everyMs = 100, because = () => '' }) {
	const end = Date.now() + timeoutMs;
	for (let lastError; ; ) {
		try {
			const answer = await check();
			if (answer) return answer;
		} catch (error) {
			if (error.giveUp) throw error;
			lastError = error;
		}
		if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1000} s. ${lastError ?? ''}\n${because()}`);
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
}

/** A TCP port of 127.0.0.1 that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
			server.close(() => resolve(port));
		});
	});
}

/**
 * A progress line: redrawn in place on a terminal, else one line every ten seconds.
 * @param {string} title
 */
export function progress(title) {
	const started = Date.now();
	const terminal = process.stderr.isTTY;
	let last = 0;
	const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
	return {
		/** @param {string} text */
		update(text) {
			const now = Date.now();
			if (now - last < (terminal ? 150 : 10_000)) return;
			last = now;
			process.stderr.write(terminal ? `\r\x1b[K${title}: ${text} (${seconds()})` : `${title}: ${text} (${seconds()})\n`);
		},
		/** @param {string} text */
		done(text) {
			process.stderr.write(`${terminal ? '\r\x1b[K' : ''}${title}: ${text} (${seconds()})\n`);
		},
	};
}

/** @param {(line: string) => void} [onLine] */
function keepLines(onLine = () => {}) {
	/** @type {string[]} */
	const lines = [];
	let rest = '';
	return {
		lines: () => (rest ? [...lines, rest] : lines),
		/** @param {Buffer | string} data */
		write(data) {
			const parts = (rest + data.toString()).split('\n');
			rest = parts.pop() ?? '';
			for (const line of parts) {
				lines.push(line);
				onLine(line);
			}
			if (lines.length > 5000) lines.splice(0, lines.length - 5000);
		},
	};
}
