// Lint of everything that is not the n8n package: the sidecar, the tests and the scripts.
// `n8n-node lint` has its own configuration at the root, which must equal n8n's template.
import * as regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** From left to right: a feature may import those before it, never those after it (docs/ARCHITECTURE.md). */
const layers = [['platform'], ['identity'], ['agents'], ['documents', 'language'], ['cvs'], ['matching'], ['knowledge'], ['training'], ['workflows']];
/** Files that put the features together; no feature imports them. */
const composition = ['main', 'app', 'routes', 'tasks', 'erasure', 'pipelines', 'subscribers', 'services', 'worker'];

const oneValidator = { name: 'zod/v4', message: 'koa-zod-router tests for zod 3 errors: with zod 4 an invalid body passes. Import from "zod".' };
const oneClient = 'Use platform/outgoing: it checks where a request goes, and limits what comes back.';
const oneRouter = { name: 'koa-zod-router', message: 'Only platform/route.ts knows the router: use defineRoute.' };

const directions = layers.flatMap((layer, index) =>
	layer.map((feature) => {
		const later = [...layer.filter((sibling) => sibling !== feature), ...layers.slice(index + 1).flat()];
		const group = [...later.flatMap((other) => [`../${other}/**`, `../../${other}/**`, `../../../${other}/**`]), ...composition.flatMap((file) => [`../${file}.ts`, `../../${file}.ts`])];
		return {
			files: [`sidecar/src/${feature}/**/*.ts`],
			rules: {
				'no-restricted-imports': [
					'error',
					{
						paths: feature === 'platform' ? [oneValidator] : [oneValidator, oneRouter],
						patterns: group.length === 0 ? [] : [{ group, message: `${feature} may import only what stands before it: ${layers.slice(0, index).flat().join(', ') || 'nothing'}.` }],
					},
				],
			},
		};
	}),
);

export default tseslint.config(
	{ ignores: ['**/node_modules/**', 'dist/**', 'nodes/**', 'credentials/**', '**/*.mjs', '**/*.js', 'test/artifacts/**', 'coverage/**'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	...tseslint.configs.recommended,
	{
		files: ['sidecar/**/*.ts', 'test/**/*.ts'],
		rules: {
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'no-restricted-imports': ['error', { paths: [oneValidator] }],
			'prefer-const': 'error',
			eqeqeq: 'error',
			'no-console': 'off',
			// Text of documents is full of control characters, and the readers' patterns name them.
			'no-control-regex': 'off',
		},
	},
	{
		files: ['sidecar/src/**/*.ts'],
		rules: {
			'no-console': 'error',
			'no-restricted-syntax': ['error', { selector: "CallExpression[callee.property.name='transaction'][callee.object.property.name='sequelize']", message: 'db.transaction: the embedded database has one connection, and a second transaction would wait for the first for ever.' }],
			 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'config.ts is the only reader of the environment.' }],
		},
	},
	{
		// Uploaded text meets these patterns. test/sidecar/redos looks at those built at run time and at those of the nodes.
		files: ['sidecar/src/**/*.ts'],
		plugins: { regexp },
		rules: {
			'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
			'regexp/no-super-linear-move': ['error', { report: 'potential' }],
		},
	},
	{ files: ['sidecar/src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
	{
		// What leaves the service passes one guard (docs/outgoing.md); transport.ts only looks at certificates.
		files: ['sidecar/src/**/*.ts'],
		ignores: ['sidecar/src/platform/outgoing/**', 'sidecar/src/platform/transport.ts'],
		rules: {
			'no-restricted-globals': ['error', ...['fetch', 'WebSocket', 'EventSource'].map((name) => ({ name, message: oneClient }))],
			'@typescript-eslint/no-restricted-imports': ['error', { paths: [
				...['http', 'https'].flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, importNames: ['default', 'request', 'get'], message: oneClient })),
				...['net', 'tls', 'http2'].flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, importNames: ['default', 'connect', 'createConnection'], message: oneClient })),
				...['undici', 'axios', 'got', 'node-fetch'].map((name) => ({ name, message: oneClient })),
			] }],
		},
	},
	// Parsed JSON answers are looked at, not typed.
	{ files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
	...directions,
	{ files: ['sidecar/src/platform/route.ts'], rules: { 'no-restricted-imports': ['error', { paths: [oneValidator] }] } },
);
