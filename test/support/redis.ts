import { startRedisServer } from '../../scripts/lib/redis.mjs';

export { whyNoRedis } from '../../scripts/lib/redis.mjs';

export interface RedisForTests {
	/** The same for the whole life of this object, restarts included. */
	url: string;
	stop(): Promise<void>;
	/** Starts it again on the same port after `stop()`. Nothing is kept on disk, so it is empty. */
	start(): Promise<void>;
	/** A crash and a new start with all keys and scripts lost. */
	restartEmpty(): Promise<void>;
	/** Freezes the process: connections stay open and nothing answers, as with a hung host. */
	pause(): void;
	resume(): void;
}

/** A private, empty redis-server on a free port; it ends with the test process at the latest. With `tls` it takes TLS only. */
export async function startRedis(tls?: { certFile: string; keyFile: string; caFile: string }): Promise<RedisForTests> {
	const secure = tls && { tls };
	let server = await startRedisServer({ ...secure });
	const { port } = server;
	const crash = () => server.stop('SIGKILL');
	return {
		url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
		stop: crash,
		async start() {
			server = await startRedisServer({ port, ...secure });
		},
		async restartEmpty() {
			await crash();
			server = await startRedisServer({ port, ...secure });
		},
		pause: () => void server.child.kill('SIGSTOP'),
		resume: () => void server.child.kill('SIGCONT'),
	};
}
