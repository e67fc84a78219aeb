import type { SupportedLanguage } from '../../language/types.ts';
import { anyOf, firstOf, hasAny } from './foldText.ts';
import { vocabularies } from './vocabulary/index.ts';
import type { JobVocabulary } from './vocabulary/index.ts';

/** `open`: under no heading we know (introductions, running text). */
export type SectionKind = 'must' | 'nice' | 'neutral' | 'open';

/** A stretch of the advertisement that asks for one thing, or for a list of things of the same importance. */
export interface Clause {
  start: number;
  end: number;
  section: SectionKind;
  /** set by words of the clause itself ("ideally", "required"); null where only the section speaks */
  stated: 'must' | 'nice' | null;
  bullet: boolean;
}

interface Line {
  start: number;
  end: number;
  bullet: boolean;
  blankBefore: boolean;
}

/**
 * Cuts an advertisement into clauses and tells of each in which section it stands. Headings are recognised in all seven
 * languages at once (advertisements mix them); importance words only in the text's own language and English.
 * @param folded foldKeepingLength(text)
 */
export function readClauses(text: string, folded: string, language: SupportedLanguage): Clause[] {
  const lines = joinWrappedLines(text, readLines(text));
  const clauses: Clause[] = [];
  let section: SectionKind = 'open';
  let sawBullets = false;
  lines.forEach((line, i) => {
    const heading = line.bullet ? null : headingOf(folded, line, lines[i + 1]);
    if (heading) {
      section = heading.kind;
      sawBullets = false;
      if (heading.rest < line.end) {
        clauses.push(...cut(text, folded, { ...line, start: heading.rest }, section, language));
        if (!heading.opensList) section = 'open';
      }
      if (heading.before) clauses.push(...cut(text, folded, { ...line, end: heading.before }, 'open', language));
      return;
    }
    // A paragraph after the bullets of a section is no longer part of it, unless it says so itself.
    if (!line.bullet && line.blankBefore && sawBullets) [section, sawBullets] = ['open', false];
    if (line.bullet) sawBullets = true;
    const own = line.bullet ? null : openingKind(folded, line);
    clauses.push(...cut(text, folded, line, own ?? section, language));
  });
  return clauses;
}

function readLines(text: string): Line[] {
  const lines: Line[] = [];
  let blankBefore = true;
  for (const match of text.matchAll(/[^\n\r]+/g)) {
    const bullet = /^\s*(?:[-–—•*·▪◦►▸✓✔○●‣➢⁃■□]|\d{1,2}[.)])\s+/.exec(match[0]);
    const start = match.index + (bullet?.[0].length ?? match[0].length - match[0].trimStart().length);
    const end = match.index + match[0].trimEnd().length;
    const gap = text.slice(lines.at(-1)?.end ?? 0, match.index);
    blankBefore = lines.length === 0 || (gap.match(/\n/g)?.length ?? 0) > 1;
    if (end > start) lines.push({ start, end, bullet: bullet !== null, blankBefore });
  }
  return lines;
}

/** Hard-wrapped text: a long line without a closing sign goes on in the next, which begins in lower case. */
function joinWrappedLines(text: string, lines: Line[]): Line[] {
  const joined: Line[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    const continues = last && !line.bullet && !line.blankBefore && last.end - last.start >= 50 && !/[.:;!?]$/.test(text.slice(last.start, last.end)) && /^\p{Ll}/u.test(text.slice(line.start));
    if (continues) last.end = line.end;
    else joined.push({ ...line });
  }
  return joined;
}

interface Heading {
  kind: SectionKind;
  /** where the content begins, when it stands on the heading's own line ("Required: …") */
  rest: number;
  /** end of running text that precedes the heading on its line */
  before?: number;
  opensList: boolean;
}

function headingOf(folded: string, line: Line, next: Line | undefined): Heading | null {
  const content = folded.slice(line.start, line.end);
  if (content.endsWith(':') || content.endsWith(' :')) {
    // "… bis zur Abnahme. Was wir erwarten:" — only the last sentence is the heading.
    const sentence = /[.!?]\s+(?=[^\s.!?][^.!?]*$)/.exec(content);
    const from = sentence ? sentence.index + sentence[0].length : 0;
    const kind = kindOf(content.slice(from), 0) ?? 'open';
    return { kind, rest: line.end, opensList: true, ...(from > 0 ? { before: line.start + from } : {}) };
  }
  const inline = /^([^:.]{3,45}?)\s?:\s+(?=\S)/.exec(content);
  if (inline) {
    const kind = kindOf(inline[1]!, 0.4);
    if (kind) return { kind, rest: line.start + inline[0].length, opensList: next?.bullet === true };
  }
  const words = content.split(/\s+/).length;
  if (words > 9 || content.length > 80 || /[.,;]$/.test(content)) return null;
  const standsAlone = line.blankBefore || next?.bullet === true;
  const kind = standsAlone ? kindOf(content, words > 5 ? 0.2 : 0.35) : kindOf(content, 0.7);
  if (kind) return { kind, rest: line.end, opensList: true };
  // An unknown heading over a list still ends the section before it.
  return line.blankBefore && next?.bullet === true && !next.blankBefore && words <= 7 ? { kind: 'open', rest: line.end, opensList: true } : null;
}

/** "Nous offrons un contrat …", "Ci farebbe piacere anche se …": a paragraph that opens like a heading. */
function openingKind(folded: string, line: Line): SectionKind | null {
  const opening = folded.slice(line.start, Math.min(line.end, line.start + 40));
  for (const kind of ['nice', 'neutral'] as const) {
    for (const vocabulary of Object.values(vocabularies)) {
      const match = firstOf(opening, headings(vocabulary, kind));
      if (match && match.start === 0 && match.end >= 8) return kind;
    }
  }
  return null;
}

const headings = (vocabulary: JobVocabulary, kind: 'must' | 'nice' | 'neutral') => vocabulary[`${kind}Headings`];

/** Nice beats must ("preferred qualifications"); between the others the longer match decides. */
function kindOf(heading: string, leastShare: number): SectionKind | null {
  const covered = { must: 0, nice: 0, neutral: 0 };
  for (const vocabulary of Object.values(vocabularies)) {
    for (const kind of ['must', 'nice', 'neutral'] as const) {
      for (const match of heading.matchAll(anyOf(headings(vocabulary, kind)))) covered[kind] = Math.max(covered[kind], match[0].length);
    }
  }
  const least = Math.max(3, leastShare * heading.length);
  const enough = (kind: keyof typeof covered) => covered[kind] >= least || (covered[kind] >= 4 && leastShare === 0);
  if (enough('nice') && covered.nice >= covered.neutral) return 'nice';
  if (enough('must') && covered.must >= covered.neutral) return 'must';
  if (enough('neutral')) return 'neutral';
  return covered.nice >= 4 && covered.must >= 4 ? 'nice' : null;
}

function cut(text: string, folded: string, line: Line, section: SectionKind, language: SupportedLanguage): Clause[] {
  return sentences(text, line).flatMap((sentence) => byImportance(folded, sentence, section, language, line.bullet));
}

function sentences(text: string, line: { start: number; end: number }): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  let start = line.start;
  for (const match of text.slice(line.start, line.end).matchAll(/(?<=[\p{L}\p{N})%]{2}[.!?])\s+(?=[\p{Lu}¿¡])/gu)) {
    parts.push({ start, end: line.start + match.index });
    start = line.start + match.index + match[0].length;
  }
  parts.push({ start, end: line.end });
  return parts.filter((part) => part.end > part.start);
}

/** "SolidWorks, idealerweise auch Ansys": what follows the comma before a weakening word is nice to have. */
function byImportance(folded: string, sentence: { start: number; end: number }, section: SectionKind, language: SupportedLanguage, bullet: boolean): Clause[] {
  const content = folded.slice(sentence.start, sentence.end);
  const nice = firstOf(content, niceWords(language));
  if (nice && section !== 'nice') {
    const comma = Math.max(...[',', ';', '(', ' – ', ' - '].map((sign) => content.lastIndexOf(sign, nice.start)));
    const behind = content.slice(nice.end).trim().length;
    const head = content.slice(0, Math.max(comma, 0)).trim();
    // A remark weakens only itself ("…, ideally Ansys"; "…; German is a plus"); without a verb it closes a list and
    // weakens all of it ("Python, Java und Docker von Vorteil").
    const own = content.slice(comma + 1, nice.start);
    if (comma > 0 && head.length >= 8 && (behind >= 3 || content[comma] === ';' || ownVerb.test(own))) {
      const middle = sentence.start + comma;
      return [
        { start: sentence.start, end: middle, section, stated: hasAny(head, mustWords(language)) ? 'must' : null, bullet },
        { start: middle + 1, end: sentence.end, section, stated: 'nice', bullet },
      ];
    }
    return [{ ...sentence, section, stated: 'nice', bullet }];
  }
  return [{ ...sentence, section, stated: hasAny(content, mustWords(language)) && !nice ? 'must' : null, bullet }];
}

/** "English is", "Engels is een", "l'anglais serait": a clause of its own, up to four words before its verb */
const ownVerb = /^\s*(?:[\p{L}'-]+\s+){1,4}?(?:is|are|ist|sind|ware|est|sont|serait|es|son|e|sono|sao|zijn|would be|sera)(?:\s+(?:an?|ein|een|un))?\s*$/u;

const niceWords = (language: SupportedLanguage) => [...vocabularies[language].niceWords, ...vocabularies.en.niceWords];
const mustWords = (language: SupportedLanguage) => [...vocabularies[language].mustWords, ...vocabularies.en.mustWords];
