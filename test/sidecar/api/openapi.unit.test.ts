import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { errorStatus } from '../../../sidecar/src/platform/errors.ts';
import { openApiDocument } from '../../../sidecar/src/platform/openapi.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';

const { createConfig, lintFromString } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('@redocly/openapi-core');
const routes = allRoutes({} as never);
const document = openApiDocument(routes, { version: '0.0.0' }) as any;
const operations: any[] = Object.values(document.paths).flatMap((item: any) => Object.values(item));
const of = (id: string) => operations.find(({ operationId }) => operationId === id);

test('the document has no problem under the strict rules of Redocly', { timeout: 120_000 }, async () => {
	const problems = await lintFromString({ source: JSON.stringify(document), config: await createConfig({ extends: ['recommended-strict'] }) });
	expect(problems.map(({ ruleId, message, location }: any) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
});

test('who publishes it, where it runs and how to get a token are told', () => {
	expect(document.info).toMatchObject({ contact: { name: expect.any(String), url: expect.any(String) }, license: { name: 'MIT' } });
	expect(document.servers).toHaveLength(1);
	const { accessToken, clientCredentials } = document.components.securitySchemes;
	expect(accessToken).toMatchObject({ type: 'http', scheme: 'bearer' });
	expect(routes.map(({ path }) => path)).toContain(clientCredentials.flows.clientCredentials.tokenUrl);
	expect(document.tags.filter(({ description }: any) => !description)).toEqual([]);
});

test.each(routes.map((route) => [route.id, route] as const))('%s tells what it does and every way it may end', (id, route) => {
	const operation = of(id);
	expect(route.description, 'a sentence beyond the summary').toMatch(/^[^\s].{15,}/);
	const needed = [400, 429, 500, 503, ...(route.permission === 'public' ? [] : [401, 403]), ...(route.path.includes(':') ? [404] : []), ...(route.body ? [413, 415] : [])];
	expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(needed.map(String)));
	for (const [status, response] of Object.entries<any>(operation.responses)) {
		if (Number(status) < 400 || Number(status) in route.responses) continue;
		const [content] = Object.values<any>(response.content);
		const examples = Object.entries<any>(content.examples);
		expect(examples.length).toBeGreaterThan(0);
		for (const [code, { value }] of examples) {
			expect(errorStatus[code as keyof typeof errorStatus]).toBe(Number(status));
			expect(value.code ?? value.error).toBe(code);
			expect(value.detail ?? value.error_description, `platform/errorExamples.ts has no sentence for ${code}`).not.toMatch(/^The request was refused/);
		}
	}
	expect(Object.keys(operation.responses[429].headers)).toEqual(['Retry-After', 'RateLimit', 'RateLimit-Policy']);
	if (route.permission !== 'public') expect(operation.responses[401].headers).toHaveProperty('WWW-Authenticate');
});
