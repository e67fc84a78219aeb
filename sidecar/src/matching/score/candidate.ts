import type { CvFacts, Profile, Span } from '../../cvs/profile.ts';

/**
 * What a score may be made of. Names, contact, address, employers and schools are not in the type, so the scorer cannot
 * read them; a whole `Profile` can be passed. `text` serves to place quotes only.
 */
export interface ScorableCandidate {
  profile: {
    work: Pick<Profile['work'][number], 'id' | 'position' | 'startDate' | 'endDate' | 'summary' | 'highlights'>[];
    education: Pick<Profile['education'][number], 'id' | 'area' | 'studyType'>[];
    skills: Pick<Profile['skills'][number], 'id' | 'name' | 'keywords'>[];
    certificates: Pick<Profile['certificates'][number], 'id' | 'name'>[];
  };
  facts: CvFacts;
  /** the CV's stored text */
  text: string;
  /** spans by JSON Pointer into the profile, as the extraction gives them; without them quotes are searched in the text */
  evidence?: readonly { pointer: string; spans: readonly Span[] }[] | undefined;
  pages?: readonly { page: number; start: number; end: number }[] | undefined;
}

export type CandidateSkill = CvFacts['skills'][number];

/** One stretch of the CV in which a name may be searched. */
export interface Passage {
  where: 'work' | 'skills' | 'certificates' | 'education';
  text: string;
  pointer: string;
  workId: string | null;
}

/** A candidate in canonical order: no result may depend on the order in which the arrays came. */
export interface ReadCandidate {
  facts: CvFacts;
  titles: CvFacts['titles'];
  skills: CandidateSkill[];
  education: ScorableCandidate['profile']['education'];
  passages: Passage[];
  /** false when a work entry has no readable dates: then totals are lower bounds */
  datesComplete: boolean;
  /** spans of a profile value, empty when it cannot be placed */
  quote(pointer: string, value: string | undefined): Span[];
  workIndex(workId: string): number;
}

export function readCandidate({ profile, facts, text, evidence, pages }: ScorableCandidate): ReadCandidate {
  const spansAt = new Map((evidence ?? []).map((entry) => [entry.pointer, entry.spans]));
  const pageOf = (offset: number) => pages?.find((page) => offset >= page.start && offset < page.end)?.page ?? 1;
  const quote = (pointer: string, value: string | undefined): Span[] => {
    const known = spansAt.get(pointer)?.filter((span) => text.slice(span.start, span.end) === span.quote);
    if (known?.length) return [...known].sort((a, b) => a.start - b.start);
    const start = value ? text.indexOf(value) : -1;
    return start < 0 ? [] : [{ page: pageOf(start), start, end: start + value!.length, quote: value! }];
  };
  return {
    facts,
    titles: [...facts.titles].sort((a, b) => compare(b.lastUsed ?? '', a.lastUsed ?? '') || compare(a.title, b.title) || compare(a.workId, b.workId)),
    skills: [...facts.skills].sort((a, b) => compare(a.skillId ?? '~', b.skillId ?? '~') || compare(a.name, b.name)),
    education: [...profile.education].sort((a, b) => compare(a.studyType ?? '', b.studyType ?? '') || compare(a.area ?? '', b.area ?? '') || compare(a.id, b.id)),
    passages: readPassages(profile),
    datesComplete: facts.titles.length > 0 && facts.titles.every((title) => title.months !== null),
    quote,
    workIndex: (workId) => profile.work.findIndex((entry) => entry.id === workId),
  };
}

function readPassages(profile: ScorableCandidate['profile']): Passage[] {
  const passages: Passage[] = [];
  const add = (where: Passage['where'], pointer: string, text: string | undefined, workId: string | null = null) => {
    if (text) passages.push({ where, text, pointer, workId });
  };
  profile.work.forEach((entry, i) => {
    add('work', `/work/${i}/position`, entry.position, entry.id);
    add('work', `/work/${i}/summary`, entry.summary, entry.id);
    entry.highlights?.forEach((highlight, k) => add('work', `/work/${i}/highlights/${k}`, highlight, entry.id));
  });
  profile.skills.forEach((entry, i) => {
    add('skills', `/skills/${i}/name`, entry.name);
    entry.keywords?.forEach((keyword, k) => add('skills', `/skills/${i}/keywords/${k}`, keyword));
  });
  profile.certificates.forEach((entry, i) => add('certificates', `/certificates/${i}/name`, entry.name));
  profile.education.forEach((entry, i) => {
    add('education', `/education/${i}/studyType`, entry.studyType);
    add('education', `/education/${i}/area`, entry.area);
  });
  const rank = { certificates: 0, work: 1, education: 2, skills: 3 };
  return passages.sort((a, b) => rank[a.where] - rank[b.where] || compare(a.text, b.text) || compare(a.pointer, b.pointer));
}

/** By UTF-16 units: the same order on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const round6 = (value: number): number => Math.round(value * 1e6) / 1e6;
export const clamp = (value: number): number => Math.min(1, Math.max(0, value));
export const yearsOf = (months: number): number => Math.round(months / 1.2) / 10;

/** Whole months from one partial date to a later one; 0 when either is missing or the order is reversed. */
export function monthsBetween(from: string | null, to: string | null): number {
  if (!from || !to) return 0;
  const month = (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7) || '12');
  return Math.max(0, month(to) - month(from));
}
