/**
 * How much a text looks like a job title, an employer, a degree, a school or a place. Plain sums of named features, in
 * one unit (about 1 = a weak hint, 3 = as good as sure); what they are compared by is the difference of two scores.
 */
import { fold } from './fold.ts';
import { degrees, employerSuffixes, employerWords, honours, legalForms, schoolSuffixes, schoolWords, titleSuffixes, titleWords } from './vocabulary.ts';

const wordsOf = (text: string): string[] => fold(text).split(/[^\p{L}\p{N}'.]+/u).map((word) => word.replace(/^[.']+|(?<![.'])[.']+$/g, '').replace(/^[dl]'/, '')).filter(Boolean);

export function titleScore(text: string): number {
  const words = wordsOf(text);
  if (words.length === 0 || words.length > 14) return -2;
  let score = 0;
  words.forEach((word, index) => {
    const edge = index === 0 || index === words.length - 1;
    if (titleWords.has(word)) score += edge ? 2 : 1;
    else if (titleSuffixes.some((suffix) => word.length > suffix.length + 1 && word.endsWith(suffix))) score += edge ? 2 : 1;
    else if (index <= 2 && word.includes('-') && word.split('-').some((each) => titleWords.has(each))) score += 1;
  });
  for (const [index, word] of fold(text).split(/\s+/).entries()) {
    if (word.includes('-') && index <= 2 && word.split('-').some((each) => titleWords.has(each) || titleSuffixes.some((suffix) => each.endsWith(suffix)))) score += 1;
  }
  return Math.min(score, 4);
}

export function employerScore(text: string): number {
  const words = wordsOf(text);
  if (words.length === 0 || words.length > 14) return -2;
  let score = hasLegalForm(text) ? 3 : 0;
  for (const [index, word] of words.entries()) {
    if (employerWords.has(word) || schoolWords.has(word)) score += index === 0 ? 1.5 : 1;
    else if (employerSuffixes.some((suffix) => word.length > suffix.length + 1 && word.endsWith(suffix))) score += 1;
  }
  if (/ [&+] /.test(text)) score += 0.7;
  if (/[«»"“”]/.test(text)) score += 1;
  // names write every word with a capital; in the Romance languages and Dutch job titles do not
  const cased = text.split(/\s+/).filter((word) => /^\p{L}{3}/u.test(word));
  if (cased.length >= 2 && cased.every((word) => /^\p{Lu}/u.test(word))) score += 0.7;
  if (cased.length >= 2 && cased.filter((word) => /^\p{Ll}/u.test(word)).length >= 2) score -= 0.7;
  return Math.min(score, 4);
}

export function hasLegalForm(text: string): boolean {
  const tokens = text.split(/[\s,]+/);
  return tokens.some((token, index) => {
    if (index === 0) return false;
    const forms = [token, `${token}${tokens[index + 1] ?? ''}`].map((form) => fold(form).replace(/\./g, ''));
    // "as", "me", "co" are words too: a short form counts with capitals or points only
    return forms.some((form) => legalForms.has(form) && (form.length > 3 || /^\p{Lu}/u.test(token) || /\./.test(token)));
  });
}

export function isLegalForm(text: string): boolean {
  return legalForms.has(fold(text).replace(/[\s.]/g, ''));
}

export type EducationLevel = 'secondary' | 'vocational' | 'bachelor' | 'master' | 'doctorate';

/** The degree a text begins with (or names as a whole word), longest phrase first. */
export function degreeAt(text: string): { level: EducationLevel; length: number; index: number } | null {
  const folded = fold(text);
  let best: { level: EducationLevel; length: number; index: number } | null = null;
  for (const [phrase, levels] of degrees) {
    const index = indexOfWord(folded, phrase);
    if (index < 0) continue;
    const better = best === null || index < best.index - 2 || (index <= best.index + 2 && phrase.length > best.length);
    if (better) best = { level: levels[0]!, length: phrase.length, index };
  }
  return best;
}

const longDegrees = [...degrees.keys()].filter((phrase) => phrase.length >= 5);

export function degreeScore(text: string): number {
  const degree = degreeAt(text);
  if (!degree) {
    const joined = wordsOf(text).some((word) => longDegrees.some((phrase) => word.length > phrase.length && (word.endsWith(phrase) || word.startsWith(phrase))));
    return joined ? 1.5 : 0;
  }
  return degree.index === 0 ? 3 : 1.5;
}

export function schoolScore(text: string): number {
  const words = wordsOf(text);
  let score = hasLegalForm(text) ? 1 : 0;
  for (const [index, word] of words.entries()) {
    if (schoolWords.has(word)) score += index === 0 ? 3 : 2;
    else if (schoolSuffixes.some((suffix) => word.length > suffix.length + 1 && word.endsWith(suffix))) score += 2.5;
  }
  if (/[«»"“”]/.test(text)) score += 1;
  const cased = text.split(/\s+/).filter((word) => /^\p{L}{3}/u.test(word));
  if (cased.length >= 2 && cased.every((word) => /^\p{Lu}/u.test(word))) score += 0.5;
  return Math.min(score, 5);
}

export function isHonours(text: string): boolean {
  const folded = fold(text).replace(/[()]/g, '').trim();
  return honours.has(folded) || [...honours].some((phrase) => folded.startsWith(`${phrase} `)) || /^\d[.,:]\d+$/.test(folded);
}

/** A part that may be a place: a few capitalised words that are no organisation. */
export function looksLikePlace(text: string): boolean {
  const words = text.split(/\s+/);
  if (words.length > 5 || /\d{1,3}(?!\d)/.test(text.replace(/\b\d{4,5}\b/g, '')) || isLegalForm(text)) return false;
  const significant = words.filter((word) => /^\p{L}/u.test(word.replace(/^[(]/, '')));
  if (significant.length === 0 || !/^[(]?\p{Lu}/u.test(words[0]!)) return false;
  const lower = significant.filter((word) => /^\p{Ll}/u.test(word));
  if (lower.some((word) => word.length > 5)) return false;
  // one word after an employer is a place also where it reads like a trade (Mâcon, Chef-Boutonne)
  return employerScore(text) < 1.2 && (words.length === 1 || titleScore(text) < 1);
}

/** A region or country after a city: "CO", "N.L.", "Qro.", "MB". */
export function looksLikeRegion(text: string): boolean {
  return /^\p{Lu}{2,3}$|^(?:\p{Lu}\.){1,3}$|^\p{Lu}\p{L}{1,4}\.$/u.test(text) && !isLegalForm(text);
}

function indexOfWord(text: string, phrase: string): number {
  for (let from = 0; ; ) {
    const index = text.indexOf(phrase, from);
    if (index < 0) return -1;
    const before = text[index - 1] ?? ' ';
    const after = text[index + phrase.length] ?? ' ';
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return index;
    from = index + 1;
  }
}
