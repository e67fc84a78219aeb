import { inflateSync } from 'node:zlib';

/** One marked-content sequence of a content stream: its tag, and the text that stands for its glyphs, if given. */
export interface MarkedContent {
  tag: string;
  actualText: string | null;
}

/**
 * The marked content of all content streams that use /ActualText (ISO 32000-1, 14.9.4), in file order. Chromium writes
 * it for accents that it paints as glyphs of their own ("e" + an acute without a meaning); pdf.js drops it, so it is
 * found in the inflated streams themselves. Encrypted and otherwise filtered streams are passed over.
 *
 * @param maxBytes bytes that all streams together may inflate to; what lies beyond is not looked at
 */
export function actualTextStreams(bytes: Uint8Array, maxBytes: number): MarkedContent[][] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const streams: MarkedContent[][] = [];
  let budget = maxBytes;
  for (let at = file.indexOf('stream'); at >= 0 && budget > 0; at = file.indexOf('stream', at + 6)) {
    if (file.toString('latin1', at - 3, at) === 'end') continue;
    const start = file[at + 6] === 0x0d ? at + 8 : at + 7;
    // Pictures and fonts hold no operators.
    if (/\/(?:Image|Length1|FontFile)\b/.test(dictionaryBefore(file, at))) continue;
    // zlib header: other filters are not tried
    if ((file[start] ?? 0) % 16 !== 8) continue;
    const end = file.indexOf('endstream', start);
    const content = inflated(file.subarray(start, end < 0 ? file.length : end), budget);
    if (content === null) continue;
    budget -= content.length;
    if (content.includes('/ActualText')) streams.push(markedContentOf(content.toString('latin1')));
  }
  return streams;
}

/** The stream with exactly these tags in this order, taken out of `streams`; null where none fits. */
export function takeStream(streams: MarkedContent[][], tags: string[]): MarkedContent[] | null {
  if (tags.length === 0) return null;
  const index = streams.findIndex((stream) => stream.length === tags.length && stream.every((mark, place) => mark.tag === tags[place]));
  return index < 0 ? null : (streams.splice(index, 1)[0] ?? null);
}

function markedContentOf(content: string): MarkedContent[] {
  const marks = content.matchAll(/\/([^\s<>/[\]()]+)\s*(?:<<((?:[^<>]|<[0-9A-Fa-f\s]*>)*)>>|\/[^\s<>/[\]()]+)\s*BDC\b/g);
  return Array.from(marks, ([, tag = '', properties = '']) => {
    const hex = /\/ActualText\s*<\s*FEFF([0-9A-F\s]*)>/i.exec(properties)?.[1]?.replace(/\s/g, '');
    const actualText = hex === undefined || hex.length % 4 !== 0 ? null : Buffer.from(hex, 'hex').swap16().toString('utf16le');
    return { tag, actualText };
  });
}

function dictionaryBefore(file: Buffer, at: number): string {
  const before = file.toString('latin1', Math.max(0, at - 400), at);
  return before.slice(before.lastIndexOf('obj') + 3);
}

function inflated(data: Buffer, maxOutputLength: number): Buffer | null {
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, maxOutputLength) });
  } catch {
    return null; // not a stream of its own, or beyond the budget: only this refinement is lost
  }
}
