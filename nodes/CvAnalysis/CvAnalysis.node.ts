import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { authenticationProperty } from '../shared/authentication';
import { executePerItem } from '../shared/items';
import { searchCandidates, searchCvs } from '../shared/listSearch';
import { operations } from './operations';
import { properties } from './properties';

export class CvAnalysis implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'TalentMatch CV Analysis',
    name: 'cvAnalysis',
    icon: { light: 'file:../../icons/cvAnalysis.svg', dark: 'file:../../icons/cvAnalysis.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: 'Turn a CV (PDF, DOCX or text) into a structured profile with evidence; read and erase stored CVs',
    defaults: { name: 'TalentMatch CV Analysis' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'talentMatchApi', required: true, displayOptions: { show: { authentication: ['clientSecret'] } } },
      { name: 'talentMatchOAuth2Api', required: true, displayOptions: { show: { authentication: ['oAuth2'] } } },
    ],
    properties: [authenticationProperty, ...properties],
  };

  methods = { listSearch: { searchCvs, searchCandidates } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return await executePerItem(this, operations);
  }
}
