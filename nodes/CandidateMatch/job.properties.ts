import type { INodeProperties } from 'n8n-workflow';
import { resourceLocator } from '../shared/locators';
import { listProperties, simplifyProperty } from '../shared/properties';

const resource = ['job'];

const externalId: INodeProperties = {
  displayName: 'External ID',
  name: 'externalId',
  type: 'string',
  default: '',
  placeholder: 'e.g. req-2041',
  description: 'Your own ID for this job, kept with it',
};

const requirements: INodeProperties = {
  displayName: 'Requirements (JSON)',
  name: 'requirements',
  type: 'json',
  default: '[]',
  description: 'Requirements that replace those read from the text, as an array in the shape that Analyse Text returns',
};

const status: INodeProperties = {
  displayName: 'Status',
  name: 'status',
  type: 'options',
  options: [
    { name: 'Closed', value: 'closed' },
    { name: 'Open', value: 'open' },
  ],
  default: 'open',
};

const title: INodeProperties = {
  displayName: 'Title',
  name: 'title',
  type: 'string',
  default: '',
  placeholder: 'e.g. Accountant',
  description: 'Title of the position. Empty takes the title found in the text.',
};

export const jobProperties: INodeProperties[] = [
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource } },
    options: [
      {
        name: 'Analyse Text',
        value: 'analyse',
        action: 'Analyse a job text',
        description: 'Read the requirements from a job advertisement without storing anything',
      },
      { name: 'Create', value: 'create', action: 'Create a job', description: 'Store a job advertisement and read its requirements' },
      { name: 'Delete', value: 'delete', action: 'Delete a job', description: 'Delete a job and its matches' },
      { name: 'Get', value: 'get', action: 'Get a job', description: 'Get one job with its requirements' },
      { name: 'Get Many', value: 'getAll', action: 'Get many jobs', description: 'List the jobs, newest first' },
      { name: 'Update', value: 'update', action: 'Update a job', description: 'Change title, text, status or requirements of a job' },
    ],
    default: 'create',
  },
  {
    displayName: 'Job Text',
    name: 'text',
    type: 'string',
    typeOptions: { rows: 8 },
    required: true,
    default: '',
    description: 'The full job advertisement, in any supported language. Requirements and must-haves are read from it.',
    displayOptions: { show: { resource, operation: ['create', 'analyse'] } },
  },
  resourceLocator({
    displayName: 'Job',
    name: 'jobId',
    path: 'jobs',
    noun: 'job',
    searchListMethod: 'searchJobs',
    description: 'The position',
    show: { resource, operation: ['get', 'update', 'delete'] },
  }),
  {
    displayName: 'Additional Fields',
    name: 'additionalFields',
    type: 'collection',
    placeholder: 'Add field',
    default: {},
    displayOptions: { show: { resource, operation: ['create'] } },
    options: [externalId, requirements, title],
  },
  {
    displayName: 'Additional Fields',
    name: 'additionalFields',
    type: 'collection',
    placeholder: 'Add field',
    default: {},
    displayOptions: { show: { resource, operation: ['analyse'] } },
    options: [title],
  },
  {
    displayName: 'Update Fields',
    name: 'updateFields',
    type: 'collection',
    placeholder: 'Add field',
    default: {},
    displayOptions: { show: { resource, operation: ['update'] } },
    options: [
      { displayName: 'Job Text', name: 'text', type: 'string', typeOptions: { rows: 8 }, default: '', description: 'The new advertisement; it is analysed again' },
      requirements,
      status,
      title,
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
      { displayName: 'Search', name: 'q', type: 'string', default: '', placeholder: 'e.g. nurse', description: 'Words of the title' },
      status,
    ],
  },
  simplifyProperty({ resource, operation: ['create', 'analyse', 'get', 'getAll', 'update'] }),
];
