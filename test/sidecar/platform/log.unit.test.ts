import { expect, test } from 'vitest';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { errorForLog } from '../../../sidecar/src/platform/log.ts';

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
