import type { CvLine } from './cvLines.ts';
import { found, stated, type Found } from './found.ts';
import { fold } from './fold.ts';
import { languageAt } from './languageNames.ts';
import { part, passageOf, split, type Passage } from './passage.ts';
import { fluency, native } from './vocabulary.ts';
import type { cefrLevels } from '../profile.ts';

export type Cefr = (typeof cefrLevels)[number];

export interface LanguageItem {
  language: Found;
  code: string;
  fluency: Found | null;
  cefr: Found<Cefr> | null;
}

export function findLanguages(lines: readonly CvLine[]): LanguageItem[] {
  const groups: CvLine[][] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    const startsNew = languageAt(line.text) !== null && last?.at(-1)!.row !== line.row;
    if (last && !startsNew) last.push(line);
    else groups.push([line]);
  }
  const items: LanguageItem[] = [];
  for (const group of groups) for (const passage of splitItems(passageOf(group))) {
    const item = readItem(passage);
    if (item && !items.some((other) => other.code === item.code)) items.push(item);
  }
  return items;
}

/** "English (C1), French (B1)", "Deutsch • Englisch": a new item begins where a language name follows a separator. */
function splitItems(passage: Passage): Passage[] {
  const withLabel = passage.text.indexOf(':');
  const start = languageAt(passage.text) === null && withLabel > 0 && languageAt(passage.text.slice(withLabel + 1).trim()) ? withLabel + 1 : 0;
  const parts = split(part(passage, start, Infinity), /(?:(?<!\s)\s+)?[|•·;]\s*|,\s+|(?<!\s)\s+[/]\s+|\s(?:y|e|et|und|and|en)\s/u);
  const items: Passage[] = [];
  let from = 0;
  const body = part(passage, start, Infinity);
  for (const each of parts.slice(1)) {
    if (languageAt(each.text) === null) continue;
    const at = body.text.indexOf(each.text, from + 1);
    items.push(part(body, from, at));
    from = at;
  }
  items.push(part(body, from, body.text.length));
  return items.map((item) => part(item, 0, item.text.replace(/\s(?:y|e|et|und|and|en)$/u, '').length));
}

function readItem(passage: Passage): LanguageItem | null {
  const name = languageAt(passage.text);
  if (!name) return null;
  const rest = part(passage, name.length, Infinity, /[\s,;:·•|–—().-]/u);
  const level = cefrOf(rest);
  return {
    language: stated(part(passage, 0, name.length), 0.95),
    code: name.code,
    fluency: rest.text === '' || rest.text.length > 90 ? null : stated(rest, 0.85),
    cefr: level,
  };
}

function cefrOf(rest: Passage): Found<Cefr> | null {
  const statedLevel = /(?<![\p{L}\p{N}])([ABC][12])(?![\p{L}\p{N}])/u.exec(rest.text);
  const folded = fold(rest.text);
  const nativePhrase = [...native].filter((phrase) => hasPhrase(folded, phrase)).sort((a, b) => b.length - a.length)[0];
  const nearNative = /near|annahernd|bijna|casi|quasi/.test(folded);
  if (statedLevel) return found(statedLevel[1] as Cefr, part(rest, statedLevel.index, statedLevel.index + 2), 0.97);
  if (nativePhrase && !nearNative) return found<Cefr>('native', part(rest, folded.indexOf(nativePhrase), folded.indexOf(nativePhrase) + nativePhrase.length), 0.95);
  const phrase = [...fluency.keys()].filter((each) => hasPhrase(folded, each)).sort((a, b) => b.length - a.length)[0];
  if (!phrase) return null;
  const at = folded.indexOf(phrase);
  return found<Cefr>(fluency.get(phrase)![0]!, part(rest, at, at + phrase.length), 0.6, 'inferred');
}

function hasPhrase(text: string, phrase: string): boolean {
  const at = text.indexOf(phrase);
  return at >= 0 && !/\p{L}/u.test(text[at - 1] ?? ' ') && !/\p{L}/u.test(text[at + phrase.length] ?? ' ');
}
