import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Candidate, CandidateSummary, FoundCandidate } from '../shared/api';
import type { Operation, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listItems, listOf } from '../shared/properties';
import { apiRequest, withoutEmpty } from '../shared/transport';
import { simplifyCandidate, simplifyCandidateSummary } from './simplify';

export const candidateOperations: Record<string, Operation> = { search, get, getAll };

async function search(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const { skills, ...filters } = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
  const body = withoutEmpty({
    query: context.getNodeParameter('query', itemIndex, '') as string,
    ...filters,
    skills: listOf(skills),
    limit: context.getNodeParameter('limit', itemIndex, 50) as number,
  });
  const { items } = await apiRequest<{ items: FoundCandidate[] }>(context, 'POST', '/v1/candidates/search', { body });
  return items;
}

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const candidate = await apiRequest<Candidate>(context, 'GET', `/v1/candidates/${locatorValue(context, 'candidateId', itemIndex)}`);
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyCandidate(candidate) : candidate;
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await listItems<CandidateSummary>(context, itemIndex, '/v1/candidates', simplifyCandidateSummary);
}
