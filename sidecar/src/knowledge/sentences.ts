import { isStopWord } from './stopWords.ts';
import { foldAccents } from '../language/normalise.ts';

export interface Range {
  /** UTF-16 units, half open */
  start: number;
  end: number;
}

/**
 * The sentences and list items of a text. Lines that a page wrapped are joined again (their line feed stays inside the
 * range); a bullet, a heading or a new statement begins its own.
 */
export function splitSentences(text: string, language: string): Range[] {
  return joinWrappedLines(text, language).flatMap((unit) => sentencesIn(text, unit));
}

function joinWrappedLines(text: string, language: string): Range[] {
  const units: Range[] = [];
  let previous: Range | null = null;
  for (const line of linesOf(text)) {
    const last = units.at(-1);
    if (last && previous && continues(text, previous, line, language)) last.end = line.end;
    else units.push({ ...line });
    previous = line;
  }
  return units;
}

function linesOf(text: string): Range[] {
  const lines: Range[] = [];
  for (const match of text.matchAll(/[^\n]+/g)) lines.push({ start: match.index, end: match.index + match[0].length });
  // Ruled lines under a heading ("-----") are no sentence.
  return lines.filter((line) => /[\p{L}\p{N}]/u.test(text.slice(line.start, line.end)));
}

function continues(text: string, before: Range, line: Range, language: string): boolean {
  if (text.slice(before.end, line.start).trim() !== '' || /\n\s*\n/.test(text.slice(before.end, line.start))) return false;
  const previous = text.slice(before.start, before.end).trimEnd();
  const next = text.slice(line.start, line.end).trimStart();
  if (/[.!?…]["'»”)]*$/.test(previous) || /^(?:[•‣◦▪●○■·*–—-]|\d{1,2}[.)])\s/.test(next)) return false;
  if (/^[\p{Ll}(]/u.test(next) || /[,&/(–-]$/.test(previous)) return true;
  const lastWord = /(?:^|\s)(\p{L}+)$/u.exec(previous)?.[1];
  return lastWord !== undefined && isStopWord(foldAccents(lastWord.toLowerCase()), language);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A full stop after these ends no sentence; UAX #29 does not know them. Months only before a number. */
const abbreviation = /(?:^|[\s(])(?:\p{L}|\d{1,2}|Dr|Mr|Mrs|Ms|Mme|Mlle|Prof|No|Nr|Art|Abs|St|vs|bzw|ca|inkl|usw|max|min|Sr|Sra|Dott|Inc|Ltd|e\.g|i\.e|z\.\s?B|d\.\s?h|p\.\s?ex|u\.\s?a)\.\s*$/u;

const month = /(?:jan|janv|feb|févr|fev|mär|mar|apr|avr|abr|mai|jun|juin|jul|juil|aug|août|ago|sep|sept|set|oct|okt|ott|out|nov|dec|déc|dez|dic)\.\s*$/i;

function sentencesIn(text: string, unit: Range): Range[] {
  const flat = text.slice(unit.start, unit.end).replaceAll('\n', ' ');
  const ranges: Range[] = [];
  let open = false;
  for (const { segment, index } of segmenter.segment(flat)) {
    const last = ranges.at(-1);
    if (open && last) last.end = unit.start + index + segment.length;
    else ranges.push({ start: unit.start + index, end: unit.start + index + segment.length });
    open = abbreviation.test(segment) || (month.test(segment) && /^\d/.test(flat.slice(index + segment.length)));
  }
  return ranges.map((range) => trimRange(text, range)).filter((range) => range.end > range.start);
}

/** The range without the white space around it. */
export function trimRange(text: string, { start, end }: Range): Range {
  const slice = text.slice(start, end);
  const content = slice.trim();
  if (content === '') return { start, end: start };
  const from = start + slice.indexOf(content);
  return { start: from, end: from + content.length };
}
