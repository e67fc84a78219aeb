/**
 * Texts whose line ends a converter lost: two spaces stand for a line end, more for an empty line, and bullets and headings
 * run on. They are cut into virtual lines. Nothing is inserted or removed, so offsets stay those of the document.
 */
import { squash } from './fold.ts';
import { headings, type SectionKind } from './vocabulary.ts';

export interface VirtualLine {
  text: string;
  /** UTF-16 units into the text given */
  at: number;
  gapBefore: boolean;
}

/** Long for a line, and either wide gaps or several headings and bullets stand in it. */
export function isFlattened(text: string): boolean {
  if (text.length <= 150) return false;
  return / {2}\S/.test(text) || text.length > 1000 || runningHeadings(text).length >= 2;
}

/** Virtual lines of a flattened text. Work grows with its length. */
export function virtualLines(text: string): VirtualLine[] {
  const lines: VirtualLine[] = [];
  let previousEnd = 0;
  for (const match of text.matchAll(/[^ ](?:[^ ]| (?! ))*/g)) {
    const gap = match.index - previousEnd;
    previousEnd = match.index + match[0].length;
    let gapBefore = gap > 3;
    for (const piece of cut(match[0])) {
      for (const row of rowsOf(piece.text)) lines.push({ text: row.text, at: match.index + piece.at + row.at, gapBefore: row.at === 0 && (gapBefore || piece.isHeading) });
      gapBefore = piece.gapAfter;
    }
  }
  return lines;
}

/** UTF-16 units after which a piece is wrapped, so that no later step reads a line of any length. */
const longestRow = 300;

function rowsOf(text: string): { text: string; at: number }[] {
  const rows: { text: string; at: number }[] = [];
  for (let from = 0; from < text.length; ) {
    const space = text.length - from <= longestRow ? text.length : text.lastIndexOf(' ', from + longestRow);
    const to = space > from ? space : Math.min(text.length, from + longestRow);
    rows.push({ text: text.slice(from, to), at: from });
    from = text[to] === ' ' ? to + 1 : to;
  }
  return rows;
}

const runningBullet = /(?<=\s)(?=[•‣▪●■◆►➢➤✓✔❖♦\uf020-\uf0ff]\s)/u;

/** Cuts before bullets and around headings that run on: "… B.Tech 2012 EXPERIENCE Engineer at …". */
function cut(text: string): { text: string; at: number; isHeading: boolean; gapAfter: boolean }[] {
  const borders = new Map<number, boolean>([[0, false]]);
  for (const match of text.matchAll(new RegExp(runningBullet, 'gu'))) borders.set(match.index, false);
  if (text.length > 40) {
    for (const heading of runningHeadings(text)) {
      borders.set(heading.start, true);
      borders.set(heading.end, borders.get(heading.end) ?? false);
    }
  }
  const starts = [...borders].sort((a, b) => a[0] - b[0]);
  return starts.flatMap(([start, isHeading], index) => {
    const raw = text.slice(start, starts[index + 1]?.[0] ?? text.length);
    const trimmed = raw.trim();
    return trimmed === '' ? [] : [{ text: trimmed, at: start + raw.indexOf(trimmed), isHeading, gapAfter: isHeading }];
  });
}

const sectionStarts = new Set<SectionKind>(['summary', 'work', 'education', 'skills', 'languages', 'certificates', 'projects', 'publications', 'volunteering', 'interests', 'references']);

/** Known headings in capitals among words that are not: in running text nothing else tells them apart. */
function runningHeadings(text: string): { start: number; end: number }[] {
  const words = [...text.matchAll(/\S+/g)];
  const isCapital = (word: string | undefined): boolean => word !== undefined && /^[\p{Lu}&/:-]+$/u.test(word) && /\p{Lu}|&/u.test(word);
  const found: { start: number; end: number }[] = [];
  for (let first = 0; first < words.length; first += 1) {
    if (!isCapital(words[first]![0])) continue;
    for (let count = 5; count >= 1; count -= 1) {
      const group = words.slice(first, first + count);
      if (group.length < count || !group.every((word) => isCapital(word[0]))) continue;
      const phrase = group.map((word) => word[0]).join(' ');
      const kind = headings.get(squash(phrase))?.[0];
      // a single short word in capitals may be a name of something ("SOFTWARE"): sections that entries follow only
      if (kind === undefined || !sectionStarts.has(kind) || squash(phrase).length < 6) continue;
      const last = group.at(-1)!;
      if (isCapital(words[first + count]?.[0]) && !last[0].endsWith(':') && kind !== 'work' && kind !== 'education') continue;
      found.push({ start: group[0]!.index, end: last.index + last[0].length });
      first += count - 1;
      break;
    }
  }
  return found;
}

/**
 * Bytes that a converter printed as "\xe2\x80\xa2", as what they are, in the same length: bullets and control characters
 * become a gap and a bullet, dashes a long dash, blanks blanks. Letters and quotation marks are left.
 */
export function withoutPrintedBytes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (printed) => {
    const bytes = Buffer.from(printed.replaceAll('\\x', ''), 'hex');
    const character = bytes.toString('utf8').trim();
    if (character === '') return '\u00a0'.repeat(printed.length);
    if (/^[–—−]$/u.test(character)) return character.repeat(printed.length);
    if (/^[\p{L}\p{M}‘’“”\u200b]/u.test(character)) return printed;
    if (/^[\p{S}\p{P}\p{Co}\p{Cc}\ufffd]/u.test(character)) return `${' '.repeat(printed.length - 2)}• `;
    return printed;
  }).replace(/\\[tn]/g, '  ');
}
