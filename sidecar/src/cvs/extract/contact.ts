/** Who it is and how to reach them: from the header, contact and personal blocks, e-mail and phone from anywhere else. */
import type { CvLine } from './cvLines.ts';
import { found, stated, type Found } from './found.ts';
import { fold, squash } from './fold.ts';
import { findLocation, type Location } from './location.ts';
import { findName } from './name.ts';
import { part, passageOf, type Passage } from './passage.ts';
import { findPhones } from './phones.ts';
import type { Section } from './sections.ts';
import { titleScore } from './termScores.ts';
import { documentTitles, labels, networks } from './vocabulary.ts';

export interface Contact {
  name: Found | null;
  label: Found | null;
  emails: Found[];
  phones: Found[];
  location: Location;
  url: Found | null;
  profiles: { network: string; username: string | null; url: Found }[];
}

/** Addresses and links of one CV that are kept. */
const maxMatches = 20;
// bounded: the lengths of RFC 5321 and 1035 limit what is tried from one place to 64 + 9 · 64 characters
const email = /[\p{L}\p{N}][\p{L}\p{N}._%+'-]{0,63}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,8}\.\p{L}{2,24}/gu;
const link = /(?:https?:\/\/|www\.)[^\s|•·,;<>()]+|(?<![@\p{L}\p{N}.-])(?:[\p{L}\p{N}-]{1,63}\.){1,8}(?:com|org|net|io|dev|me|eu|fr|de|es|it|pt|nl|be|ch|at|uk|br)\/[^\s|•·,;<>()]+/giu;

export function findContact(sections: readonly Section[], language: string): Contact {
  const near = sections.filter((section) => ['header', 'contact', 'personal'].includes(section.kind)).flatMap((section) => section.lines);
  const everywhere = sections.filter((section) => section.kind !== 'references').flatMap((section) => [...section.heading, ...section.lines]);
  const emails = matches(near, email).length > 0 ? matches(near, email) : matches(everywhere, email);
  const urls = matches(joinedUrls(near), link);
  const name = findName(near, everywhere, emails[0]?.text ?? null);
  const location = findLocation(near, new Set(sections.filter((section) => section.kind === 'contact').flatMap((section) => section.lines)), name?.passage ?? null, language, near.map((line) => line.text).join('\n'));
  const phones = findPhones(near, everywhere, location.countryCode?.value ?? null, language);
  return {
    name,
    label: name ? findLabel(near, name, location) : null,
    emails: emails.map((passage) => stated(passage, matches(near, email).length > 0 ? 0.98 : 0.85)),
    phones,
    location,
    ...linksOf(urls),
  };
}

function matches(lines: readonly Pick<CvLine, 'text' | 'start'>[], pattern: RegExp): Passage[] {
  const all = lines.flatMap((line) => {
    const passage = passageOf([line]);
    return [...passage.text.matchAll(pattern)].map((match) => part(passage, match.index, match.index + match[0].length, /[\s,;.]/));
  });
  const seen = new Set<string>();
  return all.filter(({ text }) => !seen.has(fold(text)) && seen.add(fold(text)) && seen.size <= maxMatches);
}

/** A URL broken after a slash at the end of a narrow line goes on in the next. */
function joinedUrls(lines: readonly CvLine[]): CvLine[] {
  return lines.filter((line, index) => !(index > 0 && endsInUrl(lines[index - 1]!.text) && /^[\w-]+$/.test(line.text)));
}

const endsInUrl = (text: string): boolean => text.endsWith('/') && /https?:\/\/\S/.test(text.slice(text.search(/(?<!\S)\S+$/)));

function linksOf(urls: Passage[]): Pick<Contact, 'url' | 'profiles'> {
  const profiles: Contact['profiles'] = [];
  let url: Found | null = null;
  for (const passage of urls) {
    const full = /^https?:/i.test(passage.text) ? passage.text : `https://${passage.text}`;
    const host = hostOf(full);
    const network = host === null ? undefined : [...networks].find(([domain]) => host === domain || host.endsWith(`.${domain}`))?.[1];
    if (network) profiles.push({ network, username: full.split('/').filter(Boolean).at(-1) ?? null, url: found(full, passage, 0.95) });
    else if (host !== null && url === null) url = found(full, passage, 0.85);
    else if (host !== null) profiles.push({ network: host, username: null, url: found(full, passage, 0.8) });
  }
  return { url, profiles };
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : null;
}

/** The headline: a short line by the name that is no contact datum, or the one that reads like a job title. */
function findLabel(near: readonly CvLine[], name: Found, location: Location): Found | null {
  const nameEnd = Math.max(...name.passage.segments.map((segment) => segment.start + segment.length));
  const nameIndex = near.findIndex((line) => line.end >= nameEnd && line.start < nameEnd);
  const nameLine = near[nameIndex];
  const used = new Set([...name.passage.segments, ...(location.city?.passage.segments ?? [])].map((segment) => segment.start));
  const candidates = near.flatMap((line, index) => {
    if (line.text.length > 120 || line.text.length < 3 || !/\p{L}{3}/u.test(line.text) || isDatum(line.text) || [...used].some((start) => start >= line.start && start < line.end)) return [];
    if (documentTitles.has(squash(line.text)) || labels.has(squash(line.text)) || squash(line.text) === squash(name.value)) return [];
    const before = near[index - 1];
    if (before && before.row === line.row && labels.has(squash(before.text))) return [];
    const score = (index === nameIndex + 1 ? 2 : index === nameIndex + 2 ? 0.8 : 0) + Math.min(2.5, titleScore(line.text)) + (line.bold ? 0.5 : 0) + ((line.fontSize ?? 0) > bodySize(near) + 0.5 ? 1 : 0) - (/[.!]$/.test(line.text) ? 2 : 0) - (line.listItem ? 1 : 0) - (nameLine && index < nameIndex ? 1 : 0);
    return [{ line, index, score }];
  });
  const best = candidates.sort((a, b) => b.score - a.score || a.index - b.index)[0];
  if (!best || best.score < 2) return null;
  const lines = [best.line];
  // a headline may be wrapped
  for (let next = near[best.index + 1]; next && lines.length < 3; next = near[next.index - near[0]!.index + 1]) {
    const goesOn = /[|/&,·–-]$/.test(lines.at(-1)!.text) && !isDatum(next.text) && next.fontSize === best.line.fontSize && next.bold === best.line.bold;
    if (!goesOn) break;
    lines.push(next);
  }
  return stated(part(passageOf(lines), 0, Infinity, /[\s]/), Math.min(0.95, 0.55 + best.score * 0.08));
}

const bodySize = (lines: readonly CvLine[]): number => {
  const sizes = lines.map((line) => line.fontSize ?? 0).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
};

/** Contact or personal data, never a headline. */
function isDatum(text: string): boolean {
  if (/@|https?:|www\.|\d{4,}|\+\d/.test(text)) return true;
  const folded = fold(text);
  for (const [label, kinds] of labels) {
    if (kinds.some((kind) => kind === 'private' || kind === 'other' || kind === 'address' || kind === 'phone') && label.length >= 4 && squash(folded).startsWith(label)) return true;
  }
  return /\b\d{1,3}\s*(?:ans|anni|anos|años|jahre|jaar|years)\b/.test(folded);
}
