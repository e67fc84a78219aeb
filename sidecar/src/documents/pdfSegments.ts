/** From stretches of text to the segments that layout analysis moves about. */

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
export const segmentGap = 0.75;
/** Gap in em from which two runs are two words: kerning stays below, the narrowest justified space above. */
export const wordGap = 0.15;

/** Words by gaps relative to the font size; text that is printed twice is taken once. */
export function segmentsOf(runs: PdfRun[]): Segment[] {
  return rowsOf(withoutDoubles(runs), (run) => run.x).flatMap((row) => {
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
