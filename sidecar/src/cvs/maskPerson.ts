/**
 * Takes a person out of a text: every part of the name, whatever its case and accents, e-mail addresses, phone numbers
 * and links become █, one for one, so that offsets into the text stay right.
 */
import { fold } from './extract/fold.ts';
import type { Profile } from './profile.ts';

export interface Range {
  start: number;
  end: number;
}

/** Which stretches of a text name the person; they may overlap. */
export type PersonFinder = (text: string) => Range[];

/** @param known what is known of the person, from one or more CVs */
export function personFinder(known: { names: readonly string[]; basics: readonly Profile['basics'][] }): PersonFinder {
  const read = [...known.names, ...known.basics.flatMap(({ name }) => name ?? [])];
  const names = [...read, ...known.basics.flatMap(({ email }) => nameInAddress(email, read) ?? [])];
  const words = [...new Set(names.flatMap(namePatterns))].map((source) => new RegExp(source, 'gu'));
  const literals = [...new Set(known.basics.flatMap(literalsOf))];
  const phones = [...new Set(known.basics.flatMap(({ phone }) => digitsOf(phone ?? '') ?? []))];
  return (text) => {
    const folded = foldWithPlaces(text);
    return [
      ...words.flatMap((pattern) => [...folded.text.matchAll(pattern)].map((match) => folded.range(match.index, match.index + match[0].length))),
      ...literals.flatMap((literal) => occurrences(folded.text, literal).map((at) => folded.range(at, at + literal.length))),
      ...eMailAddresses(text),
      ...[...text.matchAll(link)].map(({ 0: found, index }) => ({ start: index, end: index + found.length })),
      ...phoneNumbers(text, phones),
    ];
  };
}

/** Every UTF-16 unit of the ranges, line breaks excepted, becomes █. */
export function blacken(text: string, ranges: readonly Range[]): string {
  if (ranges.length === 0) return text;
  const units = text.split('');
  for (const { start, end } of ranges) {
    for (let at = Math.max(0, start); at < Math.min(end, units.length); at++) if (units[at] !== '\n') units[at] = '█';
  }
  return units.join('');
}

const link = /(?:https?:\/\/|www\.|(?:linkedin|github|gitlab|xing|behance|dribbble|facebook|instagram|twitter|medium)\.(?:com|net|io|de)\/)[^\s<>()"']+/giu;

/** Words of many languages: by themselves they name nobody. */
const particles = new Set(['van', 'von', 'vom', 'zum', 'zur', 'der', 'den', 'des', 'del', 'dos', 'das', 'dei', 'della', 'delle', 'ter', 'ten', 'les', 'las', 'los', 'san', 'bin', 'ibn']);
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** From here on a part of a name is found within longer words too, as in user names. */
const longPart = 5;

/** Regular expressions for folded text. */
function namePatterns(name: string): string[] {
  const parts = foldLetters(name).match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = (part: string) => [...part].length;
  const telling = parts.filter((part) => (letters(part) >= 3 && !particles.has(part)) || (unspaced.test(part) && letters(part) >= 2));
  // Of "Bo Xu" only the whole names.
  const whole = telling.length > 0 || parts.length < 2 ? [] : [parts, parts.toReversed()].map((order) => order.map(asPattern).join(String.raw`[^\p{L}\p{N}]{1,3}`));
  const single = telling.length === 0 && parts.length === 1 ? parts : telling;
  return [...single.map((part) => (letters(part) >= longPart || unspaced.test(part) ? asPattern(part) : bounded(asPattern(part)))), ...whole.map(bounded)];
}

/** Where no name was read, or another line was taken for it, the e-mail address tells it. */
function nameInAddress(email: string | undefined, read: readonly string[]): string | null {
  const local = foldLetters(email?.split('@')[0] ?? '');
  if (read.flatMap(lettersOf).some((part) => part.length > 1 && local.includes(part))) return null;
  return lettersOf(local).filter((part) => !mailboxes.has(part)).join(' ') || null;
}
const mailboxes = new Set(['info', 'contact', 'kontakt', 'mail', 'email', 'hello', 'office', 'jobs', 'work', 'post']);
const lettersOf = (text: string): string[] => foldLetters(text).match(/\p{L}+/gu) ?? [];

const bounded = (pattern: string): string => String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`;

/** "Müller" is "Mueller" too, and "Åse" "Aase"; a part of a name has letters and digits only. */
function asPattern(part: string): string {
  const chars = [...part];
  return chars.map((char, i) => {
    const [before = '', after = ''] = [chars[i - 1], chars[i + 1]];
    if ((char === 'e' && /[aou]/.test(before)) || (char === 'a' && before === 'a')) return `${char}?`;
    if (char === 'a') return after === 'e' || after === 'a' ? 'a' : 'a[ae]?';
    return /[ou]/.test(char) && after !== 'e' ? `${char}e?` : char;
  }).join('');
}

/** As CVs are compared, and the letters besides that have no accent to be taken off. */
function foldLetters(text: string): string {
  return fold(text).replace(/[øłđðı]/g, (letter) => plainLetters[letter] as string);
}
const plainLetters: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', ı: 'i' };

/** What is looked for as it is written. */
function literalsOf({ url, location, profiles = [] }: Profile['basics']): string[] {
  const values = [url, location?.address, ...profiles.flatMap((entry) => [entry.url, entry.username])];
  return values.flatMap((value) => (value === undefined ? [] : foldLetters(value.trim()))).filter((value) => value.length >= 4);
}

function occurrences(text: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) found.push(at);
  return found;
}

const outsideAddress = /[\s<>()[\]{},;:"'|]/u;

/** Of anybody: whoever else stands in a CV is not to be known by it either. */
function eMailAddresses(text: string): Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', ranges.at(-1)?.end)) {
    let start = at;
    let end = at + 1;
    while (start > (ranges.at(-1)?.end ?? 0) && !outsideAddress.test(text[start - 1] as string)) start--;
    while (end < text.length && !outsideAddress.test(text[end] as string)) end++;
    ranges.push({ start, end });
  }
  return ranges.filter(({ start, end }) => end - start > 1);
}

const withinPhone = /[\d\s+()./\u2010-\u2015\u00a0-]/u;
/** What the national and the international way of writing a number share. */
const sharedDigits = 8;

function digitsOf(phone: string): string | null {
  const digits = phone.replace(/\D/g, '');
  return digits.length < 6 ? null : digits.slice(-sharedDigits);
}

/** Those of the person, and whatever starts with + and has enough digits. */
function phoneNumbers(text: string, tails: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (let start = 0; start < text.length; start++) {
    if (!withinPhone.test(text[start] as string)) continue;
    let end = start;
    while (end < text.length && withinPhone.test(text[end] as string)) end++;
    const run = text.slice(start, end);
    const digits = run.replace(/\D/g, '');
    if (tails.some((tail) => digits.includes(tail)) || (run.includes('+') && digits.length >= 8)) ranges.push({ start: start + run.search(/[\d+(]/), end: start + run.trimEnd().length });
    start = end;
  }
  return ranges;
}

/** Folded text, and for each stretch of it where it stands in the original. */
function foldWithPlaces(text: string): { text: string; range(start: number, end: number): Range } {
  let folded = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const char of text) {
    const units = foldLetters(char);
    at += char.length;
    // A combining mark or a soft hyphen belongs to the letter before it.
    if (units === '') for (let i = ends.length - 1, last = ends.at(-1); i >= 0 && ends[i] === last; i--) ends[i] = at;
    for (const _ of units.split('')) {
      starts.push(at - char.length);
      ends.push(at);
    }
    folded += units;
  }
  return { text: folded, range: (start, end) => ({ start: starts[start] as number, end: ends[end - 1] as number }) };
}
