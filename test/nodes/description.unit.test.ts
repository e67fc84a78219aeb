import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { INodeProperties } from 'n8n-workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPackage, credentialType, loadPackage, nodeType } from './support/builtPackage.ts';

const actionNodes = ['cvAnalysis', 'candidateMatch', 'ragQuery', 'agentControl'];
const allNodes = [...actionNodes, 'talentMatchTrigger'];

let folder: string;
let loader: PackageDirectoryLoader;
beforeAll(async () => {
	folder = buildPackage();
	loader = await loadPackage();
}, 60_000);

test('n8n loads exactly these nodes and credentials from the built package', () => {
	expect(Object.keys(loader.nodeTypes).sort()).toEqual([...allNodes].sort());
	expect(Object.keys(loader.credentialTypes)).toEqual(['talentMatchApi', 'talentMatchOAuth2Api']);
});

test('the package holds dist, package.json, LICENSE and README only, and asks for no dependency but n8n-workflow', () => {
	const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: folder, encoding: 'utf8' })) as [
		{ files: { path: string }[] },
	];
	expect(packed.files.map(({ path }) => path).filter((path) => !/^(dist\/(nodes|credentials|icons)\/|package\.json$|LICENSE|README)/.test(path))).toEqual([]);
	const { dependencies, peerDependencies } = loader.packageJson as unknown as Record<string, unknown>;
	expect(dependencies).toBeUndefined();
	expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });
});

describe.each(allNodes)('%s', (name) => {
	test('is named after TalentMatch, says what it does, and has a subtitle', () => {
		const { description } = nodeType(loader, name);
		expect(description.displayName).toMatch(/^TalentMatch /);
		expect(description.defaults.name).toBe(description.displayName);
		expect(description.description.length).toBeGreaterThan(20);
		expect(description.subtitle).toMatch(/^=/);
	});

	test('offers both credentials, and without a choice asks for the client ID and secret, as it always did', () => {
		const { credentials, properties } = nodeType(loader, name).description;
		expect(properties[0]).toMatchObject({ name: 'authentication', default: 'clientSecret', noDataExpression: true });
		expect(credentials?.map((credential) => [credential.name, credential.required, credential.displayOptions?.show?.['authentication']])).toEqual([
			['talentMatchApi', true, ['clientSecret']],
			['talentMatchOAuth2Api', true, ['oAuth2']],
		]);
	});

	test('has a light and a dark icon on disk', () => {
		const { iconUrl } = loader.types.nodes.find((node) => node.name === name)!;
		expectIconsOnDisk(iconUrl);
	});

	test('has a codex with documentation links and without the AI category', () => {
		const { codex } = loader.types.nodes.find((node) => node.name === name)!;
		expect(codex?.categories?.length).toBeGreaterThan(0);
		expect(codex?.categories).not.toContain('AI');
		expect(codex?.resources?.primaryDocumentation?.[0]?.url).toMatch(/^https:/);
		expect(codex?.resources?.credentialDocumentation?.[0]?.url).toMatch(/^https:/);
	});

	test('every parameter that an AI agent could fill in is described', () => {
		const undescribed = allProperties(nodeType(loader, name).description.properties)
			.filter(({ name: property, type }) => !['resource', 'operation', 'filters', 'options', 'additionalFields', 'updateFields'].includes(property) && type !== 'options')
			.filter(({ description }) => (description ?? '').length < 10);
		expect(undescribed.map(({ name: property }) => property)).toEqual([]);
	});

	test('a resource locator with a list names a search method that exists', () => {
		const type = nodeType(loader, name);
		const methods = allProperties(type.description.properties)
			.flatMap(({ modes = [] }) => modes)
			.flatMap(({ typeOptions }) => typeOptions?.searchListMethod ?? []);
		for (const method of methods) expect(type.methods?.listSearch?.[method]).toBeTypeOf('function');
	});
});

test('action nodes are offered to AI agents as tools, the trigger is not', () => {
	for (const name of actionNodes) expect(nodeType(loader, name).description.usableAsTool).toBe(true);
	expect(nodeType(loader, 'talentMatchTrigger').description.usableAsTool).toBeUndefined();
});

test('every operation has an action for the node panel, and no parameter bears a builder hint', () => {
	for (const name of actionNodes) {
		const { properties } = nodeType(loader, name).description;
		const operations = properties.filter(({ name: property }) => property === 'operation');
		expect(operations.length).toBeGreaterThan(0);
		for (const operation of operations.flatMap(({ options = [] }) => options)) expect(operation).toHaveProperty('action');
		expect(JSON.stringify(properties)).not.toContain('builderHint');
	}
});

test('the credential keeps its token hidden and expirable, and its icons are on disk', () => {
	const type = credentialType(loader);
	const token = type.properties.find(({ name }) => name === 'accessToken');
	expect(token).toMatchObject({ type: 'hidden', default: '', typeOptions: { expirable: true, password: true } });
	expect(type.properties.find(({ name }) => name === 'clientSecret')?.typeOptions?.password).toBe(true);
});

test('the OAuth2 credential asks for client credentials in the body, at the sidecar, and for nothing that is not needed', () => {
	const type = credentialType(loader, 'talentMatchOAuth2Api');
	expect(type.extends).toEqual(['oAuth2Api']);
	const hidden = type.properties.filter((property) => property.type === 'hidden').map(({ name, default: value }) => [name, value]);
	expect(Object.fromEntries(hidden)).toMatchObject({ grantType: 'clientCredentials', authentication: 'body' });
	expect(type.properties.filter((property) => property.type !== 'hidden').map(({ name }) => name)).toEqual(['baseUrl', 'clientId', 'clientSecret', 'scope']);
	expect(type.properties.find(({ name }) => name === 'clientSecret')?.typeOptions?.password).toBe(true);
});

test('every credential can be tested, says where its documentation is, and has its icons on disk', () => {
	for (const { test: request, documentationUrl, iconUrl } of loader.types.credentials) {
		expect(request?.request.url).toBe('/v1/me');
		expect(documentationUrl).toMatch(/^https:.*docs\/nodes\.md#/);
		expectIconsOnDisk(iconUrl);
	}
});

function expectIconsOnDisk(iconUrl: unknown): void {
	const { light, dark } = iconUrl as { light: string; dark: string };
	expect(light).not.toBe(dark);
	for (const icon of [light, dark]) expect(existsSync(join(folder, icon.replace('icons/n8n-nodes-talentmatch/', '')))).toBe(true);
}

function allProperties(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => [
		property,
		...(property.type === 'collection' ? allProperties((property.options ?? []) as INodeProperties[]) : []),
	]);
}
