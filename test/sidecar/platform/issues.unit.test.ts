import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { describeIssues } from '../../../sidecar/src/platform/issues.ts';

const planted = 'ottilie.varnbrook@example.com';

test.each<[string, z.ZodTypeAny, unknown]>([
	['an enum', z.object({ kind: z.enum(['a', 'b']) }), { kind: planted }],
	['a literal', z.object({ kind: z.literal('a') }), { kind: planted }],
	['a type', z.object({ kind: z.number() }), { kind: planted }],
	['a pattern', z.object({ kind: z.string().regex(/^x$/) }), { kind: planted }],
	['an address', z.object({ kind: z.string().url() }), { kind: planted }],
	['a date', z.object({ kind: z.string().datetime() }), { kind: planted }],
	['a key', z.object({}).strict(), { [planted]: 1 }],
	['a key of a record', z.object({ of: z.record(z.number()) }), { of: { [planted]: 'x' } }],
	['a union', z.object({ kind: z.union([z.enum(['a']), z.number()]) }), { kind: planted }],
	['a discriminator', z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]), { kind: planted }],
])('%s that does not fit is described without what was sent', (_what, schema, value) => {
	const issues = describeIssues((schema.safeParse(value) as { error: z.ZodError }).error, ['body']);
	expect(issues.length).toBeGreaterThan(0);
	expect(JSON.stringify(issues)).not.toMatch(/ottilie|varnbrook/);
});

test('says what would fit, and which field was misspelt', () => {
	const { error } = z.object({ kind: z.enum(['a', 'b']) }).strict().safeParse({ kind: 'c', knid: 1 }) as { error: z.ZodError };
	expect(describeIssues(error, ['query'])).toEqual([{ path: 'query.kind', message: "Invalid enum value. Expected 'a' | 'b'" }, { path: 'query', message: "Unrecognized key(s) in object: 'knid'" }]);
});

test('a variable that got the value of another is named without it', () => {
	expect(() => loadConfig({ LOG_LEVEL: 'sk-4711', RATE_LIMITS: 'sk-4711', PORT: 'sk-4711', DATABASE_URL: 'sk-4711', TRUSTED_PROXIES: 'sk-4711' })).toThrow(/LOG_LEVEL[\s\S]*RATE_LIMITS|RATE_LIMITS[\s\S]*LOG_LEVEL/);
	try {
		loadConfig({ LOG_LEVEL: 'sk-4711', RATE_LIMITS: 'sk-4711', PORT: 'sk-4711', DATABASE_URL: 'sk-4711', TRUSTED_PROXIES: 'sk-4711' });
	} catch (error) {
		expect(String(error)).not.toContain('sk-4711');
	}
});
