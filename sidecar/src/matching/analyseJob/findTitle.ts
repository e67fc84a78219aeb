import { linkOccupation } from '../../language/taxonomy.ts';
import type { SupportedLanguage } from '../../language/types.ts';
import { seniorities } from '../types.ts';
import type { Seniority } from '../types.ts';
import { anyOf, firstOf, foldKeepingLength, hasAny } from './foldText.ts';
import { minimumYears } from './numbers.ts';
import { vocabularies } from './vocabulary/index.ts';

export interface FoundTitle {
  title: string;
  start: number;
  end: number;
}

/**
 * The job's title: after a label ("Stellenangebot:"), on the first line, or in the sentence that says who is sought.
 * Null when the text names none.
 */
export function findTitle(text: string, folded: string, language: SupportedLanguage): FoundTitle | null {
  return labelled(text, folded) ?? firstLine(text, folded) ?? inSentence(text, folded, language) ?? occupationInText(text, folded, language);
}

/** "Konstrukteur (m/w/d), 80–100 % – Nördlingen" → "Konstrukteur": what the taxonomy and the embedder should see. */
export function bareTitle(title: string): string {
  const bare = title
    .replace(genderTags, ' ')
    .replace(/\((?:[^()]|\([^()]*\))*\)/g, ' ')
    .replace(/\bà?\s*\d{2,3}\s*(?:[-–]\s*\d{2,3}\s*)?%.*$/su, ' ')
    .split(/\s[–—|]\s|\s-\s|,\s|:\s/)[0]!
    .replace(/\s+/g, ' ')
    .trim();
  return bare.length >= 3 ? bare : title.trim();
}

/** Seniority by the words of the title; the highest word wins ("Senior Team Lead" is a lead). */
export function seniorityOf(title: string, language: SupportedLanguage): Seniority | null {
  const folded = foldKeepingLength(title);
  const named = [vocabularies[language], vocabularies.en].flatMap((vocabulary) => vocabulary.seniority.filter((entry) => hasAny(folded, entry.words)));
  const intern = named.find((entry) => entry.level === 'intern');
  if (intern) return 'intern';
  return named.map((entry) => entry.level).sort((a, b) => seniorities.indexOf(b) - seniorities.indexOf(a))[0] ?? null;
}

/** In whichever language the title is. */
export function isTraineeTitle(title: string): boolean {
  const folded = foldKeepingLength(title);
  return Object.values(vocabularies).some((vocabulary) => vocabulary.seniority.some((entry) => entry.level === 'intern' && hasAny(folded, entry.words)));
}

const genderTags = /[([]\s*(?:all genders|[mwfhdxviknz](?:\s*[\/|,.*]\s*[mwfhdxviknz])+)\s*[)\]]|\b[mwfh]\/[mwfhd](?:\/[dx])?\b/giu;

function labelled(text: string, folded: string): FoundTitle | null {
  const labels = Object.values(vocabularies).flatMap((vocabulary) => vocabulary.titleLabels);
  const pattern = new RegExp(`^[ \\t#*]*(?:${labels.join('|')})[ \\t]*[:–][ \\t]*(\\S[^\\n]{2,110})$`, 'mu');
  const match = pattern.exec(folded.slice(0, 600));
  if (!match) return null;
  return trimmed(text, match.index + match[0].length - match[1]!.length, match.index + match[0].length);
}

/** A first line that is a title: short, without the end of a sentence, and not itself the sentence that seeks somebody. */
function firstLine(text: string, folded: string): FoundTitle | null {
  const match = /\S[^\n]*/.exec(text);
  if (!match) return null;
  const line = match[0].trimEnd();
  const words = line.split(/\s+/).length;
  const foldedLine = folded.slice(match.index, match.index + line.length);
  if (words > 14 || line.length > 110 || /[.!?:;]$/.test(line)) return null;
  if (match.index + match[0].length >= text.trimEnd().length) return words <= 8 && !hiringPattern().test(foldedLine) ? trimmed(text, match.index, match.index + line.length) : null;
  if (hiringPattern().test(foldedLine)) return null;
  return trimmed(text, match.index, match.index + line.length);
}

const hiringPattern = () => anyOf(Object.values(vocabularies).flatMap((vocabulary) => vocabulary.hiring));

function inSentence(text: string, folded: string, language: SupportedLanguage): FoundTitle | null {
  const vocabulary = vocabularies[language];
  for (const sources of [vocabulary.hiring, vocabularies.en.hiring]) {
    for (const match of folded.matchAll(anyOf(sources))) {
      // "we zoeken iemand die het team naar een hoger niveau tilt" seeks no "hoger niveau".
      if (hasAny(match[0], vocabulary.notTitles)) continue;
      const from = match.index + match[0].length;
      const rest = folded.slice(from, from + 120);
      const lead = /^[\s:]*(?:(?:an?|eine?n?|une?|einige|experienced|motivated|new|der|die)\s+)*/.exec(rest)![0].length;
      const tail = rest.slice(lead);
      const stop = /[.,;!?\n]|\s[–—-]\s|\(/.exec(tail)?.index ?? tail.length;
      const end = firstOf(tail.slice(0, stop), vocabulary.titleEnds);
      const length = end && end.start > 2 ? end.start : stop;
      const words = tail.slice(0, length).trim();
      if (words.length < 3 || words.split(/\s+/).length > 8) continue;
      if (new RegExp(`^(?:${vocabulary.notTitles.join('|')})\\b`, 'u').test(words)) continue;
      return trimmed(text, from + lead, from + lead + length);
    }
  }
  return null;
}

/**
 * Last resort: an exact name of an occupation, in a sentence that seeks somebody or asks for years of work ("drei Jahre
 * als Konstrukteur"). Other sentences name colleagues and superiors.
 */
function occupationInText(text: string, folded: string, language: SupportedLanguage): FoundTitle | null {
  for (const sentence of text.matchAll(/[^\n.!?]+/g)) {
    const own = folded.slice(sentence.index, sentence.index + sentence[0].length);
    if (!hiringPattern().test(own) && minimumYears(own, language) === null) continue;
    const words = [...sentence[0].matchAll(/[\p{L}][\p{L}\p{M}'’·/*-]*[\p{L}]/gu)];
    for (let size = 4; size >= 1; size--) {
      for (let i = 0; i + size <= words.length; i++) {
        const last = words[i + size - 1]!;
        const start = sentence.index + words[i]!.index;
        const end = sentence.index + last.index + last[0].length;
        const name = text.slice(start, end);
        const bounded = last[0].length > 3 && words[i]![0].length > 3;
        if (bounded && name.length >= 6 && exactOccupation(name, language)) return { title: name, start, end };
      }
    }
  }
  return null;
}

function exactOccupation(name: string, language: SupportedLanguage): boolean {
  return linkOccupation(name, language)?.confidence === 1;
}

function trimmed(text: string, start: number, end: number): FoundTitle | null {
  const raw = text.slice(start, end);
  const from = start + (raw.length - raw.replace(/^[\s#*"„«–-]+/u, '').length);
  const to = end - (raw.length - raw.replace(/(?<![\s*"“»–.,-])[\s*"“»–.,-]+$/u, '').length);
  if (to - from < 2) return null;
  const title = text.slice(from, to).replace(genderTags, '').replace(/\s+/g, ' ').trim();
  return title ? { title, start: from, end: to } : null;
}
