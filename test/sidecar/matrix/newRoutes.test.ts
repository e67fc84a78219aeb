/** A new route says who may call it, or the service does not start. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../../sidecar/src/app.ts';
import { defineRoute, ok } from '../../../sidecar/src/platform/route.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { Matrix } from './matrix.ts';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app?.close());

const definition = { id: 'listSecrets', method: 'get', path: '/v1/secrets', permission: 'jobs:read', tag: 'New', rate: 'read', summary: 'List secrets', responses: { 200: { description: 'All' } }, handler: async () => ok({}) } as const;
const routeWith = (permission: unknown): AnyRoute => {
	const route = defineRoute({ ...definition } as never);
	if (permission === undefined) delete (route as Partial<AnyRoute>).permission;
	else route.permission = permission as AnyRoute['permission'];
	return route;
};
const start = (route: AnyRoute) => createApp(app.services as never, [...allRoutes(app.services as never), route]);

describe('a new route', () => {
	test.each([['none', undefined], ['an empty one', ''], ['null', null], ['one that no role can give', 'secrets:read'], ['a misspelt one', 'job:read'], ['Public with a capital', 'Public'], ['a list', ['jobs:read', 'cvs:read']], ['a wildcard', '*'], ['the name of a method of objects', 'constructor']])('with %s as its permission does not start', (_what, permission) => {
		expect(() => start(routeWith(permission))).toThrow(/^Route listSecrets /);
	});

	test.each(['jobs:read', 'public', 'authenticated'])('that spells out %s starts', (permission) => {
		expect(() => start(routeWith(permission))).not.toThrow();
	});

	test('that the matrix does not know fails it, and says where to add it', () => {
		const matrix = new Matrix({} as never, []);
		expect(() => matrix.askOf(routeWith('jobs:read'))).toThrow('tell the matrix how to ask listSecrets');
	});
});
