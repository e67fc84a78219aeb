/** Whether a text is a CV: evidence of several kinds, and a person it is about. */
import { findSkills } from '../../language/taxonomy.ts';
import { supportedLanguages } from '../../language/types.ts';
import type { CvLine } from './cvLines.ts';
import { findPeriods } from './dates.ts';
import type { CvParts } from './extractCv.ts';
import { fold, squash } from './fold.ts';
import type { Section } from './sections.ts';
import { titleScore } from './termScores.ts';
import { careerPhrases, documentTitles, labels, otherDocumentPhrases } from './vocabulary.ts';

/** UTF-16 units in which phrases and skills are looked for; they stand early or not at all. */
const readLength = 20_000;

/**
 * Two kinds of evidence of: contact, headings with content, dated periods, skills and job titles, what people say of
 * themselves, a title that says so, entries. One of them must tell of a person, as advertisements name all the rest; and
 * the words of an advertisement or invoice outweigh anything but dated entries. Of other languages than ours only the
 * contact block can be told.
 */
export function isCv(parts: CvParts, sections: readonly Section[], lines: readonly CvLine[]): boolean {
  const reachable = parts.contact.emails.length > 0 || parts.contact.phones.length > 0;
  if (!supportedLanguages.some((language) => language === parts.language)) return reachable;
  const text = lines.map((line) => line.text).join('\n').slice(0, readLength);
  const folded = ` ${fold(text).replace(/[\s]+/g, ' ')} `;
  if (isSourceCode(lines)) return false;

  const entries = [...parts.work.filter((entry) => entry.position ?? entry.employer), ...parts.education.filter((entry) => entry.studyType ?? entry.institution)];
  const dated = entries.filter((entry) => entry.startDate ?? entry.endDate).length;
  const ranges = lines.filter((line) => setsOffPeriod(line.text)).length;
  const name = parts.contact.name;
  const titled = lines.slice(0, 4).some((line) => documentTitles.has(squash(line.text)) || documentTitles.has(squash(line.text.split(/\s+/).at(-1)!)));
  const speaks = count(folded, careerPhrases) >= 2;
  const person = dated > 0 || ranges >= 3 || titled || speaks || (name !== null && name.confidence >= 0.5);
  const headed = knownSections(sections);
  const otherKind = otherDocumentPhrases.some((phrases) => count(folded, phrases) >= 2 + Math.floor(text.length / 6000));
  // An accountant's CV is full of the words of invoices: entries with dates under a CV's headings decide.
  if (otherKind && !(dated >= 2 && headed.size >= 1)) return false;
  if (!person) return false;

  // a first page that holds the contact block alone
  const card = lines.length <= 12 && name !== null && parts.contact.emails.length > 0 && (parts.contact.phones.length > 0 || parts.contact.profiles.length > 0);
  const strong = [card, dated > 0, headed.size >= 2, ranges >= 2, titled, speaks, entries.length >= 2, headed.size > 0 && (name?.confidence ?? 0) >= 0.95].filter(Boolean).length;
  if (strong >= 2) return true;
  return strong === 1 && (reachable || hasTerms(lines, text, parts.language));
}

/** Sections of a CV that hold more than the empty fields of a form. */
function knownSections(sections: readonly Section[]): Set<Section['kind']> {
  const filled = (section: Section): boolean => section.lines.some((line) => !/[:_]$/.test(line.text) && !labels.has(squash(line.text)));
  return new Set(sections.filter((section) => !['header', 'unknown', 'contact', 'personal', 'other'].includes(section.kind) && filled(section)).map((section) => section.kind));
}

/** A period that dates a line, as opposed to one told of in running text. */
function setsOffPeriod(text: string): boolean {
  if (text.length > 130) return false;
  const period = findPeriods(text).find((each) => each.to !== null || each.current);
  return period !== undefined && (period.start <= 2 || text.length - period.end <= 3);
}

function hasTerms(lines: readonly CvLine[], text: string, language: string): boolean {
  if (lines.slice(0, 400).filter((line) => line.text.length < 80 && line.text.split(/,\s/).some((piece) => titleScore(piece) >= 2)).length >= 2) return true;
  return new Set(findSkills(text, language).map((mention) => mention.skillId)).size >= 5;
}

/** How many of the phrases stand in a folded text, as whole words. */
function count(folded: string, phrases: readonly string[]): number {
  const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  return phrases.filter((phrase) => {
    const at = folded.indexOf(phrase);
    return at >= 0 && !isWord(folded[at - 1]) && !isWord(folded[at + phrase.length]);
  }).length;
}

function isSourceCode(lines: readonly CvLine[]): boolean {
  const sample = lines.slice(0, 200);
  const code = sample.filter((line) => /[;{}]$|^(?:import|export|const|let|var|def|class|function|return|#include|package|public|private)\b.*[({;='"]|=>|\)\s*[:{]$/.test(line.text)).length;
  return sample.length >= 3 && code / sample.length > 0.35;
}
