/** Lines → sections, by heading vocabulary (all languages) and by the style that the document's headings share. */
import type { CvLine } from './cvLines.ts';
import { findPeriods } from './dates.ts';
import { fold, squash } from './fold.ts';
import { startsWithLanguage } from './languageNames.ts';
import { documentTitles, headings, headingWords, labels, type SectionKind } from './vocabulary.ts';

export interface Section {
  /** `header`: what stands before the first heading, or around the name; `unknown`: under a heading nobody knows */
  kind: SectionKind | 'header' | 'unknown';
  heading: CvLine[];
  lines: CvLine[];
}

export function sectionsOf(lines: readonly CvLine[]): Section[] {
  return settleByContent(segment(lines));
}

function segment(lines: readonly CvLine[]): Section[] {
  const styles = headingStyles(lines);
  const largest = largestPrint(lines);
  const sections: Section[] = [{ kind: 'header', heading: [], lines: [] }];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const heading = headingAt(lines, i, styles, sections.at(-1)!.kind === 'header');
    // the headline under the name may be printed like a heading
    const isHeadline = heading?.kind === 'unknown' && sections.at(-1)!.kind === 'header' && sections.at(-1)!.lines.length <= 3;
    if (heading && !isHeadline) {
      sections.push({ kind: heading.kind, heading: heading.lines, lines: [] });
      i += heading.lines.length;
      if (heading.rest) sections.at(-1)!.lines.push(heading.rest);
      continue;
    }
    if (isNameLine(line, largest)) sections.push({ kind: 'header', heading: [], lines: [] });
    else if (isColumnJump(lines[i - 1], line)) {
      const resumed = sectionOfColumn(sections, line);
      if (resumed !== sections.at(-1)) sections.push({ kind: resumed.kind, heading: resumed.heading, lines: [] });
    }
    sections.at(-1)!.lines.push(line);
    i += 1;
  }
  return mergeResumed(sections);
}

interface HeadingStyles {
  body: string;
  /** styles, other than the body's, in which known headings are printed */
  heading: Set<string>;
  /** plain text without a single empty line */
  gapless: boolean;
  /** styles of which so many lines are known headings that the others are headings too */
  exclusive: Set<string>;
}

const styleOf = (line: CvLine): string =>
  [Math.round((line.fontSize ?? 0) * 2) / 2, line.bold ? 'bold' : '', line.caps ? 'caps' : '', line.headingLevel ?? ''].join('|');

function headingStyles(lines: readonly CvLine[]): HeadingStyles {
  const characters = new Map<string, number>();
  for (const line of lines) characters.set(styleOf(line), (characters.get(styleOf(line)) ?? 0) + line.text.length);
  const body = [...characters].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  const known = new Map<string, number>();
  const all = new Map<string, number>();
  for (const line of lines) {
    const style = styleOf(line);
    all.set(style, (all.get(style) ?? 0) + 1);
    if (headings.has(squash(line.text)) && !continuesLabel(lines, line.index) && (line.bold || !/^\p{Ll}/u.test(line.text))) known.set(style, (known.get(style) ?? 0) + 1);
  }
  const styled = [...known.keys()].filter((style) => style !== body);
  return {
    body,
    gapless: lines.every((line) => line.y === null) && lines.filter((line) => line.gapBefore).length <= lines.length * 0.03,
    heading: new Set(styled),
    exclusive: new Set(styled.filter((style) => known.get(style)! >= 2 && known.get(style)! >= all.get(style)! * 0.4)),
  };
}

function headingAt(lines: readonly CvLine[], at: number, styles: HeadingStyles, inHeader: boolean): { kind: Section['kind']; lines: CvLine[]; rest?: CvLine } | null {
  const line = lines[at]!;
  if (line.listItem && !styles.heading.has(styleOf(line))) return null;
  if (line.text.length > 70 || documentTitles.has(squash(line.text))) return null;
  const style = styleOf(line);
  const styled = style !== styles.body && (styles.heading.has(style) || line.headingLevel !== null);
  const beside = lines[at + 1]?.row === line.row;
  if (continuesLabel(lines, at)) return null;
  // the middle of something, such as a wrapped field name
  if (/^\p{Ll}/u.test(line.text) && !line.bold && line.headingLevel === null && !(line.virtual && line.gapBefore)) return null;
  for (const count of [3, 2, 1]) {
    const group = lines.slice(at, at + count);
    if (group.length < count || !isOneHeading(group)) continue;
    const text = group.map((each) => each.text).join(' ');
    const kinds = headings.get(squash(text));
    if (kinds && (styled || (styles.heading.size === 0 && !beside && isStandalone(lines, at, styles.gapless)))) return { kind: kinds[0]!, lines: group };
    if (styled && (count === 1 || group.every((each) => styleOf(each) === style))) {
      if (styles.exclusive.has(style) && isHeadingLike(text)) {
        if (count > 1 && headings.has(squash(line.text)) && group.slice(1).some((each) => headings.has(squash(each.text)))) continue;
        if (beside || labels.has(squash(text))) continue;
        const kind = kindByWords(text);
        if (kind) return { kind, lines: group };
        if (isNameLine(line, largestPrint(lines))) return null;
        if (count === 1 || isOneHeading(group)) return { kind: 'unknown', lines: group };
      }
    }
  }
  return inlineHeading(lines, at, styles, inHeader);
}

/** The second line of a field name in a narrow column ("Organisation providing / education and training"). */
function continuesLabel(lines: readonly CvLine[], at: number): boolean {
  const line = lines[at]!;
  return lines.slice(Math.max(0, at - 3), at).some((above) => {
    if (above.y === null || line.y === null || above.page !== line.page || headings.has(squash(above.text))) return false;
    const aligned = (above.x !== null && line.x !== null && Math.abs(above.x - line.x) < 2) || (above.right !== null && line.right !== null && Math.abs(above.right - line.right) < 2);
    return aligned && styleOf(above) === styleOf(line) && line.y > above.y && line.y - above.y < (line.fontSize ?? 10) * 1.5 && kindByWords(above.text) === null;
  });
}

/** Lines of one heading stand under each other, close, in one style. */
function isOneHeading(group: CvLine[]): boolean {
  return group.every((line, index) => {
    const above = group[index - 1];
    if (!above) return true;
    if (styleOf(above) !== styleOf(line) || line.page !== above.page) return false;
    if (above.y === null || line.y === null) return false;
    const aligned = Math.abs(above.x! - line.x!) < 3 || (above.right !== null && line.right !== null && Math.abs(above.right - line.right) < 3);
    return aligned && line.y > above.y && line.y - above.y < (line.fontSize ?? 10) * 1.7;
  });
}

function isStandalone(lines: readonly CvLine[], at: number, gapless: boolean): boolean {
  const line = lines[at]!;
  // in a text without styles a list of skills may hold "Software"; a heading has a gap before it or is the first line
  if (at === 0 || line.gapBefore || line.caps || /:$/.test(line.text)) return true;
  if (!/^\p{Lu}/u.test(line.text)) return false;
  if ((line.virtual || gapless) && squash(line.text).length >= 6) return true;
  // Plain text without its gaps: a heading of several words stands in no list, and what a period follows heads entries.
  return line.y === null && (/\S\s\S/.test(line.text) || findPeriods(lines[at + 1]?.text ?? '').some((period) => period.start <= 2 && (period.to !== null || period.current)));
}

function isHeadingLike(text: string): boolean {
  const count = text.split(/\s+/).length;
  return count <= 7 && text.length <= 60 && !/[.,;@]$|@|\d{3}/.test(text) && findPeriods(text).length === 0 && /\p{L}{3}|\p{L} \p{L} \p{L}/u.test(text);
}

function kindByWords(text: string): SectionKind | null {
  const votes = new Map<SectionKind, number>();
  if (/^(?:\S{1,2} )*\S{1,2}$/u.test(text)) {
    // letter-spaced print: words cannot be told apart
    const key = squash(text);
    for (const [word, kinds] of headingWords) if (word.length >= 5 && key.includes(squash(word))) for (const kind of kinds) votes.set(kind, 1);
  }
  fold(text)
    .split(/[^\p{L}'-]+/u)
    .filter(Boolean)
    .forEach((word, index) => {
      // the first telling word names the section: "Stages et certifications" aside, "Formation continue"
      for (const kind of headingWords.get(word) ?? []) votes.set(kind, (votes.get(kind) ?? 0) + 1 - index * 0.01);
    });
  // continued training is no degree
  if (votes.has('certificates') && votes.has('education')) votes.delete('education');
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** "Skills: Java, Python" in texts without separate headings. */
function inlineHeading(lines: readonly CvLine[], at: number, styles: HeadingStyles, inHeader: boolean): { kind: SectionKind; lines: CvLine[]; rest: CvLine } | null {
  const line = lines[at]!;
  const colon = line.text.indexOf(':');
  if (colon < 3 || colon > 40 || styles.heading.size > 0 || line.listItem) return null;
  const kind = headings.get(squash(line.text.slice(0, colon)))?.[0];
  if (!kind || kind === 'contact' || kind === 'personal') return null;
  const rest = line.text.slice(colon + 1).trim();
  if (rest === '' || !(line.gapBefore || at === 0 || inHeader)) return null;
  const start = line.start + line.text.indexOf(rest, colon + 1);
  return { kind, lines: [{ ...line, text: line.text.slice(0, colon), end: line.start + colon }], rest: { ...line, text: rest, start, end: start + rest.length } };
}

const largestPrint = (lines: readonly CvLine[]): number =>
  lines.reduce((size, line) => (line.page === 1 && !documentTitles.has(squash(line.text)) ? Math.max(size, line.fontSize ?? 0) : size), 0);

/** The largest print of the document, near the top of a page, that is no title of the document itself. */
function isNameLine(line: CvLine, largest: number): boolean {
  if (line.fontSize === null || line.page !== 1) return false;
  const words = line.text.split(/\s+/).length;
  return line.fontSize >= largest - 0.1 && largest >= 12 && words <= 6 && !/[\d@:]/.test(line.text) && !headings.has(squash(line.text)) && !documentTitles.has(squash(line.text));
}

function isColumnJump(previous: CvLine | undefined, line: CvLine): boolean {
  if (!previous || line.x === null) return false;
  if (previous.page !== line.page) return true;
  return previous.y !== null && line.y !== null && line.y < previous.y - (line.fontSize ?? 10) * 2;
}

/** A new page or column without a heading goes on with the section that was last in the same column. */
function sectionOfColumn(sections: Section[], line: CvLine): Section {
  const current = sections.at(-1)!.lines;
  const left = Math.min(...current.map((other) => other.x ?? Infinity));
  const right = Math.max(...current.map((other) => other.rowRight ?? -Infinity));
  if (line.x! >= left - 6 && line.x! < right) return sections.at(-1)!;
  const candidates = sections.filter((section) => section.lines.length > 0);
  const near = (section: Section): boolean => section.lines.some((other) => other.x !== null && Math.abs(other.x - line.x!) < 16);
  return [...candidates].reverse().find(near) ?? sections.at(-1)!;
}

/** A section that was resumed after a column or page is one section. */
function mergeResumed(sections: Section[]): Section[] {
  const merged: Section[] = [];
  for (const section of sections) {
    const same = section.heading.length > 0 ? merged.find((other) => other.heading[0] === section.heading[0]) : undefined;
    if (same) same.lines.push(...section.lines);
    else merged.push(section);
  }
  return merged.filter((section) => section.lines.length > 0 || section.heading.length > 0);
}

/** Sections under an unknown heading, and "Training" without any other education, are told by what they hold. */
function settleByContent(sections: Section[]): Section[] {
  const has = (kind: Section['kind']): boolean => sections.some((section) => section.kind === kind);
  const isPeriod = (line: CvLine): boolean => findPeriods(line.text).some((period) => period.to !== null || period.current);
  if (!has('education')) {
    const training = sections.find((section) => section.kind === 'certificates' && section.lines.some(isPeriod));
    if (training) training.kind = 'education';
  }
  for (const section of sections) {
    if (section.kind !== 'unknown' || section.lines.length === 0) continue;
    const { lines } = section;
    const share = (test: (line: CvLine) => boolean): number => lines.filter(test).length / lines.length;
    const characters = lines.reduce((sum, line) => sum + line.text.length, 0);
    if (share((line) => startsWithLanguage(line.text)) >= 0.5) section.kind = 'languages';
    else if (lines.some((line) => !line.listItem && isPeriod(line)) && !has('work')) section.kind = 'work';
    else if (lines.some((line) => !line.listItem && isPeriod(line)) && !has('education')) section.kind = 'education';
    else if (!has('summary') && lines.every((line) => !line.listItem) && characters > 120 && characters / lines.length > 45) section.kind = 'summary';
    else if (!has('skills') && characters / lines.length < 45 && lines.length >= 3 && share(isPeriod) === 0) section.kind = 'skills';
    else if (!has('certificates') && share((line) => findPeriods(line.text).length > 0) >= 0.5) section.kind = 'certificates';
  }
  return sections;
}
