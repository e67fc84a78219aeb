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

/** A private, empty redis-server on a free port; it ends with the test process at the latest. */
export async function startRedis(): Promise<RedisForTests> {
	let server = await startRedisServer();
	const { port } = server;
	const crash = () => server.stop('SIGKILL');
	return {
		url: `redis://127.0.0.1:${port}`,
		stop: crash,
		async start() {
			server = await startRedisServer({ port });
		},
		async restartEmpty() {
			await crash();
			server = await startRedisServer({ port });
		},
		pause: () => void server.child.kill('SIGSTOP'),
		resume: () => void server.child.kill('SIGCONT'),
	};
}
