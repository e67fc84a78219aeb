/** Parts → the extraction: JSON Resume profile with stable entry ids, evidence by JSON Pointer, facts for the matcher. */
import { createHash } from 'node:crypto';
import type { ReadDocument } from '../../documents/Document.ts';
import { findSkills, linkOccupation, linkSkill, skillLabel } from '../../language/taxonomy.ts';
import type { CvFacts, Extraction, Profile, Span } from '../profile.ts';
import { highestLevel } from './education.ts';
import { lastMonth, monthsOf, type Stretch } from './experience.ts';
import type { CvParts } from './extractCv.ts';
import type { Found } from './found.ts';
import { fold } from './fold.ts';
import { part, rangesOf, type Passage } from './passage.ts';
import type { WorkEntry } from './work.ts';

/** Below it a skill name is not taken for the taxonomy's concept. */
const linkThreshold = 0.8;

export function assemble(parts: CvParts, document: ReadDocument, warnings: Extraction['warnings'], receivedAt?: string): Extraction {
  const spansOf = spanReader(document);
  const evidence: Extraction['evidence'] = [];
  const take = (pointer: string, value: Found | null | undefined): string | undefined => {
    if (!value) return undefined;
    evidence.push({ pointer, spans: spansOf(value.passage), origin: value.origin, confidence: round(value.confidence) });
    return value.value;
  };
  const ids = idMaker();
  const workIds = parts.work.map((entry) => ids('w', entry.position, entry.employer, entry.startDate, entry.endDate));
  const profile = profileOf(parts, workIds, ids, take);
  const asOf = asOfDate(parts, document, receivedAt);
  return { language: parts.language, profile, evidence, facts: factsOf(parts, profile, workIds, asOf, spansOf), warnings };
}

type Take = (pointer: string, value: Found | null | undefined) => string | undefined;

function profileOf(parts: CvParts, workIds: string[], ids: ReturnType<typeof idMaker>, take: Take): Profile {
  const { contact } = parts;
  const location = compact({
    address: take('/basics/location/address', contact.location.address),
    postalCode: take('/basics/location/postalCode', contact.location.postalCode),
    city: take('/basics/location/city', contact.location.city),
    region: take('/basics/location/region', contact.location.region),
    countryCode: take('/basics/location/countryCode', contact.location.countryCode),
  });
  const profiles = contact.profiles.map((each, index) =>
    compact({ id: ids('p', each.url), network: each.network, username: each.username ?? undefined, url: take(`/basics/profiles/${index}/url`, each.url)! }),
  );
  return {
    basics: compact({
      name: take('/basics/name', contact.name),
      label: take('/basics/label', contact.label),
      email: take('/basics/email', contact.emails[0]),
      phone: take('/basics/phone', contact.phones[0]),
      url: take('/basics/url', contact.url),
      summary: take('/basics/summary', parts.summary),
      location: Object.keys(location).length > 0 ? location : undefined,
      profiles: profiles.length > 0 ? profiles : undefined,
    }),
    work: parts.work.map((entry, index) =>
      compact({
        id: workIds[index]!,
        name: take(`/work/${index}/name`, entry.employer),
        position: take(`/work/${index}/position`, entry.position),
        location: take(`/work/${index}/location`, entry.location),
        startDate: take(`/work/${index}/startDate`, entry.startDate),
        endDate: take(`/work/${index}/endDate`, entry.endDate),
        summary: take(`/work/${index}/summary`, entry.summary),
        highlights: entry.highlights.length > 0 ? entry.highlights.map((highlight, at) => take(`/work/${index}/highlights/${at}`, highlight)!) : undefined,
      }),
    ),
    education: parts.education.map((entry, index) =>
      compact({
        id: ids('e', entry.studyType, entry.area, entry.institution, entry.endDate),
        institution: take(`/education/${index}/institution`, entry.institution),
        area: take(`/education/${index}/area`, entry.area),
        studyType: take(`/education/${index}/studyType`, entry.studyType),
        startDate: take(`/education/${index}/startDate`, entry.startDate),
        endDate: take(`/education/${index}/endDate`, entry.endDate),
        score: take(`/education/${index}/score`, entry.score),
      }),
    ),
    skills: parts.skills.map((item, index) => compact({ id: ids('s', item.name), name: take(`/skills/${index}/name`, item.name)!, keywords: item.category ? [item.category] : undefined })),
    languages: parts.languages.map((item, index) =>
      compact({ id: ids('l', item.language), language: take(`/languages/${index}/language`, item.language)!, fluency: take(`/languages/${index}/fluency`, item.fluency) }),
    ),
    certificates: parts.certificates.map((item, index) =>
      compact({ id: ids('c', item.name, item.date), name: take(`/certificates/${index}/name`, item.name)!, issuer: take(`/certificates/${index}/issuer`, item.issuer), date: take(`/certificates/${index}/date`, item.date) }),
    ),
  };
}

function factsOf(parts: CvParts, profile: Profile, workIds: string[], asOf: string | null, spansOf: (passage: Passage) => Span[]): CvFacts {
  const stretches = parts.work.map(stretchOf);
  const level = highestLevel(parts.education);
  const titles = parts.work.flatMap((entry, index) => {
    if (!entry.position) return [];
    const stretch = stretches[index];
    const link = linkOccupation(entry.position.value, parts.language);
    return [{
      workId: workIds[index]!,
      title: entry.position.value,
      occupationId: link?.id ?? null,
      months: stretch ? monthsOf([stretch], asOf) : null,
      lastUsed: stretch ? lastUsedOf(stretch, asOf) : null,
    }];
  });
  return {
    asOf,
    experienceMonths: monthsOf(stretches.filter((stretch): stretch is Stretch => stretch !== null), asOf),
    currentWork: parts.work.flatMap((entry, index) => (entry.current ? [workIds[index]!] : [])),
    titles: titles.sort((a, b) => (b.lastUsed ?? '').localeCompare(a.lastUsed ?? '')),
    skills: skillFacts(parts, workIds, stretches, asOf, spansOf),
    languages: parts.languages.map((item, index) => ({
      entryId: profile.languages[index]!.id,
      code: item.code,
      cefr: item.cefr?.value ?? null,
      spans: [...spansOf(item.language.passage), ...(item.cefr ? spansOf(item.cefr.passage) : [])],
    })),
    educationLevel: level?.level ?? null,
    educationSpans: (level?.passages ?? []).flatMap(spansOf),
    drivingLicences: parts.licences.map((licence) => ({ category: licence.category, spans: spansOf(licence.passage) })),
  };
}

interface Mention {
  skillId: string | null;
  name: string;
  passage: Passage;
  source: string;
  confidence: number;
  work: number | null;
}

function skillFacts(parts: CvParts, workIds: string[], stretches: (Stretch | null)[], asOf: string | null, spansOf: (passage: Passage) => Span[]): CvFacts['skills'] {
  const bySkill = new Map<string, Mention[]>();
  for (const mention of mentionsOf(parts, workIds)) {
    const key = mention.skillId ?? fold(mention.name);
    bySkill.set(key, [...(bySkill.get(key) ?? []), mention]);
  }
  return [...bySkill.values()].map((mentions) => {
    const used = [...new Set(mentions.flatMap((mention) => (mention.work === null ? [] : [mention.work])))].flatMap((index) => stretches[index] ?? []);
    const first = mentions[0]!;
    return {
      skillId: first.skillId,
      name: first.name,
      sources: [...new Set(mentions.map((mention) => mention.source))],
      months: used.length > 0 ? monthsOf(used, asOf) : null,
      lastUsed: used.length > 0 ? used.map((stretch) => lastUsedOf(stretch, asOf)).sort().at(-1)! : null,
      // independent mentions strengthen each other
      confidence: round(Math.min(0.99, 1 - mentions.slice(0, 3).reduce((product, mention) => product * (1 - mention.confidence), 1))),
      spans: mentions.slice(0, 12).flatMap((mention) => spansOf(mention.passage)),
    };
  });
}

function mentionsOf(parts: CvParts, workIds: string[]): Mention[] {
  const inText = (passage: Passage, source: string, work: number | null, weight: number): Mention[] =>
    findSkills(passage.text, parts.language).map((mention) => ({
      skillId: mention.skillId,
      name: skillLabel(mention.skillId, parts.language),
      passage: part(passage, mention.start, mention.end, /\s/),
      source,
      confidence: mention.confidence * weight,
      work,
    }));
  const listed = parts.skills.flatMap((item): Mention[] => {
    const named = inText(item.name.passage, 'skills', null, item.name.confidence);
    if (named.length > 0) return named;
    const link = linkSkill(item.name.value, parts.language);
    const linked = link !== null && link.confidence >= linkThreshold;
    return [{
      skillId: linked ? link.id : null,
      name: linked ? skillLabel(link.id, parts.language) : item.name.value,
      passage: item.name.passage,
      source: 'skills',
      confidence: item.name.confidence * (linked ? link.confidence : 0.9),
      work: null,
    }];
  });
  const worked = parts.work.flatMap((entry, index) => entry.passages.flatMap((passage) => inText(passage, `work/${workIds[index]!}`, index, 0.9)));
  const elsewhere = parts.elsewhere.flatMap(({ source, passage }) => inText(passage, source, null, 0.8));
  return [...listed, ...worked, ...elsewhere];
}

function stretchOf(entry: WorkEntry): Stretch | null {
  if (!entry.startDate) return null;
  if (entry.current) return { start: entry.startDate.value, end: null };
  return entry.endDate ? { start: entry.startDate.value, end: entry.endDate.value } : null;
}

const lastUsedOf = (stretch: Stretch, asOf: string | null): string => (stretch.end === null ? (asOf ?? stretch.start).slice(0, 7).padEnd(7, '-01') : lastMonth(stretch.end, asOf));

/**
 * What a running job is counted to: the document's own date, else the day it came in, else the latest date it states.
 */
function asOfDate(parts: CvParts, document: ReadDocument, receivedAt: string | undefined): string | null {
  const own = (document.modifiedAt ?? document.createdAt ?? receivedAt)?.slice(0, 10) ?? null;
  const statedDates = [
    ...parts.work.flatMap((entry) => [entry.startDate?.value, entry.endDate?.value]),
    ...parts.education.flatMap((entry) => [entry.startDate?.value, entry.endDate?.value]),
    ...parts.certificates.map((item) => item.date?.value),
  ].filter((date): date is string => date !== undefined && date !== null);
  const latest = statedDates.sort().at(-1) ?? null;
  if (own === null) return latest === null ? null : isoDay(latest);
  return own;
}

const isoDay = (date: string): string => (date.length === 4 ? `${date}-12-31` : date.length === 7 ? `${date}-28` : date);

function spanReader(document: ReadDocument): (passage: Passage) => Span[] {
  return (passage) =>
    rangesOf(passage).map(({ start, end }) => ({
      page: document.pages.find((page) => start >= page.start && start < page.end)?.page ?? 1,
      start,
      end,
      quote: document.text.slice(start, end),
    }));
}

/** Short hashes of what an entry says, so that the same CV gives the same ids; repeated content is numbered. */
function idMaker(): (kind: string, ...values: (Found | null)[]) => string {
  const seen = new Map<string, number>();
  return (kind, ...values) => {
    const content = [kind, ...values.map((value) => value?.value ?? '')].join('\u0001');
    const count = (seen.get(content) ?? 0) + 1;
    seen.set(content, count);
    return kind + createHash('sha256').update(count === 1 ? content : `${content}\u0001${count}`).digest('hex').slice(0, 12);
  };
}

const round = (confidence: number): number => Math.round(Math.min(1, Math.max(0, confidence)) * 1000) / 1000;

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Without the keys that have no value: absent is absent, not null. */
function compact<T extends object>(object: T): Compact<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Compact<T>;
}
