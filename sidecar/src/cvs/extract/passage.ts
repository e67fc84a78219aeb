/**
 * A stretch of text that remembers where each character stands in the document, also when it was joined from several
 * lines. Every extracted value is a passage, so its evidence is found by construction.
 */
import type { CvLine } from './cvLines.ts';

export interface Passage {
  text: string;
  /** `text` from `at` on is the document's text from `start` on, for `length` units */
  segments: { at: number; start: number; length: number }[];
}

export function passageOf(lines: readonly Pick<CvLine, 'text' | 'start'>[]): Passage {
  let text = '';
  const segments: Passage['segments'] = [];
  for (const line of lines) {
    let from = line.text.length - line.text.trimStart().length;
    let content = line.text.trim();
    if (content === '') continue;
    if (text !== '') {
      const last = segments.at(-1)!;
      // a word broken at the line end: "collet-" + "tori"; "Auf-" + "Ausbau" keeps its hyphen
      if (/\p{Ll}[-‐]+$/u.test(text) && /^\p{Ll}/u.test(content) && !/^(?:und|oder|en|of|y|e|o|ou|et|and|or|bis)\b/u.test(content)) {
        const cut = text.length - text.replace(/(?<![-‐])[-‐]+$/u, '').length;
        text = text.slice(0, text.length - cut);
        last.length -= cut;
      } else if (!/\/$/.test(text) || !/^https?:|^www\./.test(text)) text += ' ';
    }
    segments.push({ at: text.length, start: line.start + from, length: content.length });
    text += content;
    from = 0;
    content = '';
  }
  return { text, segments };
}

/** The part `[from, to)` of a passage without the white space and `trim` characters around it. */
export function part(passage: Passage, from: number, to: number, trim = /[\s,;:·•|–—-]/): Passage {
  let start = Math.max(0, from);
  let end = Math.min(passage.text.length, to);
  while (start < end && trim.test(passage.text[start]!)) start += 1;
  while (end > start && trim.test(passage.text[end - 1]!)) end -= 1;
  const segments = passage.segments
    .map((segment) => {
      const first = Math.max(segment.at, start);
      const last = Math.min(segment.at + segment.length, end);
      return { at: first - start, start: segment.start + first - segment.at, length: last - first };
    })
    .filter((segment) => segment.length > 0);
  return { text: passage.text.slice(start, end), segments };
}

/** Splits at every match of a pattern that stands outside brackets; empty parts are left out. */
export function split(passage: Passage, separator: RegExp, trim?: RegExp): Passage[] {
  const parts: Passage[] = [];
  const inside = bracketed(passage.text);
  let from = 0;
  for (const match of passage.text.matchAll(new RegExp(separator.source, 'gu'))) {
    if (inside[match.index] === 1) continue;
    parts.push(part(passage, from, match.index, trim));
    from = match.index + match[0].length;
  }
  parts.push(part(passage, from, passage.text.length, trim));
  return parts.filter((each) => each.text !== '');
}

/** 1 for every character inside a pair of brackets; a bracket that never closes does not count. */
function bracketed(text: string): Uint8Array {
  const inside = new Uint8Array(text.length);
  const open: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    if ('([{«'.includes(text[i]!)) open.push(i);
    else if (')]}»'.includes(text[i]!) && open.length > 0) {
      const start = open.pop()!;
      inside.fill(1, start, i);
    }
  }
  return inside;
}

/** Whether the last bracket of a text is still open. */
export function endsInBracket(text: string): boolean {
  return text.lastIndexOf('(') > text.lastIndexOf(')');
}

/** Document ranges of a passage, one per line part. */
export function rangesOf(passage: Passage): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const segment of passage.segments) {
    const last = ranges.at(-1);
    if (last && last.end === segment.start) last.end += segment.length;
    else ranges.push({ start: segment.start, end: segment.start + segment.length });
  }
  return ranges;
}
