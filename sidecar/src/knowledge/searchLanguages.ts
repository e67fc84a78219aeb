import { getSkill } from '../language/taxonomy.ts';
import { supportedLanguages } from '../language/types.ts';
import { searchText } from './terms.ts';
import type { Term } from './terms.ts';

const configs: Record<string, string> = { en: 'english', fr: 'french', de: 'german', es: 'spanish', it: 'italian', pt: 'portuguese', nl: 'dutch' };

/** PostgreSQL's full-text configuration for a language: stemming and stop words where there are some. */
export function searchConfig(language: string): string {
  return configs[language] ?? 'simple';
}

/** A question as it is asked of the passages in one language. */
export interface LanguageQuery {
  /** ISO 639-1; 'other' stands for every language without a configuration of its own */
  language: string;
  config: string;
  /** any of these words is a hit */
  words: string;
  /** the skills the question names, each with all its names in this language: the bridge between languages */
  concepts: { id: string; names: string[] }[];
}

/**
 * The question in every language a passage may have. In other languages than its own it is the words as they are (names,
 * numbers, loanwords) and the names of its skills there.
 */
export function languageQueries(terms: readonly Term[], questionLanguage: string): LanguageQuery[] {
  const words = searchText(terms.map(({ written }) => written).join(' '));
  const skillIds = [...new Set(terms.flatMap(({ skillId }) => skillId ?? []))];
  return [...supportedLanguages, 'other'].map((language) => {
    const concepts = skillIds.map((id) => ({ id, names: namesIn(id, language) }));
    const own = language === questionLanguage || (language === 'other' && configs[questionLanguage] === undefined);
    const labels = own ? [] : concepts.flatMap(({ names }) => names.slice(0, 2));
    return { language, config: searchConfig(language), words: [words, ...labels].join(' '), concepts };
  });
}

/** Names that need evidence ("Go", "R") are left to the words of the question itself: as a phrase they match anything. */
function namesIn(skillId: string, language: string): string[] {
  const aliases = getSkill(skillId)?.aliases ?? [];
  const usable = aliases.filter((alias) => alias.rule !== 'context' && [language, 'any', 'en'].includes(alias.language));
  const ordered = [language, 'any', 'en'].flatMap((wanted) => usable.filter((alias) => alias.language === wanted));
  return [...new Set(ordered.map(({ text }) => searchText(text)).filter(Boolean))];
}
