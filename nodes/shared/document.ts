import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Show } from './properties';

/** Parameters to hand over a document: as a file of the incoming item, as base64, as plain text, or as a link to it. */
export function documentProperties(noun: string, show: Show): INodeProperties[] {
  return [
    {
      displayName: 'Input',
      name: 'inputType',
      type: 'options',
      options: [
        { name: 'Base64', value: 'base64', description: 'The bytes of the file, as a base64 string' },
        { name: 'Binary File', value: 'binary', description: 'A file that an earlier node put on the item, such as a form upload or an e-mail attachment' },
        { name: 'Text', value: 'text', description: 'The text itself' },
        { name: 'URL', value: 'url', description: 'A link that works without a login; the sidecar downloads the file' },
      ],
      default: 'binary',
      description: `Where the ${noun} comes from. AI agents should use Text.`,
      displayOptions: { show },
    },
    {
      displayName: 'Input Binary Field',
      name: 'binaryPropertyName',
      type: 'string',
      default: 'data',
      required: true,
      placeholder: 'e.g. data',
      hint: 'The name of the input field containing the file to be sent',
      description: `Name of the binary field that holds the ${noun} (PDF, DOCX or text)`,
      displayOptions: { show: { ...show, inputType: ['binary'] } },
    },
    {
      displayName: 'Base64 Content',
      name: 'contentBase64',
      type: 'string',
      default: '',
      required: true,
      placeholder: 'e.g. JVBERi0xLjcK…',
      description: `The bytes of the ${noun} (PDF, DOCX or text) as base64`,
      displayOptions: { show: { ...show, inputType: ['base64'] } },
    },
    {
      displayName: 'Text',
      name: 'text',
      type: 'string',
      typeOptions: { rows: 6 },
      default: '',
      required: true,
      description: `The full text of the ${noun}, in any supported language`,
      displayOptions: { show: { ...show, inputType: ['text'] } },
    },
    {
      displayName: 'URL',
      name: 'url',
      type: 'string',
      default: '',
      required: true,
      placeholder: 'e.g. https://example.com/files/cv.pdf',
      description: `Address of the ${noun} on the public internet. Addresses of the own network have to be allowed by the sidecar's operator.`,
      displayOptions: { show: { ...show, inputType: ['url'] } },
    },
    {
      displayName: 'File Name',
      name: 'fileName',
      type: 'string',
      default: '',
      placeholder: 'e.g. cv.pdf',
      description: 'Name under which it is kept. Empty takes the name of the file.',
      displayOptions: { show },
    },
  ];
}

/** The part of the request body that carries the document: `{fileName, contentBase64}`, `{fileName?, text}` or `{fileName?, url}`. */
export async function readDocument(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
  const inputType = context.getNodeParameter('inputType', itemIndex) as 'binary' | 'base64' | 'text' | 'url';
  const fileName = (context.getNodeParameter('fileName', itemIndex, '') as string).trim();
  if (inputType === 'binary') {
    const field = context.getNodeParameter('binaryPropertyName', itemIndex) as string;
    const binary = context.helpers.assertBinaryData(itemIndex, field);
    const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, field);
    return { fileName: fileName || binary.fileName || `document.${binary.fileExtension ?? 'bin'}`, contentBase64: bytes.toString('base64') };
  }
  if (inputType === 'base64') {
    const contentBase64 = context.getNodeParameter('contentBase64', itemIndex) as string;
    // A data URL is what browsers and many nodes hand out for a file.
    return { fileName: fileName || 'document', contentBase64: required(context, itemIndex, 'Base64 Content', contentBase64.replace(/^data:[^,]*,/, '')) };
  }
  if (inputType === 'url') {
    const url = required(context, itemIndex, 'URL', context.getNodeParameter('url', itemIndex) as string).trim();
    return fileName === '' ? { url } : { fileName, url };
  }
  const text = required(context, itemIndex, 'Text', context.getNodeParameter('text', itemIndex) as string);
  return fileName === '' ? { text } : { fileName, text };
}

function required(context: IExecuteFunctions, itemIndex: number, label: string, value: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new NodeOperationError(context.getNode(), `"${label}" is empty`, {
    itemIndex,
    description: 'If it comes from an expression, check that the expression has a value for this item.',
  });
}
