import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../scripts/lib/run.mjs';
import { packNodes, startN8nForTests } from './n8n.ts';
import type { N8nForTests } from './n8n.ts';
import { startSidecarProcess } from './sidecarProcess.ts';
import type { SidecarProcess } from './sidecarProcess.ts';

export interface TalentmatchInN8n {
	n8n: N8nForTests;
	sidecar: SidecarProcess;
	/** The file that `npm pack` wrote. */
	packageTgz: string;
	/** Reference for the `credentials` of a node. */
	credentials: { talentMatchApi: { id: string; name: string } };
	/** The same client by OAuth2; for nodes with `authentication: 'oAuth2'`. */
	oAuth2Credentials: { talentMatchOAuth2Api: { id: string; name: string } };
	stop(): Promise<void>;
}

/** A real n8n with our packed package, a real sidecar, and both kinds of credential between them. */
export async function startTalentmatchInN8n(options: { sidecarEnv?: Record<string, string> } = {}): Promise<TalentmatchInN8n> {
	const folder = mkdtempSync(join(tmpdir(), 'talentmatch-package-'));
	let sidecar: SidecarProcess | undefined;
	let n8n: N8nForTests | undefined;
	const stop = async () => {
		await n8n?.stop();
		await sidecar?.stop();
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		const packageTgz = await packNodes(folder);
		sidecar = await startSidecarProcess(options.sidecarEnv);
		n8n = await startN8nForTests({ packageTgz, sidecarUrl: sidecar.url });
		const { client } = n8n;
		const data = { baseUrl: sidecar.url, clientId: sidecar.clientId, clientSecret: sidecar.clientSecret };
		const reference = async (label: string, type: string) => {
			const { id, name } = await client.createCredential(label, type, data);
			return { id, name };
		};
		return {
			n8n,
			sidecar,
			packageTgz,
			credentials: { talentMatchApi: await reference('TalentMatch account', 'talentMatchApi') },
			oAuth2Credentials: { talentMatchOAuth2Api: await reference('TalentMatch by OAuth2', 'talentMatchOAuth2Api') },
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

export const example = (path: string): Buffer => readFileSync(join(repository, 'examples', path));

/** A node of our package. `id` and `position` are only there because n8n asks for them. */
export function node(type: string, name: string, parameters: object, more: object = {}): NodeDraft {
	const fullType = type.includes('.') ? type : `n8n-nodes-talentmatch.${type}`;
	return { id: name, name, type: fullType, typeVersion: 1, position: [0, 0], parameters, ...more };
}

export interface NodeDraft {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: object;
}

/** A workflow of nodes in one line, in this order. */
export function chain(name: string, nodes: NodeDraft[]) {
	const placed = nodes.map((one, index) => ({ ...one, position: [index * 260, 0] }));
	const connections = Object.fromEntries(
		nodes.slice(0, -1).map((one, index) => [one.name, { main: [[{ node: nodes[index + 1]!.name, type: 'main', index: 0 }]] }]),
	);
	return { name, nodes: placed, connections };
}

export const webhook = (path: string) =>
	node('n8n-nodes-base.webhook', 'Application', { path, httpMethod: 'POST', responseMode: 'responseNode', options: {} }, { typeVersion: 2, webhookId: path });

export const respondWithItems = node('n8n-nodes-base.respondToWebhook', 'Answer', { respondWith: 'allIncomingItems', options: {} }, { typeVersion: 1.1 });

/** Webhook → CV Analysis → Candidate Match → Respond: a CV as the form field "cv", the shortlist as the answer. */
export function applicationWorkflow(path: string, jobId: string, credentials: TalentmatchInN8n['credentials']) {
	return chain('Application to shortlist', [
		webhook(path),
		node('cvAnalysis', 'Read the CV', { resource: 'cv', operation: 'analyse', inputType: 'binary', binaryPropertyName: 'cv' }, { credentials }),
		node(
			'candidateMatch',
			'Rank for the job',
			{ resource: 'match', operation: 'rankCandidates', jobId: { __rl: true, mode: 'id', value: jobId }, limit: 5 },
			{ credentials },
		),
		respondWithItems,
	]);
}

/** A multipart body with one file, as an application form sends it. */
export function application(file: string): { method: 'POST'; body: FormData } {
	const body = new FormData();
	const name = file.split('/').at(-1) ?? file;
	body.append('cv', new Blob([new Uint8Array(example(file))], { type: name.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream' }), name);
	return { method: 'POST', body };
}
