import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repository } from '../../scripts/lib/run.mjs';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'talentmatch-sum-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('adds up the suites', () => {
	write('unit', ['passed', 'passed']);
	write('n8n', ['passed']);
	expect(sum('0', 'unit', 'n8n')).toEqual({ last: '3 passed, 0 failed', status: 0 });
});

test('what did not run counts as failed: a skipped test, an empty suite, a missing suite, a broken file', () => {
	write('unit', ['passed', 'skipped', 'todo', 'failed']);
	expect(sum('0', 'unit')).toEqual({ last: '1 passed, 3 failed', status: 1 });
	write('unit', []);
	expect(sum('0', 'unit')).toEqual({ last: '0 passed, 1 failed', status: 1 });
	expect(sum('0', 'absent')).toEqual({ last: '0 passed, 1 failed', status: 1 });
	write('unit', ['passed'], 'failed');
	expect(sum('0', 'unit')).toEqual({ last: '1 passed, 1 failed', status: 1 });
});

test('a step such as lint that failed while all tests passed makes the sum fail', () => {
	write('unit', ['passed']);
	expect(sum('1', 'unit')).toEqual({ last: '1 passed, 1 failed', status: 1 });
});

/** A result as vitest's json reporter writes it. */
function write(suite: string, statuses: string[], fileStatus = 'passed') {
	const assertionResults = statuses.map((status, at) => ({ status, fullName: `test ${at}` }));
	writeFileSync(join(folder, `${suite}.json`), JSON.stringify({ testResults: [{ name: 'a.test.ts', status: fileStatus, assertionResults }] }));
}

function sum(failedSteps: string, ...suites: string[]) {
	const script = join(repository, 'scripts', 'sum-test-results.mjs');
	const { stdout, status } = spawnSync(process.execPath, [script, folder, failedSteps, ...suites], { encoding: 'utf8' });
	return { last: stdout.trim().split('\n').at(-1), status };
}
