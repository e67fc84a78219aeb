import { columnsOf, continuesIn, type CvLine } from './cvLines.ts';
import { findPeriods } from './dates.ts';
import { found, stated, type Found } from './found.ts';
import { fold } from './fold.ts';
import { part, passageOf, split, type Passage } from './passage.ts';
import { employerScore, schoolScore } from './termScores.ts';
import { categoryWords, licenceWords } from './vocabulary.ts';

export interface Certificate {
  name: Found;
  issuer: Found | null;
  date: Found | null;
}

export function findCertificates(lines: readonly CvLine[], allLines: readonly CvLine[]): Certificate[] {
  return joinCertificateLines(lines, allLines)
    .map((group) => readCertificate(passageOf(group)))
    .filter((certificate): certificate is Certificate => certificate !== null);
}

/** A certificate ends with its date; one without a date ends where the line had room left. */
function joinCertificateLines(lines: readonly CvLine[], allLines: readonly CvLine[]): CvLine[][] {
  const columnOf = columnsOf(allLines);
  const groups: CvLine[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (last && (last.row === line.row || goesOn(group!, last, line))) group!.push(line);
    else groups.push([line]);
  }
  return groups;

  function goesOn(group: CvLine[], last: CvLine, next: CvLine): boolean {
    if (next.listItem || beginsWithDate(next.text) || (endsWithDate(passageOf(group).text) && !/,$/.test(last.text))) return false;
    const text = passageOf(group).text;
    const statesDate = findPeriods(text).some((period) => isSetOff(text, period.start, period.end));
    if (statesDate && !beginsWithDate(text) && !/[,–—-]$/.test(text)) return false;
    return continuesIn(last, next, columnOf(last)) || /[,–—(]$/.test(last.text) || wholeDate(next.text) || (/^\p{Ll}/u.test(next.text) && !next.gapBefore && last.y !== null);
  }
}

const beginsWithDate = (text: string): boolean => /^(?:\d{2}[./])?(?:19|20)\d\d\s*[:–—-]\s/.test(text);

function wholeDate(text: string): boolean {
  const period = findPeriods(text)[0];
  return period !== undefined && period.end - period.start >= text.length - 2;
}

const endsWithDate = (text: string): boolean => {
  const last = findPeriods(text).at(-1);
  return last !== undefined && text.length - last.end <= 3;
};

function readCertificate(passage: Passage): Certificate | null {
  if (passage.text.length < 3 || passage.text.length > 250 || !/\p{L}{2}/u.test(passage.text)) return null;
  const periods = findPeriods(passage.text);
  const period = periods.find((each) => isSetOff(passage.text, each.start, each.end)) ?? null;
  const date = period?.from ? found(period.from, part(passage, period.start, period.end), 0.9) : null;
  let body = passage;
  if (period) {
    const atStart = period.start <= 1;
    body = atStart ? part(passage, period.end, Infinity) : part(passage, 0, wordBefore(passage.text, period.start), /[\s,;:·•|–—([-]/u);
  }
  const commaDated = period !== null && period.start > 1 && /,[^,(]*$/.test(passage.text.slice(0, period.start));
  const { name, issuer } = openBracket(body) ?? splitIssuer(body, commaDated);
  if (name.text === '') return null;
  return { name: stated(name, issuer ? 0.8 : 0.75), issuer: issuer ? stated(issuer, 0.7) : null, date };
}

/** Set off by a bracket, comma, dash or the edge: not the year in a name. */
function isSetOff(text: string, start: number, end: number): boolean {
  const before = text.slice(0, start);
  return start <= 1 || /[,(|·–—:-]\s*(?:[\p{L}ºª.]{1,12}\s){0,2}$/u.test(before) || (end >= text.length - 2 && /\s$/.test(before));
}

/** Words between the separator and the date ("renovado en 2025", "since 2020") belong to the date. */
function wordBefore(text: string, start: number): number {
  const match = /[,(|·–—:-]\s*(?:[\p{L}ºª.]{1,12}\s){0,2}$/u.exec(text.slice(0, start));
  return match ? match.index : start;
}

/** "Name (Issuer, April 2018)": the date was cut out of the bracket. */
function openBracket(body: Passage): { name: Passage; issuer: Passage } | null {
  const open = body.text.lastIndexOf('(');
  if (open < 3 || body.text.indexOf(')', open) >= 0) return null;
  const issuer = part(body, open + 1, Infinity);
  return issuer.text === '' ? null : { name: part(body, 0, open), issuer };
}

function splitIssuer(body: Passage, commaDated: boolean): { name: Passage; issuer: Passage | null } {
  const organisation = (text: string): number => Math.max(employerScore(text), schoolScore(text) - 0.5);
  // "Issuer: name"
  const colon = body.text.indexOf(': ');
  if (colon > 5 && organisation(body.text.slice(0, colon)) >= 1) return { name: part(body, colon + 1, Infinity), issuer: part(body, 0, colon) };
  const bracket = /\s\(([^()]{6,})\)$/u.exec(body.text);
  if (bracket && organisation(bracket[1]!) >= 0.7) {
    return { name: part(body, 0, bracket.index), issuer: part(body, bracket.index + 2, body.text.length - 1) };
  }
  for (const separator of [/,\s+/u, /(?<!\s)\s+[–—|·-]\s+/u, /\.\s+(?=\p{Lu})/u]) {
    const parts = split(body, separator);
    if (parts.length < 2) continue;
    const last = parts.at(-1)!;
    // "Name – Issuer, 2023": a dash before and a comma after set the issuer off
    const setOff = commaDated && parts.length === 2 && /[–—|·-]/.test(separator.source) && !/,/.test(last.text);
    const nameLike = (setOff && /^\p{Lu}/u.test(last.text)) || (/^\p{Lu}/u.test(last.text) && (organisation(last.text) >= 0.4 || /^\p{Lu}[\p{L}\p{M}]*$/u.test(last.text)));
    if (!nameLike) continue;
    const offset = body.text.lastIndexOf(last.text);
    return { name: part(body, 0, offset, /[\s,;:·•|–—.-]/u), issuer: last };
  }
  return { name: body, issuer: null };
}

/** Driving licences named anywhere: "Permis B et BE", "Führerschein Klasse B", "Full driving licence, category B". */
export function findLicences(lines: readonly CvLine[]): { category: string; passage: Passage }[] {
  const licences: { category: string; passage: Passage }[] = [];
  for (const [index, line] of lines.entries()) {
    const wraps = /[,:]$/.test(line.text) && lines[index + 1] !== undefined;
    const passage = passageOf(wraps ? [line, lines[index + 1]!] : [line]);
    const folded = fold(passage.text);
    const word = licenceWords.find((each) => new RegExp(`(?:^|[^\\p{L}])${each}(?![\\p{L}])`, 'u').test(folded));
    // folding that changes lengths ("ß") would shift the offsets
    if (!word || folded.length !== passage.text.length) continue;
    const from = folded.indexOf(word) + word.length;
    const tail = passage.text.slice(from, from + 60);
    for (const match of tail.matchAll(/[\p{L}]+\d?/gu)) {
      const category = match[0];
      if (/^(?:AM|A[12]?|B[E1]?|C[E1]?|C1E|D[E1]?|D1E|BF17|T|L)$/.test(category)) licences.push({ category, passage: part(passage, from + match.index, from + match.index + category.length) });
      else if (!categoryWords.has(fold(category)) && !['et', 'und', 'y', 'e', 'en', 'and', 'de', 'van', 'u'].includes(fold(category))) break;
    }
  }
  return licences.filter((licence, index) => licences.findIndex((other) => other.category === licence.category) === index);
}
