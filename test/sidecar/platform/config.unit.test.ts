import { expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';

test.each([
	['DATABASE_URL', 'postgre://user:s3cret-word@host/db'], ['DATABASE_URL', 'user:s3cret-word@host/db'], ['DATABASE_URL', 'mysql://user:s3cret-word@host/db'], ['DATABASE_URL', 'postgres://user:s3cret-word/#@host:port/db'],
	['REDIS_URL', 'rediss//:s3cret-word@host'], ['REDIS_URL', 'http://:s3cret-word@host'], ['REDIS_URL', 'host:6379'],
])('a wrong %s (%s) is named at the start, without its password', (name, value) => {
	const load = () => loadConfig({ [name]: value });
	expect(load).toThrow(new RegExp(`${name}: must be a URL that begins with (postgres|redis)://`));
	expect(load).not.toThrow(/s3cret-word/);
});

test.each([['DATABASE_URL', 'postgres://u:p@db.example.com:5432/tm?sslmode=require'], ['DATABASE_URL', 'postgresql:///tm?host=/run/postgresql'], ['REDIS_URL', 'redis://127.0.0.1:6379/2'], ['REDIS_URL', 'rediss://:p@redis.example.com']])('%s takes %s', (name, value) => {
	expect(() => loadConfig({ [name]: value })).not.toThrow();
});
