import type { CvLine } from './cvLines.ts';
import { datedEntries, type DatedEntry } from './entries.ts';
import { found, stated, type Found } from './found.ts';
import type { Passage } from './passage.ts';
import { assignRoles, splitPlace } from './roles.ts';
import { runningEntries, type RunningKinds } from './runningEntries.ts';
import { employerScore, titleScore } from './termScores.ts';

export interface WorkEntry {
  position: Found | null;
  employer: Found | null;
  location: Found | null;
  startDate: Found | null;
  endDate: Found | null;
  /** runs until "present" */
  current: Found | null;
  summary: Found | null;
  highlights: Found[];
  /** everything the entry says, for skills */
  passages: Passage[];
}

const running: RunningKinds = { what: titleScore, where: employerScore, least: 2, whatLabel: 'position', whereLabel: 'employer', unnamed: false };

export function findWork(lines: readonly CvLine[], allLines: readonly CvLine[]): WorkEntry[] {
  const laidOut = lines.some((line) => line.virtual) ? [] : datedEntries(lines, allLines);
  const entries = laidOut.length > 0 ? laidOut : runningEntries(lines, running);
  const roles = assignRoles(entries, { what: titleScore, where: employerScore });
  const work = entries.map((entry, index) => {
    const role = roles[index]!;
    const position = entry.labelled.get('position') ?? role.what;
    const where = entry.labelled.get('employer') ?? role.where;
    const labelled = entry.labelled.size > 0;
    const certainty = entry.certainty ?? (labelled ? 0.9 : role.certainty);
    const { name, place } = where ? splitPlace(where) : { name: null, place: null };
    const location = entry.labelled.get('place') ?? place ?? null;
    return {
      position: position ? stated(position, confidenceOf(certainty, entry)) : null,
      employer: name ? stated(name, confidenceOf(certainty, entry) - (place ? 0 : 0.05)) : null,
      location: location ? stated(location, 0.75) : null,
      ...datesOf(entry),
      ...bodyOf(entry),
      passages: [position, where, ...entry.body.map((paragraph) => paragraph.passage)].filter((passage): passage is Passage => passage !== null && passage !== undefined),
    };
  });
  return inheritEmployers(work).filter((entry) => entry.position || entry.employer);
}

export function datesOf(entry: DatedEntry): { startDate: Found | null; endDate: Found | null; current: Found | null } {
  if (!entry.period) return { startDate: null, endDate: null, current: null };
  const { value, passage } = entry.period;
  const confidence = value.single ? 0.7 : 0.95;
  const cut = (span: [number, number] | null): Passage => {
    if (!span) return passage;
    const from = span[0] - value.start;
    const to = span[1] - value.start;
    const inside = subPassage(passage, from, to);
    return inside.text === '' ? passage : inside;
  };
  return {
    startDate: value.from ? found(value.from, cut(value.fromSpan), confidence) : null,
    endDate: value.to ? found(value.to, cut(value.toSpan), confidence) : null,
    current: value.current ? found('present', cut(value.toSpan), confidence) : null,
  };
}

function subPassage(passage: Passage, from: number, to: number): Passage {
  const segments = passage.segments
    .map((segment) => {
      const first = Math.max(segment.at, from);
      const last = Math.min(segment.at + segment.length, to);
      return { at: first - from, start: segment.start + first - segment.at, length: last - first };
    })
    .filter((segment) => segment.length > 0);
  return { text: passage.text.slice(from, to), segments };
}

function bodyOf(entry: DatedEntry): { summary: Found | null; highlights: Found[] } {
  const onlyParagraph = entry.body.length === 1 && !entry.body[0]!.listItem && entry.body[0]!.passage.text.length > 160;
  if (onlyParagraph) return { summary: stated(entry.body[0]!.passage, 0.8), highlights: [] };
  return { summary: null, highlights: entry.body.map((paragraph) => stated(paragraph.passage, paragraph.listItem ? 0.9 : 0.75)) };
}

const confidenceOf = (certainty: number, entry: DatedEntry): number => Math.min(0.96, 0.55 + certainty * 0.4 - (entry.period ? 0 : 0.1));

/**
 * Several positions at one employer: the employer is printed once, above the positions, with or without the whole period.
 */
function inheritEmployers(entries: WorkEntry[]): WorkEntry[] {
  const result: WorkEntry[] = [];
  let group: WorkEntry | null = null;
  entries.forEach((entry, index) => {
    const next = entries[index + 1];
    const isGroup = entry.employer && !entry.position && entry.highlights.length === 0 && !entry.summary && next && !next.employer && contains(entry, next);
    if (isGroup) {
      group = entry;
      return;
    }
    if (!entry.employer && entry.position) {
      const source: WorkEntry | undefined = group && contains(group, entry) ? group : result.at(-1);
      if (source?.employer) result.push({ ...entry, employer: { ...source.employer, confidence: source.employer.confidence - 0.1 }, location: entry.location ?? source.location });
      else result.push(entry);
      return;
    }
    group = null;
    result.push(entry);
  });
  return result;
}

function contains(outer: WorkEntry, inner: WorkEntry): boolean {
  const from = outer.startDate?.value ?? '';
  const start = inner.startDate?.value ?? '9999';
  const year = (date: string): string => date.slice(0, 4);
  const to = outer.endDate?.value ?? '9999';
  return year(start) >= year(from) && year(inner.endDate?.value ?? start) <= year(to);
}
