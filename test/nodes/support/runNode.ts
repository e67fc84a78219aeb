/**
 * Runs our nodes inside n8n-core's own contexts (parameters, expressions, binary data, HTTP and the retry after 401 are
 * n8n's, the OAuth2 client too). Only the credentials helper is a stand-in, as it lives in the n8n application: it keeps
 * one credential of each type in memory and follows n8n's rules (a token is fetched when empty or after a 401, and kept).
 */
import type { PackageDirectoryLoader } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
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
	/** For nodes with `authentication: 'oAuth2'`. */
	oAuth2Credential: ICredentialDataDecryptedObject;
	/** Executes a node on the given items and returns its output items. */
	run(node: string, parameters: INodeParameters, options?: { items?: INodeExecutionData[]; continueOnFail?: boolean }): Promise<INodeExecutionData[]>;
	listSearch(node: string, method: string, filter?: string, cursor?: string, parameters?: INodeParameters): Promise<INodeListSearchResult>;
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
	const oAuth2Credential: ICredentialDataDecryptedObject = { baseUrl, clientId, clientSecret };
	const additionalData = {
		executionId: '4711',
		instanceBaseUrl: 'http://n8n.example.com/',
		webhookBaseUrl: 'http://127.0.0.1:5678/webhook',
		webhookTestBaseUrl: 'http://127.0.0.1:5678/webhook-test',
		credentialsHelper: credentialsHelper(loader, credential, oAuth2Credential),
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;

	return {
		credential,
		oAuth2Credential,
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
		async listSearch(name, method, filter, cursor, parameters = {}) {
			const { workflow, node } = workflowOf(loader, name, parameters);
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
		credentials: { talentMatchApi: { id: 'cred-1', name: 'TalentMatch account' }, talentMatchOAuth2Api: { id: 'cred-2', name: 'TalentMatch by OAuth2' } },
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

function credentialsHelper(loader: PackageDirectoryLoader, credential: ICredentialDataDecryptedObject, oAuth2Credential: ICredentialDataDecryptedObject): unknown {
	const type = credentialType(loader);
	const oAuth2 = credentialType(loader, 'talentMatchOAuth2Api');
	return {
		getParentTypes: (name: string) => (name === oAuth2.name ? oAuth2.extends : []),
		isCredentialUsableByNode: () => true,
		getDecrypted: async (_data: unknown, _reference: unknown, name: string) => (name === oAuth2.name ? withDefaults(loader, oAuth2, oAuth2Credential) : { ...credential }),
		runPreAuthentication: async () => undefined,
		async updateCredentialsOauthTokenData(_reference: unknown, _name: string, { oauthTokenData }: ICredentialDataDecryptedObject) {
			oAuth2Credential['oauthTokenData'] = oauthTokenData!;
		},
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

/** Fields that are not stored have the type's default, and expressions in these see the fields as `$self`. */
function withDefaults(loader: PackageDirectoryLoader, type: ICredentialType, stored: ICredentialDataDecryptedObject): ICredentialDataDecryptedObject {
	const data = { ...Object.fromEntries(type.properties.map(({ name, default: value }) => [name, value])), ...stored } as INodeParameters;
	const { workflow, node } = workflowOf(loader, 'cvAnalysis', {});
	return workflow.expression.getParameterValue(data, null, 0, 0, node.name, [], 'internal', {}, undefined, false, data) as ICredentialDataDecryptedObject;
}
