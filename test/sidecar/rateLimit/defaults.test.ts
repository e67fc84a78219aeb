import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { example, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

test('300 CVs at once from one client are all taken', async () => {
	const text = example('cvs/callum-prewett.txt').toString('utf8');
	const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => app.call('POST', '/v1/cvs', { text: `${text}\nCopy ${i}`, fileName: `cv-${i}.txt` })));
	expect(answers.filter(({ status }) => status !== 202).map(({ status, body }) => [status, body.code])).toEqual([]);
});

test('a class that is not named keeps its default', () => {
	expect(loadConfig({ RATE_LIMITS: 'heavy=2, auth=0' }).rateLimits.perMinute).toEqual({ ...loadConfig({}).rateLimits.perMinute, heavy: 2, auth: 0 });
});

test.each(['heavy', 'heavy=', 'heavy=-1', 'heavy=1.5', 'huge=3', 'heavy=1000000', '__proto__=1', 'constructor=1'])('RATE_LIMITS=%s is refused, with what it takes', (value) => {
	expect(() => loadConfig({ RATE_LIMITS: value })).toThrow(/RATE_LIMITS: takes class=number pairs/);
});
