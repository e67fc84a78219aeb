// `node scripts/postgres-for-tests.mjs`: PostgreSQL 17 with pgvector in the cache folder, ready before a
// test needs it. With --start it also starts a private server and prints its URL, until it is stopped.
import { installPostgres, startPostgresServer } from './lib/postgres.mjs';

if (process.argv.includes('--start')) {
	const server = await startPostgresServer();
	console.log(server.url);
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.stop().then(() => process.exit(0)));
} else {
	console.log(await installPostgres());
}
