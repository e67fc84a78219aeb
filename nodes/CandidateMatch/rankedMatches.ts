import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Match, Page, Task } from '../shared/api';
import { apiRequest, withoutEmpty } from '../shared/transport';

/** A ranking task's result names its matches, best first; they are read in one page where possible. */
export async function rankedMatches(context: IExecuteFunctions, task: Task, { jobId, candidateId }: IDataObject): Promise<Match[]> {
  const matchIds = (task.result?.matchIds ?? []) as string[];
  const page = await apiRequest<Page<Match>>(context, 'GET', '/v1/matches', { query: withoutEmpty({ jobId, candidateId, limit: 100 }) });
  const byId = new Map(page.items.map((match) => [match.id, match]));
  const matches: Match[] = [];
  for (const [index, id] of matchIds.entries()) {
    const match = byId.get(id) ?? (await apiRequest<Match>(context, 'GET', `/v1/matches/${encodeURIComponent(id)}`));
    matches.push({ ...match, rank: index + 1 });
  }
  return matches;
}
