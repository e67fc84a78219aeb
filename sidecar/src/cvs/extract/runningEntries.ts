/**
 * Entries of texts without layout. Where line ends were lost or dates are missing, the place of a line tells nothing: each
 * piece of a header line is told by what it says, and an entry ends where one of its parts would stand twice or where its
 * duties have begun.
 */
import type { CvLine } from './cvLines.ts';
import { findPeriods, type Period } from './dates.ts';
import type { DatedEntry } from './entries.ts';
import { fold } from './fold.ts';
import { part, passageOf, split, type Passage } from './passage.ts';
import { hasLegalForm, isLegalForm, looksLikePlace, looksLikeRegion } from './termScores.ts';
import { connectors, type LabelKind } from './vocabulary.ts';

export interface RunningKinds {
  /** job title or degree: at least `least` in this score */
  what: (text: string) => number;
  where: (text: string) => number;
  least: number;
  whatLabel: LabelKind;
  whereLabel: LabelKind;
  /** whether a capitalised piece beside a title names the employer though nothing in it says so */
  unnamed: boolean;
}

interface HeaderLine {
  period: { value: Period; passage: Passage } | null;
  what: Passage | null;
  where: Passage | null;
  place: Passage | null;
  /** the pieces alone tell that this is a header: a title, a legal form, a school, a period */
  telling: boolean;
}

interface Draft extends HeaderLine {
  body: CvLine[];
}

export function runningEntries(lines: readonly CvLine[], kinds: RunningKinds): DatedEntry[] {
  const drafts: Draft[] = [];
  let draft: Draft | null = null;
  /** a short capitalised line that may be the employer of the title below it */
  let pending: Passage | null = null;
  for (const line of lines) {
    const header = headerOf(line, kinds);
    if (header === null) {
      draft?.body.push(line);
      pending = null;
      continue;
    }
    if (!header.telling) {
      if (draft && draft.body.length === 0 && draft.where === null && draft.what !== null && kinds.unnamed) [draft.where, draft.place] = [header.where, header.place];
      else {
        pending = header.where;
        if (draft && !line.gapBefore) draft.body.push(line);
      }
      continue;
    }
    const repeats = draft === null || draft.body.length > 0 || (['what', 'where', 'period'] as const).some((key) => draft![key] !== null && header[key] !== null);
    if (repeats) {
      // the pending line belonged to this entry, not to the duties of the last one
      if (pending && draft?.body.at(-1)?.start === pending.segments[0]?.start) draft?.body.pop();
      draft = { ...header, where: header.where ?? (header.what && kinds.unnamed ? pending : null), body: [] };
      drafts.push(draft);
    } else {
      draft!.what ??= header.what;
      draft!.where ??= header.where;
      draft!.place ??= header.place;
      draft!.period ??= header.period;
    }
    pending = null;
  }
  return drafts.filter((each) => each.what !== null || (each.where !== null && each.period !== null) || (!kinds.unnamed && each.where !== null)).map((each) => entryOf(each, kinds));
}

function entryOf(draft: Draft, kinds: RunningKinds): DatedEntry {
  const labelled: DatedEntry['labelled'] = new Map();
  if (draft.what) labelled.set(kinds.whatLabel, draft.what);
  if (draft.where) labelled.set(kinds.whereLabel, draft.where);
  if (draft.place) labelled.set('place', draft.place);
  const body = draft.body.map((line) => ({ passage: passageOf([line]), listItem: line.listItem }));
  return { period: draft.period, slots: new Map(), labelled, body, bold: new Set(), certainty: draft.what && draft.where ? 0.5 : 0.3 };
}

/** The parts of a header line, or null for a line of running text. */
function headerOf(line: CvLine, kinds: RunningKinds): HeaderLine | null {
  const whole = passageOf([line]);
  if (line.text.length > 160 || /^\p{Ll}/u.test(line.text)) return null;
  const period = periodOf(whole);
  const texts = period ? around(whole, period.value) : [whole];
  const pieces = texts.flatMap((text) => piecesOf(text));
  const prose = isProse(line.text);
  const what = pieces.find((piece) => isWhat(piece, kinds)) ?? null;
  if (prose && (period === null || what === null)) return null;
  if (line.listItem && period === null && (what === null || pieces.length > 4 || line.text.length > 70)) return null;
  const others = pieces.filter((piece) => piece !== what && /^["“(]?[\p{Lu}\d]/u.test(piece.text) && /\p{L}{2}/u.test(piece.text) && piece.text.split(/\s+/).length <= 9);
  const named = [...others].sort((a, b) => kinds.where(b.text) - kinds.where(a.text))[0];
  const strong = named !== undefined && (hasLegalForm(named.text) || kinds.where(named.text) >= 2);
  const first = others[0];
  const where = strong ? named : kinds.unnamed && first !== undefined && !looksLikeRegion(first.text) && !/^\d/.test(first.text) && kinds.what(first.text) < kinds.least ? first : null;
  const rest = others.slice(where ? others.indexOf(where) + 1 : 0).filter((piece) => looksLikePlace(piece.text) || looksLikeRegion(piece.text));
  return { period, what, where, place: rest[0] ?? null, telling: what !== null || strong || period !== null };
}

function isWhat(piece: Passage, kinds: RunningKinds): boolean {
  const words = piece.text.split(/\s+/).length;
  return /^["“(]?[\p{Lu}\d]/u.test(piece.text) && words <= 12 && kinds.what(piece.text) >= kinds.least && kinds.what(piece.text) >= kinds.where(piece.text);
}

/** Running text: a sentence, or mostly words in lower case. */
function isProse(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  if (words.length < 4) return false;
  const lower = words.filter((word) => /^\p{Ll}/u.test(word) && word.length > 3 && !connectors.has(fold(word))).length;
  return lower / words.length > 0.3 || (words.length > 8 && /\p{Ll}{3}\.$/u.test(text)) || words.length > 20;
}

function periodOf(passage: Passage): { value: Period; passage: Passage } | null {
  const periods = findPeriods(passage.text);
  const value = periods.find((each) => !each.single) ?? periods.at(-1);
  if (!value) return null;
  const atEdge = value.start <= 2 || passage.text.length - value.end <= 3 || /[,(|–—-]\s*$/.test(passage.text.slice(0, value.start));
  return atEdge || !value.single ? { value, passage: part(passage, value.start, value.end) } : null;
}

function around(passage: Passage, period: Period): Passage[] {
  const edge = /[\s,;:·•|–—()[\]-]/u;
  return [part(passage, 0, period.start, edge), part(passage, period.end, Infinity, edge)].filter((each) => each.text !== '');
}

function piecesOf(passage: Passage): Passage[] {
  const pieces: Passage[] = [];
  for (const piece of split(passage, /,\s+|(?<!\s)\s+[|·•@/]\s+|(?<!\s)\s+[–—-]+\s*|(?<!–)–+\s+|:\s+|;\s+|\.\s{1,2}(?=\p{Lu}\p{Ll}{3})|\s(?:at|from|bei|chez|presso)\s+|\t|(?<! ) {4,}/u, /[\s,;:·•|–—"“”-]/u)) {
    const last = pieces.at(-1);
    const legal = /^\S+/.exec(piece.text)![0];
    if (last && isLegalForm(legal.replace(/(?<![,.])[,.]+$/, '')) && legal.length <= 6) {
      // "Qualcomm, Inc." is one name
      const from = passage.text.indexOf(last.text);
      const to = passage.text.indexOf(piece.text, from) + legal.length;
      pieces[pieces.length - 1] = part(passage, from, to);
    } else pieces.push(piece);
  }
  return pieces;
}
