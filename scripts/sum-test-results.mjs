// `node scripts/sum-test-results.mjs <folder> <failed steps> <suite>…`: adds up the JSON results that vitest
// left in the folder and prints `N passed, N failed` as its last line. A skipped test counts as failed, and
// so does a suite without a result, or a step (such as lint) that failed while all tests passed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', failedSteps = '0', ...suites] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const suite of suites) {
	const file = join(folder, `${suite}.json`);
	if (!existsSync(file)) {
		console.log(`${suite}: no result`);
		failed += 1;
		continue;
	}
	const result = JSON.parse(readFileSync(file, 'utf8'));
	const tests = result.testResults.flatMap((one) => one.assertionResults);
	const good = tests.filter(({ status }) => status === 'passed').length;
	const bad = tests.filter(({ status }) => status !== 'passed');
	// A file that cannot be loaded, or a failing hook, has no failing test to be counted.
	const brokenFiles = result.testResults.filter(
		(one) => one.status === 'failed' && one.assertionResults.every(({ status }) => status === 'passed'),
	);
	const nothingRan = tests.length === 0 && brokenFiles.length === 0 ? 1 : 0;
	passed += good;
	failed += bad.length + brokenFiles.length + nothingRan;
	console.log(`${suite}: ${good} passed, ${bad.length + brokenFiles.length + nothingRan} failed`);
	for (const { status, fullName } of bad) console.log(`  ${status}: ${fullName}`);
	for (const { name, message } of brokenFiles) console.log(`  broken: ${name} ${message ?? ''}`);
}

if (failed === 0) failed = Number(failedSteps);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
