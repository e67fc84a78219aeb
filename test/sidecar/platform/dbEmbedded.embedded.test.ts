import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { FolderLockedError } from '../../../sidecar/src/platform/db/embedded/start.ts';
import { migratedTemplate } from '../../support/database.ts';

let folder: string;
const services: ChildProcess[] = [];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tm-db-'));
});
afterEach(async () => {
	for (const service of services.splice(0)) service.kill('SIGKILL');
	await sleep(100);
	rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

test('a second process is refused the folder, with the pid and the folder named', async () => {
	const service = await otherService(folder);
	const error = await openDatabase({ dataDir: folder }).catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(FolderLockedError);
	expect((error as Error).message).toContain(`process ${service.pid}`);
	expect((error as Error).message).toContain(folder);
});

test('kill -9 of the service frees the folder and loses no acknowledged row', async () => {
	const service = await otherService(folder);
	const acknowledged = await new Promise<number>((done) => {
		service.on('message', (message: { written: number }) => {
			if (message.written === 25) {
				service.kill('SIGKILL');
				done(message.written);
			}
		});
		service.send('write');
	});
	const db = await openDatabase({ dataDir: folder });
	const [row] = await db.query<{ n: number }>('SELECT count(*) AS n FROM written');
	await db.close();
	expect(row?.n).toBeGreaterThanOrEqual(acknowledged);
});

test('the lock of a dead process, or of another process with its number, does not hold', async () => {
	for (const holder of [
		{ pid: 4_194_000, parentPid: 4_194_000, host: hostname(), started: null },
		{ pid: process.pid, parentPid: process.pid, host: hostname(), started: 'another boot/1' },
	]) {
		writeFileSync(join(folder, 'lock.json'), JSON.stringify(holder));
		const db = await openDatabase({ dataDir: folder, template: await migratedTemplate() });
		await db.close();
		expect(existsSync(join(folder, 'lock.json'))).toBe(false);
	}
});

test('only the owner can reach the socket, and a long folder name gets a socket elsewhere', async () => {
	const long = join(folder, 'a'.repeat(80));
	mkdirSync(long);
	chmodSync(long, 0o755);
	for (const dataDir of [join(folder, 'short'), long]) {
		const db = await openDatabase({ dataDir, template: await migratedTemplate() });
		const socketFolder = db.sequelize.config.host as string;
		expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
		expect(socketFolder.startsWith(dataDir)).toBe(dataDir !== long);
		await db.close();
		expect(existsSync(socketFolder)).toBe(dataDir !== long);
	}
});

test('the death of the database process is told at once', async () => {
	const fatal = Promise.withResolvers<Error>();
	const db = await openDatabase({ dataDir: folder, template: await migratedTemplate(), onFatal: fatal.resolve });
	const { pid } = JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')) as { pid: number };
	process.kill(pid, 'SIGKILL');
	expect((await fatal.promise).message).toContain('SIGKILL');
	await db.close();
});

test('Ctrl-C for the whole group does not take the database away before the service has finished', async () => {
	const db = await openDatabase({ dataDir: folder, template: await migratedTemplate() });
	const { pid } = JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')) as { pid: number };
	process.kill(pid, 'SIGINT');
	process.kill(pid, 'SIGTERM');
	await sleep(100);
	expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
	await db.close();
});

/** A process of its own that has the folder open. */
async function otherService(dataDir: string): Promise<ChildProcess> {
	const service = fork(fileURLToPath(new URL('dbService.mts', import.meta.url)), [dataDir], { execArgv: [] });
	services.push(service);
	await new Promise<void>((done, failed) => {
		service.once('message', () => done());
		service.once('exit', (code) => failed(new Error(`the other service ended with ${code}`)));
	});
	return service;
}
