/** Lines as the CV extraction reads them: table cells apart, label columns beside what they label, wrapped lines known. */
import type { ReadDocument } from '../../documents/Document.ts';
import { findPeriods } from './dates.ts';
import { isFlattened, virtualLines, withoutPrintedBytes } from './flattened.ts';
import { fold, squash } from './fold.ts';
import { endsInBracket } from './passage.ts';
import { connectors, headings, labels } from './vocabulary.ts';

export interface CvLine {
  index: number;
  text: string;
  /** UTF-16 units into the document's text */
  start: number;
  end: number;
  page: number;
  /** points; null where the format has no layout */
  x: number | null;
  y: number | null;
  right: number | null;
  /** right edge of the whole row the cell stands in */
  rowRight: number | null;
  fontSize: number | null;
  bold: boolean;
  caps: boolean;
  headingLevel: number | null;
  listItem: boolean;
  /** cells of one visual row share it */
  row: number;
  /** an empty line, or a gap wider than a line, stands before it */
  gapBefore: boolean;
  /** cut out of a longer line whose line ends were lost */
  virtual: boolean;
}

const bullet = /^(?:[•‣◦▪▫●○■□◆◇►▶➢➤✓✔∙⁃·*❖➔→»›]\s*|[–—-]\s+|\d{1,2}[.)]\s+(?=\p{Lu}))/u;

/** No CV is longer; the rest of a longer text is not read, which keeps the time bounded. */
export const maxLines = 3000;
/** UTF-16 units of one line that are read; a paragraph of a CV is shorter. */
const maxLineLength = 3000;
/** UTF-16 units that are read of a line that holds a whole CV. */
const maxFlattenedLength = 60_000;

export function cvLinesOf(document: ReadDocument): CvLine[] {
  const lines: CvLine[] = [];
  let row = 0;
  let previousEnd = 0;
  let previous: { page: number; y: number | null } | null = null;
  for (const source of document.lines.slice(0, maxLines)) {
    const whole = document.text.slice(source.start, Math.min(source.end, source.start + maxFlattenedLength));
    const flattened = source.y === null && isFlattened(whole);
    const text = flattened ? withoutPrintedBytes(whole) : whole.slice(0, maxLineLength);
    const blank = document.text.slice(previousEnd, source.start).includes('\n\n');
    const y = source.y ?? null;
    const size = source.fontSize ?? 10;
    const sameRow = previous !== null && y !== null && previous.y !== null && previous.page === source.page && Math.abs(previous.y - y) < size * 0.4;
    if (!sameRow) row += 1;
    for (const cell of flattened ? linesOf(text) : cellsOf(text)) {
      if (flattened && cell.at > 0) row += 1;
      if (lines.length >= maxLines) break;
      const marker = source.listItem || cell.text.length > 2 ? (bullet.exec(cell.text)?.[0] ?? /^["“]+(?!["“])(?=[^"”]*$)/u.exec(cell.text)?.[0] ?? '') : '';
      const content = cell.text.slice(marker.length).trim();
      // a rule drawn with characters
      if (!/[\p{L}\p{N}]/u.test(content)) continue;
      const offset = cell.at + cell.text.indexOf(content, marker.length);
      lines.push({
        index: lines.length,
        text: content,
        start: source.start + offset,
        end: source.start + offset + content.length,
        page: source.page,
        x: cell.only || cell.first ? (source.x ?? null) : null,
        y,
        right: cell.only && source.x !== null && source.width !== null ? source.x + source.width : null,
        rowRight: source.x !== null && source.width !== null ? source.x + source.width : null,
        fontSize: source.fontSize ?? null,
        bold: source.bold,
        caps: /\p{Lu}{2}/u.test(content) && !/\p{Ll}/u.test(content),
        headingLevel: source.headingLevel ?? null,
        listItem: (cell.first || cell.only) && (source.listItem || (marker !== '' && !/^[\d"“]/.test(marker))),
        row,
        virtual: flattened,
        gapBefore: flattened && cell.at > 0 ? cell.gapBefore : cell.first || cell.only ? blank || isGap(previous, source.page, y, size) : false,
      });
    }
    previousEnd = source.end;
    previous = { page: source.page, y };
  }
  return interleaveLabelColumns(lines).map((line, index) => ({ ...line, index }));
}

function isGap(previous: { page: number; y: number | null } | null, page: number, y: number | null, size: number): boolean {
  return previous !== null && previous.page === page && y !== null && previous.y !== null && y - previous.y > size * 1.9;
}

interface Cell {
  text: string;
  at: number;
  first: boolean;
  only: boolean;
  gapBefore: boolean;
}

function cellsOf(text: string): Cell[] {
  // eslint-disable-next-line regexp/no-super-linear-move -- no run of characters is scanned in vain: the end of the text ends every match
  const cells = [...text.matchAll(/[^\t]+?(?=\t| {4}|$)/g)].filter((match) => match[0].trim() !== '');
  return cells.map((match, index) => {
    const lead = match[0].length - match[0].trimStart().length;
    return { text: match[0].trim(), at: match.index + lead, first: index === 0, only: cells.length === 1, gapBefore: false };
  });
}

const linesOf = (text: string): Cell[] => virtualLines(text).map((line) => ({ ...line, first: true, only: true }));

/**
 * The Europass layout prints headings, labels and periods in a narrow column and the contents beside them. Where that
 * column was read as a block of its own it holds nothing else, and its lines go back to the rows they stand in.
 */
function interleaveLabelColumns(lines: CvLine[]): CvLine[] {
  const result: CvLine[] = [];
  for (const page of new Set(lines.map((line) => line.page))) {
    const onPage = lines.filter((line) => line.page === page);
    const block = leadingLabelBlock(onPage);
    if (block.length < 3) {
      result.push(...onPage);
      continue;
    }
    const rest = onPage.slice(block.length);
    const right = Math.max(...block.map((line) => line.right ?? line.x!));
    const beside = rest.filter((line) => line.x !== null && line.x >= right - 2).length;
    if (beside < rest.length * 0.6) {
      result.push(...onPage);
      continue;
    }
    let row = Math.min(...onPage.map((line) => line.row));
    const sorted = [...onPage].sort((a, b) => (a.y ?? 0) - (b.y ?? 0) || (a.x ?? 0) - (b.x ?? 0));
    sorted.forEach((line, index) => {
      const before = sorted[index - 1];
      const sameRow = before !== undefined && Math.abs((before.y ?? 0) - (line.y ?? 0)) < (line.fontSize ?? 10) * 0.4;
      if (index > 0 && !sameRow) row += 1;
      result.push({ ...line, row });
    });
  }
  return result;
}

function leadingLabelBlock(lines: CvLine[]): CvLine[] {
  const block: CvLine[] = [];
  for (const line of lines) {
    const last = block.at(-1);
    if (line.x === null || line.y === null || (last && line.y <= last.y!)) break;
    block.push(line);
  }
  const known = block.filter((line) => isLabelText(line.text)).length;
  return known >= 3 && known >= block.length * 0.6 ? block : [];
}

function isLabelText(text: string): boolean {
  const key = squash(text);
  if (headings.has(key) || labels.has(key)) return true;
  const period = findPeriods(text)[0];
  return period !== undefined && period.end - period.start >= text.length - 2;
}

/**
 * Whether a line goes on in the next one. With positions: the next word had no room left. Without: the line ends or the
 * next one begins in the middle of a sentence.
 */
export function continuesIn(line: CvLine, next: CvLine, column: Column): boolean {
  const columnRight = column.right;
  if (next.row === line.row || next.headingLevel !== null || next.listItem) return false;
  if (line.page === next.page && next.gapBefore && line.y === null) return false;
  if (line.fontSize !== null && next.fontSize !== null && Math.abs(line.fontSize - next.fontSize) > 0.6) return false;
  if (line.bold !== next.bold) return false;
  if (line.y !== null && next.y !== null && line.page === next.page && (next.y <= line.y || next.y - line.y > (line.fontSize ?? 10) * 1.8)) return false;
  if (line.x !== null && next.x !== null && next.x < line.x - 3 && !next.listItem) return false;
  const gap = line.y !== null && next.y !== null && line.page === next.page ? next.y - line.y : null;
  const open = endsInBracket(line.text);
  const lastWord = fold(line.text.split(/\s+/).at(-1) ?? '');
  const unfinished = open || /[,/&–—-]$|[\p{Ll}]-$/u.test(line.text) || connectors.has(lastWord);
  // items stand further apart than the lines of one item
  if (gap !== null && column.lineGap !== null && gap > column.lineGap + 1.7) return false;
  const room = roomLeft(line, next, columnRight);
  if (room === null) {
    // without positions a line is a paragraph, unless somebody wrapped the text by hand
    if (line.listItem && !next.gapBefore && /^\p{Ll}/u.test(next.text)) return true;
    return (unfinished && !next.gapBefore) || (/^\p{Ll}/u.test(next.text) && line.text.length > 50);
  }
  if (room) return unfinished && /^[\p{Ll}(]/u.test(next.text);
  return unfinished || /^[\p{Ll}\d(]/u.test(next.text) || !/[.;:!?)]$/.test(line.text) || line.right! > (columnRight ?? 0) - (line.fontSize ?? 10) * 3;
}

/** True when the next line's first word would have fitted at the end of this one; null without positions. */
function roomLeft(line: CvLine, next: CvLine, columnRight: number | null): boolean | null {
  if (line.right === null || line.x === null || columnRight === null) return null;
  const perCharacter = (line.right - line.x) / Math.max(1, line.text.length);
  const firstWord = next.text.split(/\s+/)[0]!.length + 1;
  return line.right + firstWord * perCharacter <= columnRight + 1;
}

export interface Column {
  /** right edge: the furthest end among lines of the page that begin near this one */
  right: number | null;
  /** distance of the lines of one paragraph in this print */
  lineGap: number | null;
}

/** Where the column of each line ends, and how its lines are set. */
export function columnsOf(lines: readonly CvLine[]): (line: CvLine) => Column {
  const gaps = lineGaps(lines);
  return (line) => {
    if (line.x === null) return { right: null, lineGap: null };
    const ends = lines
      .filter((other) => other.page === line.page && other.x !== null && other.right !== null && Math.abs(other.x - line.x!) < 40)
      .map((other) => other.right!);
    return { right: ends.length === 0 ? null : Math.max(...ends), lineGap: gaps.get(sizeKey(line)) ?? null };
  };
}

const sizeKey = (line: CvLine): number => Math.round((line.fontSize ?? 0) * 5) / 5;

/** Per print size the smallest distance that occurs at least twice between lines under each other. */
function lineGaps(lines: readonly CvLine[]): Map<number, number> {
  const seen = new Map<number, number[]>();
  lines.forEach((line, index) => {
    const above = lines[index - 1];
    if (!above || above.y === null || line.y === null || above.page !== line.page || sizeKey(above) !== sizeKey(line)) return;
    if (above.x === null || line.x === null || Math.abs(above.x - line.x) > 14) return;
    const gap = line.y - above.y;
    const size = line.fontSize ?? 10;
    if (gap > size * 0.8 && gap < size * 2) seen.set(sizeKey(line), [...(seen.get(sizeKey(line)) ?? []), gap]);
  });
  return new Map([...seen].map(([size, gaps]) => {
    const sorted = gaps.sort((a, b) => a - b);
    return [size, sorted.find((gap, index) => Math.abs((sorted[index + 1] ?? Infinity) - gap) < 0.3) ?? sorted[0]!];
  }));
}

/** Lines of one paragraph. */
const maxParagraphLines = 40;

/** Physical lines → groups that are one paragraph, item or header line each. */
export function joinWrapped(lines: readonly CvLine[], columnOf: (line: CvLine) => Column): CvLine[][] {
  const groups: CvLine[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (last && group!.length < maxParagraphLines && continuesIn(last, line, columnOf(last))) group!.push(line);
    else groups.push([line]);
  }
  return groups;
}
