import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { authenticationProperty } from '../shared/authentication';
import { executePerItem } from '../shared/items';
import { searchCandidates, searchJobs } from '../shared/listSearch';
import { candidateOperations } from './candidate.operations';
import { candidateProperties } from './candidate.properties';
import { jobOperations } from './job.operations';
import { jobProperties } from './job.properties';
import { matchOperations } from './match.operations';
import { matchProperties } from './match.properties';

export class CandidateMatch implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'TalentMatch Candidate Match',
    name: 'candidateMatch',
    icon: { light: 'file:../../icons/candidateMatch.svg', dark: 'file:../../icons/candidateMatch.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: 'Rank candidates for a job or jobs for a candidate, with reasons quoted from the CVs; manage jobs and search candidates',
    defaults: { name: 'TalentMatch Candidate Match' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'talentMatchApi', required: true, displayOptions: { show: { authentication: ['clientSecret'] } } },
      { name: 'talentMatchOAuth2Api', required: true, displayOptions: { show: { authentication: ['oAuth2'] } } },
    ],
    properties: [
      authenticationProperty,
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options: [
          { name: 'Candidate', value: 'candidate', description: 'A person, made from one or more CVs' },
          { name: 'Job', value: 'job', description: 'A position to fill' },
          { name: 'Match', value: 'match', description: 'The scored, explained pair of a candidate and a job' },
        ],
        default: 'match',
      },
      ...jobProperties,
      ...candidateProperties,
      ...matchProperties,
    ],
  };

  methods = { listSearch: { searchJobs, searchCandidates } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return await executePerItem(this, { job: jobOperations, candidate: candidateOperations, match: matchOperations });
  }
}
