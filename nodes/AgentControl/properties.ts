import type { INodeProperties } from 'n8n-workflow';
import { listProperties, simplifyProperty } from '../shared/properties';
import { waitProperties } from '../shared/tasks';

const resource = ['agent'];
const run = { resource, operation: ['run'] };

export const properties: INodeProperties[] = [
  {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    options: [{ name: 'Agent', value: 'agent', description: 'A named, versioned configuration of one of the pipelines' }],
    default: 'agent',
  },
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource } },
    options: [
      { name: 'Get', value: 'get', action: 'Get an agent', description: 'Get one agent with its active version' },
      { name: 'Get Many', value: 'getAll', action: 'Get many agents', description: 'List the agents and whether they are active or paused' },
      { name: 'Pause', value: 'pause', action: 'Pause an agent', description: 'Stop an agent from taking new work. What it has accepted waits and runs after a resume.' },
      { name: 'Resume', value: 'resume', action: 'Resume an agent', description: 'Let a paused agent work again' },
      { name: 'Run', value: 'run', action: 'Run an agent', description: 'Run an agent once on a CV, a job, a candidate or a question' },
    ],
    default: 'getAll',
  },
  {
    displayName: 'Agent',
    name: 'agentId',
    type: 'resourceLocator',
    default: { mode: 'list', value: '' },
    required: true,
    description: 'The agent: cv-analyst, matcher or rag-assistant',
    modes: [
      {
        displayName: 'From List',
        name: 'list',
        type: 'list',
        placeholder: 'Select an agent...',
        typeOptions: { searchListMethod: 'searchAgents', searchable: true },
      },
      { displayName: 'By Name or ID', name: 'id', type: 'string', placeholder: 'e.g. matcher' },
    ],
    displayOptions: { show: { resource, operation: ['get', 'pause', 'resume', 'run'] } },
  },
  {
    displayName: 'Reason',
    name: 'reason',
    type: 'string',
    default: '',
    placeholder: 'e.g. New weights are being reviewed',
    description: 'Why it is paused; shown to everybody whose request is refused meanwhile',
    displayOptions: { show: { resource, operation: ['pause'] } },
  },
  {
    displayName: 'Run On',
    name: 'runOn',
    type: 'options',
    options: [
      { name: 'Candidate', value: 'candidate', description: 'Rank the jobs for a candidate (matcher)' },
      { name: 'CV', value: 'cv', description: 'Analyse a stored CV again (cv-analyst)' },
      { name: 'Job', value: 'job', description: 'Rank the candidates for a job (matcher)' },
      { name: 'Job and Candidate', value: 'pair', description: 'Score one pair (matcher)' },
      { name: 'JSON', value: 'json', description: 'Any other input' },
      { name: 'Question', value: 'question', description: 'Answer a question (rag-assistant)' },
    ],
    default: 'question',
    description: 'What the agent works on: a CV for cv-analyst; a job, a candidate or both for matcher; a question for rag-assistant',
    displayOptions: { show: run },
  },
  idProperty('CV ID', 'cvId', ['cv'], 'The CV to analyse again'),
  idProperty('Job ID', 'jobId', ['job', 'pair'], 'The position to fill'),
  idProperty('Candidate ID', 'candidateId', ['candidate', 'pair'], 'The person'),
  {
    displayName: 'Question',
    name: 'question',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. Who speaks Italian?',
    description: 'The question to answer from CVs and documents',
    displayOptions: { show: { ...run, runOn: ['question'] } },
  },
  {
    displayName: 'Input (JSON)',
    name: 'inputJson',
    type: 'json',
    required: true,
    default: '{}',
    description: 'The input of the run as a JSON object',
    displayOptions: { show: { ...run, runOn: ['json'] } },
  },
  ...waitProperties(run),
  ...listProperties({ resource, operation: ['getAll'] }),
  simplifyProperty({ resource, operation: ['get', 'getAll', 'pause', 'resume', 'run'] }),
];

function idProperty(displayName: string, name: string, runOn: string[], description: string): INodeProperties {
  return {
    displayName,
    name,
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. 0199a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b',
    description,
    displayOptions: { show: { ...run, runOn } },
  };
}
