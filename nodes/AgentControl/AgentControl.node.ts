import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { authenticationProperty } from '../shared/authentication';
import { executePerItem } from '../shared/items';
import { searchAgents } from '../shared/listSearch';
import { operations } from './operations';
import { properties } from './properties';

export class AgentControl implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'TalentMatch Agent Control',
    name: 'agentControl',
    icon: { light: 'file:../../icons/agentControl.svg', dark: 'file:../../icons/agentControl.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: 'List, run, pause and resume the TalentMatch agents: CV analyst, matcher and RAG assistant',
    defaults: { name: 'TalentMatch Agent Control' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'talentMatchApi', required: true, displayOptions: { show: { authentication: ['clientSecret'] } } },
      { name: 'talentMatchOAuth2Api', required: true, displayOptions: { show: { authentication: ['oAuth2'] } } },
    ],
    properties: [authenticationProperty, ...properties],
  };

  methods = { listSearch: { searchAgents } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return await executePerItem(this, operations);
  }
}
