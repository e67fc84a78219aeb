import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { rankedMatches } from '../CandidateMatch/rankedMatches';
import { simplifyMatch } from '../CandidateMatch/simplify';
import { simplifyAnswer } from '../RagQuery/simplifyAnswer';
import type { Agent, AgentRun, Answer, Page, Ranking, Task } from '../shared/api';
import type { OperationTable, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listLimit } from '../shared/properties';
import { simplifyTask, waitForTask } from '../shared/tasks';
import { apiRequest, withoutEmpty } from '../shared/transport';

export const operations: OperationTable = { agent: { get, getAll, run, pause, resume } };

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return agentOutput(context, itemIndex, await apiRequest<Agent>(context, 'GET', agentPath(context, itemIndex)));
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  // The agents of a workspace are few: the route has no pages.
  const { items } = await apiRequest<Page<Agent>>(context, 'GET', '/v1/agents');
  return items.slice(0, listLimit(context, itemIndex)).map((agent) => agentOutput(context, itemIndex, agent));
}

async function pause(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const body = withoutEmpty({ reason: context.getNodeParameter('reason', itemIndex, '') as string });
  return agentOutput(context, itemIndex, await apiRequest<Agent>(context, 'POST', `${agentPath(context, itemIndex)}/pause`, { body }));
}

async function resume(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return agentOutput(context, itemIndex, await apiRequest<Agent>(context, 'POST', `${agentPath(context, itemIndex)}/resume`, { body: {} }));
}

/** A run answers what the feature's own route answers: an answer, a ranking, or the task that makes one. */
async function run(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const input = runInput(context, itemIndex);
  const simplify = context.getNodeParameter('simplify', itemIndex, true) === true;
  const { output, ...about } = await apiRequest<AgentRun>(context, 'POST', `${agentPath(context, itemIndex)}/runs`, { body: { input } });
  const { task: started } = output as { task?: Task };

  if (started === undefined) {
    if (!simplify) return { ...about, output };
    return about.kind === 'matcher' ? (output as Ranking).items.map(simplifyMatch) : simplifyAnswer(output as Answer);
  }
  const waitForResult = context.getNodeParameter('waitForResult', itemIndex, true) as boolean;
  const timeoutSeconds = context.getNodeParameter('timeout', itemIndex, 300) as number;
  const task = waitForResult ? await waitForTask(context, started, { timeoutSeconds, itemIndex }) : started;
  if (!simplify) return { ...about, output: { task } };
  return about.kind === 'matcher' && waitForResult ? (await rankedMatches(context, task, input)).map(simplifyMatch) : simplifyTask(task);
}

function runInput(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const runOn = context.getNodeParameter('runOn', itemIndex) as keyof typeof inputFields | 'json';
  if (runOn === 'json') return jsonInput(context, itemIndex);
  return Object.fromEntries(inputFields[runOn].map((field) => [field, context.getNodeParameter(field, itemIndex) as string]));
}

const inputFields = {
  cv: ['cvId'],
  job: ['jobId'],
  candidate: ['candidateId'],
  pair: ['jobId', 'candidateId'],
  question: ['question'],
};

function jsonInput(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const value = context.getNodeParameter('inputJson', itemIndex) as string | IDataObject;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as IDataObject;
  } catch (error) {
    throw new NodeOperationError(context.getNode(), 'The input is not valid JSON', { itemIndex, description: (error as Error).message });
  }
}

function agentPath(context: IExecuteFunctions, itemIndex: number): string {
  return `/v1/agents/${locatorValue(context, 'agentId', itemIndex)}`;
}

function agentOutput(context: IExecuteFunctions, itemIndex: number, agent: Agent): object {
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyAgent(agent) : agent;
}

function simplifyAgent(agent: Agent): object {
  return {
    agentId: agent.id,
    name: agent.name,
    kind: agent.kind,
    status: agent.status,
    description: agent.description,
    activeVersion: agent.activeVersion?.number ?? null,
    ...(agent.status === 'paused' ? { pausedAt: agent.pausedAt, pauseReason: agent.pauseReason } : {}),
  };
}
