/** One row of every kind the API shows, made through the API, to be asked for by those who may not have it. */
import { randomUUID } from 'node:crypto';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import type { TestApp } from '../../support/app.ts';
import { userWith } from '../identity/people.ts';

export const cvText = `Ottilie Varnbrook
Backend developer
ottilie.varnbrook@example.com · +44 20 7946 0123 · Bristol

Experience
Backend developer, Quillhaven Ltd, March 2018 – today
- Builds REST APIs in Java and Kotlin on PostgreSQL, packed with Docker
- Moved the reconciliation ledger of nine regional branches to event streams

Education
BSc Computer Science, University of Bristol, 2014 – 2017

Skills
Java, Kotlin, PostgreSQL, Docker, REST APIs

Languages
English (native), German (B1)
`;

export const jobText = 'Backend developer\n\nWhat you need\n- At least 3 years with Java or Kotlin\n- PostgreSQL\n- English at level B2\n';

/** Path parameters by name, as the routes call them. */
export type Rows = Record<string, string>;

export async function makeRows(app: TestApp): Promise<Rows> {
	const task = (await app.call('POST', '/v1/cvs?wait=30', { fileName: 'ottilie.txt', text: cvText })).body;
	if (task.status !== 'succeeded') throw new Error(`the CV was not analysed: ${JSON.stringify(task)}`);
	const job = (await app.call('POST', '/v1/jobs', { text: jobText })).body;
	const ranking = (await app.call('POST', '/v1/matches', { jobId: job.id })).body;
	const webhook = (await app.call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['agent.paused'] })).body;
	const deliveryId = await failedDelivery(app, webhook.id);
	const agents = (await app.call('GET', '/v1/agents')).body;
	const source = (await app.call('POST', '/v1/sources?wait=30', { title: 'House rules', text: 'Remote work\n\nOttilie Varnbrook may work from the Quillhaven branch office two days a week.' })).body;
	const admin = await app.clientWith(['admin']);
	const invitation = (await admin.call('POST', '/v1/invitations', { email: 'merle.varnbrook@example.com', name: 'Merle Varnbrook', roles: ['recruiter'] })).body;
	const role = (await admin.call('POST', '/v1/roles', { name: 'reader', description: 'Reads for Quillhaven', permissions: ['jobs:read'] })).body;
	const client = (await admin.call('POST', '/v1/clients', { name: 'Quillhaven import', roles: ['integration'] })).body;
	const user = await userWith(app, ['recruiter']);
	await admin.call('PUT', `/v1/jobs/${job.id}/assignments/${user.id}`);
	const collection = (await admin.call('POST', '/v1/collections', { name: 'Quillhaven handbooks' })).body;
	return {
		userId: user.id, collectionId: collection.id, actorId: user.id, sessionId: user.tokens.session_id, invitationId: invitation.id, roleId: role.id, clientId: client.id, workspaceId: app.credential.workspaceId,
		cvId: task.result.cvId, candidateId: task.result.candidateId, taskId: task.id, jobId: job.id, matchId: ranking.items[0].id, webhookId: webhook.id, deliveryId,
		agentId: agents.items.find(({ kind }: { kind: string }) => kind === 'matcher').id,
		...(source.subject && { sourceId: source.subject.id }),
	};
}

/** As after a day of attempts, without a task that would go on writing. */
async function failedDelivery(app: TestApp, webhookId: string): Promise<string> {
	const bind = { eventId: randomUUID(), deliveryId: randomUUID(), webhookId, workspaceId: app.credential.workspaceId };
	await app.services.db.query(
		`WITH event AS (INSERT INTO events (id, workspace_id, type, subject_type, subject_id, data) VALUES ($eventId, $workspaceId, 'agent.paused', 'agent', $webhookId, '{}') RETURNING id)
		 INSERT INTO event_deliveries (id, workspace_id, event_id, webhook_id, status, attempts, response_status) SELECT $deliveryId, $workspaceId, id, $webhookId, 'failed', 22, 503 FROM event`,
		{ bind },
	);
	return bind.deliveryId;
}

/** @throws Error for a parameter that `makeRows` does not know: a new kind of row needs its example here */
export function pathOf(route: AnyRoute, rows: Rows): string {
	return route.path.replace(/:(\w+)/g, (_, name: string) => {
		const value = rows[name];
		if (value === undefined) throw new Error(`makeRows makes nothing for :${name} of ${route.id}`);
		return encodeURIComponent(value);
	});
}
