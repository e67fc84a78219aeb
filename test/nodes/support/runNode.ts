/**
 * Runs our nodes inside n8n-core's own contexts (parameters, expressions, binary data, HTTP and the retry after 401 are
 * n8n's). Only the credentials helper is a stand-in, as it lives in the n8n application: it keeps one credential in
 * memory and follows n8n's rules (a token is fetched when empty or after a 401, and kept).
 */
import type { PackageDirectoryLoader } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	Workflow,
} from 'n8n-workflow';
import { core, credentialType, loadPackage, nodeType, workflow as n8nWorkflow } from './builtPackage.ts';
import { clientId, clientSecret } from './scriptedSidecar.ts';

export interface TestN8n {
	credential: ICredentialDataDecryptedObject;
	/** Executes a node on the given items and returns its output items. */
	run(node: string, parameters: INodeParameters, options?: { items?: INodeExecutionData[]; continueOnFail?: boolean }): Promise<INodeExecutionData[]>;
	listSearch(node: string, method: string, filter?: string, cursor?: string): Promise<INodeListSearchResult>;
	trigger(parameters: INodeParameters, staticData?: IDataObject): TestTrigger;
}

export interface TestTrigger {
	staticData: IDataObject;
	url(isTest?: boolean): string;
	hook(method: 'checkExists' | 'create' | 'delete', isTest?: boolean): Promise<boolean>;
	deliver(delivery: { headers: Record<string, string>; rawBody: Buffer | undefined }): Promise<{ result: IWebhookResponseData; status: number | undefined }>;
}

export async function startTestN8n(baseUrl: string): Promise<TestN8n> {
	const loader = await loadPackage();
	const credential: ICredentialDataDecryptedObject = { baseUrl, clientId, clientSecret, accessToken: '' };
	const additionalData = {
		executionId: '4711',
		instanceBaseUrl: 'http://n8n.example.com/',
		webhookBaseUrl: 'http://127.0.0.1:5678/webhook',
		webhookTestBaseUrl: 'http://127.0.0.1:5678/webhook-test',
		credentialsHelper: credentialsHelper(loader, credential),
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;

	return {
		credential,
		async run(name, parameters, { items = [{ json: {} }], continueOnFail = false } = {}) {
			const { workflow, node } = workflowOf(loader, name, parameters, continueOnFail ? { onError: 'continueRegularOutput' } : {});
			const inputData = { main: [items] };
			const context = new core.ExecuteContext(
				workflow,
				node,
				additionalData,
				'manual',
				n8nWorkflow.createEmptyRunExecutionData(),
				0,
				items,
				inputData,
				{ data: inputData, node, source: null },
				[],
			);
			const output = (await nodeType(loader, name).execute!.call(context)) as INodeExecutionData[][];
			return output[0] ?? [];
		},
		async listSearch(name, method, filter, cursor) {
			const { workflow, node } = workflowOf(loader, name, {});
			const context = new core.LoadOptionsContext(workflow, node, additionalData, '');
			return await nodeType(loader, name).methods!.listSearch![method]!.call(context, filter, cursor);
		},
		trigger: (parameters, staticData = {}) => testTrigger(loader, additionalData, parameters, staticData),
	};
}

function testTrigger(
	loader: PackageDirectoryLoader,
	additionalData: IWorkflowExecuteAdditionalData,
	parameters: INodeParameters,
	staticData: IDataObject,
): TestTrigger {
	const name = 'talentMatchTrigger';
	const type = nodeType(loader, name);
	const { workflow, node } = workflowOf(loader, name, parameters, { webhookId: 'c0ffee' });
	workflow.staticData = { [`node:${node.name}`]: staticData };
	const webhookData = (isTest: boolean) => ({ isTest, webhookDescription: type.description.webhooks![0]! }) as never;
	const hookContext = (isTest: boolean) => new core.HookContext(workflow, node, additionalData, 'trigger', 'activate', webhookData(isTest));
	return {
		staticData,
		url: (isTest = false) => hookContext(isTest).getNodeWebhookUrl('default')!,
		hook: async (method, isTest = false) => await type.webhookMethods!['default']![method].call(hookContext(isTest)),
		async deliver({ headers, rawBody }) {
			let status: number | undefined;
			const response = {
				status(code: number) {
					status = code;
					return { json: () => undefined };
				},
			};
			const body = rawBody === undefined ? {} : (JSON.parse(rawBody.toString('utf8')) as IDataObject);
			const request = { headers, rawBody, body, params: {}, query: {} };
			const context = new core.WebhookContext(
				workflow,
				node,
				{ ...additionalData, httpRequest: request, httpResponse: response } as unknown as IWorkflowExecuteAdditionalData,
				'webhook',
				webhookData(false),
				[],
				null,
			);
			return { result: await type.webhook!.call(context), status };
		},
	};
}

function workflowOf(
	loader: PackageDirectoryLoader,
	name: string,
	parameters: INodeParameters,
	more: Partial<INode> = {},
): { workflow: Workflow; node: INode } {
	const type = nodeType(loader, name);
	const node: INode = {
		id: 'node-1',
		name: 'Under test',
		type: `n8n-nodes-talentmatch.${name}`,
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: { talentMatchApi: { id: 'cred-1', name: 'TalentMatch account' } },
		...more,
	};
	// n8n fills in the defaults of every parameter that is shown; so does the Workflow class.
	const workflow = new n8nWorkflow.Workflow({
		id: 'wf-1',
		name: 'Test workflow',
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) },
	});
	return { workflow, node: workflow.getNode(node.name)! };
}

function credentialsHelper(loader: PackageDirectoryLoader, credential: ICredentialDataDecryptedObject): unknown {
	const type = credentialType(loader);
	return {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		getDecrypted: async () => ({ ...credential }),
		async preAuthentication(helpers: never, decrypted: ICredentialDataDecryptedObject, _name: string, _node: INode, expired: boolean) {
			if (decrypted['accessToken'] !== '' && !expired) return undefined;
			const output = (await type.preAuthentication!.call(helpers, decrypted)) as ICredentialDataDecryptedObject;
			Object.assign(credential, output);
			return Object.assign(decrypted, output);
		},
		async authenticate(decrypted: ICredentialDataDecryptedObject, _name: string, options: { headers?: IDataObject }, workflow: Workflow, node: INode) {
			const { properties } = type.authenticate as { properties: { headers: Record<string, string> } };
			for (const [header, value] of Object.entries(properties.headers)) {
				const resolved = workflow.expression.getSimpleParameterValue(node, value, 'internal', { $credentials: decrypted } as never);
				options.headers = { ...options.headers, [header]: resolved as string };
			}
			return options;
		},
	};
}
