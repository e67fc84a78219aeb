import { cefrLevels } from '../../cvs/profile.ts';
import type { SupportedLanguage } from '../../language/types.ts';
import { anyOf, hasAny } from './foldText.ts';
import { countOfLanguages } from './numbers.ts';
import { vocabularies } from './vocabulary/index.ts';

export type Cefr = (typeof cefrLevels)[number];

export interface LanguageNeed {
  /** one code; several where any one will do; none where only a number of languages is asked for */
  codes: string[];
  count?: number;
  cefr: Cefr | null;
  /** units into the clause */
  start: number;
  end: number;
}

/** The languages a clause asks for, with the level that stands nearest to each. */
export function findLanguages(clause: string, language: SupportedLanguage): LanguageNeed[] {
  const levels = findLevels(clause, language);
  const count = countOfLanguages(clause, language);
  if (count) return [{ codes: [], count, cefr: levels[0]?.level ?? null, start: 0, end: clause.length }];

  const names = findNames(clause, language);
  if (names.length === 0) return [];
  const short = clause.trim().split(/\s+/).length <= 4;
  if (levels.length === 0 && !short && !names.some((name) => name.compound || knowing.test(clause.slice(Math.max(0, name.start - 30), name.start)))) return [];

  const needs: LanguageNeed[] = [];
  names.forEach((name, i) => {
    const previous = names[i - 1];
    const between = previous ? clause.slice(previous.end, name.start) : '';
    const last = needs.at(-1);
    if (last && previous && between.length < 30 && hasAny(between, [...vocabularies[language].or, '/'])) {
      last.codes.push(name.code);
      last.end = name.end;
    } else needs.push({ codes: [name.code], cefr: null, start: name.start, end: name.end });
  });
  needs.forEach((need, i) => {
    const level = levelOf(need, levels, needs[i - 1]?.end ?? 0, needs[i + 1]?.start ?? clause.length);
    need.cefr = level?.level ?? (levels.length === 1 ? levels[0]!.level : null);
    if (level) [need.start, need.end] = [Math.min(need.start, level.start), Math.max(need.end, level.end)];
  });
  return needs;
}

/** "knowledge of German", "conoscenza dell'inglese", "vous parlez anglais": a language even where no level is named */
const knowing = /(?:knowledge|speak\w{0,12}|command|kenntnis\w{0,12}|sprich\w{0,12}|sprech\w{0,12}|beherrsch\w{0,12}|connaissance|parle[rz]?|maitris\w{0,12}|pratique|conocimient\w{0,12}|habl\w{1,12}|dominio|conoscenza|parl\w{1,12}|conhecimento\w{0,12}|fal\w{1,12}|kennis|spreek\w{0,12}|beheers\w{0,12})\s+(?:\p{L}+['\s]\s*){0,2}$/u;

function findNames(clause: string, language: SupportedLanguage) {
  const found: { code: string; start: number; end: number; compound: boolean }[] = [];
  for (const vocabulary of language === 'en' ? [vocabularies.en] : [vocabularies[language], vocabularies.en]) {
    const names = Object.keys(vocabulary.languages).sort((a, b) => b.length - a.length);
    const compounds = language === 'de' ? '(kenntnissen?|sprachkenntnissen?)?' : '()';
    for (const match of clause.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])(${names.join('|')})${compounds}(?![\\p{L}\\p{N}])`, 'gu'))) {
      if (found.some((name) => match.index < name.end && match.index + match[0].length > name.start)) continue;
      const code = vocabulary.languages[match[1]!]!;
      found.push({ code, start: match.index, end: match.index + match[0].length, compound: match[0].includes('kenntnis') });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

interface Level {
  level: Cefr;
  start: number;
  end: number;
  explicit: boolean;
}

function findLevels(clause: string, language: SupportedLanguage): Level[] {
  const explicit = [...clause.matchAll(/(?<![\p{L}\p{N}])([abc][12])(?![\p{L}\p{N}])/gu)].map((match) => ({
    level: match[1]!.toUpperCase() as Cefr, start: match.index, end: match.index + match[0].length, explicit: true,
  }));
  if (explicit.length) return explicit;
  const levels: Level[] = [];
  // The higher level first, so that "very good" is not also read as "good".
  for (const vocabulary of language === 'en' ? [vocabularies.en] : [vocabularies[language], vocabularies.en]) {
    for (const entry of vocabulary.cefr) {
      for (const match of clause.matchAll(anyOf(entry.words))) {
        const [start, end] = [match.index, match.index + match[0].length];
        if (!levels.some((level) => start < level.end && end > level.start)) levels.push({ level: entry.level, start, end, explicit: false });
      }
    }
  }
  return levels.sort((a, b) => a.start - b.start);
}

function levelOf(need: LanguageNeed, levels: Level[], from: number, to: number): Level | undefined {
  const near = levels.filter((level) => level.start >= from && level.end <= to);
  const distance = (level: Level) => (level.start >= need.end ? level.start - need.end : need.start - level.end);
  // "German C1, English B2": an explicit level follows its language; a word may stand on either side.
  const following = near.filter((level) => level.explicit && level.start >= need.end);
  return (following.length ? following : near).sort((a, b) => distance(a) - distance(b) || a.start - b.start)[0];
}
