// `npm test`: sets up, checks the code, then runs the suites unit, embedded and services.
// `node scripts/test.mjs <suite> [vitest arguments]`: one suite (also n8n and browser), without the checks.
import { join } from 'node:path';
import { installN8n } from './n8n/install.mjs';
import { installPostgres, whyNoPostgres } from './lib/postgres.mjs';
import { whyNoRedis } from './lib/redis.mjs';
import { ensurePrograms, repository, runVisibly, withNode24 } from './lib/run.mjs';
import { setup } from './setup.mjs';

/** What each suite needs beyond npm packages: `missing` says in one line why it cannot be had here. */
const suites = {
	unit: {},
	embedded: {},
	services: {
		missing: () => whyNoPostgres() ?? whyNoRedis(),
		async install() {
			if (!process.env.TEST_DATABASE_URL) await installPostgres();
			ensurePrograms({ 'redis-server': 'redis-server' });
		},
	},
	n8n: { install: () => installN8n() },
	browser: {
		async install() {
			ensurePrograms({ chromium: 'chromium' });
			await installN8n();
		},
	},
};

const nothingMayBeSkipped = process.env.CI === 'true';
const [asked, ...vitestArguments] = process.argv.slice(2);
if (asked && !(asked in suites)) {
	console.error(`unknown suite "${asked}"; there are ${Object.keys(suites).join(', ')}`);
	process.exit(2);
}

await setup('all');
const outcomes = asked
	? [await runSuite(asked)]
	: [runScript('lint'), runScript('typecheck'), await runSuite('unit'), await runSuite('embedded'), await runSuite('services')];
console.log('');
for (const { name, ok, skipped, note } of outcomes) {
	console.log(`${ok ? (skipped ? 'NOT RUN' : 'ok     ') : 'FAILED '} ${name}${note ? `: ${note}` : ''}`);
}
process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);

/** @param {keyof typeof suites} name */
async function runSuite(name) {
	const { missing, install } = suites[name];
	const reason = missing?.();
	if (reason) return { name, ok: !nothingMayBeSkipped, skipped: true, note: reason };
	try {
		await install?.();
	} catch (error) {
		console.error(error);
		return { name, ok: false, note: 'what it needs could not be installed (see above)' };
	}
	const vitest = join(repository, 'node_modules', '.bin', 'vitest');
	const status = runVisibly(vitest, ['run', '--project', name, ...vitestArguments], {
		cwd: repository,
		env: { ...withNode24(), TM_TEST_SUITE: name },
	});
	return { name, ok: status === 0 };
}

/** @param {string} name an npm script of the root package */
function runScript(name) {
	return { name, ok: runVisibly('npm', ['run', '--silent', name], { cwd: repository, env: withNode24() }) === 0 };
}
