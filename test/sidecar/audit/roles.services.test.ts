/** The two roles as an operator meets them: set up, started, migrated, and what is told when they are wrong. */
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { grantService } from '../../../sidecar/src/platform/db/grants.ts';
import { migrate } from '../../../sidecar/src/platform/db/migrate.ts';
import { createLogger } from '../../../sidecar/src/platform/log.ts';
import { openServices } from '../../../sidecar/src/services.ts';
import { createDatabase, dropDatabase } from '../../support/postgres.ts';
import { servicesOfThisRun } from '../../support/services.ts';

const { owner: ownerRole, service: serviceRole } = inject('postgresRoles');
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of closers.splice(0).reverse()) await close();
});

async function open(url: string): Promise<Database> {
	const db = await openDatabase({ url, poolSize: 1 });
	closers.push(() => db.close());
	return db;
}

/** @returns what was warned of */
async function start(environment: Record<string, string>): Promise<string[]> {
	const config = loadConfig({ TALENTMATCH_DATA_DIR: ':memory:', SECRET_KEY: 'a'.repeat(64), QUEUE_NAME: `test-${randomUUID().slice(0, 8)}`, REDIS_URL: inject('redisUrl'), LOG_LEVEL: 'silent', ...environment });
	const log = createLogger(config.log);
	const warn = vi.spyOn(log, 'warn');
	const services = await openServices(config, { log });
	closers.push(() => services.close());
	await services.firstStart();
	return warn.mock.calls.map((call) => String(call.at(-1)));
}

const runMigrate = async (environment: Record<string, string>): Promise<string> => {
	const script = fileURLToPath(new URL('../../../sidecar/scripts/migrate.ts', import.meta.url));
	const { stdout } = await promisify(execFile)(process.execPath, [script], { env: { PATH: process.env['PATH'], ...environment } });
	return stdout;
};

describe('starting', () => {
	test('replicas that start at once with both roles migrate once, give the rights, and warn of nothing', async () => {
		const { databaseUrl, ownerUrl } = await servicesOfThisRun();
		const warnings = await Promise.all([1, 2, 3].map(() => start({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl })));
		expect(warnings.flat()).toEqual([]);
	});

	test('with one role it warns once that this role could change the log', async () => {
		const { ownerUrl } = await servicesOfThisRun();
		const warnings = await start({ DATABASE_URL: ownerUrl });
		expect(warnings.filter((warning) => warning.includes('owns the audit log'))).toHaveLength(1);
	});

	test('the role of the service alone cannot migrate, and says who can; after `npm run migrate` it starts without the password of the owner', async () => {
		const { databaseUrl, ownerUrl } = await servicesOfThisRun();
		await expect(start({ DATABASE_URL: databaseUrl })).rejects.toThrow(/DATABASE_OWNER_URL/);
		const printed = await runMigrate({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl });
		expect(printed).toContain('ran 0001-foundation');
		expect(printed).toContain(`GRANT SELECT, INSERT ON public."audit_log" TO "${serviceRole.name}"`);
		for (const AUTO_MIGRATE of ['true', 'false']) expect(await start({ DATABASE_URL: databaseUrl, AUTO_MIGRATE })).toEqual([]);
		expect(await runMigrate({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl })).toBe('ran: nothing\nran: nothing\n');
	});

	test('a database migrated by the owner alone names what is missing', async () => {
		const { databaseUrl, ownerUrl } = await servicesOfThisRun();
		await migrate(await open(ownerUrl));
		await expect(start({ DATABASE_URL: databaseUrl })).rejects.toThrow(/has no rights on the tables yet.*DATABASE_OWNER_URL/);
	});

	test('an installation with one role moves to two by running once with both', async () => {
		const { databaseUrl, ownerUrl } = await servicesOfThisRun();
		await start({ DATABASE_URL: ownerUrl });
		expect(await start({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl })).toEqual([]);
	});
});

describe('giving rights', () => {
	const migrated = async () => {
		const { ownerUrl, databaseUrl } = await servicesOfThisRun();
		const owner = await open(ownerUrl);
		await migrate(owner);
		return { owner, ownerUrl, databaseUrl };
	};

	test('covers a table of a later migration, takes back what is too much, and changes nothing where all is right', async () => {
		const { owner, databaseUrl } = await migrated();
		await grantService(owner, serviceRole.name);
		expect(await grantService(owner, serviceRole.name)).toEqual([]);
		await owner.query('CREATE TABLE later ("a column" int)');
		await owner.query('CREATE SEQUENCE "a ""sequence"""');
		await owner.query(`GRANT ALL ON audit_log TO "${serviceRole.name}"`);
		await owner.query(`GRANT UPDATE (details) ON audit_log TO "${serviceRole.name}"`);
		await owner.query(`GRANT ALL ON audit_log_default TO "${serviceRole.name}"`);
		const service = await open(databaseUrl);
		await expect(service.query('SELECT * FROM later')).rejects.toThrow(/permission denied/);
		await grantService(owner, serviceRole.name);
		await service.query('INSERT INTO later VALUES (1)');
		expect(await service.query('SELECT nextval($1)', { bind: ['"a ""sequence"""'] })).toEqual([{ nextval: 1 }]);
		for (const statement of ['TRUNCATE later', 'UPDATE audit_log SET details = $${}$$', 'DELETE FROM audit_log', 'TRUNCATE audit_log_default', 'SELECT * FROM audit_log_default']) await expect(service.query(statement)).rejects.toThrow(/permission denied/);
		expect(await grantService(owner, serviceRole.name)).toEqual([]);
	});

	test.each([
		['it may act as the owner', `GRANT "${ownerRole.name}" TO $role`, 'may act as the role'],
		['it writes all data', 'GRANT pg_write_all_data TO $role', 'pg_write_all_data'],
		['it runs programs on the server', 'GRANT pg_execute_server_program TO $role', 'pg_execute_server_program'],
		['it is a superuser', 'ALTER ROLE $role SUPERUSER', 'superuser'],
		['everybody may change a partition', 'GRANT DELETE ON audit_log_default TO PUBLIC', 'may DELETE audit_log_default'],
		['everybody may change a column', 'GRANT UPDATE (details) ON audit_log TO PUBLIC', 'change columns of audit_log'],
		['it gets every new table', `ALTER DEFAULT PRIVILEGES FOR ROLE "${ownerRole.name}" GRANT ALL ON TABLES TO $role`, 'default privileges'],
		['it makes schemas', 'GRANT CREATE ON DATABASE $database TO $role', 'make schemas'],
	])('is refused with the reason where %s, and nothing is given', async (_what, statement, reason) => {
		const { owner, ownerUrl } = await migrated();
		const superuser = new URL(inject('postgresUrl'));
		superuser.pathname = new URL(ownerUrl).pathname;
		const admin = await open(superuser.href);
		const role = `tm_wrong_${randomUUID().slice(0, 8)}`;
		await admin.query(`CREATE ROLE "${role}" LOGIN`);
		closers.push(async () => {
			await admin.query(`DROP OWNED BY "${role}"`);
			await admin.query(`DROP ROLE "${role}"`);
		});
		await admin.query(statement.replace('$role', `"${role}"`).replace('$database', `"${superuser.pathname.slice(1)}"`));
		await expect(grantService(owner, role)).rejects.toThrow(reason);
		expect(await admin.query("SELECT relname FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE a.grantee = $1::regrole", { bind: [`"${role}"`] })).toEqual([]);
	});

	test('is refused for the owner itself and for a role that is not there', async () => {
		const { owner } = await migrated();
		await expect(grantService(owner, ownerRole.name)).rejects.toThrow(/name the same role/);
		await expect(grantService(owner, 'nobody_of_that_name')).rejects.toThrow(/does not exist/);
	});

	test('closes a schema that everybody may write to, as clusters before PostgreSQL 15 left it', async () => {
		const url = await createDatabase(inject('postgresUrl'));
		closers.push(() => dropDatabase(url));
		const superuser = await open(url);
		await migrate(superuser);
		await superuser.query('GRANT CREATE ON SCHEMA public TO PUBLIC');
		expect(await grantService(superuser, serviceRole.name)).toContain(`REVOKE CREATE ON SCHEMA public FROM PUBLIC, "${serviceRole.name}"`);
	});
});
