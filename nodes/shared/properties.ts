import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { apiRequestAllItems } from './transport';

export type Show = Record<string, Array<string | boolean>>;

export function simplifyProperty(show: Show): INodeProperties {
  return {
    displayName: 'Simplify',
    name: 'simplify',
    type: 'boolean',
    default: true,
    description: 'Whether to return a simplified version of the response instead of the raw data',
    displayOptions: { show },
  };
}

export function listProperties(show: Show): INodeProperties[] {
  return [
    {
      displayName: 'Return All',
      name: 'returnAll',
      type: 'boolean',
      default: false,
      description: 'Whether to return all results or only up to a given limit',
      displayOptions: { show },
    },
    {
      displayName: 'Limit',
      name: 'limit',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 50,
      description: 'Max number of results to return',
      displayOptions: { show: { ...show, returnAll: [false] } },
    },
  ];
}

/** The operation behind "Get Many": one output item per entry, simplified unless the user wants everything. */
export async function listItems<T extends object>(
  context: IExecuteFunctions,
  itemIndex: number,
  path: string,
  simplify: (item: T) => object,
): Promise<object[]> {
  const limit = listLimit(context, itemIndex);
  const filters = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
  const items = await apiRequestAllItems<T>(context, path, filters, limit);
  return context.getNodeParameter('simplify', itemIndex, true) === true ? items.map(simplify) : items;
}

/** How many entries of a list the user wants; Infinity for all. */
export function listLimit(context: IExecuteFunctions, itemIndex: number): number {
  return context.getNodeParameter('returnAll', itemIndex) === true ? Infinity : (context.getNodeParameter('limit', itemIndex) as number);
}

/** "a, b" or an array from an expression as a list; undefined when empty, because an empty list would mean "none at all". */
export function listOf(value: unknown): string[] | undefined {
  const entries = (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : [])
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.length === 0 ? undefined : entries;
}
