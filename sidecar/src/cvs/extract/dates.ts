/**
 * Dates and periods as CVs print them, in seven languages: a tokenizer and a small grammar over vocabulary data.
 *
 *   period := [from] date range-word (date | present) | since date | date range-word | date
 *   date   := day? month year | month/year | year-month(-day) | day.month.year | season? year | year/yy
 */
import { fold } from './fold.ts';
import { fromPhrases, months, presentPhrases, seasons, sincePhrases, untilPhrases } from './vocabulary.ts';

export interface Period {
  /** UTF-16 units into the text given */
  start: number;
  end: number;
  /** YYYY, YYYY-MM or YYYY-MM-DD, as precise as stated */
  from: string | null;
  to: string | null;
  /** where `from` and `to` stand; of a running period `toSpan` is its word for "present" */
  fromSpan: [number, number] | null;
  toSpan: [number, number] | null;
  current: boolean;
  /** one date only, without "since" and without a range word */
  single: boolean;
}

interface Token {
  text: string;
  start: number;
  end: number;
  kind: 'number' | 'word' | 'mark';
}

interface Dated {
  value: string;
  next: number;
  /** "2019/20": a date that is a period by itself */
  until?: string;
  /** a bare year or MM/YY: too little to stand alone everywhere */
  weak?: boolean;
}

const earliest = 1940;
const latest = 2100;
const dashes = new Set(['-', '–', '—', '−', '‒', '―', '→', '>']);

/** All periods and single dates of a text, in order, not overlapping. */
export function findPeriods(text: string): Period[] {
  const tokens = tokenize(text);
  const found: Period[] = [];
  for (let i = 0; i < tokens.length; ) {
    const period = readPeriod(tokens, i);
    if (period) {
      found.push(period.period);
      i = period.next;
    } else i += 1;
  }
  return found;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/\d+|[\p{L}\p{M}\u00ad]+(?:['’](?=\p{L})[\p{L}\p{M}]+|['’])?|[^\s\p{L}\p{N}]/gu)) {
    const first = match[0][0]!;
    const kind = /\d/.test(first) ? 'number' : /\p{L}/u.test(first) ? 'word' : 'mark';
    tokens.push({ text: fold(match[0]), start: match.index, end: match.index + match[0].length, kind });
  }
  return tokens;
}

function readPeriod(tokens: Token[], at: number): { period: Period; next: number } | null {
  if (isPartOfLargerNumber(tokens, at)) return null;
  const since = phraseAt(tokens, at, sincePhrases);
  const lead = since ?? phraseAt(tokens, at, fromPhrases);
  const first = readDate(tokens, lead ?? at) ?? (lead === null ? readMonthBeforeRange(tokens, at) : null);
  if (!first) return null;
  const startToken = at;
  const span = (from: number, next: number): [number, number] => [tokens[from]!.start, tokens[next - 1]!.end];
  const make = (next: number, rest: Partial<Period>): { period: Period; next: number } => ({
    next,
    period: {
      start: tokens[startToken]!.start, end: tokens[next - 1]!.end,
      from: first.value, fromSpan: span(lead ?? at, first.next),
      to: null, toSpan: null, current: false, single: false, ...rest,
    },
  });
  if (first.until) return make(first.next, { to: first.until, toSpan: span(lead ?? at, first.next) });

  const joined = rangeWordAt(tokens, first.next);
  if (joined !== null) {
    const present = phraseAt(tokens, joined, presentPhrases);
    if (present !== null) return make(present, { current: true, toSpan: span(joined, present) });
    const second = readDate(tokens, joined);
    if (second && first.value === '' ) {
      const from = `${second.value.slice(0, 4)}-${String(months.get(monthText(tokens, at)) ?? 1).padStart(2, '0')}`;
      return make(second.next, { from, to: second.value, toSpan: span(joined, second.next) });
    }
    if (second && isOrdered(first.value, second.value)) {
      const to = second.value;
      return make(second.next, { to, toSpan: span(joined, second.next) });
    }
    // "2021 –" at the end of a line: still running only where nothing follows and a dash stands
    if (first.value !== '' && !second && joined === tokens.length && dashes.has(tokens[joined - 1]!.text)) {
      return make(joined, { current: true, toSpan: span(joined - 1, joined) });
    }
  }
  if (first.value === '') return null;
  const present = phraseAt(tokens, first.next, presentPhrases);
  // "03/2022 heute": the dash was lost in reading
  if (present !== null && !first.weak) return make(present, { current: true, toSpan: span(first.next, present) });
  if (since !== null) return make(first.next, { current: true });
  if (first.weak && /^\d{4}-\d{2}$/.test(first.value)) return null;
  return make(first.next, { single: true });
}

/** "12,2019" or "1.2019.300": numbers of another kind. */
function isPartOfLargerNumber(tokens: Token[], at: number): boolean {
  const token = tokens[at]!;
  const before = tokens[at - 1];
  if (token.kind !== 'number' || !before || before.end !== token.start) return false;
  if (['+', '#', '$', '€', '£', '%'].includes(before.text)) return true;
  const earlier = tokens[at - 2];
  return ['.', ',', '/', '-', ':'].includes(before.text) && earlier?.kind === 'number' && earlier.end === before.start;
}

function readDate(tokens: Token[], at: number): Dated | null {
  const token = tokens[at];
  if (!token) return null;
  return token.kind === 'word' ? readWordDate(tokens, at) : token.kind === 'number' ? readNumberDate(tokens, at) : null;
}

/** March 2022, mars 2022, Mar. 22, abr/2022, março de 2019, Sommer 2016 */
function readWordDate(tokens: Token[], at: number): Dated | null {
  const month = months.get(tokens[at]!.text);
  if (month === undefined) {
    if (!seasons.has(tokens[at]!.text)) return null;
    const year = yearAt(tokens, at + 1, false);
    return year ? { value: year.value, next: year.next } : null;
  }
  let next = at + 1;
  while (tokens[next] && (['.', '/', '-', ',', "'", '’', '–'].includes(tokens[next]!.text) || ['de', 'del', 'of', 'do', "d'"].includes(tokens[next]!.text)) && next < at + 3) next += 1;
  // English "March 5, 2022"
  const day = tokens[next];
  const afterDay = day?.kind === 'number' && day.text.length <= 2 && Number(day.text) >= 1 && Number(day.text) <= 31 ? skip(tokens, next + 1, [',', 'st', 'nd', 'rd', 'th']) : null;
  if (afterDay !== null) {
    const year = yearAt(tokens, afterDay, false);
    if (year) return { value: iso(year.value, month, Number(day!.text)), next: year.next };
  }
  const year = yearAt(tokens, next, true);
  if (!year) return null;
  // a dash between month and year must be tight ("set-2019"), otherwise "Jun – 2016" would be one date
  if (dashes.has(tokens[next - 1]!.text) && tokens[next - 1]!.start !== tokens[at]!.end) return null;
  return { value: iso(year.value, month), next: year.next };
}

function readNumberDate(tokens: Token[], at: number): Dated | null {
  const numbers: string[] = [tokens[at]!.text];
  const separators: string[] = [];
  let next = at + 1;
  while (numbers.length < 3) {
    const separator = tokens[next];
    const number = tokens[next + 1];
    if (!separator || !number || number.kind !== 'number' || !['/', '.', '-', '–'].includes(separator.text)) break;
    const tight = separator.start === tokens[next - 1]!.end && number.start === separator.end;
    // "11. 12. 1997" is written with spaces in German
    const spacedDots = separator.text === '.' && separator.start === tokens[next - 1]!.end;
    const spacedSlash = separator.text === '/' && numbers[0]!.length === 4 === (number.text.length === 4) ? false : separator.text === '/';
    if (!tight && !spacedDots && !spacedSlash) break;
    numbers.push(number.text);
    separators.push(separator.text);
    next += 2;
  }
  for (let count = numbers.length; count >= 1; count -= 1) {
    // "3.2019.4" is no date that a number follows
    if (count < numbers.length && separators[count - 1] === '.') continue;
    const value = numericDate(numbers.slice(0, count), separators.slice(0, count - 1));
    if (!value) continue;
    const end = at + count * 2 - 1;
    const after = tokens[end];
    if (count === 1 && after?.kind === 'mark' && after.start === tokens[end - 1]!.end && [',', '.'].includes(after.text) && tokens[end + 1]?.kind === 'number' && tokens[end + 1]!.start === after.end) return null;
    if (count === 1 && after && ['%', '€', '$', '£', '°'].includes(after.text)) return null;
    return { ...value, next: end };
  }
  // day month-name year: "14 mai 1993", "1. September 2020", "23 de fevereiro de 1991"
  const dayNumber = Number(numbers[0]);
  if (numbers.length === 1 && dayNumber >= 1 && dayNumber <= 31) {
    const word = skip(tokens, at + 1, ['.', 'de', 'of', 'er', 'º', '°', 'th', 'st', 'nd', 'rd']);
    const month = months.get(tokens[word]?.text ?? '');
    if (month !== undefined) {
      const year = yearAt(tokens, skip(tokens, word + 1, ['.', ',', 'de', 'del']), false);
      if (year) return { value: iso(year.value, month, dayNumber), next: year.next };
    }
  }
  return null;
}

function numericDate(numbers: string[], separators: string[]): Omit<Dated, 'next'> | null {
  const [a = '', b = '', c = ''] = numbers;
  if (numbers.length === 3) {
    if (a.length === 4 && isYear(a) && isMonth(b) && isDay(c)) return { value: iso(a, Number(b), Number(c)) };
    if (c.length === 4 && isYear(c) && a.length <= 2 && b.length <= 2) {
      if (isMonth(b) && isDay(a)) return { value: iso(c, Number(b), Number(a)) };
      if (isMonth(a) && isDay(b)) return { value: iso(c, Number(a), Number(b)) };
    }
    return null;
  }
  if (numbers.length === 2) {
    if (a.length === 4 && isYear(a) && b.length === 2 && isMonth(b) && separators[0] !== '–') return { value: iso(a, Number(b)) };
    if (a.length <= 2 && isMonth(a) && b.length === 4 && isYear(b) && separators[0] !== '–') return { value: iso(b, Number(a)) };
    // academic year 2015/16
    if (a.length === 4 && isYear(a) && b.length === 2 && separators[0] === '/' && Number(b) === (Number(a) + 1) % 100) return { value: a, until: String(Number(a) + 1) };
    // 1971-76
    if (a.length === 4 && isYear(a) && b.length === 2 && separators[0] !== '.' && Number(b) > 12 && Number(b) > Number(a) % 100) return { value: a, until: a.slice(0, 2) + b };
    if (a.length <= 2 && isMonth(a) && b.length === 2 && ['/', '.'].includes(separators[0]!)) return { value: iso(expandYear(b), Number(a)), weak: true };
    return null;
  }
  return a.length === 4 && isYear(a) ? { value: a } : null;
}

/** "Jun – Aug 2016": the month takes its year from the end of the range. */
function readMonthBeforeRange(tokens: Token[], at: number): Dated | null {
  if (!months.has(tokens[at]!.text)) return null;
  const next = skip(tokens, at + 1, ['.']);
  const joined = rangeWordAt(tokens, next);
  if (joined === null || !months.has(tokens[joined]?.text ?? '')) return null;
  const second = readDate(tokens, joined);
  return second && second.value.length >= 7 ? { value: '', next } : null;
}

const monthText = (tokens: Token[], at: number): string => tokens[at]?.text ?? '';

function yearAt(tokens: Token[], at: number, allowShort: boolean): { value: string; next: number } | null {
  const token = tokens[at];
  if (token?.text === "'" || token?.text === '’') return yearAt(tokens, at + 1, true);
  if (token?.kind !== 'number') return null;
  if (token.text.length === 4 && isYear(token.text)) return { value: token.text, next: at + 1 };
  if (allowShort && token.text.length === 2 && !['.', ':'].includes(tokens[at + 1]?.text ?? '')) return { value: expandYear(token.text), next: at + 1 };
  return null;
}

function rangeWordAt(tokens: Token[], at: number): number | null {
  let next = skip(tokens, at, ['.', ')']);
  if (tokens[next] && (dashes.has(tokens[next]!.text) || tokens[next]!.text === '/' || tokens[next]!.text === '-')) {
    next += 1;
    while (tokens[next] && dashes.has(tokens[next]!.text)) next += 1;
    return phraseAt(tokens, next, untilPhrases) ?? next;
  }
  const until = phraseAt(tokens, at, untilPhrases);
  if (until !== null) return until;
  // a comma before "to": "2019, bis heute"
  return tokens[at]?.text === ',' ? phraseAt(tokens, at + 1, untilPhrases) : null;
}

/** Index after the longest phrase that begins at a token, or null. */
function phraseAt(tokens: Token[], at: number, phrases: string[][]): number | null {
  for (const phrase of phrases) {
    const end = matchPhrase(tokens, at, phrase.join(' '));
    if (end !== null) return end;
  }
  return null;
}

function matchPhrase(tokens: Token[], at: number, phrase: string): number | null {
  const wanted = phrase.replace(/\s/g, '');
  let seen = '';
  for (let i = at; i < tokens.length && seen.length < wanted.length; i += 1) {
    seen += tokens[i]!.text;
    if (seen === wanted) return i + 1;
    if (!wanted.startsWith(seen)) return null;
  }
  return null;
}

function skip(tokens: Token[], at: number, texts: string[]): number {
  let next = at;
  while (tokens[next] && texts.includes(tokens[next]!.text)) next += 1;
  return next;
}

const isYear = (text: string): boolean => Number(text) >= earliest && Number(text) <= latest;
const isMonth = (text: string): boolean => Number(text) >= 1 && Number(text) <= 12;
const isDay = (text: string): boolean => text.length <= 2 && Number(text) >= 1 && Number(text) <= 31;
const expandYear = (short: string): string => String(Number(short) + (Number(short) > 50 ? 1900 : 2000));
const iso = (year: string, month: number, day?: number): string =>
  [year, String(month).padStart(2, '0'), ...(day === undefined ? [] : [String(day).padStart(2, '0')])].join('-');

/** A range that runs backwards is two dates, not one period. */
function isOrdered(from: string, to: string): boolean {
  const length = Math.min(from.length, to.length);
  return from === '' || from.slice(0, length) <= to.slice(0, length);
}
