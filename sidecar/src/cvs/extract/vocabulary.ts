/**
 * The words a CV is read by, one data file per language (vocabulary/<language>.json), schema below. Headings, months,
 * "present" and the like are looked up in all languages at once, as CVs mix them; the document's language only breaks ties.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { cefrLevels, educationLevels } from '../profile.ts';
import { supportedLanguages } from '../../language/types.ts';
import { fold, squash } from './fold.ts';

export const sectionKinds = [
  'contact', 'personal', 'summary', 'work', 'education', 'skills', 'languages', 'certificates',
  'projects', 'publications', 'volunteering', 'interests', 'references', 'other',
] as const;
export type SectionKind = (typeof sectionKinds)[number];

/** Field names printed inside an entry or the contact block ("Employer:", "Telefon"). */
export const labelKinds = [
  'name', 'address', 'phone', 'email', 'web', 'private', 'other',
  'period', 'position', 'employer', 'place', 'tasks', 'degree', 'institution', 'area',
] as const;
export type LabelKind = (typeof labelKinds)[number];

/** Documents that name persons, skills or dates as CVs do. */
export const otherDocumentKinds = ['advertisement', 'invoice'] as const;

const words = z.array(z.string().min(1));
const languageFile = z
  .object({
    /** complete heading texts */
    headings: z.record(z.enum(sectionKinds), words),
    /** words that tell the section of a line already styled as a heading */
    headingWords: z.record(z.enum(sectionKinds), words),
    months: z.array(words).length(12),
    seasons: words,
    present: words,
    since: words,
    until: words,
    from: words,
    labels: z.record(z.enum(labelKinds), words),
    titleWords: words,
    employerWords: words,
    schoolWords: words,
    degrees: z.record(z.enum(educationLevels), words),
    honours: words,
    /** between a degree and its field: "Bachelor *of* Science *in* Nursing" */
    areaWords: words,
    native: words,
    cefr: z.record(z.enum(cefrLevels), words),
    /** a line that ends with one of these goes on in the next */
    connectors: words,
    licence: words,
    category: words,
    /** what people say of themselves in a CV, and nobody in an advertisement */
    careerPhrases: words,
    /** what tells other documents of working life from CVs */
    otherDocuments: z.record(z.enum(otherDocumentKinds), words),
  })
  .strict();

const commonFile = z
  .object({
    documentTitles: words,
    legalForms: words,
    networks: z.record(z.string()),
    titleWords: words,
    employerWords: words,
    notLocation: words,
    /** words of document titles, placeholders and streets that are written like names */
    notNames: words,
  })
  .strict();

type LanguageFile = z.infer<typeof languageFile>;

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`./vocabulary/${name}.json`, import.meta.url), 'utf8'));
const common = commonFile.parse(read('common'));
const files = supportedLanguages.map((language) => languageFile.parse(read(language)));

const union = (pick: (file: LanguageFile) => readonly string[]): Set<string> => new Set(files.flatMap(pick).map(fold));

function mapBy<K extends string>(pick: (file: LanguageFile) => Partial<Record<K, readonly string[]>>, key: (word: string) => string): Map<string, K[]> {
  const map = new Map<string, K[]>();
  for (const file of files) {
    for (const [kind, list] of Object.entries(pick(file)) as [K, readonly string[]][]) {
      for (const word of list.map(key)) {
        const kinds = map.get(word) ?? [];
        if (!kinds.includes(kind)) map.set(word, [...kinds, kind]);
      }
    }
  }
  return map;
}

/** Squashed heading → its sections ("Training" is education or certificates). */
export const headings = mapBy<SectionKind>((file) => file.headings, squash);
export const headingWords = mapBy<SectionKind>((file) => file.headingWords, fold);
export const labels = mapBy<LabelKind>((file) => file.labels, squash);
export const documentTitles = new Set(common.documentTitles.map(squash));

export const months = new Map<string, number>(
  files.flatMap((file) => file.months.flatMap((names, index) => names.map((name): [string, number] => [fold(name), index + 1]))),
);
export const seasons = union((file) => file.seasons);
export const presentPhrases = phrases(union((file) => file.present));
export const sincePhrases = phrases(union((file) => file.since));
export const untilPhrases = phrases(union((file) => file.until));
export const fromPhrases = phrases(union((file) => file.from));

export const titleWords = new Set([
  ...union((file) => file.titleWords),
  ...common.titleWords.map(fold),
  ...supportedLanguages.flatMap((language) => z.array(z.string()).parse(read(`titleHeads.${language}`))),
]);
/** German and Dutch join the head to what it governs ("Tourenplaner", "salarisadministrateur"). */
export const titleSuffixes = [
  ...new Set(
    [...files.filter((_, index) => ['de', 'nl'].includes(supportedLanguages[index]!)).flatMap((file) => file.titleWords), ...common.titleWords]
      .map(fold)
      .flatMap((word) => [word, `${word}in`]),
  ),
].filter((word) => word.length >= 5 && !word.includes(' '));
export const employerWords = new Set([...union((file) => file.employerWords), ...common.employerWords.map(fold)]);
export const employerSuffixes = [...employerWords].filter((word) => word.length >= 6);
export const schoolWords = union((file) => file.schoolWords);
export const schoolSuffixes = [...schoolWords].filter((word) => word.length >= 6);
export const legalForms = new Set(common.legalForms.map((form) => fold(form).replace(/[\s.]/g, '')));
export const degrees = mapBy((file) => file.degrees, fold);
export const honours = union((file) => file.honours);
export const areaWords = union((file) => file.areaWords);
export const native = union((file) => file.native);
export const fluency = mapBy((file) => file.cefr, fold);
export const connectors = union((file) => file.connectors);
export const licenceWords = [...union((file) => file.licence)].sort((a, b) => b.length - a.length);
export const categoryWords = union((file) => file.category);
export const careerPhrases = [...union((file) => file.careerPhrases)];
export const otherDocumentPhrases = otherDocumentKinds.map((kind) => [...union((file) => file.otherDocuments[kind] ?? [])]);
export const notNames = new Set(common.notNames.map(fold));
export const networks = new Map(Object.entries(common.networks));

/** Phrases as lists of words, longest first, so that "up to" wins over "to". */
function phrases(set: Set<string>): string[][] {
  return [...set].map((phrase) => phrase.split(/\s+/)).sort((a, b) => b.length - a.length);
}
