/**
 * Blind mode: what people look like to an actor whose role sees no names. Every answer about a person is masked here, on
 * its way out and with that person's own data: name, contact, address, links and file name go, experience, skills,
 * languages and the country stay, and free text and quotes keep their length.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../platform/errors.ts';
import type { CandidateRow, CvRow } from './Cv.ts';
import { blacken, personFinder } from './maskPerson.ts';
import type { Range } from './maskPerson.ts';
import type { Evidence, Profile, Span } from './profile.ts';

export interface BlindPerson {
  /** in place of the name; the same for one person wherever it stands */
  name: string;
  /** a text of the CV, or one made of it */
  text<T extends string | null>(text: T): T;
  profile(profile: Profile): Profile;
  /** without what shows nothing but who it is */
  evidence(evidence: Evidence[]): Evidence[];
  /** every text in a JSON value; ids, codes and dates stay, a quote also loses what stands at the place of contact data */
  value<T>(value: T): T;
}

type Known = Pick<CandidateRow, 'displayName'> & { profiles: readonly (Profile | Pick<Profile, 'basics'> | null)[]; evidence: readonly Evidence[] | null };

/** @param id the candidate's. @param known what was read of the person, of all CVs that the answer draws on */
export function blindPerson(id: string, { displayName, profiles, evidence: stored }: Known): BlindPerson {
  const find = personFinder({ names: displayName === null ? [] : [displayName], basics: profiles.flatMap((profile) => profile?.basics ?? []) });
  const places = (stored ?? []).filter(({ pointer }) => isHidden(pointer)).flatMap(({ spans }) => spans);
  const text = <T extends string | null>(value: T): T => (value === null ? value : (blacken(value, find(value)) as T));
  const span = ({ start, quote, ...rest }: Span): Span => ({ ...rest, start, quote: blacken(quote, [...find(quote), ...within(places, start)]) });
  const value = <T>(given: T): T => mask(given, text, span) as T;
  const name = blindName(id);
  return {
    name, text, value,
    profile: ({ basics, ...rest }) => ({
      ...value(rest),
      basics: {
        name,
        ...(basics.label !== undefined && { label: text(basics.label) }),
        ...(basics.summary !== undefined && { summary: text(basics.summary) }),
        ...(basics.location?.countryCode !== undefined && { location: { countryCode: basics.location.countryCode } }),
      },
    }),
    evidence: (evidence) => evidence.filter(({ pointer }) => !isHidden(pointer)).map((item) => ({ ...item, spans: item.spans.map(span) })),
  };
}

/** Says nothing of the person; two of a workspace have the same one once in a thousand million pairs. */
export function blindName(candidateId: string): string {
  return `Candidate ${createHash('sha256').update(`blind ${candidateId.toLowerCase()}`).digest().toString('hex').slice(0, 8).toUpperCase()}`;
}

/** Of the file name only the kind of file stays. */
export function blindFileName(fileName: string): string {
  const kind = /\.(pdf|docx|odt|rtf|html|htm|md|txt)$/i.exec(fileName)?.[1];
  return kind === undefined ? 'cv' : `cv.${kind.toLowerCase()}`;
}

export function blindCvSummary<T extends Pick<CvRow, 'fileName' | 'externalId'>>(summary: T): T {
  return { ...summary, fileName: blindFileName(summary.fileName), externalId: null };
}

export function blindMode(what: string): AppError {
  return new AppError('blind_mode', `${what} would show who the person is, and your role works without names. Ask somebody whose role shows names.`);
}

/** Also the place: it quotes the address. */
function isHidden(pointer: string): boolean {
  return pointer.startsWith('/basics') && !/^\/basics\/(?:label|summary)$/.test(pointer);
}

/** Ranges of the CV's text as ranges of a quote that starts at `offset`. */
function within(places: readonly Range[], offset: number): Range[] {
  return places.map(({ start, end }) => ({ start: start - offset, end: end - offset }));
}

/** `label` is what a job asks for, in its own words. */
const plain = new Set(['id', 'label', 'code', 'criterion', 'polarity', 'status', 'countryCode', 'category', 'cefr', 'pointer', 'sources', 'startDate', 'endDate', 'date', 'asOf', 'lastUsed', 'currentWork']);

function mask(value: unknown, text: (value: string) => string, span: (value: Span) => Span): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => mask(part, text, span));
  if (isSpan(value)) return span(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain.has(key) || key.endsWith('Id') || key.endsWith('Ids') ? part : mask(part, text, span)]));
}

function isSpan(value: object): value is Span {
  return 'quote' in value && typeof value.quote === 'string' && 'start' in value && typeof value.start === 'number';
}
