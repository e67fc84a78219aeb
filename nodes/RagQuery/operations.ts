import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Answer, Page, Passage, Source, Task } from '../shared/api';
import { readDocument } from '../shared/document';
import type { OperationTable, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listItems, listOf } from '../shared/properties';
import { initialWait, simplifyTask, waitForTask } from '../shared/tasks';
import { apiRequest, withoutEmpty } from '../shared/transport';
import { simplifyAnswer } from './simplifyAnswer';

export const operations: OperationTable = {
  question: { ask, search },
  source: { add, get, getAll, delete: remove },
};

async function ask(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
  const answer = await apiRequest<Answer>(context, 'POST', '/v1/rag/query', {
    body: withoutEmpty({
      question: context.getNodeParameter('question', itemIndex) as string,
      language: options.language,
      limit: options.maxCitations,
      scope: scopeOf(options),
    }),
  });
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyAnswer(answer) : answer;
}

async function search(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
  const { items } = await apiRequest<Pick<Page<Passage>, 'items'>>(context, 'POST', '/v1/rag/search', {
    body: withoutEmpty({
      query: context.getNodeParameter('query', itemIndex) as string,
      limit: context.getNodeParameter('limit', itemIndex, 50) as number,
      scope: scopeOf(options),
    }),
  });
  return items;
}

async function add(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const { externalId, title } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
  const waitForResult = context.getNodeParameter('waitForResult', itemIndex, true) as boolean;
  const timeoutSeconds = context.getNodeParameter('timeout', itemIndex, 300) as number;
  const started = await apiRequest<Task>(context, 'POST', '/v1/sources', {
    body: withoutEmpty({ ...(await readDocument(context, itemIndex)), externalId, title }),
    query: { wait: initialWait(waitForResult, timeoutSeconds) },
  });
  if (!waitForResult) return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyTask(started) : started;
  const task = await waitForTask(context, started, { timeoutSeconds, itemIndex });
  return await readSource(context, itemIndex, encodeURIComponent(String(task.subject?.id ?? task.result?.sourceId)));
}

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await readSource(context, itemIndex, locatorValue(context, 'sourceId', itemIndex));
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await listItems<Source>(context, itemIndex, '/v1/sources', simplifySource);
}

async function remove(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const sourceId = locatorValue(context, 'sourceId', itemIndex);
  await apiRequest(context, 'DELETE', `/v1/sources/${sourceId}`);
  return { sourceId, deleted: true };
}

async function readSource(context: IExecuteFunctions, itemIndex: number, sourceId: string): Promise<object> {
  const source = await apiRequest<Source>(context, 'GET', `/v1/sources/${sourceId}`);
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifySource(source) : source;
}

function simplifySource(source: Source): object {
  return {
    sourceId: source.id,
    externalId: source.externalId,
    title: source.title,
    kind: source.kind,
    status: source.status,
    language: source.language,
    ...(source.candidateId === null ? {} : { candidateId: source.candidateId, cvId: source.cvId }),
    ...(source.error === null ? {} : { problem: source.error.message }),
    createdAt: source.createdAt,
  };
}

function scopeOf({ kinds, sourceIds, candidateIds }: IDataObject): IDataObject | undefined {
  const scope = withoutEmpty({ kinds: listOf(kinds), sourceIds: listOf(sourceIds), candidateIds: listOf(candidateIds) });
  return Object.keys(scope).length === 0 ? undefined : scope;
}
