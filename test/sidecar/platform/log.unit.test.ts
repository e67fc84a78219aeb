import { expect, test } from 'vitest';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { cleanText, createLogger, errorForLog } from '../../../sidecar/src/platform/log.ts';

const personal = 'Ottilie Varnbrook';

/** As the clients of the LLM and of the database throw them. */
class OutsideError extends Error {
	status = 502;
	parent = { code: '22P02' };
}

function parseError(): unknown {
	try {
		return JSON.parse(`${personal} is no JSON`);
	} catch (error) {
		return error;
	}
}

test.each<[string, () => unknown]>([
	['a cause from a parser', () => new AppError('llm_unavailable', 'Try again.', undefined, { cause: parseError() })],
	['a cause of its own class', () => new AppError('llm_unavailable', 'Try again.', undefined, { cause: new OutsideError(personal) })],
	['a cause that is a plain Error', () => new Error('Reading failed', { cause: new Error(personal) })],
	['a cause of a cause', () => new Error('Reading failed', { cause: new OutsideError('x', { cause: new Error(personal) }) })],
	['a cause with many lines that look like frames', () => new Error('Reading failed', { cause: new Error(`first\n    at ${personal} (file:///cv:1:1)\n    at ${personal}`) })],
	['a parser', parseError],
	['a database', () => new OutsideError(`invalid input syntax: "${personal}"`)],
	['something that is no error', () => personal],
])('the words of %s do not reach the log', (_what, make) => {
	expect(JSON.stringify(errorForLog(make()))).not.toMatch(/Ottilie|Varnbrook/);
});

test('what helps stays: our own message, codes, status and frames', () => {
	const logged = errorForLog(new AppError('llm_unavailable', 'The language model did not answer.', undefined, { cause: new OutsideError(personal) })) as any;
	expect(logged).toMatchObject({ type: 'AppError', code: 'llm_unavailable', message: 'The language model did not answer.', cause: { type: 'OutsideError', code: '22P02', status: 502 } });
	for (const stack of [logged.stack, logged.cause.stack]) expect(stack).toMatch(/\n {4}at .*log\.unit\.test\.ts/);
});

test('a cause that is its own cause ends', () => {
	const error = new Error('round');
	error.cause = error;
	expect(JSON.stringify(errorForLog(error)).length).toBeLessThan(50_000);
});

const secret = 'q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80';
const jwt = 'eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl';

function linesOf(write: (log: ReturnType<typeof createLogger>) => void): string {
	let lines = '';
	write(createLogger({ level: 'trace', format: 'json', file: undefined, fileMaxMb: 1, fileKeep: 1 }, { write: (line: string) => void (lines += line) }));
	return lines;
}

test.each<[string, (log: ReturnType<typeof createLogger>) => void]>([
	['an error without a message', (log) => log.error({ err: new OutsideError(`${personal} ${secret}`) })],
	['an error by itself', (log) => log.error(new OutsideError(`${personal} ${secret}`))],
	['an error under another name', (log) => log.error({ second: new OutsideError(personal), nested: { why: [new OutsideError(secret)] } }, 'it failed')],
	['headers of any case', (log) => log.debug({ headers: { Authorization: `Bearer ${secret}`, 'Set-Cookie': secret, 'X-API-Key': secret, 'proxy-authorization': secret } }, 'asked')],
	['secrets deep inside', (log) => log.info({ a: { b: { c: { d: { clientSecret: secret, previous_secret: secret, currentPassword: secret, refresh_token: { value: secret } } } } } }, 'made')],
	['what is deeper than anybody looks', (log) => log.info({ a: { b: { c: { d: { e: { f: { g: { h: personal } } } } } } } }, 'made')],
	['a body as bytes', (log) => log.info({ chunk: Buffer.from(personal), view: new Uint8Array(Buffer.from(secret)) }, 'received')],
	['the values of a query', (log) => log.info({ sql: `SELECT '${personal}'`, bind: [personal], replacements: { name: personal }, detail: personal }, 'asked')],
	['tokens in a message', (log) => log.info({}, `a token ${jwt}, tmr_${secret} and Bearer short-one-${personal.replace(' ', '-')} came`)],
	['tokens in a message by itself', (log) => log.warn('token %s', jwt)],
	['the values of a message', (log) => log.warn({}, 'from %o', { password: secret, email: personal })],
])('the log drops %s', (_what, write) => {
	const lines = linesOf(write);
	expect(lines).toMatch(/^\{"level":/);
	expect(lines).not.toMatch(/Ottilie|Varnbrook|q83vEjRW|c2lnbmF0dXJl|T3R0aWxpZ/);
});

test('the log keeps what it is for', () => {
	const line = JSON.parse(linesOf((log) => log.info({ requestId: '01980000-0000-7000-8000-00000000b001', route: 'getTask', ms: 3, url: 'http://127.0.0.1:8484/health', tokens: 12, host: 'db.internal', ok: true, none: null, at: new Date(0) }, 'request of 3 ms')));
	expect(line).toMatchObject({ msg: 'request of 3 ms', requestId: '01980000-0000-7000-8000-00000000b001', route: 'getTask', ms: 3, url: 'http://127.0.0.1:8484/health', tokens: 12, host: 'db.internal', ok: true, none: null, at: '1970-01-01T00:00:00.000Z' });
});

test('the line of an error has its type, code and frames', () => {
	const line = JSON.parse(linesOf((log) => log.error({ err: new AppError('llm_unavailable', 'Try again.', undefined, { cause: new OutsideError(personal) }) }, 'it failed')));
	expect(line).toMatchObject({ msg: 'it failed', err: { type: 'AppError', code: 'llm_unavailable', message: 'Try again.', cause: { type: 'OutsideError', code: '22P02' } } });
});

test.each([
	['postgres://tm:p@ss:word@db.internal:5432/tm?sslpassword=x', 'postgres://[redacted]@db.internal:5432/tm?[redacted]'],
	['see https://files.example/cv.pdf?sig=abc#tml_x, then', 'see https://files.example/cv.pdf?[redacted] then'],
	['write to ottilie.varnbrook@example.com now', 'write to [redacted] now'],
	['Authorization: Basic dG06c2VjcmV0', 'Authorization: Basic [redacted]'],
	['LOG_LEVEL takes trace, debug, info', 'LOG_LEVEL takes trace, debug, info'],
])('cleans "%s"', (text, cleaned) => {
	expect(cleanText(text)).toBe(cleaned);
});

test.each<[string, () => unknown]>([
	['an error of a library', () => new Error(personal)],
	['an engine that quotes a text', () => caught(() => 'x' in (personal as unknown as object))],
	['an engine that quotes a value', () => caught(() => Object.assign(Object(personal), { 0: 'x' }))],
])('the words of %s do not reach the log', (_what, make) => {
	expect(JSON.stringify(errorForLog(make()))).not.toMatch(/Ottilie|Varnbrook/);
});

test('says which property was missing', () => {
	expect(errorForLog(caught(() => (undefined as unknown as { size: number }).size))).toMatchObject({ message: "Cannot read properties of undefined (reading 'size')" });
});

function caught(work: () => unknown): unknown {
	try {
		return work();
	} catch (error) {
		return error;
	}
}
