import type { IDataObject, ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import type { Agent, CandidateSummary, CvSummary, Job, Page, Source } from './api';
import { toNodeError } from './errors';
import { apiRequest } from './transport';

const pageSize = 50;

export async function searchJobs(this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
  return await searchList<Job>(this, '/v1/jobs', { q: filter, cursor, limit: pageSize }, (job) => ({ name: job.title || job.id, value: job.id }));
}

export async function searchCandidates(this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
  return await searchList<CandidateSummary>(this, '/v1/candidates', { q: filter, cursor, limit: pageSize }, (candidate) => ({
    name: [candidate.name ?? 'Name unknown', candidate.headline].filter(Boolean).join(' – '),
    value: candidate.id,
  }));
}

export async function searchCvs(this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
  const found = await searchList<CvSummary>(this, '/v1/cvs', { cursor, limit: pageSize }, (cv) => ({ name: `${cv.fileName} (${cv.status})`, value: cv.id }));
  return { ...found, results: withFilter(found.results, filter) };
}

export async function searchSources(this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
  const found = await searchList<Source>(this, '/v1/sources', { cursor, limit: pageSize }, (source) => ({ name: source.title || source.id, value: source.id }));
  return { ...found, results: withFilter(found.results, filter) };
}

export async function searchAgents(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
  const found = await searchList<Agent>(this, '/v1/agents', {}, (agent) => ({
    name: agent.status === 'paused' ? `${agent.name} (paused)` : agent.name,
    value: agent.id,
    description: agent.description,
  }));
  return { results: withFilter(found.results, filter) };
}

async function searchList<T>(
  context: ILoadOptionsFunctions,
  path: string,
  query: IDataObject,
  toEntry: (item: T) => INodeListSearchItems,
): Promise<INodeListSearchResult> {
  try {
    const page = await apiRequest<Page<T>>(context, 'GET', path, { query });
    return { results: page.items.map(toEntry), ...(page.nextCursor === null ? {} : { paginationToken: page.nextCursor }) };
  } catch (error) {
    throw toNodeError(context.getNode(), error);
  }
}

/** For routes without a text filter: the loaded page is filtered here, further pages load as the user scrolls. */
function withFilter(results: INodeListSearchItems[], filter = ''): INodeListSearchItems[] {
  const wanted = filter.toLowerCase();
  return results.filter(({ name }) => name.toLowerCase().includes(wanted));
}
