/**
 * Field-level precision, recall and F1 of the CV extraction, by language, on the labelled CVs of the data folder.
 *
 * Usage: node scripts/quality-cv.ts [--data DIR] [--set SET] [--slice test|tune] [--file ID] [--errors] [--json]
 *   --data    folder with gold-cvs-dev/, cv-pdfs-dev/ and cv-entities-dev/ (default ../../shared/data from here)
 *   --set     gold, contacts or entities: one of the three only
 *   --slice   which part of cv-entities-dev: test is every document whose SHA-256 of the id leaves 0 modulo 5 (its first
 *             32 bits), tune the others (default test)
 *   --file    one CV only, with its extraction printed
 *   --errors  every missed and every wrong value
 *
 * Values are compared after folding case, accents, white space and edge punctuation; lists as sets of values per CV.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeDocumentWorkers, readDocument } from '../src/documents/readDocument.ts';
import { extractCv } from '../src/cvs/extract/extractCv.ts';
import { fold } from '../src/cvs/extract/fold.ts';
import type { Extraction } from '../src/cvs/profile.ts';
import { bars, holdBars } from './quality/bars.ts';

interface GoldCv {
  id: string;
  lang: string;
  basics: { name: string; label: string; email: string; phone: string; city: string; country: string };
  summary: string;
  work: { position: string; company: string; start: string; end: string | null }[];
  education: { degree: string; field: string; school: string; start: string; end: string }[];
  skills: string[];
  languages: { iso: string; cefr: string }[];
  certificates: { name: string }[];
  driving_licence: string[];
  years_experience_total: number;
}

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const data = option('data') ?? join(import.meta.dirname, '../../../shared/data');
const goldFolder = join(data, 'gold-cvs-dev');
const pdfFolder = join(data, 'cv-pdfs-dev');
const entityFile = join(data, 'cv-entities-dev', 'annotated_cvs.jsonl');
const wants = (set: string): boolean => option('set') === undefined || option('set') === set;
const showErrors = process.argv.includes('--errors') || option('file') !== undefined;

if (![goldFolder, pdfFolder, entityFile].some((path) => existsSync(path))) {
  console.error(`No labelled CVs in ${data}: gold-cvs-dev/, cv-pdfs-dev/ and cv-entities-dev/ are missing. Pass the folder with --data DIR.`);
  process.exit(2);
}

/** `reached`: gold values that a found one holds or is held by, where several may be */
type Count = { right: number; reached?: number; found: number; gold: number };
const scores = new Map<string, Map<string, Count>>();
const result: Record<string, unknown> = {};
const inGold = option('file') === undefined || !option('file')!.endsWith('.xml');
if (wants('gold') && inGold && existsSync(goldFolder)) await scoreGold();
if (wants('contacts') && existsSync(pdfFolder) && option('file') === undefined) await scoreContacts();
if (wants('entities') && existsSync(entityFile) && (option('file') === undefined || !inGold)) await scoreEntities();
if (process.argv.includes('--json')) console.log(JSON.stringify(result, null, 2));
const byLanguage = (result['f1'] ?? {}) as Record<string, { micro?: number }>;
holdBars(Object.entries(byLanguage).filter(([language]) => language !== 'all').map(([language, { micro = 0 }]) => ({ name: `micro-F1 ${language}`, value: micro, bar: bars.cv.microF1PerLanguage })));
await closeDocumentWorkers();

async function scoreGold(): Promise<void> {
  const entryRates = { work: { right: 0, gold: 0 }, education: { right: 0, gold: 0 } };
  let experienceRight = 0;
  let quotesWrong = 0;
  const documents = readFileSync(join(goldFolder, 'gold.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as GoldCv);
  const chosen = documents.filter((gold) => option('file') === undefined || gold.id === option('file'));
  for (const gold of chosen) {
    const file = readdirSync(join(goldFolder, 'cvs')).find((name) => name.replace(/\.\w+$/, '') === gold.id)!;
    const document = await readDocument(readFileSync(join(goldFolder, 'cvs', file)));
    const extraction = extractCv(document);
    if (option('file') !== undefined) console.log(JSON.stringify({ ...extraction, evidence: undefined, facts: { ...extraction.facts, skills: extraction.facts.skills.map((skill) => `${skill.skillId} ${skill.months} ${skill.lastUsed}`) } }, null, 1));
    const spans = [...extraction.evidence.flatMap((each) => each.spans), ...extraction.facts.skills.flatMap((skill) => skill.spans)];
    quotesWrong += spans.filter((span) => document.text.slice(span.start, span.end) !== span.quote || span.quote === '').length;
    for (const [field, values] of Object.entries(goldValues(gold))) compare(gold, field, extractedValues(extraction)[field] ?? [], values);
    const keyOf = (...values: (string | null | undefined)[]): string => values.map((value) => normal(value ?? '')).join('¦');
    const work = new Set(extraction.profile.work.map((entry) => keyOf(entry.position, entry.name, entry.startDate, entry.endDate)));
    const education = new Set(extraction.profile.education.map((entry) => keyOf(entry.studyType, entry.institution, entry.startDate, entry.endDate)));
    entryRates.work.gold += gold.work.length;
    entryRates.work.right += gold.work.filter((entry) => work.has(keyOf(entry.position, entry.company, entry.start, entry.end))).length;
    entryRates.education.gold += gold.education.length;
    entryRates.education.right += gold.education.filter((entry) => education.has(keyOf(entry.degree, entry.school, entry.start, entry.end))).length;
    const years = extraction.facts.experienceMonths / 12;
    if (Math.abs(years - gold.years_experience_total) <= 0.2) experienceRight += 1;
    else if (showErrors) console.log(`${gold.id}\texperience\tfound ${years.toFixed(2)}\tgold ${gold.years_experience_total}`);
  }
  printTable();
  const rate = (each: { right: number; gold: number }): string => `${each.right} of ${each.gold} (${(each.right / each.gold).toFixed(3)})`;
  console.log(`whole entries right (title, organisation, both dates): work ${rate(entryRates.work)}, education ${rate(entryRates.education)}`);
  console.log(`experience within 0.2 years: ${experienceRight} of ${chosen.length}; quotes that are not the text's slice: ${quotesWrong}`);
  Object.assign(result, { entries: entryRates, experienceRight, quotesWrong });
}

function goldValues(gold: GoldCv): Record<string, string[]> {
  return {
    name: [gold.basics.name], email: [gold.basics.email], phone: [digits(gold.basics.phone)], city: [gold.basics.city], country: [gold.basics.country],
    label: [gold.basics.label], summary: gold.summary ? ['present'] : [],
    'work.position': gold.work.map((entry) => entry.position),
    'work.company': gold.work.map((entry) => entry.company),
    'work.start': gold.work.map((entry) => entry.start),
    'work.end': gold.work.map((entry) => entry.end ?? 'present'),
    'education.degree': gold.education.map((entry) => entry.degree),
    'education.field': gold.education.map((entry) => entry.field).filter(Boolean),
    'education.school': gold.education.map((entry) => entry.school),
    'education.dates': gold.education.map((entry) => `${entry.start}/${entry.end}`),
    skills: gold.skills,
    languages: gold.languages.map((each) => `${each.iso} ${each.cefr}`),
    certificates: gold.certificates.map((each) => each.name),
    licence: gold.driving_licence,
  };
}

function extractedValues({ profile, facts }: Extraction): Record<string, string[]> {
  const all = (values: (string | undefined)[]): string[] => values.filter((value): value is string => value !== undefined);
  const { basics } = profile;
  return {
    name: all([basics.name]), email: all([basics.email]), phone: all([basics.phone]).map(digits), city: all([basics.location?.city]), country: all([basics.location?.countryCode]),
    label: all([basics.label]), summary: basics.summary ? ['present'] : [],
    'work.position': all(profile.work.map((entry) => entry.position)),
    'work.company': all(profile.work.map((entry) => entry.name)),
    'work.start': all(profile.work.map((entry) => entry.startDate)),
    'work.end': all(profile.work.map((entry) => (facts.currentWork.includes(entry.id) ? 'present' : entry.endDate))),
    'education.degree': all(profile.education.map((entry) => entry.studyType)),
    'education.field': all(profile.education.map((entry) => entry.area)),
    'education.school': all(profile.education.map((entry) => entry.institution)),
    'education.dates': profile.education.filter((entry) => entry.endDate ?? entry.startDate).map((entry) => `${entry.startDate ?? entry.endDate}/${entry.endDate ?? entry.startDate}`),
    skills: profile.skills.map((skill) => skill.name),
    languages: facts.languages.map((each) => `${each.code} ${each.cefr ?? '-'}`),
    certificates: profile.certificates.map((each) => each.name),
    licence: facts.drivingLicences.map((each) => each.category),
  };
}

/** National or international form: the last eight digits tell. */
function digits(phone: string): string {
  return phone.replace(/\D/g, '').slice(-8);
}

function normal(value: string): string {
  return fold(value).replace(/\s+/g, ' ').replace(/^[\s.,;:–—-]+|[\s.,;:–—-]+$/g, '').replace(/[–—]/g, '-').trim();
}

function compare(gold: GoldCv, field: string, found: string[], wanted: string[]): void {
  const rest = wanted.map(normal);
  const wrong: string[] = [];
  let right = 0;
  for (const value of found.map(normal)) {
    const at = rest.indexOf(value);
    if (at >= 0) {
      right += 1;
      rest.splice(at, 1);
    } else wrong.push(value);
  }
  for (const language of [gold.lang, 'all']) {
    const byField = scores.get(language) ?? new Map<string, Count>();
    scores.set(language, byField);
    for (const key of [field, 'micro']) {
      const count = byField.get(key) ?? { right: 0, found: 0, gold: 0 };
      byField.set(key, { right: count.right + right, found: count.found + found.length, gold: count.gold + wanted.length });
    }
  }
  if (showErrors && (wrong.length > 0 || rest.length > 0)) console.log(`${gold.id}\t${field}\tfound ${JSON.stringify(wrong)}\tgold ${JSON.stringify(rest)}`);
}

function f1(count: Count | undefined): string {
  if (!count || count.found + count.gold === 0) return '  -  ';
  return ((2 * count.right) / (count.found + count.gold)).toFixed(3);
}

function printTable(): void {
  const languages = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'all'].filter((language) => scores.has(language));
  const fields = [...(scores.get('all')?.keys() ?? [])].filter((field) => field !== 'micro');
  console.log(`F1 by field and language (gold-cvs-dev)\n${'field'.padEnd(18)}${languages.map((language) => language.padStart(7)).join('')}   precision  recall`);
  for (const field of [...fields, 'micro']) {
    const all = scores.get('all')!.get(field)!;
    console.log(field.padEnd(18) + languages.map((language) => f1(scores.get(language)!.get(field)).padStart(7)).join('') + `   ${(all.right / Math.max(1, all.found)).toFixed(3)}      ${(all.right / Math.max(1, all.gold)).toFixed(3)}`);
  }
  result.f1 = Object.fromEntries(languages.map((language) => [language, Object.fromEntries([...scores.get(language)!].map(([field, count]) => [field, Number(f1(count)) || null]))]));
}

async function scoreContacts(): Promise<void> {
  const counts: Record<string, { right: number; of: number }> = {};
  for (const line of readFileSync(join(pdfFolder, 'gold_contact.jsonl'), 'utf8').trim().split('\n')) {
    const gold = JSON.parse(line) as { file: string; name?: string; email?: string; phones?: string[]; location?: string };
    const { basics } = extractCv(await readDocument(readFileSync(join(pdfFolder, gold.file)))).profile;
    const place = [basics.location?.city, basics.location?.region].filter(Boolean).join(', ');
    const checks: [string, string | undefined, string | undefined, (a: string, b: string) => boolean][] = [
      ['name', gold.name, basics.name, (a, b) => normal(a) === normal(b)],
      ['email', gold.email, basics.email, (a, b) => normal(a) === normal(b)],
      ['phone', gold.phones?.join(' '), basics.phone, (a, b) => gold.phones!.some((phone) => digits(phone) === digits(b)) || a === b],
      ['location', gold.location, place || undefined, (a, b) => normal(a) === normal(b)],
    ];
    for (const [field, wanted, found, same] of checks) {
      if (wanted === undefined) continue;
      const count = (counts[field] ??= { right: 0, of: 0 });
      count.of += 1;
      if (found !== undefined && same(wanted, found)) count.right += 1;
      else if (showErrors) console.log(`${gold.file}\t${field}\tfound ${found}\tgold ${wanted}`);
    }
  }
  console.log(`cv-pdfs-dev, exact: ${Object.entries(counts).map(([field, count]) => `${field} ${count.right} of ${count.of}`).join(', ')}`);
  result.contacts = counts;
}

interface AnnotatedCv {
  id: string;
  text: string;
  entities: { label: string; text: string }[];
}

/** cv-entities-dev: distinct values per document, equal or (second figure) one within the other at word boundaries. */
async function scoreEntities(): Promise<void> {
  const slice = option('slice') ?? 'test';
  const documents = readFileSync(entityFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as AnnotatedCv);
  const chosen = documents.filter(({ id }) => (option('file') === undefined ? isTestSlice(id) === (slice === 'test') : id === option('file')));
  const fields: [string, string, (extraction: Extraction) => (string | undefined)[]][] = [
    ['name', 'Name', ({ profile }) => [profile.basics.name]],
    ['email', 'Email Address', ({ profile }) => [profile.basics.email]],
    ['title', 'Designation', ({ profile }) => profile.work.map((entry) => entry.position)],
    ['employer', 'Companies worked at', ({ profile }) => profile.work.map((entry) => entry.name)],
    // annotated with or without its field
    ['degree', 'Degree', (extraction) => degreesOf(extraction, cvText, gold)],
    ['school', 'College Name', ({ profile }) => profile.education.map((entry) => entry.institution)],
  ];
  let cvText = '';
  let gold = new Set<string>();
  const exact = new Map<string, Count>();
  const within = new Map<string, Count>();
  let refused = 0;
  for (const cv of chosen) {
    cvText = cv.text;
    gold = new Set(cv.entities.filter((entity) => entity.label === 'Degree').map((entity) => normal(entity.text)));
    const extraction = extractCv(await readDocument(Buffer.from(cv.text)));
    if (option('file') !== undefined) console.log(JSON.stringify({ ...extraction, evidence: undefined, facts: undefined }, null, 1));
    if (extraction.warnings.some((warning) => warning.code === 'not_a_cv')) {
      refused += 1;
      if (showErrors) console.log(`${cv.id}\tnot_a_cv`);
    }
    for (const [field, label, read] of fields) {
      const wanted = distinct(cv.entities.filter((entity) => entity.label === label).map((entity) => entity.text));
      const found = distinct(read(extraction));
      for (const [counts, same] of [[exact, (a: string, b: string) => a === b], [within, holdsOther]] as const) {
        const right = found.filter((value) => wanted.some((other) => same(value, other))).length;
        const reached = wanted.filter((value) => found.some((other) => same(value, other))).length;
        for (const key of [field, 'micro']) {
          const count = counts.get(key) ?? { right: 0, reached: 0, found: 0, gold: 0 };
          counts.set(key, { right: count.right + right, reached: (count.reached ?? 0) + reached, found: count.found + found.length, gold: count.gold + wanted.length });
        }
      }
      const missed = wanted.filter((value) => !found.includes(value));
      const wrong = found.filter((value) => !wanted.includes(value));
      if (showErrors && missed.length + wrong.length > 0) console.log(`${cv.id}\t${field}\tfound ${JSON.stringify(wrong)}\tgold ${JSON.stringify(missed)}`);
    }
  }
  console.log(`cv-entities-dev, ${slice} slice, ${chosen.length} CVs, ${refused} refused as no CV; precision / recall / F1\n${'field'.padEnd(12)}exact                  one within the other`);
  for (const field of exact.keys()) console.log(field.padEnd(12) + rates(exact.get(field)!).padEnd(23) + rates(within.get(field)!));
  result.entities = { slice, documents: chosen.length, refused, exact: Object.fromEntries(exact), within: Object.fromEntries(within) };
}

function isTestSlice(id: string): boolean {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % 5 === 0;
}

/** The degree, or degree and field as they stand in the text where the annotation has them so. */
function degreesOf({ profile, evidence }: Extraction, text: string, gold: ReadonlySet<string>): (string | undefined)[] {
  const spanOf = (pointer: string): { start: number; end: number } | undefined => evidence.find((each) => each.pointer === pointer)?.spans[0];
  return profile.education.map((entry, index) => {
    const [degree, area] = [spanOf(`/education/${index}/studyType`), spanOf(`/education/${index}/area`)];
    const whole = degree && area ? text.slice(degree.start, area.end) : undefined;
    return [whole, `${whole})`].find((each) => each !== undefined && gold.has(normal(each))) ?? entry.studyType;
  });
}

function distinct(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value): value is string => value !== undefined).map(normal))].filter(Boolean);
}

function holdsOther(a: string, b: string): boolean {
  return ` ${a.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `.includes(` ${b.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `) || ` ${b.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `.includes(` ${a.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `);
}

function rates({ right, reached, found, gold }: Count): string {
  const precision = right / Math.max(1, found);
  const recall = (reached ?? right) / Math.max(1, gold);
  return [precision, recall, precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)].map((rate) => rate.toFixed(3)).join(' ');
}
