import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installOnce } from '../../scripts/lib/cache.mjs';
import { debianMirror } from '../../scripts/lib/debian.mjs';
import { startServer, waitUntil } from '../../scripts/lib/run.mjs';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'talentmatch-installs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = () => join(folder, 'thing');
const say = () => undefined;

test('installs once, although several ask at the same time', async () => {
	let installs = 0;
	const ask = () =>
		installOnce({
			folder: target(),
			recipe: 'one',
			say,
			async install(where) {
				installs += 1;
				await new Promise((resolve) => setTimeout(resolve, 50));
				writeFileSync(join(where, 'part'), 'whole');
			},
		});
	expect((await Promise.all([ask(), ask(), ask()])).filter(Boolean)).toHaveLength(1);
	expect(installs).toBe(1);
	expect(existsSync(`${target()}.lock`)).toBe(false);
});

test('an interrupted install is done again from nothing, and so is one by another recipe', async () => {
	const half = async (where: string) => {
		writeFileSync(join(where, 'half'), '');
		throw new Error('network');
	};
	await expect(installOnce({ folder: target(), recipe: 'one', install: half, say })).rejects.toThrow('network');
	expect(await installOnce({ folder: target(), recipe: 'one', install: async () => undefined, say })).toBe(true);
	expect(existsSync(join(target(), 'half'))).toBe(false);
	expect(await installOnce({ folder: target(), recipe: 'one', install: half, say })).toBe(false);
	await expect(installOnce({ folder: target(), recipe: 'two', install: half, say })).rejects.toThrow('network');
});

test('the lock of a process that died does not block', async () => {
	const dead = spawn('true');
	await new Promise((resolve) => dead.once('close', resolve));
	writeFileSync(`${target()}.lock`, `${dead.pid} 0`);
	expect(await installOnce({ folder: target(), recipe: 'one', install: async () => undefined, say })).toBe(true);
});

test("takes Debian's mirror from the machine's own apt sources, in both notations", () => {
	const etc = join(folder, 'apt');
	mkdirSync(join(etc, 'sources.list.d'), { recursive: true });
	expect(() => debianMirror(etc)).toThrow('TEST_DATABASE_URL');
	writeFileSync(join(etc, 'sources.list'), '# deb http://old.example/debian bookworm main\ndeb https://tools.example.com/apt stable main\n');
	writeFileSync(
		join(etc, 'sources.list.d', 'debian.sources'),
		'Types: deb\nURIs: http://mirror.example.org/debian-security http://mirror.example.org/debian/\nSuites: bookworm\n',
	);
	expect(debianMirror(etc)).toBe('http://mirror.example.org/debian/');
	writeFileSync(join(etc, 'sources.list'), 'deb [signed-by=/k.gpg] http://one.example.org/debian bookworm main\n');
	expect(debianMirror(etc)).toBe('http://one.example.org/debian');
});

test('a server that we started dies with us, even when we are killed', async () => {
	const script = `import { startServer } from ${JSON.stringify(new URL('../../scripts/lib/run.mjs', import.meta.url).href)};
		const server = startServer('sleep', ['1000']);
		process.stdout.write(String(server.child.pid));`;
	const parent = startServer(process.execPath, ['--input-type=module', '-e', script], { deathSignal: 'KILL' });
	const pid = Number(await waitUntil(() => parent.logs(), { what: 'the server is started', timeoutMs: 10_000 }));
	expect(isRunning(pid)).toBe(true);
	await parent.stop('SIGKILL');
	await waitUntil(() => !isRunning(pid), { what: 'the server is gone', timeoutMs: 10_000 });
});

/** A zombie that nobody has waited for is not running any more. */
function isRunning(pid: number): boolean {
	try {
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}
