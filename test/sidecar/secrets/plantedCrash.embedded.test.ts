/** A process that dies of an error says which, and not what hung on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { plantedIn } from './plantedFinder.ts';
import { startTraced } from './plantedProcess.ts';

const folder = mkdtempSync(join(tmpdir(), 'talentmatch-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const planted = [{ what: 'a value of a query', value: 'ottilie.varnbrook@example.com' }];
const make = `const error = Object.assign(new Error('duplicate key: ${planted[0]?.value}'), { code: '23505', parameters: ['${planted[0]?.value}'], cause: new SyntaxError('${planted[0]?.value}') });`;

test.skipIf(process.platform === 'win32').each([
	['an exception', 'throw error', 'an exception that nobody caught'],
	['a rejection', 'void Promise.reject(error)', 'a promise was rejected and nobody listened'],
	['something that is no error', `throw '${planted[0]?.value}'`, 'an exception that nobody caught'],
])('dying of %s that nobody caught', async (_what, fail, said) => {
	const hook = `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${make} ${fail} })`)}`;
	const running = await startTraced({ TALENTMATCH_DATA_DIR: folder, PORT: '0', LOG_FORMAT: 'json', LOG_LEVEL: 'trace', NODE_OPTIONS: `--import=${hook}` });
	try {
		running.child.kill('SIGUSR2');
		expect(await running.ended).toBe(1);
		expect(running.said()).toContain(said);
		expect(plantedIn(running.said(), planted)).toEqual([]);
	} finally {
		running.child.kill('SIGKILL');
	}
});
