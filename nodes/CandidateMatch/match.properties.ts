import type { INodeProperties } from 'n8n-workflow';
import { resourceLocator } from '../shared/locators';
import { listProperties, simplifyProperty } from '../shared/properties';

const resource = ['match'];
const ranking = { resource, operation: ['rankCandidates', 'rankJobs'] };

export const matchProperties: INodeProperties[] = [
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource } },
    options: [
      {
        name: 'Explain Pair',
        value: 'explain',
        action: 'Explain how a candidate fits a job',
        description: 'Score one candidate against one job, with must-haves and quoted reasons',
      },
      { name: 'Get', value: 'get', action: 'Get a match', description: 'Get a stored match again, by its ID' },
      { name: 'Get Many', value: 'getAll', action: 'Get many matches', description: 'List stored matches of a job or a candidate' },
      {
        name: 'Rank Candidates',
        value: 'rankCandidates',
        action: 'Rank candidates for a job',
        description: 'The best candidates for a job, one item each, with score, must-haves and quoted reasons',
      },
      {
        name: 'Rank Jobs',
        value: 'rankJobs',
        action: 'Rank jobs for a candidate',
        description: 'The best jobs for a candidate, one item each, with score, must-haves and quoted reasons',
      },
    ],
    default: 'rankCandidates',
  },
  resourceLocator({
    displayName: 'Job',
    name: 'jobId',
    path: 'jobs',
    noun: 'job',
    searchListMethod: 'searchJobs',
    description: 'The position to fill',
    show: { resource, operation: ['rankCandidates', 'explain'] },
  }),
  resourceLocator({
    displayName: 'Candidate',
    name: 'candidateId',
    path: 'candidates',
    noun: 'candidate',
    searchListMethod: 'searchCandidates',
    description: 'The person',
    show: { resource, operation: ['rankJobs', 'explain'] },
  }),
  resourceLocator({
    displayName: 'Match',
    name: 'matchId',
    path: 'matches',
    noun: 'match',
    description: 'The field matchId in the output of a ranking',
    show: { resource, operation: ['get'] },
  }),
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: ranking },
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: { resource, operation: ['rankCandidates'] } },
    options: [
      {
        displayName: 'Only These Candidates',
        name: 'candidateIds',
        type: 'string',
        default: '',
        placeholder: 'e.g. {{ $json.candidateId }}',
        description: 'Rank only these candidates: IDs separated by commas, or an array from an expression',
      },
      {
        displayName: 'Timeout (Seconds)',
        name: 'timeout',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 3600 },
        default: 300,
        description: 'How long to wait for the ranking of a large pool',
      },
    ],
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: { resource, operation: ['rankJobs'] } },
    options: [
      {
        displayName: 'Timeout (Seconds)',
        name: 'timeout',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 3600 },
        default: 300,
        description: 'How long to wait for the ranking of a large pool',
      },
    ],
  },
  ...listProperties({ resource, operation: ['getAll'] }),
  {
    displayName: 'Filters',
    name: 'filters',
    type: 'collection',
    placeholder: 'Add filter',
    default: {},
    displayOptions: { show: { resource, operation: ['getAll'] } },
    options: [
      { displayName: 'Candidate ID', name: 'candidateId', type: 'string', default: '', description: 'Only matches of this candidate' },
      { displayName: 'Job ID', name: 'jobId', type: 'string', default: '', description: 'Only matches of this job' },
    ],
  },
  simplifyProperty({ resource, operation: ['rankCandidates', 'rankJobs', 'explain', 'get', 'getAll'] }),
];
