/** Which header text is the title and which the employer (or degree and school): decided for the whole section by vote. */
import type { DatedEntry } from './entries.ts';
import { part, split, type Passage } from './passage.ts';
import { isLegalForm, looksLikePlace, looksLikeRegion } from './termScores.ts';
import { fold } from './fold.ts';
import { employerScore } from './termScores.ts';

export interface RoleScores {
  /** the title or degree */
  what: (text: string) => number;
  /** the employer or school */
  where: (text: string) => number;
}

export interface Roles {
  what: Passage | null;
  where: Passage | null;
  /** how clear the decision was, 0 to 1 */
  certainty: number;
  rest: Passage[];
}

export function assignRoles(entries: readonly DatedEntry[], scores: RoleScores): Roles[] {
  const slots = [...new Set(entries.flatMap((entry) => [...entry.slots.keys()]))];
  const margin = (passage: Passage): number => clamp(scores.what(passage.text) - scores.where(passage.text));
  // per slot: how much its texts are titles rather than employers, summed over the section
  const votes = new Map(slots.map((slot) => [slot, entries.reduce((sum, entry) => sum + (entry.slots.has(slot) ? margin(entry.slots.get(slot)!) + (entry.bold.has(slot) && entry.bold.size === 1 ? 0.3 : 0) : 0), 0)]));
  const oneLine = entries.filter((entry) => entry.slots.size === 1).length > entries.length / 2;
  const orientation = oneLine ? lineOrientation(entries, scores) : 1;

  return entries.map((entry) => {
    const present = slots.filter((slot) => entry.slots.has(slot));
    if (present.length === 0) return { what: null, where: null, certainty: 0, rest: [] };
    if (present.length === 1) {
      const passage = entry.slots.get(present[0]!)!;
      const cut = bestCut(passage, scores, orientation) ?? (oneLine ? null : bestCut(passage, scores, -orientation));
      const splitWorth = cut !== null && (oneLine || cut.score > 2.5);
      if (splitWorth) return { ...cut, certainty: certaintyOf(cut.score / 2), rest: [] };
      const isWhere = margin(passage) < 0;
      return { what: isWhere ? null : passage, where: isWhere ? passage : null, certainty: certaintyOf(Math.abs(margin(passage))), rest: [] };
    }
    const order = [...present].sort((a, b) => votes.get(b)! - votes.get(a)!);
    const what = order[0]!;
    const where = order.at(-1)!;
    const gap = (votes.get(what)! - votes.get(where)!) / Math.max(1, entries.filter((each) => each.slots.has(what)).length);
    return { what: entry.slots.get(what)!, where: entry.slots.get(where)!, certainty: certaintyOf(gap), rest: order.slice(1, -1).map((slot) => entry.slots.get(slot)!) };
  });
}

const clamp = (value: number): number => Math.max(-3, Math.min(3, value));
const certaintyOf = (margin: number): number => 1 - 1 / (1 + Math.max(0, margin));

function lineOrientation(entries: readonly DatedEntry[], scores: RoleScores): 1 | -1 {
  const total = (orientation: 1 | -1): number =>
    entries.reduce((sum, entry) => sum + Math.max(0, ...[...entry.slots.values()].map((passage) => bestCut(passage, scores, orientation)?.score ?? 0)), 0);
  return total(1) >= total(-1) ? 1 : -1;
}

/** The best place to cut one line into what | where (orientation 1) or where | what (-1). */
function bestCut(passage: Passage, scores: RoleScores, orientation: number): { what: Passage; where: Passage; score: number } | null {
  let best: { what: Passage; where: Passage; score: number } | null = null;
  for (const match of passage.text.matchAll(/(?<!\s)\s+[|·•@]\s+|(?<!\s)\s+[–—-]\s+|,\s+|:\s+|\s(?:at|bei|chez|presso|bij)\s/gu)) {
    const left = part(passage, 0, match.index);
    const right = part(passage, match.index + match[0].length, passage.text.length);
    if (left.text === '' || right.text === '' || isLegalForm(right.text.split(',')[0]!)) continue;
    const [what, where] = orientation === 1 ? [left, right] : [right, left];
    // the place after the employer tells nothing of the cut
    const whereName = splitPlace(where).name;
    if (whereName.text === '' ) continue;
    const strong = /[|·•@]|\p{L}/u.test(match[0]) ? 0.8 : /[–—]/.test(match[0]) ? 0.2 : 0;
    const placeOnly = looksLikePlace(where.text) && splitPlace(where).place === null && scores.where(where.text) <= 0.7 && where.text.split(/\s+/).length <= 1 ? -0.5 : 0;
    const score = scores.what(what.text) - scores.where(what.text) + scores.where(whereName.text) - scores.what(whereName.text) + strong + placeOnly - lengthPenalty(whereName.text) - (/^\d/.test(where.text) ? 0.8 : 0);
    if (best === null || score > best.score + 0.01) best = { what, where, score };
  }
  return best;
}

const lengthPenalty = (text: string): number => (text.split(/\s+/).length > 8 ? 0.8 : 0);

/** "Hospital Mare Nostrum, Valencia", "Pampa Pagos (Córdoba)", "Ladekante GmbH · Leipzig" → name and place. */
export function splitPlace(passage: Passage): { name: Passage; place: Passage | null } {
  const bracket = /(?:(?<!\s)\s+)?\(([^()]{2,40})\)\s*$/u.exec(passage.text);
  if (bracket && looksLikePlace(bracket[1]!)) {
    // "Tarifrechner AG · Halle (Saale)": the bracket belongs to a place before it
    const before = splitPlace(part(passage, 0, bracket.index));
    const placeStart = before.place ? passage.text.lastIndexOf(before.place.text, bracket.index) : -1;
    if (before.place && placeStart > 0) return { name: before.name, place: part(passage, placeStart, passage.text.length) };
    const at = bracket.index + bracket[0].indexOf('(') + 1;
    return { name: part(passage, 0, bracket.index), place: part(passage, at, at + bracket[1]!.length) };
  }
  const mark = /(?<!\s)\s+[·•|@]\s+([^\s·•|@][^·•|@]*)$/u.exec(passage.text);
  if (mark && looksLikePlace(mark[1]!.split(/[(,]/)[0]!.trim())) return { name: part(passage, 0, mark.index), place: part(passage, mark.index + mark[0].indexOf(mark[1]!), passage.text.length) };
  const parts = split(passage, /,\s*/);
  if (parts.length < 2) {
    const dash = /(?<!\s)\s+[–—-]\s+([^\s–—-][^–—-]*)$/u.exec(passage.text);
    if (dash && looksLikePlace(dash[1]!) && dash[1]!.split(/\s+/).length <= 3 && employerScore(passage.text.slice(0, dash.index)) >= 0) return { name: part(passage, 0, dash.index), place: part(passage, dash.index + dash[0].indexOf(dash[1]!), passage.text.length) };
    return { name: passage, place: null };
  }
  const last = parts.at(-1)!;
  const second = parts.at(-2)!;
  let count = 0;
  if (looksLikeRegion(last.text) && parts.length >= 3 && looksLikePlace(second.text)) count = 2;
  else if (looksLikePlace(withoutBracket(last.text)) || looksLikeRegion(last.text)) count = parts.length >= 3 && isCountry(last.text) && looksLikePlace(second.text) ? 2 : 1;
  if (count === 0) return { name: passage, place: null };
  const offset = passage.text.lastIndexOf(parts.at(-count)!.text);
  const name = part(passage, 0, offset);
  return name.text === '' ? { name: passage, place: null } : { name, place: part(passage, offset, passage.text.length) };
}

const withoutBracket = (text: string): string => text.replace(/(?:(?<!\s)\s+)?\([^()]*\)\s*$/, '');

const countryNames = new Set(
  ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl'].flatMap((language) => {
    const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
    return regionCodes().flatMap((code) => names.of(code) ?? []).map(fold);
  }),
);
export function isCountry(text: string): boolean {
  return countryNames.has(fold(text)) || ['uk', 'usa', 'u.s.a.', 'u.k.', 'uae'].includes(fold(text));
}

export function regionCodes(): string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const display = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  // without codes that are withdrawn, reserved or no country
  const withdrawn = /^(?:X|Q[M-Z]|ZZ|EU|EZ|UN|UK|AA|FX|DD|YU|TP|BU|SU|ZR|AN|CS|NT|YD|VD|RH|DY|HV|NH|QU)/;
  return letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => !withdrawn.test(code) && display.of(code));
}
