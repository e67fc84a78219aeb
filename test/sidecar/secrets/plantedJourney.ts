/**
 * Everything there is through the public routes, also what fails, with planted values. Each secret that is made on the
 * way is planted too: it is known from the answer that shows it once.
 */
import { randomBytes } from 'node:crypto';
import type { ScriptedLlm } from '../../support/llm.ts';
import type { Planted } from './plantedFinder.ts';

export interface Exchange {
	what: string;
	path: string;
	status: number;
	text: string;
}

export interface Journey {
	exchanges: Exchange[];
	/** by what they are */
	secrets: Planted[];
	/** the erased person: nowhere afterwards */
	erased: Planted[];
}

/** Names, addresses and sentences that are invented, and stand in no other file. */
export const person = {
	name: 'Theodora Quillfeather', email: 'theodora.quillfeather@example.org', phone: '+44 20 7946 0837', street: '17 Marrowbone Crescent',
	sentence: 'Persuaded the harbour board of Eastwick to replace its tide ledger', fileName: 'quillfeather-theodora.txt',
};
export const erasedPerson = { name: 'Barnabas Oxenthwaite', email: 'barnabas.oxenthwaite@example.org', phone: '+44 20 7946 0744', sentence: 'Rebuilt the windlass controls of the Pellworm ferry' };
export const colleague = { name: 'Ysolde Framlingham', email: 'ysolde.framlingham@example.com', password: 'neun-stille-heuwagen-im-moor', newPassword: 'elf-laute-kraniche-am-wehr', wrongPassword: 'never-her-password-47-gulls' };
export const texts = {
	question: 'Who persuaded the harbour board of Eastwick about zirconium lanterns?', brokenQuestion: 'Zerreissprobe: who mends obsidian kettles at night?',
	job: 'Tide ledger engineer of the umbrella foundry', requirement: 'Three years with Kotlin at a saltpetre works', source: 'Glasshouse allowance is paid to lamplighters', pauseReason: 'waiting for the verdict on the gooseberry audit', description: 'for the flow of the marmalade office',
};
/** Secrets that callers bring along; those of the environment are planted by the test. */
export const brought = {
	urlCredential: 'urlcred-8Kq2vXw71TtzB0pLmN4r', wrongSecret: 'wrong-secret-Zx81kQpl77Vb', webhookSecret: 'whsec-Jd72mXcv81Plq0WnzRt5Ybe3Ka', webhookUrlToken: 'hooktoken-5tGb8Uj2Wq9aLm', cookie: 'cookie-3nHy7Bv1Xs6zQk', forgedToken: `eyJhbGciOiJub25lIn0.${Buffer.from('{"sub":"forged-9Qa"}').toString('base64url')}.c2ln`,
};

export function cvOf({ name, email, phone, sentence }: { name: string; email: string; phone: string; sentence: string }, street = '4 Candlemaker Row'): string {
	return `${name}\nBackend developer\n${email} · ${phone} · ${street}, Bristol\n\nExperience\nBackend developer, Harrowgate Looms Ltd, March 2018 – today\n- Builds REST APIs in Java and Kotlin on PostgreSQL\n- ${sentence}\n\nEducation\nBSc Computer Science, University of Bristol, 2014 – 2017\n\nSkills\nJava, Kotlin, PostgreSQL, Docker\n\nLanguages\nEnglish (native)\n`;
}

interface Options {
	url: string;
	clientId: string;
	clientSecret: string;
	metricsToken: string;
	llm: ScriptedLlm;
	/** of servers: one that has the CV to be fetched, one that takes webhooks, one that refuses them */
	files: string;
	receiver: string;
	refuser: string;
}

export async function travel(options: Options): Promise<Journey> {
	const journey: Journey = { exchanges: [], secrets: [], erased: [] };
	const plant = (what: string, value: string | undefined) => {
		if (value === undefined) throw new Error(`${what} was not answered: ${JSON.stringify(journey.exchanges.at(-1))}`);
		journey.secrets.push({ what, value });
		return value;
	};
	for (const [what, value] of Object.entries({ ...brought, password: colleague.password, newPassword: colleague.newPassword, wrongPassword: colleague.wrongPassword })) plant(what, value);

	let token: string | undefined;
	const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: any }> => {
		const isForm = body instanceof FormData || body instanceof URLSearchParams || typeof body === 'string';
		const response = await fetch(options.url + path, {
			method,
			headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), Cookie: `session=${brought.cookie}`, ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }), ...headers },
			...(body !== undefined && { body: (isForm ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
		});
		const text = await response.text();
		journey.exchanges.push({ what: `${method} ${path.split('?')[0]} → ${response.status}`, path, status: response.status, text: `${JSON.stringify([...response.headers])} ${text}` });
		return { status: response.status, body: /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text };
	};
	const must = async (status: number, ...args: Parameters<typeof send>) => {
		const answer = await send(...args);
		if (answer.status !== status) throw new Error(`${args[0]} ${args[1]}: ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
		return answer.body;
	};
	const clientToken = async (clientId: string, clientSecret: string) => plant('an access token', (await must(200, 'POST', '/v1/oauth/token', new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }))).access_token) as string;
	const session = (answer: any) => {
		plant('an access token', answer.access_token);
		plant('a refresh token', answer.refresh_token);
		return answer as { access_token: string; refresh_token: string; session_id: string };
	};

	// Tokens, and who has none.
	await must(400, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: options.clientId, client_secret: brought.wrongSecret });
	await must(400, 'POST', '/v1/oauth/token', { grant_type: brought.wrongSecret, client_id: brought.wrongSecret });
	await must(400, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_secret: { nested: brought.wrongSecret } });
	await must(400, 'POST', '/v1/oauth/token', `{"client_secret": "${brought.wrongSecret}`, { 'Content-Type': 'application/json' });
	await must(401, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${brought.forgedToken}` });
	await must(401, 'GET', '/v1/me', undefined, { Authorization: `Basic ${Buffer.from(`x:${brought.wrongSecret}`).toString('base64')}` });
	const admin = token = await clientToken(options.clientId, options.clientSecret);
	await must(401, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${admin.slice(0, -6)}AAAAAA` });
	await must(400, 'GET', `/v1/tasks?access_token=${admin}`);
	await must(404, 'GET', `/v1/nothing/${brought.wrongSecret}?token=${admin}`);
	const me = await must(200, 'GET', '/v1/me');
	if (!me.roles.includes('admin')) throw new Error('the journey needs an administrator');

	// People: invitation, login, refresh and its reuse, reset, change.
	const invitation = await must(201, 'POST', '/v1/invitations', { email: colleague.email, name: colleague.name, roles: ['recruiter'] });
	const linkToken = (link: string) => plant('a link token', /=(tml_[\w-]+)/.exec(link)?.[1]) as string;
	linkToken(invitation.link);
	const renewed = linkToken((await must(200, 'POST', `/v1/invitations/${invitation.id}/renew`)).link);
	await must(409, 'POST', '/v1/invitations', { email: colleague.email, name: colleague.name, roles: ['recruiter'] });
	await must(400, 'POST', '/v1/invitations', { email: `${brought.wrongSecret} no address`, name: colleague.name, roles: [colleague.email] });
	await must(400, 'POST', '/v1/auth/invitation', { token: renewed, password: 'short' });
	session(await must(200, 'POST', '/v1/auth/invitation', { token: renewed, password: colleague.password }));
	await must(400, 'POST', '/v1/auth/invitation', { token: renewed, password: colleague.password });
	await must(400, 'POST', '/v1/auth/login', { email: colleague.email, password: colleague.wrongPassword });
	await must(400, 'POST', '/v1/auth/login', { email: erasedPerson.email, password: colleague.wrongPassword });
	await must(400, 'POST', '/v1/auth/login', { email: colleague.email, password: colleague.password, pasword: colleague.wrongPassword });
	const first = session(await must(200, 'POST', '/v1/auth/login', { email: colleague.email, password: colleague.password }));
	let latest = first;
	for (let i = 0; i < 3; i += 1) latest = session(await must(200, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: latest.refresh_token }));
	await must(400, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token });
	const second = session(await must(200, 'POST', '/v1/auth/login', { email: colleague.email, password: colleague.password }));
	token = second.access_token;
	await must(403, 'GET', '/v1/audit');
	await must(400, 'POST', '/v1/auth/password', { currentPassword: colleague.wrongPassword, newPassword: colleague.newPassword });
	await must(204, 'POST', '/v1/auth/password', { currentPassword: colleague.password, newPassword: colleague.newPassword });
	await must(200, 'GET', '/v1/sessions');
	await must(200, 'POST', '/v1/oauth/revoke', { token: second.refresh_token, token_type_hint: 'refresh_token' });
	token = admin;
	const { items: people } = await must(200, 'GET', '/v1/users');
	const userId = people.find(({ email }: { email: string }) => email === colleague.email).id as string;
	const reset = linkToken((await must(201, 'POST', `/v1/users/${userId}/password-reset`)).link);
	session(await must(200, 'POST', '/v1/auth/password-reset', { token: reset, password: colleague.password }));
	await must(200, 'GET', `/v1/users/${userId}/sessions`);

	// Programs.
	const client = await must(201, 'POST', '/v1/clients', { name: 'Marmalade import', roles: ['integration'] });
	const firstSecret = plant('a client secret', client.clientSecret) as string;
	const clientAccess = await clientToken(client.clientId, firstSecret);
	plant('a rotated client secret', (await must(201, 'POST', `/v1/clients/${client.id}/secrets`, { overlapSeconds: 60 })).clientSecret);
	await must(200, 'POST', '/v1/oauth/introspect', { token: clientAccess });
	await must(200, 'POST', '/v1/oauth/revoke', new URLSearchParams({ token: clientAccess, client_id: client.clientId, client_secret: firstSecret }));
	await must(401, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${clientAccess}` });

	// Webhooks: one that takes deliveries, one that refuses them with what it was sent, one that nobody answers.
	const events = ['cv.analysed', 'cv.failed', 'match.completed', 'task.failed', 'candidate.erased', 'agent.paused', 'agent.resumed'];
	const webhook = await must(201, 'POST', '/v1/webhooks', { url: `${options.receiver}?token=${brought.webhookUrlToken}`, events, secret: brought.webhookSecret, description: texts.description });
	plant('a webhook secret', (await must(200, 'POST', `/v1/webhooks/${webhook.id}/rotate-secret`, {})).secret);
	plant('a webhook secret', (await must(201, 'POST', '/v1/webhooks', { url: options.refuser, events })).secret);
	plant('a webhook secret', (await must(201, 'POST', '/v1/webhooks', { url: `http://127.0.0.1:9/?token=${brought.webhookUrlToken}`, events })).secret);
	await must(422, 'POST', '/v1/webhooks', { url: `http://10.0.0.1/?token=${brought.webhookUrlToken}`, events });
	await must(400, 'POST', '/v1/webhooks', { url: brought.webhookUrlToken, events: [brought.wrongSecret] });

	// CVs: by every way in, broken ones too.
	const upload = async (body: unknown) => {
		const task = await must(200, 'POST', '/v1/cvs?wait=30', body);
		if (task.status !== 'succeeded') throw new Error(`the CV was not analysed: ${JSON.stringify(task)}`);
		return task.result as { cvId: string; candidateId: string };
	};
	await upload({ fileName: person.fileName, text: cvOf(person, person.street) });
	const form = new FormData();
	form.set('file', new Blob([cvOf({ ...person, sentence: `${person.sentence} again` })], { type: 'text/plain' }), person.fileName);
	await upload(form);
	await upload({ url: `${options.files}/cv.txt?X-Signature=${brought.urlCredential}&email=${encodeURIComponent(person.email)}` });
	const gone = await upload({ fileName: 'applicant.txt', text: cvOf(erasedPerson) });
	for (const url of [`${options.files}/missing?X-Signature=${brought.urlCredential}`, `http://10.1.2.3/cv?sig=${brought.urlCredential}`, `http://user:${brought.urlCredential}@127.0.0.1:9/cv`, `ftp://user:${brought.urlCredential}@example.com/cv`]) {
		const { status } = await send('POST', '/v1/cvs', { url });
		if (status < 400) throw new Error(`${url} was taken`);
	}
	const broken = (bytes: string) => ({ fileName: person.fileName.replace('.txt', '.pdf'), contentBase64: Buffer.from(bytes).toString('base64') });
	for (const body of [broken(`%PDF-1.7 ${person.sentence}`), broken(`PK\x03\x04${person.sentence}`), { fileName: person.fileName, text: `${person.sentence}. ` }]) await send('POST', '/v1/cvs?wait=30', body);
	await must(400, 'POST', '/v1/cvs', { fileName: person.fileName, text: person.sentence, unknownField: person.email });
	await must(400, 'POST', '/v1/cvs', { contentBase64: `${person.sentence}!` });
	await must(400, 'POST', '/v1/cvs', `{"text": "${person.sentence}`, { 'Content-Type': 'application/json' });
	await must(415, 'POST', '/v1/cvs', person.sentence, { 'Content-Type': 'text/plain' });
	await must(413, 'POST', '/v1/cvs', { fileName: person.fileName, text: `${person.sentence} `.repeat(40_000) });
	await send('POST', '/v1/cvs?wait=30', { fileName: 'x.txt', text: cvOf({ ...person, sentence: 'Zerreissprobe of the looms' }) });

	// Jobs, matches, knowledge.
	const job = await must(201, 'POST', '/v1/jobs', { title: texts.job, text: `${texts.job}\n\nWhat you need\n- ${texts.requirement}\n- PostgreSQL\n- English at level B2\n` });
	await must(200, 'POST', '/v1/matches', { jobId: job.id });
	await must(200, 'POST', '/v1/matches?wait=30', { jobId: job.id, async: true });
	await must(400, 'POST', '/v1/matches', { jobId: person.email });
	await must(404, 'GET', `/v1/jobs/${userId}`);
	await must(500, 'POST', '/v1/jobs', { title: texts.job, text: `Zerreissprobe ${person.sentence}\n\nWhat you need\n- ${texts.requirement}\n- PostgreSQL\n` });
	await must(200, 'GET', `/v1/candidates?q=${encodeURIComponent(person.name)}`);
	await must(200, 'POST', '/v1/candidates/search', { query: `${person.name} Kotlin` });
	await must(200, 'POST', '/v1/sources?wait=30', { title: 'Allowances', text: `Allowances\n\n${texts.source} twice a year.` });
	await must(500, 'PATCH', `/v1/users/${userId}`, { name: `${colleague.name} Zerreissprobe` });

	// Questions: a model that answers, one that fails in every way, one that repeats its key and what it was asked.
	const { llm } = options;
	llm.replyOnce({ abstain: false, sentences: [{ text: person.sentence, citations: [1] }] });
	await must(200, 'POST', '/v1/rag/query', { question: texts.question });
	llm.replyOnce((request) => `no JSON ${request.headers.authorization} ${request.text}`);
	await must(200, 'POST', '/v1/rag/query', { question: texts.question });
	for (const how of [500, 401, 'not-json', 'garbage', 'empty', 'hang-up', 'timeout', 'echo'] as const) {
		llm.clear();
		llm.fail(how);
		await must(200, 'POST', '/v1/rag/query', { question: texts.question });
	}
	llm.clear();
	llm.reply({ abstain: true, sentences: [] });
	await must(500, 'POST', '/v1/rag/query', { question: texts.brokenQuestion });
	await must(200, 'POST', '/v1/rag/search', { query: texts.question });
	await must(400, 'POST', '/v1/rag/query', { question: texts.question, scope: { candidateIds: [person.email] } });

	// Agents, erasure.
	const { items: agents } = await must(200, 'GET', '/v1/agents');
	const agentId = agents.find(({ kind }: { kind: string }) => kind === 'rag-assistant').id as string;
	await must(200, 'POST', `/v1/agents/${agentId}/pause`, { reason: texts.pauseReason });
	await must(409, 'POST', '/v1/rag/query', { question: texts.question });
	await must(200, 'POST', `/v1/agents/${agentId}/resume`);
	await must(200, 'POST', `/v1/agents/${agentId}/runs`, { input: { question: texts.question } });
	await must(400, 'POST', `/v1/agents/${agentId}/runs`, { input: { question: 7, [person.email]: person.sentence } });
	await must(200, 'DELETE', `/v1/candidates/${gone.candidateId}`);
	await must(404, 'GET', `/v1/cvs/${gone.cvId}`);
	journey.erased.push(...Object.entries(erasedPerson).map(([what, value]) => ({ what: `the ${what} of the erased person`, value })));

	// What auditors and operators read.
	for (const path of ['/v1/tasks?limit=100', '/v1/tasks?status=failed&limit=100', '/v1/audit?limit=100', '/v1/audit/export', '/v1/webhooks', '/v1/webhook-deliveries?limit=100', `/v1/webhooks/${webhook.id}/deliveries`, '/v1/agents', '/v1/clients', '/openapi.json', '/docs', '/.well-known/jwks.json', '/health/ready']) await must(200, 'GET', path);
	for (const { id } of (await must(200, 'GET', '/v1/tasks?limit=100')).items as { id: string }[]) await send('GET', `/v1/tasks/${id}`);
	await must(200, 'GET', '/metrics', undefined, { Authorization: `Bearer ${options.metricsToken}` });
	await must(401, 'GET', '/metrics', undefined, { Authorization: `Bearer ${options.metricsToken}x` });

	// Until the address has had too many.
	for (let i = 0; i < 400; i += 1) if ((await send('POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: `tmr_${brought.wrongSecret}` })).status === 429) break;
	if (journey.exchanges.at(-1)?.status !== 429) throw new Error('the limit was not reached');
	return journey;
}

/** A log file of 1 MB is rotated: as many lines as it takes. */
export async function fillLog(url: string, isRotated: () => boolean): Promise<void> {
	for (let round = 0; round < 200 && !isRotated(); round += 1) await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/health/live`, { headers: { Cookie: brought.cookie, 'X-Request-Id': randomBytes(20).toString('hex') } }).then((response) => response.text())));
}
