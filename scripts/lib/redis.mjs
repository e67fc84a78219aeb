// A private Redis. The Debian package's own service is left alone.
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { canInstallPackages, ensurePrograms, freePort, hasProgram, startServer, waitUntil } from './run.mjs';

/** Why no Redis can be had on this machine, in one line; undefined when it can. */
export function whyNoRedis() {
	if (hasProgram('redis-server') || canInstallPackages()) return undefined;
	return 'redis-server is missing (as root: apt-get install redis-server)';
}

/**
 * redis-server on a port of 127.0.0.1, in memory only. It ends at `stop()`, or when this process dies.
 * @param {{port?: number, tls?: {certFile: string, keyFile: string, caFile: string}}} [options] `tls`: it takes TLS connections only
 */
export async function startRedisServer({ port, tls } = {}) {
	ensurePrograms({ 'redis-server': 'redis-server' });
	const listen = port ?? (await freePort());
	const ports = tls
		? ['--port', '0', '--tls-port', String(listen), '--tls-cert-file', tls.certFile, '--tls-key-file', tls.keyFile, '--tls-ca-cert-file', tls.caFile, '--tls-auth-clients', 'no']
		: ['--port', String(listen)];
	const server = startServer(
		'redis-server',
		[...ports, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'],
		{ deathSignal: 'KILL' },
	);
	await waitUntil(
		async () => {
			if (server.hasEnded()) throw Object.assign(new Error(`redis-server ended at once:\n${server.logs()}`), { giveUp: true });
			return (await ping(listen, tls !== undefined)).startsWith('+PONG');
		},
		{ what: 'Redis answers', timeoutMs: 15_000, everyMs: 20, because: server.logs },
	);
	return { port: listen, child: server.child, logs: server.logs, stop: server.stop };
}

/** @param {number} port @param {boolean} tls @returns {Promise<string>} */
function ping(port, tls) {
	return new Promise((resolve) => {
		const hello = () => socket.write('PING\r\n');
		// Only whether it answers: the tests check its certificate.
		const socket = tls ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, hello) : connect(port, '127.0.0.1', hello);
		const end = (answer) => {
			socket.destroy();
			resolve(answer);
		};
		socket.setTimeout(1000, () => end(''));
		socket.once('data', (data) => end(data.toString()));
		socket.once('error', () => end(''));
	});
}
