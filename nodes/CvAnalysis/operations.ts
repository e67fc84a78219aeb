import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Cv, CvSummary, Task } from '../shared/api';
import { readDocument } from '../shared/document';
import type { OperationTable, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listItems } from '../shared/properties';
import { initialWait, simplifyTask, waitForTask } from '../shared/tasks';
import { apiRequest, withoutEmpty } from '../shared/transport';
import { simplifyCv, simplifyCvSummary } from './simplifyCv';

export const operations: OperationTable = {
  cv: { analyse, get, getAll, getText, erase: eraseCv },
  candidate: { erase: eraseCandidate },
};

async function analyse(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const { externalId } = context.getNodeParameter('options', itemIndex, {}) as { externalId?: string };
  const waitForResult = context.getNodeParameter('waitForResult', itemIndex, true) as boolean;
  const timeoutSeconds = context.getNodeParameter('timeout', itemIndex, 300) as number;
  const simplify = context.getNodeParameter('simplify', itemIndex, true) === true;

  const started = await apiRequest<Task>(context, 'POST', '/v1/cvs', {
    body: withoutEmpty({ ...(await readDocument(context, itemIndex)), externalId }),
    query: { wait: initialWait(waitForResult, timeoutSeconds) },
  });
  if (!waitForResult) return simplify ? simplifyTask(started) : started;

  const task = await waitForTask(context, started, { timeoutSeconds, itemIndex });
  const cv = await apiRequest<Cv>(context, 'GET', `/v1/cvs/${cvIdOf(task)}`);
  if (cv.status !== 'analysed') throw notAnalysed(context, cv, itemIndex);
  return simplify ? simplifyCv(cv) : cv;
}

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const cv = await apiRequest<Cv>(context, 'GET', `/v1/cvs/${locatorValue(context, 'cvId', itemIndex)}`);
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplifyCv(cv) : cv;
}

async function getText(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await apiRequest<IDataObject>(context, 'GET', `/v1/cvs/${locatorValue(context, 'cvId', itemIndex)}/text`);
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await listItems<CvSummary>(context, itemIndex, '/v1/cvs', simplifyCvSummary);
}

async function eraseCv(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await apiRequest<IDataObject>(context, 'DELETE', `/v1/cvs/${locatorValue(context, 'cvId', itemIndex)}`);
}

async function eraseCandidate(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await apiRequest<IDataObject>(context, 'DELETE', `/v1/candidates/${locatorValue(context, 'candidateId', itemIndex)}`);
}

function cvIdOf(task: Task): string {
  return encodeURIComponent(String(task.result?.cvId ?? task.subject?.id));
}

/** A scan, a damaged file: the document is kept, but there is no profile the workflow could go on with. */
function notAnalysed(context: IExecuteFunctions, cv: Cv, itemIndex: number): NodeOperationError {
  const code = cv.error?.code ?? cv.status;
  const error = new NodeOperationError(
    context.getNode(),
    cv.error?.message ?? (cv.status === 'needs_ocr' ? 'The document is a scan without text: it has to pass an OCR first' : `The CV is ${cv.status}`),
    { itemIndex, description: `Code: ${code}. CV: ${cv.id}` },
  );
  error.context.code = code;
  return error;
}
