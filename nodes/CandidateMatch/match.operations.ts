import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Match, Ranking, Task } from '../shared/api';
import type { Operation, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listItems, listOf } from '../shared/properties';
import { initialWait, waitForTask } from '../shared/tasks';
import { apiRequest, withoutEmpty } from '../shared/transport';
import { rankedMatches } from './rankedMatches';
import { simplifyMatch } from './simplify';

export const matchOperations: Record<string, Operation> = { rankCandidates, rankJobs, explain, get, getAll };

async function rankCandidates(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const { candidateIds } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
  return await rank(context, itemIndex, {
    jobId: locatorValue(context, 'jobId', itemIndex),
    candidateIds: listOf(candidateIds),
    limit: context.getNodeParameter('limit', itemIndex, 50) as number,
  });
}

async function rankJobs(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await rank(context, itemIndex, {
    candidateId: locatorValue(context, 'candidateId', itemIndex),
    limit: context.getNodeParameter('limit', itemIndex, 50) as number,
  });
}

async function explain(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await rank(context, itemIndex, {
    jobId: locatorValue(context, 'jobId', itemIndex),
    candidateId: locatorValue(context, 'candidateId', itemIndex),
  });
}

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const match = await apiRequest<Match>(context, 'GET', `/v1/matches/${locatorValue(context, 'matchId', itemIndex)}`);
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyMatch(match) : match;
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await listItems<Match>(context, itemIndex, '/v1/matches', simplifyMatch);
}

/** One output item per match, best first. A small pool is answered at once; a large one is a task to wait for. */
async function rank(context: IExecuteFunctions, itemIndex: number, body: IDataObject): Promise<Output> {
  const { timeout: timeoutSeconds = 300 } = context.getNodeParameter('options', itemIndex, {}) as { timeout?: number };
  const answer = await apiRequest<Ranking | Task>(context, 'POST', '/v1/matches', {
    body: withoutEmpty(body),
    query: { wait: initialWait(true, timeoutSeconds) },
  });
  const matches = isTask(answer) ? await rankedMatches(context, await waitForTask(context, answer, { timeoutSeconds, itemIndex }), body) : answer.items;
  return context.getNodeParameter('simplify', itemIndex, true) === true ? matches.map(simplifyMatch) : matches;
}

function isTask(answer: Ranking | Task): answer is Task {
  return 'status' in answer && 'kind' in answer;
}
