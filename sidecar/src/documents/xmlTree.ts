import { SaxesParser } from 'saxes';
import { AppError } from '../platform/errors.ts';

/** An element by its local name: prefixes and namespaces differ between strict and transitional OOXML. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: (XmlElement | string)[];
}

const maxDepth = 500;

/**
 * A small tree of one part. Nothing outside is ever read: an entity declaration (XXE, billion laughs), which no office
 * program writes, makes the document refused; a plain DOCTYPE is skipped.
 *
 * @throws AppError document_damaged
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  const parser = new SaxesParser({ xmlns: false });
  const root: XmlElement = { name: '', attributes: {}, children: [] };
  const stack: XmlElement[] = [root];
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) {
      throw new AppError(
        'document_damaged',
        'The document declares XML entities, which is not allowed in office documents. Save it again as DOCX or PDF and upload the new file.',
      );
    }
  });
  parser.on('opentag', (tag) => {
    const element: XmlElement = { name: localName(tag.name), attributes: {}, children: [] };
    for (const [name, value] of Object.entries(tag.attributes)) element.attributes[localName(name)] ??= String(value);
    stack.at(-1)?.children.push(element);
    stack.push(element);
    if (stack.length > maxDepth) throw damagedXml(new Error('nested too deeply'));
  });
  parser.on('closetag', () => {
    stack.pop();
  });
  const addText = (text: string): void => {
    stack.at(-1)?.children.push(text);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('error', (error) => {
    throw damagedXml(error);
  });
  parser.write(decodeXml(bytes)).close();
  const top = root.children.find((child) => typeof child !== 'string');
  if (top === undefined || typeof top === 'string') throw damagedXml(new Error('no element'));
  return top;
}

export function childElements(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || child.name === name),
  );
}

export function firstChild(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (current, name) => (current === undefined ? undefined : childElements(current, name)[0]),
    element,
  );
}

/** All elements of that name below, in document order. */
export function descendants(element: XmlElement, name: string): XmlElement[] {
  return childElements(element).flatMap((child) => [...(child.name === name ? [child] : []), ...descendants(child, name)]);
}

export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

function decodeXml(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const declared = /^<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))?.[1];
  if (declared === undefined || /^utf-?(?:8|16)$/i.test(declared)) return new TextDecoder('utf-8').decode(bytes);
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch (error) {
    throw damagedXml(error);
  }
}

function damagedXml(cause: unknown): AppError {
  return new AppError(
    'document_damaged',
    'The document is damaged and could not be read. Open it, save it again and upload the new file.',
    undefined,
    { cause },
  );
}
