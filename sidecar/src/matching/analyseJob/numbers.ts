import type { SupportedLanguage } from '../../language/types.ts';
import { hasAny } from './foldText.ts';
import { vocabularies } from './vocabulary/index.ts';

/**
 * The least number of years of experience a clause asks for: "at least four years", "3–5 Jahre" (3), "cinq ans ou plus".
 * Null when it names none, or when the years are an age, a contract or the employer's history.
 */
export function minimumYears(folded: string, language: SupportedLanguage): number | null {
  for (const vocabulary of vocabulariesOf(language)) {
    const words = Object.keys(vocabulary.numbers).join('|');
    const number = `(\\d{1,2}(?:[.,]5)?|${words})`;
    const range = `(?:\\s*(?:-|–|to|bis|a|tot|ou|o|oder|or|of|e|und|et|y)\\s*(?:\\d{1,2}|${words}))?`;
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}.,]|\\p{L}[/-])${number}${range}(?:\\s*\\+)?\\s*(?:\\([^)]{1,8}\\)\\s*)?(?:(?!(?:${words})\\s)[\\p{L}/-]+\\s+){0,3}?(?:${vocabulary.years.join('|')})(?![\\p{L}\\p{N}])`, 'u');
    const match = pattern.exec(folded);
    if (!match || hasAny(folded, vocabulary.notExperience)) continue;
    const value = vocabulary.numbers[match[1]!] ?? Number(match[1]!.replace(',', '.'));
    if (value >= 1 && value <= 40) return value;
  }
  return null;
}

/** "two languages", "zwei Sprachen": how many languages, or null. */
export function countOfLanguages(folded: string, language: SupportedLanguage): number | null {
  for (const vocabulary of vocabulariesOf(language)) {
    const words = Object.keys(vocabulary.numbers).join('|');
    const match = new RegExp(`(?<![\\p{L}\\p{N}])(\\d|${words})\\s+(?:\\p{L}+\\s+){0,2}?(?:${vocabulary.languageNouns.join('|')})(?![\\p{L}])`, 'u').exec(folded);
    const value = match ? (vocabulary.numbers[match[1]!] ?? Number(match[1])) : 0;
    if (value >= 1 && value <= 10) return value;
  }
  return null;
}

function vocabulariesOf(language: SupportedLanguage) {
  return language === 'en' ? [vocabularies.en] : [vocabularies[language], vocabularies.en];
}
