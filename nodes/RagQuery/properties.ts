import type { INodeProperties } from 'n8n-workflow';
import { documentProperties } from '../shared/document';
import { resourceLocator } from '../shared/locators';
import { listProperties, simplifyProperty } from '../shared/properties';
import { waitProperties } from '../shared/tasks';

const ask = { resource: ['question'], operation: ['ask'] };
const search = { resource: ['question'], operation: ['search'] };
const add = { resource: ['source'], operation: ['add'] };
const many = { resource: ['source'], operation: ['getAll'] };

const scopeOptions: INodeProperties[] = [
  {
    displayName: 'Candidate IDs',
    name: 'candidateIds',
    type: 'string',
    default: '',
    description: 'Look only into the CVs of these candidates: IDs separated by commas, or an array from an expression',
  },
  {
    displayName: 'Kinds',
    name: 'kinds',
    type: 'multiOptions',
    options: [
      { name: 'CV', value: 'cv', description: 'The texts of the CVs' },
      { name: 'Document', value: 'document', description: 'Documents added with Add Source' },
    ],
    default: [],
    description: 'Look only into these kinds. Empty looks into all.',
  },
  {
    displayName: 'Source IDs',
    name: 'sourceIds',
    type: 'string',
    default: '',
    description: 'Look only into these sources: IDs separated by commas, or an array from an expression',
  },
];

export const properties: INodeProperties[] = [
  {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    options: [
      { name: 'Question', value: 'question', description: 'Ask or search the CVs and documents' },
      { name: 'Source', value: 'source', description: 'A document that questions are answered from' },
    ],
    default: 'question',
  },
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: ['question'] } },
    options: [
      {
        name: 'Ask',
        value: 'ask',
        action: 'Ask a question',
        description: 'Answer a question with citations; says so when the sources hold no answer',
      },
      { name: 'Search Passages', value: 'search', action: 'Search passages', description: 'Find the passages nearest to a query, best first, without an answer' },
    ],
    default: 'ask',
  },
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: ['source'] } },
    options: [
      { name: 'Add', value: 'add', action: 'Add a source', description: 'Add a document that questions can be answered from' },
      { name: 'Delete', value: 'delete', action: 'Delete a source', description: 'Delete a document and everything indexed from it' },
      { name: 'Get', value: 'get', action: 'Get a source', description: 'Get one document' },
      { name: 'Get Many', value: 'getAll', action: 'Get many sources', description: 'List the documents, newest first' },
    ],
    default: 'add',
  },
  {
    displayName: 'Question',
    name: 'question',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. Who has led a team of nurses?',
    description: 'The question, in any supported language; the answer comes in the same language',
    displayOptions: { show: ask },
  },
  {
    displayName: 'Query',
    name: 'query',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. led a team of nurses',
    description: 'Words or a sentence to look for, in any supported language',
    displayOptions: { show: search },
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: ask },
    options: [
      {
        displayName: 'Question Language',
        name: 'language',
        type: 'string',
        default: '',
        placeholder: 'e.g. en',
        description: 'Two-letter code of the language of the question, where it should not be detected',
      },
      ...scopeOptions,
      {
        displayName: 'Max Citations',
        name: 'maxCitations',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 50 },
        default: 8,
        description: 'How many passages the answer may rest on',
      },
    ],
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: search },
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: search },
    options: scopeOptions,
  },
  ...documentProperties('document', add),
  ...waitProperties(add),
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: add },
    options: [
      { displayName: 'External ID', name: 'externalId', type: 'string', default: '', placeholder: 'e.g. handbook-7', description: 'Your own ID for this document, kept with it' },
      { displayName: 'Title', name: 'title', type: 'string', default: '', placeholder: 'e.g. Travel policy', description: 'Title under which it is cited. Empty takes the name of the file.' },
    ],
  },
  resourceLocator({
    displayName: 'Source',
    name: 'sourceId',
    path: 'sources',
    noun: 'source',
    searchListMethod: 'searchSources',
    description: 'The document',
    show: { resource: ['source'], operation: ['get', 'delete'] },
  }),
  ...listProperties(many),
  {
    displayName: 'Filters',
    name: 'filters',
    type: 'collection',
    placeholder: 'Add filter',
    default: {},
    displayOptions: { show: many },
    options: [
      {
        displayName: 'Kind',
        name: 'kind',
        type: 'options',
        options: [
          { name: 'CV', value: 'cv' },
          { name: 'Document', value: 'document' },
        ],
        default: 'document',
      },
    ],
  },
  simplifyProperty(ask),
  simplifyProperty({ resource: ['source'], operation: ['add', 'get', 'getAll'] }),
];
