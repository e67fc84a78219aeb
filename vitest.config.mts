import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { TestProjectInlineConfiguration } from 'vitest/config';

// The suites are described in test/README.md.
const pure = ['test/nodes/**/*.test.ts', 'test/sidecar/{documents,language}/**/*.test.ts', 'test/**/*.unit.test.ts'];
const withSidecar = ['test/{sidecar,support}/**/*.test.ts'];
const slow = { testTimeout: 240_000, hookTimeout: 600_000, fileParallelism: false };

// With TM_TEST_RESULTS every suite leaves its JSON result in that folder, for the sum in .ci/run.
const results = process.env['TM_TEST_RESULTS'];
const resultFile = join(results ?? '', `${process.env['TM_TEST_SUITE'] ?? 'vitest'}.json`);

export default defineConfig({
	test: {
		pool: 'forks',
		reporters: results ? ['default', ['json', { outputFile: resultFile }]] : ['default'],
		projects: [
			suite('unit', { include: pure, exclude: ['test/{n8n,browser}/**'] }),
			suite('embedded', {
				include: withSidecar,
				exclude: [...pure, 'test/**/*.services.test.ts'],
				env: { TM_TEST_MODE: 'embedded' },
				testTimeout: 60_000,
				hookTimeout: 60_000,
			}),
			suite('services', {
				include: withSidecar,
				exclude: [...pure, 'test/**/*.embedded.test.ts'],
				env: { TM_TEST_MODE: 'services' },
				globalSetup: ['test/support/services.global.ts'],
				testTimeout: 60_000,
				hookTimeout: 60_000,
			}),
			suite('n8n', { include: ['test/n8n/**/*.test.ts'], ...slow }),
			suite('browser', { include: ['test/browser/**/*.test.ts'], ...slow }),
		],
	},
});

function suite(name: string, test: NonNullable<TestProjectInlineConfiguration['test']>): TestProjectInlineConfiguration {
	return { test: { name, ...test } };
}
