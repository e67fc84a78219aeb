import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Show } from './properties';

const uuid = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

/** A parameter to choose a job, candidate, CV, match or source: from a searchable list where there is one, by id, or by API URL. */
export function resourceLocator(options: {
  displayName: string;
  name: string;
  /** the plural in the API's paths, e.g. "jobs" */
  path: string;
  /** "job", "candidate" … */
  noun: string;
  searchListMethod?: string;
  description: string;
  show: Show;
}): INodeProperties {
  const hasList = options.searchListMethod !== undefined;
  return {
    displayName: options.displayName,
    name: options.name,
    type: 'resourceLocator',
    default: { mode: hasList ? 'list' : 'id', value: '' },
    required: true,
    description: options.description,
    modes: [
      {
        displayName: 'From List',
        name: 'list',
        type: 'list' as const,
        placeholder: `Select a ${options.noun}...`,
        typeOptions: { searchListMethod: options.searchListMethod, searchable: true },
      },
      {
        displayName: 'By ID',
        name: 'id',
        type: 'string' as const,
        placeholder: 'e.g. 0199a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b',
        validation: [{ type: 'regex' as const, properties: { regex: `^\\s*${uuid}\\s*$`, errorMessage: `Not the ID of a ${options.noun}` } }],
      },
      {
        displayName: 'By URL',
        name: 'url',
        type: 'string' as const,
        placeholder: `e.g. http://127.0.0.1:8484/v1/${options.path}/0199a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b`,
        extractValue: { type: 'regex' as const, regex: `/v1/${options.path}/(${uuid})` },
        validation: [
          { type: 'regex' as const, properties: { regex: `.*/v1/${options.path}/${uuid}.*`, errorMessage: `Not the URL of a ${options.noun}` } },
        ],
      },
    ].filter(({ name }) => hasList || name !== 'list'),
    displayOptions: { show: options.show },
  };
}

/**
 * The id (or an agent's name) chosen in a resource locator, ready to stand in a path.
 * @throws NodeOperationError when nothing was chosen: an empty id would address the whole collection
 */
export function locatorValue(context: IExecuteFunctions, parameter: string, itemIndex: number): string {
  const value: unknown = context.getNodeParameter(parameter, itemIndex, '', { extractValue: true });
  const id = typeof value === 'string' ? value.trim() : '';
  if (id === '') {
    throw new NodeOperationError(context.getNode(), `The parameter "${parameter}" is empty`, {
      itemIndex,
      description: 'Choose an entry from the list, or give its ID. If it comes from an expression, check that the expression has a value for this item.',
    });
  }
  return encodeURIComponent(id);
}
