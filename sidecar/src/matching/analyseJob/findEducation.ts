import { educationLevels } from '../../cvs/profile.ts';
import type { SupportedLanguage } from '../../language/types.ts';
import { anyOf, foldKeepingLength, hasAny } from './foldText.ts';
import { vocabularies } from './vocabulary/index.ts';

export type EducationLevel = (typeof educationLevels)[number];

export interface EducationNeed {
  level: EducationLevel;
  fields: string[];
  /** units into the clause */
  start: number;
  end: number;
}

/** The least degree a clause accepts, and its fields: "Bachelor's degree in accounting or finance". */
export function findEducation(clause: string, folded: string, language: SupportedLanguage): EducationNeed | null {
  const found: { level: EducationLevel; start: number; end: number }[] = [];
  // Highest level first and longest match kept: "laurea magistrale" is not also a "laurea".
  for (const vocabulary of language === 'en' ? [vocabularies.en] : [vocabularies[language], vocabularies.en]) {
    for (const entry of vocabulary.education) {
      for (const match of folded.matchAll(anyOf([...entry.words].sort((a, b) => b.length - a.length)))) {
        const [start, end] = [match.index, match.index + match[0].length];
        if (/(?:high|hohen?|haut) $/.test(folded.slice(0, start)) || found.some((other) => start < other.end && end > other.start)) continue;
        found.push({ level: entry.level, start, end });
      }
    }
  }
  if (found.length === 0) return null;
  found.sort((a, b) => a.start - b.start);
  // "degree or apprenticeship": the lower one suffices.
  const level = found.map((entry) => entry.level).sort((a, b) => educationLevels.indexOf(a) - educationLevels.indexOf(b))[0]!;
  const named = found.map((entry) => fieldsAfter(clause, folded, entry.end, language));
  const fields = [...new Set(named.flatMap((entry) => entry.fields))];
  const end = Math.max(...named.map((entry) => entry.end));
  // German writes degree and field in one word: "Ingenieurstudium", "Pflegeausbildung".
  for (const entry of found) {
    const word = clause.slice(entry.start, entry.end);
    const field = /^(\p{L}{4,}?)s?(?:studium|ausbildung|studiengang)$/iu.exec(word)?.[1];
    if (field && !/^(?:hochschul|berufs|universitäts|fach|bachelor|master|diplom|voll|aus)$/i.test(field)) fields.push(field);
  }
  return { level, fields, start: found[0]!.start, end };
}

/** "in accounting or finance" → accounting, finance; stops at a comma, a bracket or a subordinate clause. */
function fieldsAfter(clause: string, folded: string, from: number, language: SupportedLanguage): { fields: string[]; end: number } {
  const vocabulary = vocabularies[language];
  const links = [...vocabulary.fieldLinks].sort((a, b) => b.length - a.length).join('|');
  const match = new RegExp(`^[\\s-]*(?:\\p{L}+\\s+){0,3}?(?:${links})\\s+([^.;:()]{3,120})`, 'u').exec(folded.slice(from));
  if (!match) return { fields: [], end: from };
  const start = from + match[0].length - match[1]!.length;
  const phrase = clause.slice(start, start + match[1]!.length);
  const separators = new RegExp(`\\s(?:${vocabulary.or.join('|')}|and|und|et|e|y|en|samt|with|mit|avec|con|com|met)\\s|,|/`, 'iu');
  const articles = new RegExp(`^(?:(?:the|a|an|der|die|das|dem|den|einer?|einem|la|le|les|l'|el|los|un|una|il|de|da|do|het|een|${links})\\s+)+`, 'iu');
  const fields = phrase
    .split(separators)
    .map((field) => field.trim().replace(articles, '').trim())
    .filter((field) => field.length >= 3 && field.split(/\s+/).length <= 6 && !unspecific.test(field) && !hasAny(foldKeepingLength(field), notFields(language)));
  return { fields: [...new Set(fields)].slice(0, 6), end: start + match[1]!.length };
}

/** "CAP d'un apprentissage", "degree and active registration": the next demand, not a field */
const notFields = (language: SupportedLanguage) => [...vocabularies[language].certificates, ...vocabularies[language].education.flatMap((entry) => entry.words)];

/** "or a related field": says nothing that could be compared */
const unspecific = /related|similar|comparable|equivalent|relevant|verwandt|vergleichbar|ähnlich|gleichwertig|einschlägig|équivalent|connexe|similaire|afín|afines|equivalente|affin|simil|afim|verwant|vergelijkba|terme|termine/i;
