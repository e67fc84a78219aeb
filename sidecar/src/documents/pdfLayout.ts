import { findColumns } from './pdfColumns.ts';
import { beginsWithBullet, type TextBuilder } from './textBuilder.ts';

/** A stretch of text in one look. Points; y is the baseline, counted from the top of the page. */
export interface PdfRun {
  text: string;
  x: number;
  y: number;
  width: number;
  size: number;
  bold: boolean;
  /** false for rotated text */
  upright: boolean;
}

/** Runs of one baseline with no wide gap between them: at least a word, at most a line of one column. */
export interface Segment {
  text: string;
  x0: number;
  x1: number;
  /** baseline from the top */
  y: number;
  size: number;
  bold: boolean;
}

/**
 * Lines of a page in reading order: words by gaps relative to the font size, lines by baseline, columns by gutters
 * (see `pdfColumns.ts`); rotated text comes last.
 */
export function layOutPage(runs: PdfRun[], options: { multiPage: boolean }, builder: TextBuilder): void {
  const upright = withoutDoubles(runs.filter((run) => run.upright && run.text.trim() !== ''));
  for (const block of findColumns(segmentsOf(upright), options)) {
    builder.addGap();
    writeBlock(block, builder);
  }
  const rotated = runs.filter((run) => !run.upright && run.text.trim() !== '');
  if (rotated.length > 0) builder.addGap();
  for (const run of rotated) builder.addLine(run.text, { fontSize: rounded(run.size), bold: run.bold });
}

/** Segments with nearly the same baseline, from top to bottom; inside a row from left to right. */
export function rowsOf<T extends { y: number; size: number }>(items: T[], left: (item: T) => number): T[][] {
  const rows: { y: number; size: number; items: T[] }[] = [];
  for (const item of [...items].sort((one, other) => one.y - other.y)) {
    // Only the last rows can match, as items come sorted by baseline. Raised and smaller text may lie up to 0.4 em off.
    const row = rows.at(-1);
    if (row !== undefined && Math.abs(item.y - row.y) <= 0.4 * Math.min(item.size, row.size)) row.items.push(item);
    else rows.push({ y: item.y, size: item.size, items: [item] });
  }
  return rows.map((row) => row.items.sort((one, other) => left(one) - left(other)));
}

/** Gap in em from which two runs are parts of a row rather than words of a sentence. */
export const segmentGap = 1;
/** Gap in em from which two runs are two words: kerning stays below, the narrowest justified space above. */
export const wordGap = 0.15;

function segmentsOf(runs: PdfRun[]): Segment[] {
  return rowsOf(runs, (run) => run.x).flatMap((row) => {
    const segments: Segment[] = [];
    let parts: PdfRun[] = [];
    const close = (): void => {
      const segment = segmentOf(parts);
      if (segment !== null) segments.push(segment);
      parts = [];
    };
    for (const run of row) {
      const last = parts.at(-1);
      if (last !== undefined) {
        const gap = run.x - (last.x + last.width);
        const size = Math.min(last.size, run.size);
        if (gap > segmentGap * size) close();
        else if (gap > wordGap * size && !last.text.endsWith(' ') && !run.text.startsWith(' ')) {
          parts.push({ ...last, text: ' ', x: last.x + last.width, width: gap });
        }
      }
      parts.push(run);
    }
    close();
    return segments;
  });
}

function segmentOf(parts: PdfRun[]): Segment | null {
  const text = parts.map((part) => part.text).join('').replace(/ {2,}/g, ' ').trim();
  const visible = parts.filter((part) => part.text.trim() !== '');
  const first = visible[0];
  if (first === undefined || text === '') return null;
  // The longest run speaks for the line: its baseline and size are not those of a superscript.
  const main = visible.reduce((longest, part) => (part.text.length > longest.text.length ? part : longest), first);
  return {
    text,
    x0: first.x,
    x1: Math.max(...visible.map((part) => part.x + part.width)),
    y: main.y,
    size: main.size,
    bold: visible.every((part) => part.bold || !/[\p{L}\p{N}]/u.test(part.text)) && visible.some((part) => part.bold),
  };
}

function writeBlock(segments: Segment[], builder: TextBuilder): void {
  let previous: { y: number; size: number } | null = null;
  for (const row of withWholeLabels(rowsOf(segments, (segment) => segment.x0)).flatMap(bySize)) {
    const first = row[0];
    if (first === undefined) continue;
    const size = Math.max(...row.map((segment) => segment.size));
    const y = Math.max(...row.map((segment) => segment.y));
    if (previous !== null && y - previous.y > 1.75 * Math.max(previous.size, size)) builder.addGap();
    previous = { y, size };
    const text = joinRow(row);
    builder.addLine(text, {
      x: rounded(first.x0),
      y: rounded(Math.max(0, y - size)),
      width: rounded(Math.max(...row.map((segment) => segment.x1)) - first.x0),
      fontSize: rounded(size),
      bold: row.every((segment) => segment.bold),
      listItem: beginsWithBullet(text),
    });
  }
}

/** A name in large letters beside a small line is a line of its own, and comes first. */
function bySize(row: Segment[]): Segment[][] {
  const largest = Math.max(...row.map((segment) => segment.size));
  const large = row.filter((segment) => segment.size > largest / 1.6);
  return large.length === row.length ? [row] : [large, row.filter((segment) => segment.size <= largest / 1.6)];
}

/**
 * A label or date range that wraps in a narrow column beside other text ("September 2014 –" above "October 2017") is
 * put together on its first row: its second line would else interrupt the text beside it.
 */
function withWholeLabels(rows: Segment[][]): Segment[][] {
  rows.forEach((row, index) => {
    const [label, beside] = row;
    if (label === undefined || beside === undefined) return;
    for (const below of rows.slice(index + 1, index + 3)) {
      const rest = below[0];
      if (rest === undefined || rest.x1 >= beside.x0 || rest.y - label.y > 1.7 * label.size) continue;
      if (!isDateEnd(label, rest) && !(below.length === 1 && isLabelEnd(label, rest, beside, rows))) continue;
      below.shift();
      row[0] = { ...label, text: `${label.text} ${rest.text}` };
      return;
    }
  });
  return rows.filter((row) => row.length > 0);
}

function isDateEnd(label: Segment, rest: Segment): boolean {
  return /(?:19|20)\d{2}\P{N}*[\p{L}–—/-]\.?$/u.test(label.text) && /^[^\d]{0,15}(?:19|20)\d{2}$/.test(rest.text);
}

/** The rest stands under the label's edge and beside a further line of the text that the label belongs to. */
function isLabelEnd(label: Segment, rest: Segment, beside: Segment, rows: Segment[][]): boolean {
  const underEdge = Math.abs(rest.x0 - label.x0) < 2 || Math.abs(rest.x1 - label.x1) < 2;
  const text = rows.flat().filter((segment) => segment !== beside && Math.abs(segment.x0 - beside.x0) < 1.5 * beside.size);
  return underEdge && text.some((segment) => Math.abs(segment.y - rest.y) < 0.9 * segment.size);
}

/** A wide gap inside a row (a date at the right margin) becomes a tab, a bullet's own gap a space. */
function joinRow(row: Segment[]): string {
  return row.reduce((line, segment, index) => {
    const before = row[index - 1];
    if (before === undefined) return segment.text;
    const narrow = segment.x0 - before.x1 < 1.5 * Math.min(before.size, segment.size);
    const bullet = index === 1 && /^[^\p{L}\p{N}]{1,2}$/u.test(before.text);
    return `${line}${narrow || bullet ? ' ' : '\t'}${segment.text}`;
  }, '');
}

/** Some producers print text twice, a little shifted, to make it look bold. */
function withoutDoubles(runs: PdfRun[]): PdfRun[] {
  const kept = new Map<string, PdfRun[]>();
  return runs.filter((run) => {
    const same = kept.get(run.text) ?? [];
    if (same.some((other) => Math.abs(other.x - run.x) < 0.12 * run.size && Math.abs(other.y - run.y) < 0.12 * run.size)) return false;
    kept.set(run.text, [...same, run]);
    return true;
  });
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
