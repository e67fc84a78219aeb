/** Values by schema, and values that no schema means. */
import * as fc from 'fast-check';

/** What is asked of zod here; its own types are too deep to be followed through every route. */
export type Schema = any;

/** Ids by name of the parameter or key, of rows that are there; `''` stands for any. */
export interface Pools {
	ids: Map<string, string[]>;
	foreign: string[];
	cursors: string[];
	/** takes webhooks and serves documents */
	sinkUrl: string;
	/** keys of bodies with values that log somebody in */
	known: Record<string, string>;
}

export const unknownId = '01980000-0000-7000-8000-0000000fffff';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Mostly ids that are there and fit. */
export function idFor(key: string, pools: Pools): fc.Arbitrary<string> {
	const own = pools.ids.get(key.replace(/s$/, '')) ?? [];
	const any = [...pools.ids.values()].flat();
	const from = (list: string[]) => (list.length > 0 ? fc.constantFrom(...list) : fc.constant(unknownId));
	return fc.oneof(
		{ weight: 20, arbitrary: from(own) }, { weight: 1, arbitrary: from(any) }, { weight: 2, arbitrary: from(pools.foreign) },
		{ weight: 1, arbitrary: fc.constant(unknownId) }, { weight: 1, arbitrary: from(own).map((id) => id.toUpperCase()) },
	);
}

const words = ['Java', 'PostgreSQL', 'baker', 'Quillhaven Ltd', 'three years', 'B2', 'experience', 'remote work', 'Ottilie', 'références', 'Größe', 'opiniões', '経験', '- must have Kotlin\n'];

function textOf(min: number, max: number): fc.Arbitrary<string> {
	const plain = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((list) => list.join(' '));
	const fitted = (text: string) => (text.length < min ? text.padEnd(min, 'x') : text).slice(0, Math.max(min, max));
	return fc.oneof({ weight: 6, arbitrary: plain.map(fitted) }, { weight: 1, arbitrary: fc.string({ minLength: Math.min(min, 50), maxLength: Math.min(max, 50), unit: 'grapheme' }) }, { weight: 1, arbitrary: fc.constant(fitted('edge '.repeat(Math.ceil(Math.min(max, 20_000) / 5)))) });
}

/** By name, where a schema says less than its route means. */
const named: Record<string, (pools: Pools) => fc.Arbitrary<unknown>> = {
	// Names that are looked up would leave the machine.
	url: ({ sinkUrl }) => fc.constantFrom(`${sinkUrl}/hook`, `${sinkUrl}/doc.txt`, 'http://10.0.0.1/', 'http://169.254.169.254/latest/', 'file:///etc/passwd', 'http://[::1', 'javascript:alert(1)'),
	wait: () => fc.constantFrom(0, 1, '0'),
	cursor: ({ cursors }) => fc.oneof(fc.constantFrom('x', 'W10', ...cursors), fc.base64String({ maxLength: 60 })),
	contentBase64: () => fc.oneof(fc.constant(Buffer.from('Ottilie Varnbrook\nottilie@example.com\n\nExperience\nBaker, Quillhaven Ltd, 2015 - 2020\n\nSkills\nBaking\n').toString('base64')), fc.base64String({ maxLength: 200 })),
	grant_type: () => fc.constantFrom('client_credentials', 'refresh_token', 'password'),
	roles: () => fc.array(fc.constantFrom('admin', 'recruiter', 'hiring-manager', 'analyst', 'integration', 'auditor', 'nobody'), { maxLength: 3 }),
};

/** @returns values that the schema takes, but for its refinements */
export function valueOf(schema: Schema, key: string, pools: Pools): fc.Arbitrary<unknown> {
	const special = Object.hasOwn(named, key) ? named[key] : undefined;
	if (special !== undefined) return special(pools);
	if (Object.hasOwn(pools.known, key) && schema._def.typeName === 'ZodString') return fc.oneof({ weight: 3, arbitrary: fc.constant(pools.known[key]) }, { weight: 1, arbitrary: stringOf(schema._def.checks, key, pools) });
	const { _def: definition } = schema;
	const inner = (part: Schema) => valueOf(part, key, pools);
	switch (definition.typeName) {
		case 'ZodOptional': case 'ZodDefault': return inner(definition.innerType);
		case 'ZodNullable': return fc.option(inner(definition.innerType), { freq: 4 });
		case 'ZodEffects': return inner(definition.schema);
		case 'ZodObject': return objectOf(schema.shape, pools);
		case 'ZodArray': return fc.array(inner(definition.type), { minLength: definition.minLength?.value ?? 0, maxLength: Math.min(definition.maxLength?.value ?? 4, Math.max(4, definition.minLength?.value ?? 0)) });
		case 'ZodEnum': return fc.constantFrom(...definition.values);
		case 'ZodBoolean': return fc.boolean();
		case 'ZodNumber': return numberOf(definition.checks);
		case 'ZodString': return stringOf(definition.checks, key, pools);
		case 'ZodLiteral': return fc.constant(definition.value);
		case 'ZodUnion': case 'ZodDiscriminatedUnion': return fc.oneof(...[...(definition.options.values?.() ?? definition.options)].map(inner));
		case 'ZodRecord': return fc.dictionary(fc.constantFrom('question', 'cvId', 'jobId', 'candidateId', 'limit', 'other'), fc.oneof(idFor('jobId', pools), textOf(1, 60), fc.integer({ min: 1, max: 50 })), { maxKeys: 3 });
		default: return fc.jsonValue({ maxDepth: 2 });
	}
}

function objectOf(shape: Record<string, Schema>, pools: Pools): fc.Arbitrary<Record<string, unknown>> {
	const required = Object.keys(shape).filter((key) => !shape[key].isOptional());
	return fc.record(Object.fromEntries(Object.entries(shape).map(([key, part]) => [key, valueOf(part, key, pools)])), { requiredKeys: required });
}

function numberOf(checks: { kind: string; value?: number }[]): fc.Arbitrary<number> {
	const bound = (kind: string, otherwise: number) => checks.find((check) => check.kind === kind)?.value ?? otherwise;
	const [min, max] = [bound('min', -1000), bound('max', 1_000_000)];
	return checks.some(({ kind }) => kind === 'int') ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) }) : fc.double({ min, max, noNaN: true });
}

function stringOf(checks: { kind: string; value?: number; regex?: RegExp }[], key: string, pools: Pools): fc.Arbitrary<unknown> {
	const has = (kind: string) => checks.find((check) => check.kind === kind);
	if (has('uuid')) return idFor(key, pools);
	if (has('email')) return fc.nat(1_000_000).map((n) => `person-${n}@example.com`);
	if (has('datetime')) return fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }).map((date) => date.toISOString());
	const pattern = has('regex')?.regex;
	const length = has('length')?.value;
	const [min, max] = [length ?? has('min')?.value ?? 0, length ?? has('max')?.value ?? 300];
	if (pattern !== undefined) {
		try {
			return fc.stringMatching(new RegExp(pattern.source), { maxLength: Math.min(max, 64) });
		} catch {
			// a pattern that fast-check has no words for: then text, which is refused
		}
	}
	return textOf(min, max);
}

/** The example of the docs, with ids that are there and names that are new. */
export function likeExample(value: unknown, key: string, pools: Pools): fc.Arbitrary<unknown> {
	if (Object.hasOwn(named, key) && key !== 'roles') return fc.oneof(fc.constant(value), (named[key] as (pools: Pools) => fc.Arbitrary<unknown>)(pools));
	if (Object.hasOwn(pools.known, key)) return fc.oneof({ weight: 3, arbitrary: fc.constant(pools.known[key]) }, { weight: 1, arbitrary: fc.constant(value) });
	if (typeof value === 'string' && uuid.test(value)) return idFor(key, pools);
	if (typeof value === 'string' && ['name', 'externalId'].includes(key)) return fc.nat(1_000_000).map((n) => `${value}-${n}`.toLowerCase().replaceAll(' ', '-'));
	if (typeof value === 'string' && key === 'email') return fc.nat(1_000_000).map((n) => `person-${n}@example.com`);
	if (Array.isArray(value)) return fc.tuple(...value.map((part) => likeExample(part, key, pools)));
	if (typeof value === 'object' && value !== null) return fc.record(Object.fromEntries(Object.entries(value).map(([name, part]) => [name, likeExample(part, name, pools)])));
	return fc.constant(value);
}

/** Stands for text that JSON has no value for; `jsonText` writes it bare. */
const bare = (text: string): string => `\u0001${text}\u0001`;

const deep = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);

export const hostileStrings: readonly string[] = [
	'', ' ', '\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\u202Egnp.exe', '\u200B\u200D\uFEFF', '\u2066\u2069', '👩‍👩‍👧‍👦🏳️‍🌈', 'é'.repeat(40).normalize('NFD'), 'ﷺ'.repeat(50), 'Z\u0351\u036b'.repeat(60), '\r\nSet-Cookie: a=b', '\u001b[31mred\u001b[0m', '\u2028\u2029',
	"' OR '1'='1", "'; DROP TABLE jobs; --", '$1', ':workspaceId', '%', '_', '\\', '%_%\\', '" OR ""="', '=cmd|\'/c calc\'!A1', '{{7*7}}', '${7*7}', '<script>alert(1)</script>', '../../../../etc/passwd', '..%2f..%2f', 'C:\\boot.ini', 'file:///etc/passwd',
	'null', 'undefined', 'true', 'NaN', 'Infinity', '-1', '1e309', '0x10', '9'.repeat(40), '2026-13-45T25:61:61Z', '0000-00-00T00:00:00Z', '+275760-09-13T00:00:00.001Z', '-000001-01-01T00:00:00Z', '294277-01-01T00:00:00Z',
	'__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'a@b', 'İstanbul', 'ß', 'a'.repeat(300), 'a'.repeat(5_000), 'a b '.repeat(3_000), '(a+)+$', '*', '&', '|', '!', 'a & | ! b', ':*', "'", '"', '<->', '\t', '\v',
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
	{ weight: 8, arbitrary: fc.constantFrom<unknown>(...hostileStrings) },
	{ weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
	{ weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1, 1.5, 0.1, 1e-320, 101, 2 ** 31, 2 ** 31 - 1, -(2 ** 31) - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, Number.MAX_VALUE, bare('NaN'), bare('Infinity'), bare('-Infinity'), bare('1e400'), bare('-1e400'), bare('9'.repeat(400)), bare('01'), bare('undefined')) },
	{ weight: 2, arbitrary: fc.constantFrom<unknown>([], {}, [[]], [{}], [null], { length: 3 }, { toString: 'x', valueOf: 'y' }, { then: 'x' }, deep(20), deep(63), deep(70), deep(3_000), Array.from({ length: 2_000 }, () => 'x'), Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, i]))) },
	{ weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
	{ weight: 1, arbitrary: fc.constantFrom<unknown>({ $gt: '' }, { $ne: null }, { $where: '1' }, { type: 'Buffer', data: [1] }, { val: 'x', fn: 'now' }, { '[Op.ne]': null }) },
);

export const hostileKeys: readonly string[] = ['__proto__', 'constructor', 'prototype', 'toString', 'then', 'toJSON', '', ' ', '\u0000', '\ud800', 'id', 'workspaceId', 'workspace_id', 'createdBy', 'roles', 'isOperator', '$where', 'a.b', 'a[b]', '0', '-1', 'length', 'x'.repeat(3_000)];

export interface Mutation {
	at: number;
	do: 'replace' | 'delete' | 'add' | 'wrap' | 'repeat';
	key: string;
	value: unknown;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
	at: fc.nat(40), do: fc.constantFrom('replace', 'replace', 'replace', 'delete', 'add', 'wrap', 'repeat'), key: fc.constantFrom(...hostileKeys), value: hostileValue,
});

/** A changed copy; what stands at the n-th place of the value is what is changed. */
export function mutate(value: unknown, { at, do: what, key, value: other }: Mutation): unknown {
	const copy = structuredClone(value);
	const places = placesOf(copy);
	const place = places[at % (places.length + 1)];
	if (place === undefined) return what === 'wrap' ? [copy] : what === 'add' && isObject(copy) ? define(copy, key, other) : other;
	const { parent, name } = place;
	const old = (parent as Record<string, unknown>)[name];
	if (what === 'delete') {
		if (Array.isArray(parent)) parent.splice(Number(name), 1);
		else delete (parent as Record<string, unknown>)[name];
	} else if (what === 'add') {
		if (isObject(parent)) define(parent, key, other);
		else (parent as unknown[]).push(other);
	} else define(parent, name, what === 'wrap' ? [old] : what === 'repeat' ? Array.from({ length: 150 }, () => old) : other);
	return copy;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own properties of any name, `__proto__` too. */
function define(target: object, name: string, value: unknown): object {
	return Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function placesOf(value: unknown, depth = 0): { parent: object; name: string }[] {
	if (typeof value !== 'object' || value === null || depth > 5) return [];
	return Object.entries(value).slice(0, 50).flatMap(([name, part]) => [{ parent: value, name }, ...placesOf(part, depth + 1).slice(0, 50)]);
}

export const jsonText = (value: unknown): string => (JSON.stringify(value) ?? '').replace(/"\\u0001(.*?)\\u0001"/g, '$1');
