import type { INodeProperties } from 'n8n-workflow';
import { resourceLocator } from '../shared/locators';
import { listProperties, simplifyProperty } from '../shared/properties';

const resource = ['candidate'];

const language: INodeProperties = {
  displayName: 'Language',
  name: 'language',
  type: 'string',
  default: '',
  placeholder: 'e.g. fr',
  description: 'Only CVs in this language, as a two-letter code',
};

export const candidateProperties: INodeProperties[] = [
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource } },
    options: [
      { name: 'Get', value: 'get', action: 'Get a candidate', description: 'Get one candidate with the current profile' },
      { name: 'Get Many', value: 'getAll', action: 'Get many candidates', description: 'List the candidates, newest first' },
      { name: 'Search', value: 'search', action: 'Search candidates', description: 'Find candidates by meaning, skills or title, best first' },
    ],
    default: 'search',
  },
  resourceLocator({
    displayName: 'Candidate',
    name: 'candidateId',
    path: 'candidates',
    noun: 'candidate',
    searchListMethod: 'searchCandidates',
    description: 'The person',
    show: { resource, operation: ['get'] },
  }),
  {
    displayName: 'Query',
    name: 'query',
    type: 'string',
    default: '',
    placeholder: 'e.g. payroll accountant with SAP',
    description: 'What to look for, in words and in any supported language. May be empty when skills or a title are given below.',
    displayOptions: { show: { resource, operation: ['search'] } },
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: { resource, operation: ['search'] } },
  },
  {
    displayName: 'Filters',
    name: 'filters',
    type: 'collection',
    placeholder: 'Add filter',
    default: {},
    displayOptions: { show: { resource, operation: ['search'] } },
    options: [
      language,
      {
        displayName: 'Skills',
        name: 'skills',
        type: 'string',
        default: '',
        placeholder: 'e.g. SAP, IFRS, payroll',
        description: 'Skills to look for, separated by commas',
      },
      { displayName: 'Title', name: 'title', type: 'string', default: '', placeholder: 'e.g. accountant', description: 'Job title to look for' },
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
      language,
      { displayName: 'Search', name: 'q', type: 'string', default: '', placeholder: 'e.g. Amal', description: 'Part of the name' },
    ],
  },
  simplifyProperty({ resource, operation: ['get', 'getAll'] }),
];
