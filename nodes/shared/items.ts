import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { errorJson, toNodeError } from './errors';

/** What an operation returns for one input item: one output item, or several. */
export type Output = object | object[];
export type Operation = (context: IExecuteFunctions, itemIndex: number) => Promise<Output>;
/** Operations by resource and operation, as in the node's parameters. */
export type OperationTable = Record<string, Record<string, Operation>>;

/**
 * Runs the chosen operation for every input item. Each output item is linked to the input item it came from; under
 * "continue on fail" a failed item becomes an error item in its place and the others go on.
 */
export async function executePerItem(context: IExecuteFunctions, operations: OperationTable): Promise<INodeExecutionData[][]> {
  const returnData: INodeExecutionData[] = [];
  for (let itemIndex = 0; itemIndex < context.getInputData().length; itemIndex++) {
    try {
      const output = await chosenOperation(context, operations, itemIndex)(context, itemIndex);
      for (const json of Array.isArray(output) ? output : [output]) {
        returnData.push({ json: json as IDataObject, pairedItem: { item: itemIndex } });
      }
    } catch (error) {
      const nodeError = toNodeError(context.getNode(), error, itemIndex);
      if (!context.continueOnFail()) throw nodeError;
      returnData.push({ json: errorJson(nodeError) as IDataObject, pairedItem: { item: itemIndex } });
    }
  }
  return [returnData];
}

function chosenOperation(context: IExecuteFunctions, operations: OperationTable, itemIndex: number): Operation {
  const resource = context.getNodeParameter('resource', itemIndex) as string;
  const operation = context.getNodeParameter('operation', itemIndex) as string;
  const chosen = operations[resource]?.[operation];
  if (chosen !== undefined) return chosen;
  throw new NodeOperationError(context.getNode(), `The operation "${operation}" is not supported for "${resource}"`, { itemIndex });
}
