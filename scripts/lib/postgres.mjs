// PostgreSQL 17 with pgvector for tests. Debian 12 has neither, so a small Debian 13 tree is
// unpacked once into the cache folder (debootstrap) and the server runs inside it (chroot).
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { connect } from 'node:net';
import { cacheFolder, installOnce, isAlive } from './cache.mjs';
import { debianMirror } from './debian.mjs';
import { ensurePrograms, freePort, hasProgram, progress, run, startServer, waitUntil } from './run.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const packagesInTree = 128;
const programs = '/usr/lib/postgresql/17/bin';
const dataRoot = '/var/lib/talentmatch-tests';

/**
 * Why no PostgreSQL can be had on this machine, in one line; undefined when it can.
 * A TEST_DATABASE_URL always counts as one.
 */
export function whyNoPostgres() {
	if (process.env.TEST_DATABASE_URL) return undefined;
	if (process.platform !== 'linux') return 'PostgreSQL 17 for tests needs Linux; give TEST_DATABASE_URL a server with pgvector instead';
	if (process.getuid?.() !== 0) return 'PostgreSQL 17 for tests is installed by debootstrap, which needs root; or give TEST_DATABASE_URL a server with pgvector';
	if (!hasProgram('apt-get') && !hasProgram('debootstrap')) return 'PostgreSQL 17 for tests needs debootstrap; or give TEST_DATABASE_URL a server with pgvector';
	return undefined;
}

/**
 * Unpacks PostgreSQL 17 and pgvector when they are not there yet (about 40 s, 680 MB).
 * @param {(line: string) => void} [say]
 * @returns {Promise<string>} the tree to chroot into
 */
export async function installPostgres(say = console.error) {
	const reason = whyNoPostgres();
	if (reason) throw new Error(reason);
	const folder = join(cacheFolder(), 'postgres-17');
	await installOnce({
		folder,
		say,
		recipe: 'debootstrap minbase trixie: postgresql-17, postgresql-17-pgvector',
		remove: removeTree,
		async install() {
			ensurePrograms({ debootstrap: 'debootstrap', gpgv: 'gpgv', setpriv: 'util-linux' }, say);
			if (!existsSync(keyring)) throw new Error('the Debian archive keys are missing (as root: apt-get install debian-archive-keyring)');
			say(`PostgreSQL 17 with pgvector is installed once into ${folder} (about 150 MB to download, 680 MB on disk, a minute).`);
			const shown = progress('PostgreSQL 17');
			let unpacked = 0;
			await run(
				'debootstrap',
				['--variant=minbase', `--keyring=${keyring}`, '--include=postgresql-17,postgresql-17-pgvector', 'trixie', folder, debianMirror()],
				{
					log: `${folder}.log`,
					onLine(line) {
						if (/^I: (Retrieving|Unpacking|Configuring) /.test(line)) unpacked += 1;
						shown.update(`${Math.min(99, Math.round(unpacked / (packagesInTree * 3) * 100))} %`);
					},
				},
			);
			rmSync(join(folder, 'var/cache/apt/archives'), { recursive: true, force: true });
			shown.done('installed');
		},
	});
	return folder;
}

/**
 * A private server on a free port of 127.0.0.1 with an empty data folder. It ends at `stop()`,
 * or when this process dies. Not durable on purpose: it is for tests.
 * @param {{tls?: {certFile: string, keyFile: string}}} [options] `tls`: it takes TLS connections only
 * @returns {Promise<{url: string, logs: () => string, stop: () => Promise<void>, freeze: () => () => void, useCertificate: (files: {certFile: string, keyFile: string}) => Promise<void>}>}
 * `url` names the superuser and the database "postgres"; `freeze` stops every process of the server where it stands
 * (connections are kept and made, nothing is answered) and answers what lets it go on; `useCertificate` changes the
 * certificate for connections that are made from then on
 */
export async function startPostgresServer({ tls } = {}) {
	const tree = await installPostgres();
	removeDataOfTheDead(tree);
	const port = await freePort();
	const data = `${dataRoot}/${process.pid}-${port}`;
	const inTree = join(tree, data);
	mkdirSync(inTree, { recursive: true });
	asPostgres(tree, ['chown', '-R', 'postgres:postgres', dataRoot], { asRoot: true });
	// mmap: the chroot has no /dev/shm.
	const memory = ['-c', 'dynamic_shared_memory_type=mmap'];
	asPostgres(tree, [`${programs}/initdb`, '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', ...memory]);

	const copyCertificate = ({ certFile, keyFile }) => {
		for (const [file, name] of [[certFile, 'server.crt'], [keyFile, 'server.key']]) copyFileSync(file, join(inTree, name));
		asPostgres(tree, ['chown', 'postgres:postgres', `${data}/server.crt`, `${data}/server.key`], { asRoot: true });
		asPostgres(tree, ['chmod', '600', `${data}/server.key`], { asRoot: true });
	};
	if (tls) {
		copyCertificate(tls);
		writeFileSync(join(inTree, 'pg_hba.conf'), 'hostssl all all all trust\n');
	}

	const settings = {
		...(tls && { ssl: 'on' }),
		port: String(port),
		listen_addresses: '127.0.0.1',
		unix_socket_directories: '',
		max_connections: '200',
		timezone: 'UTC',
		fsync: 'off',
		synchronous_commit: 'off',
		full_page_writes: 'off',
	};
	// setpriv stands inside the chroot: the kernel forgets the death signal when the user changes.
	const server = startServer('chroot', [
		tree, 'setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=INT',
		`${programs}/postgres`, '-D', data, ...memory,
		...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
	], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }, deathSignal: null });
	let thaw = () => {};
	const freeze = () => {
		const postmaster = server.child.pid;
		// First, so that it starts no other. Each of its processes has a group of its own.
		process.kill(postmaster, 'SIGSTOP');
		const processes = [postmaster, ...childrenOf(postmaster)];
		for (const pid of processes) process.kill(pid, 'SIGSTOP');
		return (thaw = () => {
			thaw = () => {};
			for (const pid of processes) process.kill(pid, 'SIGCONT');
		});
	};
	const stop = async () => {
		thaw();
		await server.stop('SIGINT');
		rmSync(inTree, { recursive: true, force: true });
	};
	try {
		await waitUntil(() => {
			if (server.hasEnded()) throw Object.assign(new Error(`PostgreSQL ended at once:\n${server.logs()}`), { giveUp: true });
			return server.logs().includes('ready to accept connections') && answers(port);
		}, { what: 'PostgreSQL accepts connections', timeoutMs: 30_000, everyMs: 50, because: server.logs });
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
		logs: server.logs,
		stop,
		freeze,
		async useCertificate(files) {
			const reloads = () => server.logs().split('received SIGHUP').length;
			const before = reloads();
			copyCertificate(files);
			server.child.kill('SIGHUP');
			await waitUntil(() => reloads() > before, { what: 'PostgreSQL reads its certificate', timeoutMs: 10_000, everyMs: 20, because: server.logs });
		},
	};
}

/** @param {number} pid @returns {number[]} */
function childrenOf(pid) {
	return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Runs a program inside the tree, as the user postgres unless told otherwise. */
function asPostgres(tree, command, { asRoot = false } = {}) {
	const user = asRoot ? [] : ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'];
	const { status, stdout, stderr } = spawnSync('chroot', [tree, ...user, ...command], {
		env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
		encoding: 'utf8',
	});
	if (status !== 0) throw new Error(`${command[0]} in ${tree} ended with ${status}\n${stdout}${stderr}`);
}

/** A run that was killed leaves its data folder behind; its name begins with the process id. */
function removeDataOfTheDead(tree) {
	const root = join(tree, dataRoot);
	if (!existsSync(root)) return;
	for (const name of readdirSync(root)) {
		if (!isAlive(Number.parseInt(name, 10))) rmSync(join(root, name), { recursive: true, force: true });
	}
}

/** An interrupted debootstrap may have left /proc or /sys mounted in the tree: never delete through those. */
function removeTree(folder) {
	const mounted = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '');
	for (const path of mounted.filter((path) => path.startsWith(`${folder}/`)).reverse()) {
		const { status } = spawnSync('umount', [path], { stdio: 'inherit' });
		if (status !== 0) throw new Error(`${path} is still mounted; unmount it, then try again`);
	}
	const { status } = spawnSync('rm', ['-rf', '--one-file-system', folder], { stdio: 'inherit' });
	if (status !== 0) throw new Error(`could not remove ${folder}`);
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => { socket.destroy(); resolve(true); });
		socket.once('error', () => resolve(false));
	});
}
