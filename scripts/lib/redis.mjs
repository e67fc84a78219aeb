// A private Redis. The Debian package's own service is left alone.
import { connect } from 'node:net';
import { canInstallPackages, ensurePrograms, freePort, hasProgram, startServer, waitUntil } from './run.mjs';

/** Why no Redis can be had on this machine, in one line; undefined when it can. */
export function whyNoRedis() {
	if (hasProgram('redis-server') || canInstallPackages()) return undefined;
	return 'redis-server is missing (as root: apt-get install redis-server)';
}

/**
 * redis-server on a port of 127.0.0.1, in memory only. It ends at `stop()`, or when this process dies.
 * @param {{port?: number}} [options]
 */
export async function startRedisServer({ port } = {}) {
	ensurePrograms({ 'redis-server': 'redis-server' });
	const listen = port ?? (await freePort());
	const server = startServer(
		'redis-server',
		['--port', String(listen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'],
		{ deathSignal: 'KILL' },
	);
	await waitUntil(
		async () => {
			if (server.hasEnded()) throw Object.assign(new Error(`redis-server ended at once:\n${server.logs()}`), { giveUp: true });
			return (await ping(listen)).startsWith('+PONG');
		},
		{ what: 'Redis answers', timeoutMs: 15_000, everyMs: 20, because: server.logs },
	);
	return { port: listen, child: server.child, logs: server.logs, stop: server.stop };
}

/** @param {number} port @returns {Promise<string>} */
function ping(port) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
		const end = (answer) => {
			socket.destroy();
			resolve(answer);
		};
		socket.setTimeout(1000, () => end(''));
		socket.once('data', (data) => end(data.toString()));
		socket.once('error', () => end(''));
	});
}
