import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { authenticationProperty } from '../shared/authentication';
import { executePerItem } from '../shared/items';
import { searchSources } from '../shared/listSearch';
import { operations } from './operations';
import { properties } from './properties';

export class RagQuery implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'TalentMatch RAG Query',
    name: 'ragQuery',
    icon: { light: 'file:../../icons/ragQuery.svg', dark: 'file:../../icons/ragQuery.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: 'Ask questions over CVs and documents and get answers with verified citations; add and manage the documents',
    defaults: { name: 'TalentMatch RAG Query' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'talentMatchApi', required: true, displayOptions: { show: { authentication: ['clientSecret'] } } },
      { name: 'talentMatchOAuth2Api', required: true, displayOptions: { show: { authentication: ['oAuth2'] } } },
    ],
    properties: [authenticationProperty, ...properties],
  };

  methods = { listSearch: { searchSources } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return await executePerItem(this, operations);
  }
}
