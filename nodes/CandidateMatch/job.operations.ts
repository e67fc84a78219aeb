import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Job, JobAnalysis } from '../shared/api';
import type { Operation, Output } from '../shared/items';
import { locatorValue } from '../shared/locators';
import { listItems } from '../shared/properties';
import { apiRequest, withoutEmpty } from '../shared/transport';
import { simplifyAnalysis, simplifyJob } from './simplify';

export const jobOperations: Record<string, Operation> = { create, analyse, get, getAll, update, delete: remove };

async function create(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const text = context.getNodeParameter('text', itemIndex) as string;
  const body = withoutEmpty({ text, ...jobFields(context, 'additionalFields', itemIndex) });
  return output(context, itemIndex, await apiRequest<Job>(context, 'POST', '/v1/jobs', { body }), simplifyJob);
}

async function analyse(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const text = context.getNodeParameter('text', itemIndex) as string;
  const body = withoutEmpty({ text, ...jobFields(context, 'additionalFields', itemIndex) });
  return output(context, itemIndex, await apiRequest<JobAnalysis>(context, 'POST', '/v1/jobs/analyse', { body }), simplifyAnalysis);
}

async function get(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return output(context, itemIndex, await apiRequest<Job>(context, 'GET', jobPath(context, itemIndex)), simplifyJob);
}

async function getAll(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  return await listItems<Job>(context, itemIndex, '/v1/jobs', simplifyJob);
}

async function update(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const body = withoutEmpty(jobFields(context, 'updateFields', itemIndex));
  if (Object.keys(body).length === 0) {
    throw new NodeOperationError(context.getNode(), 'There is nothing to update', {
      itemIndex,
      description: 'Add at least one field under "Update Fields"',
    });
  }
  return output(context, itemIndex, await apiRequest<Job>(context, 'PATCH', jobPath(context, itemIndex), { body }), simplifyJob);
}

async function remove(context: IExecuteFunctions, itemIndex: number): Promise<Output> {
  const jobId = locatorValue(context, 'jobId', itemIndex);
  await apiRequest(context, 'DELETE', `/v1/jobs/${jobId}`);
  return { jobId, deleted: true };
}

function jobPath(context: IExecuteFunctions, itemIndex: number): string {
  return `/v1/jobs/${locatorValue(context, 'jobId', itemIndex)}`;
}

function output<T extends object>(context: IExecuteFunctions, itemIndex: number, value: T, simplify: (value: T) => object): object {
  return context.getNodeParameter('simplify', itemIndex, true) === true ? simplify(value) : value;
}

function jobFields(context: IExecuteFunctions, collection: string, itemIndex: number): IDataObject {
  const { requirements, ...fields } = context.getNodeParameter(collection, itemIndex, {}) as IDataObject;
  if (requirements === undefined || requirements === '') return fields;
  try {
    return { ...fields, requirements: typeof requirements === 'string' ? (JSON.parse(requirements) as IDataObject[]) : requirements };
  } catch (error) {
    throw new NodeOperationError(context.getNode(), 'The requirements are not valid JSON', { itemIndex, description: (error as Error).message });
  }
}
