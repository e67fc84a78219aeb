import type { INodeProperties } from 'n8n-workflow';
import { documentProperties } from '../shared/document';
import { resourceLocator } from '../shared/locators';
import { listProperties, simplifyProperty } from '../shared/properties';
import { waitProperties } from '../shared/tasks';

const analyse = { resource: ['cv'], operation: ['analyse'] };
const oneCv = { resource: ['cv'], operation: ['get', 'getText', 'erase'] };
const manyCvs = { resource: ['cv'], operation: ['getAll'] };

export const properties: INodeProperties[] = [
  {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    options: [
      { name: 'Candidate', value: 'candidate', description: 'A person, made from one or more CVs' },
      { name: 'CV', value: 'cv', description: 'An uploaded document and what was read from it' },
    ],
    default: 'cv',
  },
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: ['cv'] } },
    options: [
      {
        name: 'Analyse',
        value: 'analyse',
        action: 'Analyse a CV',
        description: 'Read a CV and return contact, work, education, skills and languages with evidence',
      },
      { name: 'Erase', value: 'erase', action: 'Erase a CV', description: 'Erase a CV for good; its candidate too when it was the only one' },
      { name: 'Get', value: 'get', action: 'Get a CV', description: 'Get what was read from one CV' },
      { name: 'Get Many', value: 'getAll', action: 'Get many CV files', description: 'List the CVs, newest first' },
      { name: 'Get Text', value: 'getText', action: 'Get the text of a CV', description: 'Get the plain text of one CV, to which all evidence points' },
    ],
    default: 'analyse',
  },
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: ['candidate'] } },
    options: [
      {
        name: 'Erase',
        value: 'erase',
        action: 'Erase a candidate',
        description: 'Erase a person with all CVs, profiles, matches and vectors, and return a proof',
      },
    ],
    default: 'erase',
  },
  ...documentProperties('CV', analyse),
  ...waitProperties(analyse),
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: analyse },
    options: [
      {
        displayName: 'External ID',
        name: 'externalId',
        type: 'string',
        default: '',
        placeholder: 'e.g. application-4711',
        description: 'Your own ID for this CV, kept with it',
      },
    ],
  },
  resourceLocator({
    displayName: 'CV',
    name: 'cvId',
    path: 'cvs',
    noun: 'CV',
    searchListMethod: 'searchCvs',
    description: 'The CV. Its ID is the field cvId in the output of Analyse.',
    show: oneCv,
  }),
  resourceLocator({
    displayName: 'Candidate',
    name: 'candidateId',
    path: 'candidates',
    noun: 'candidate',
    searchListMethod: 'searchCandidates',
    description: 'The person to erase. This cannot be undone.',
    show: { resource: ['candidate'], operation: ['erase'] },
  }),
  ...listProperties(manyCvs),
  {
    displayName: 'Filters',
    name: 'filters',
    type: 'collection',
    placeholder: 'Add filter',
    default: {},
    displayOptions: { show: manyCvs },
    options: [
      {
        displayName: 'Candidate ID',
        name: 'candidateId',
        type: 'string',
        default: '',
        description: 'Only the CVs of this person',
      },
      {
        displayName: 'Status',
        name: 'status',
        type: 'options',
        options: [
          { name: 'Analysed', value: 'analysed' },
          { name: 'Failed', value: 'failed' },
          { name: 'Needs OCR', value: 'needs_ocr', description: 'A scan without text' },
          { name: 'Queued', value: 'queued' },
        ],
        default: 'analysed',
      },
    ],
  },
  simplifyProperty({ resource: ['cv'], operation: ['analyse', 'get', 'getAll'] }),
];
