/** What every answer must be, whatever was asked. */
import { isDeepStrictEqual } from 'node:util';
import { errorStatus } from '../../../sidecar/src/platform/errors.ts';
import { problemSchema } from '../../../sidecar/src/platform/http/problem.ts';
import { mountRoutes } from '../../../sidecar/src/platform/route.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import type { FuzzAnswer, FuzzRequest } from './requests.ts';
import type { Schema } from './values.ts';

export type Judge = (request: FuzzRequest, answer: FuzzAnswer) => string[];

/** Signs of the inside: stack traces, files of this machine, SQL and its errors, addresses of services. */
const inside = /\n\s+at |\bat \S+ \(|\.[cm]?[jt]s:\d+|node:internal|node_modules|file:\/\/\/|\/(?:home|work|root|usr|tmp|var|proc)\/[\w.]|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^.]*\b(?:FROM|VALUES|SET|WHERE)\b|sequelize|pglite|syntax error at|relation "|column "|duplicate key|violates|invalid input (?:syntax|value)|out of range for type|ECONN|EPIPE|postgres(?:ql)?:\/\/|redis:\/\/|TypeError|RangeError|ZodError|Cannot read prop|is not a function|\[object Object\]/i;
/** By Node itself, before there is a request; without a body of ours. */
const byTheServer = new Set([400, 408, 413, 417, 431]);

export function createJudge(routes: AnyRoute[], openApi: any): Judge {
	const mounted = mountRoutes(routes, { maxUploadBytes: 1 }, () => ({}) as never);
	return (request, { status, headers, text }) => {
		const wrong: string[] = [];
		const found = mounted.find(request.method, pathOf(request.path));
		const route = found !== null && 'route' in found ? found.route : null;
		const sent = `${request.path}\n${request.body?.toString('utf8') ?? ''}`;

		if (status >= 500 && !(status === 503 && /"detail":"[^"]{10,}/.test(text))) wrong.push(`${status} is never an answer: ${text.slice(0, 300)}`);
		if (headers['x-request-id'] === undefined) {
			if (!byTheServer.has(status) || text !== '') wrong.push(`${status} without a request id`);
			return wrong;
		}
		if (request.refused && status < 400) wrong.push(`${status} where only a refusal is right`);
		const leak = inside.exec(text)?.[0];
		if (leak !== undefined && status >= 400 && !sent.includes(leak.trim()) && !decoded(sent).includes(leak.trim())) wrong.push(`shows its inside: ${JSON.stringify(leak)}`);
		if (/html|javascript/.test(headers['content-type'] ?? '') && route !== null) wrong.push(`answers ${headers['content-type']}`);
		if (headers['x-content-type-options'] !== 'nosniff') wrong.push('without nosniff');
		if (request.method === 'OPTIONS' && status === 204) return wrong;

		const json = parsed(text);
		const isHead = request.method === 'HEAD';
		if (route === null) {
			if (status < 400 && pathOf(request.path).startsWith('/v1')) wrong.push(`${status} at an address that no route has`);
		} else {
			const declared = openApi.paths[route.path.replace(/:(\w+)/g, '{$1}')][route.method].responses[String(status)];
			// As the document says of all: a body where none is taken is refused by its size or its type.
			if (declared === undefined && !(route.body === undefined && sentBody(request) && [413, 415].includes(status))) wrong.push(`${status} is not declared for ${route.id}`);
			if (status < 400 && !isHead) wrong.push(...shapeOf(route, status, headers['content-type'] ?? '', json, text));
			if (status >= 400 && !isHead && json?.code !== undefined && declared !== undefined && !declared.description.includes(`\`${json.code}\``)) wrong.push(`the code ${json.code} is not declared for ${route.id}`);
		}
		if (status >= 400 && !isHead) wrong.push(...problemOf(route, status, headers, json));
		return wrong;
	};
}

const sentBody = ({ body, headers }: FuzzRequest): boolean => body !== null || Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name));

function shapeOf(route: AnyRoute, status: number, type: string, json: unknown, text: string): string[] {
	const definition = route.responses[status];
	if (definition === undefined) return [];
	if (definition.schema === undefined) {
		const types = definition.mediaType === undefined ? [] : [definition.mediaType].flat();
		return types.length === 0 ? (text === '' ? [] : ['a body where none is declared']) : types.some((each) => type.startsWith(each)) ? [] : [`${type} instead of ${types.join(' or ')}`];
	}
	const types = [definition.mediaType ?? 'application/json'].flat();
	if (!types.some((each) => type.startsWith(each))) return [`${type} instead of ${types.join(' or ')}`];
	if (!type.startsWith('application/json')) return [];
	const result = (definition.schema as Schema).safeParse(json);
	if (!result.success) return [`the body of ${route.id} is not as declared: ${JSON.stringify(result.error.issues).slice(0, 300)}`];
	return isDeepStrictEqual(result.data, json) ? [] : [`the body of ${route.id} holds more than is declared`];
}

function problemOf(route: AnyRoute | null, status: number, headers: FuzzAnswer['headers'], json: { code?: string; requestId?: string; status?: number; error?: string; error_description?: string } | undefined): string[] {
	if (route?.errorFormat === 'oauth' && status === 400) return typeof json?.error === 'string' && typeof json.error_description === 'string' ? [] : ['no OAuth error'];
	if (!(headers['content-type'] ?? '').startsWith('application/problem+json') || !problemSchema.safeParse(json).success) return [`${status} without a problem`];
	const known = errorStatus[json?.code as keyof typeof errorStatus];
	if (known !== status || json?.status !== status) return [`the code ${json?.code} with status ${status}`];
	return json.requestId === headers['x-request-id'] ? [] : ['another request id in the body'];
}

export function pathOf(path: string): string {
	const withoutOrigin = path.replace(/^https?:\/\/[^/]*/, '');
	return withoutOrigin.split(/[?#]/)[0] || '/';
}

function parsed(text: string): any {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function decoded(text: string): string {
	return text.replace(/(?:%[\da-f]{2})+/gi, (escaped) => Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'));
}
