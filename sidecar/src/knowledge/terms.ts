/** The words of a text as search and answers see them: one tokeniser for PostgreSQL and for the code here. */
import { labelStem } from '../language/labelKeys.ts';
import { tokensWithOffsets } from '../language/normalise.ts';
import { findSkills } from '../language/taxonomy.ts';
import { isStopWord } from './stopWords.ts';

export interface Term {
  /** accents folded, lower case */
  folded: string;
  /** as written in the question */
  written: string;
  /** the skill whose name the term is part of: another name of it counts as the term */
  skillId: string | null;
}

export interface Words {
  folded: ReadonlySet<string>;
  stems: ReadonlySet<string>;
  /** words long enough to be compared by their beginning */
  long: readonly string[];
  skillIds: ReadonlySet<string>;
}

/**
 * The text that PostgreSQL indexes: words of our tokeniser only, because its parser takes "Java/Kotlin" for a file and
 * "Node.js" for a host and finds neither by its words; "C++" and "C#" keep their sign as a word.
 */
export function searchText(text: string): string {
  return tokensWithOffsets(text)
    .map((token) => text.slice(token.start, token.end).toLowerCase().replaceAll('+', 'plus').replaceAll('#', 'sharp'))
    .join(' ');
}

/** The content words of a question, each once, in order. All its words when it has nothing but function words. */
export function questionTerms(question: string, language: string): Term[] {
  const skills = findSkills(question, language);
  let next = 0;
  const all = tokensWithOffsets(question).map((token) => {
    // both in the order of the text
    while (next < skills.length && skills[next]!.end < token.end) next += 1;
    const skill = skills[next];
    return { folded: token.text, written: question.slice(token.start, token.end), skillId: skill && skill.start <= token.start ? skill.skillId : null };
  });
  const content = all.filter((term) => term.skillId !== null || !isStopWord(term.folded, language));
  return [...new Map((content.length > 0 ? content : all).map((term) => [term.folded, term])).values()];
}

export function wordsOf(text: string, language: string): Words {
  const tokens = tokensWithOffsets(text).map((token) => token.text);
  return {
    folded: new Set(tokens),
    stems: new Set(tokens.map(labelStem)),
    long: [...new Set(tokens.filter((token) => token.length >= 5))],
    skillIds: new Set(findSkills(text, language).map((skill) => skill.skillId)),
  };
}

/** How well the words hold a term: 1 for the word, its plural or another name of its skill, .7 for its word family. */
export function termMatch(term: Pick<Term, 'folded' | 'skillId'>, words: Words): number {
  if (words.folded.has(term.folded) || words.stems.has(labelStem(term.folded))) return 1;
  if (term.skillId !== null && words.skillIds.has(term.skillId)) return 1;
  return words.long.some((word) => sameFamily(word, term.folded)) ? 0.7 : 0;
}

/** "piloté" and "pilotage", "Urlaub" and "Urlaubstage"; not "internal" and "international". */
function sameFamily(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 5 || /\d/.test(a + b)) return false;
  if (long.startsWith(short)) return true;
  let common = 0;
  while (common < short.length && short[common] === long[common]) common += 1;
  return common >= 5 && common >= (common >= 8 ? 0.7 : 0.8) * short.length && long.length - common <= 5;
}
