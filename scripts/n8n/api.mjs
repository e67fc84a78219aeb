// The two HTTP interfaces of n8n that we need: the private one of its editor for what an owner does
// by hand (first account, API key), and the public API for everything else.
import { waitUntil } from '../lib/run.mjs';

/**
 * @typedef {object} Owner
 * @property {string} email
 * @property {string} password eight characters or more, with a digit and an upper-case letter
 * @property {string} [firstName]
 * @property {string} [lastName]
 *
 * @typedef {object} Session a signed-in owner, for the private interface
 * @property {string} url
 * @property {string} cookie
 *
 * @typedef {{name: string, nodes: object[], connections: object, settings?: object}} WorkflowDraft
 */

/** n8n binds its cookie to this header; any constant will do, as long as it stays the same. */
const browserId = 'talentmatch-setup';

/**
 * Makes the owner account of a new n8n, or signs in when it exists already.
 * @param {string} url
 * @param {Owner} owner
 * @returns {Promise<Session>}
 */
export async function setupOwner(url, { firstName = 'Talent', lastName = 'Match', email, password }) {
	const settings = await privateCall({ url, cookie: '' }, 'GET', '/rest/settings');
	const isNew = settings.body.data?.userManagement?.showSetupOnFirstLoad !== false;
	const answer = isNew
		? await privateCall({ url, cookie: '' }, 'POST', '/rest/owner/setup', { email, firstName, lastName, password })
		: await privateCall({ url, cookie: '' }, 'POST', '/rest/login', { emailOrLdapLoginId: email, password });
	const cookie = answer.cookies.find((value) => value.startsWith('n8n-auth='));
	if (!cookie) throw new Error('n8n answered without a session cookie');
	return { url, cookie };
}

/**
 * Makes an API key with every scope an owner may give.
 * @param {Session} session
 * @param {string} [label] unique per owner
 * @returns {Promise<string>} the key; n8n never shows it again
 */
export async function createApiKey(session, label = `talentmatch-${Date.now()}`) {
	const scopes = (await privateCall(session, 'GET', '/rest/api-keys/scopes')).body.data;
	const { body } = await privateCall(session, 'POST', '/rest/api-keys', { label, scopes, expiresAt: null });
	return body.data.rawApiKey;
}

/**
 * A client of the public API.
 * @param {Session} session
 * @param {string} apiKey
 */
export function n8nClient(session, apiKey) {
	const { url } = session;
	/** @param {string} method @param {string} path @param {unknown} [body] */
	const call = async (method, path, body) => {
		const response = await fetch(`${url}/api/v1${path}`, {
			method,
			headers: { 'X-N8N-API-KEY': apiKey, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const answer = await readBody(response);
		if (!response.ok) throw new N8nError(`${method} ${path}`, response.status, answer);
		return answer;
	};

	/** @param {string} id @param {string[]} outcomes @param {number} timeoutMs @returns {Promise<{status: string}>} */
	const settled = (id, outcomes, timeoutMs) =>
		waitUntil(
			async () => {
				const { body } = await privateCall(session, 'GET', `/rest/workflows/${id}/publication-status`);
				const publication = body.data ?? body;
				return outcomes.includes(publication.status) ? publication : null;
			},
			{ what: `the publication of workflow ${id} is settled`, timeoutMs },
		);

	/** Asynchronous like publishing; returns when the triggers are gone. @param {string} id */
	const unpublish = async (id) => {
		await call('POST', `/workflows/${id}/unpublish`, {});
		await settled(id, ['not_published'], 60_000);
	};

	return {
		url,
		session,
		apiKey,
		/** Any route of the public API: `call('GET', '/workflows')`. */
		call,

		/**
		 * @param {string} name @param {string} type `talentMatchApi`, …
		 * @param {object} data without hidden fields: n8n answers 400 to those
		 * @returns {Promise<{id: string, name: string}>}
		 */
		createCredential: (name, type, data) => call('POST', '/credentials', { name, type, data }),

		/** @param {string} id @returns {Promise<{status: 'OK' | 'Error', message: string}>} a bad secret is an answer, not an exception */
		testCredential: (id) => call('POST', `/credentials/${id}/test`, {}),

		/** @param {WorkflowDraft} draft @returns {Promise<{id: string, name: string}>} */
		createWorkflow: ({ name, nodes, connections, settings = {} }) =>
			call('POST', '/workflows', { name, nodes, connections, settings }),

		/** @param {string} id @param {WorkflowDraft} draft */
		updateWorkflow: (id, { name, nodes, connections, settings = {} }) =>
			call('PUT', `/workflows/${id}`, { name, nodes, connections, settings }),

		/**
		 * Publishes and waits for the outcome. Publishing is asynchronous and its own answer can mislead:
		 * it says active before the webhooks exist, and even when a trigger could not be registered.
		 * @param {string} id
		 * @param {{timeoutMs?: number}} [options]
		 * @throws {Error} with n8n's own reason when a trigger could not be registered
		 */
		async publish(id, { timeoutMs = 60_000 } = {}) {
			await call('POST', `/workflows/${id}/publish`, {});
			const outcome = await settled(id, ['published', 'failed', 'not_published'], timeoutMs);
			if (outcome.status !== 'published') throw new Error(`workflow ${id} was not published: ${JSON.stringify(outcome)}`);
		},

		unpublish,

		/** Unpublishes first: n8n refuses to delete a published workflow. @param {string} id */
		async deleteWorkflow(id) {
			await unpublish(id);
			await call('DELETE', `/workflows/${id}`);
		},

		/**
		 * Calls a production webhook.
		 * @param {string} path as in the Webhook node
		 * @param {RequestInit & {json?: unknown}} [init] `json` is sent as a JSON POST
		 * @returns {Promise<{status: number, headers: Headers, body: any}>}
		 */
		async webhook(path, { json, ...init } = {}) {
			const request = json === undefined
				? init
				: { method: 'POST', ...init, headers: { 'content-type': 'application/json', ...init.headers }, body: JSON.stringify(json) };
			const response = await fetch(`${url}/webhook/${path}`, request);
			return { status: response.status, headers: response.headers, body: await readBody(response) };
		},

		/** @param {string} workflowId @returns {Promise<any[]>} newest first, with the data of every node */
		executions: async (workflowId) => (await call('GET', `/executions?workflowId=${workflowId}&includeData=true`)).data,

		/**
		 * The newest finished execution of a workflow, waiting for one when needed.
		 * @param {string} workflowId
		 * @param {{after?: number, timeoutMs?: number}} [options] `after`: only executions with a greater id
		 * @returns {Promise<any>}
		 */
		finishedExecution(workflowId, { after = 0, timeoutMs = 60_000 } = {}) {
			return waitUntil(
				async () => {
					const { data } = await call('GET', `/executions?workflowId=${workflowId}&includeData=true`);
					return data.find((one) => Number(one.id) > after && one.stoppedAt && !['running', 'new', 'waiting'].includes(one.status));
				},
				{ what: `an execution of workflow ${workflowId} has finished`, timeoutMs },
			);
		},
	};
}

/**
 * The items that a node put out in an execution.
 * @param {any} execution as `executions()` answers it
 * @param {string} nodeName
 * @param {{output?: number, run?: number}} [options]
 * @returns {Array<{json: any, binary?: any, pairedItem?: any, error?: any}>}
 */
export function itemsOf(execution, nodeName, { output = 0, run = 0 } = {}) {
	return execution.data?.resultData?.runData?.[nodeName]?.[run]?.data?.main?.[output] ?? [];
}

/** n8n refused; `status` and `body` are its answer. */
export class N8nError extends Error {
	/** @param {string} what @param {number} status @param {any} body */
	constructor(what, status, body) {
		super(`n8n answered ${status} to ${what}: ${typeof body === 'string' ? body : JSON.stringify(body)}`);
		this.status = status;
		this.body = body;
	}
}

/** @param {Session} session @param {string} method @param {string} path @param {unknown} [body] */
async function privateCall({ url, cookie }, method, path, body) {
	const response = await fetch(`${url}${path}`, {
		method,
		headers: {
			'browser-id': browserId,
			...(cookie ? { cookie } : {}),
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
		},
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const answer = await readBody(response);
	if (!response.ok) throw new N8nError(`${method} ${path}`, response.status, answer);
	return { body: answer, cookies: response.headers.getSetCookie().map((value) => value.split(';')[0] ?? '') };
}

/** @param {Response} response */
async function readBody(response) {
	const text = await response.text();
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return text;
	}
}
