import { rowsOf, type Segment } from './pdfSegments.ts';

/**
 * Splits the segments of a page into blocks in reading order, by recursive cuts (in the manner of the XY cut of Nagy
 * and Seth, 1984): a vertical gutter that persists over several rows parts columns; what spans it stands above or
 * below as blocks of its own. A gap inside rows that belong together (a date at the right margin, a label and its
 * value) is no gutter.
 */
export function findColumns(segments: Segment[], options: { multiPage: boolean }): Segment[][] {
  if (segments.length === 0) return [];
  const rows = rowsOf(segments, (segment) => segment.x0);
  const cut = bestCut(rows);
  if (cut === null) return [segments];
  const above = rows.slice(0, cut.from).flat();
  const below = rows.slice(cut.to).flat();
  const between = rows.slice(cut.from, cut.to).flat();
  const left = between.filter((segment) => segment.x0 < cut.at);
  const right = between.filter((segment) => segment.x0 >= cut.at);
  // Over several pages the main column runs on: the sidebar is read first, so that it does not interrupt it.
  const columns = options.multiPage && widthOf(right) < 0.75 * widthOf(left) ? [right, left] : [left, right];
  return [above, ...columns, below].flatMap((part) => findColumns(part, options));
}

interface Cut {
  /** rows [from, to) */
  from: number;
  to: number;
  /** left edge of the right column */
  at: number;
  score: number;
}

function bestCut(rows: Segment[][]): Cut | null {
  const edges = [...new Set(rows.flat().map((segment) => Math.round(segment.x0)))];
  let best: Cut | null = null;
  for (const edge of edges) {
    for (const cut of cutsAt(rows, edge - 1)) {
      if (best === null || cut.score > best.score) best = cut;
    }
  }
  return best;
}

/** All stretches of rows that the vertical line crosses without touching a segment, and that hold two columns. */
function cutsAt(rows: Segment[][], at: number): Cut[] {
  const cuts: Cut[] = [];
  let from = 0;
  for (let index = 0; index <= rows.length; index += 1) {
    const row = rows[index];
    const blocked = row === undefined || row.some((segment) => segment.x0 < at && segment.x1 > at - 0.3 * segment.size);
    if (!blocked) continue;
    const [start, end] = trimmed(rows, from, index, at);
    const cut = columnsIn(rows, start, end, at);
    if (cut !== null) cuts.push(cut);
    from = index + 1;
  }
  return cuts;
}

/**
 * Where a stretch borders on a line that spans it, bands of rows that stand apart and have not both columns go with
 * that line: as a rule they are the heading and the first entry of the section that follows.
 */
function trimmed(rows: Segment[][], from: number, to: number, at: number): [number, number] {
  const starts = [from];
  for (let index = from + 1; index < to; index += 1) {
    const [above, row] = [rows[index - 1], rows[index]];
    if (above === undefined || row === undefined) continue;
    const gap = Math.min(...row.map((s) => s.y - s.size)) - Math.max(...above.map((s) => s.y));
    if (gap > 1.4 * Math.min(...row.map((s) => s.size))) starts.push(index);
  }
  const bands = starts.map((start, index): [number, number] => [start, starts[index + 1] ?? to]);
  const bothSided = bands.filter(([start, end]) => {
    const band = rows.slice(start, end);
    const count = (isRight: boolean): number => band.filter((row) => row.some((s) => s.x0 >= at === isRight)).length;
    return count(true) >= 2 && count(false) >= 2;
  });
  const [first, last] = [bothSided[0], bothSided.at(-1)];
  if (first === undefined || last === undefined) return [from, to];
  // At the top of a page it is the name and the contacts, known by the largest letters.
  const largest = Math.max(...rows.flat().map((segment) => segment.size));
  const header = rows.slice(from, first[0]).some((row) => row.some((segment) => segment.size > 0.95 * largest));
  return [from > 0 || header ? first[0] : from, to === rows.length ? to : last[1]];
}

function columnsIn(rows: Segment[][], from: number, to: number, at: number): Cut | null {
  const part = rows.slice(from, to);
  const left = part.map((row) => row.filter((segment) => segment.x0 < at)).filter((row) => row.length > 0);
  const right = part.map((row) => row.filter((segment) => segment.x0 >= at)).filter((row) => row.length > 0);
  if (Math.min(left.length, right.length) < 3 || left.length + right.length < 7) return null;
  const gutter = Math.min(...right.flat().map((s) => s.x0)) - Math.max(...left.flat().map((s) => s.x1));
  const size = median(part.flat().map((segment) => segment.size));
  if (gutter < 0.8 * size) return null;
  if (!areColumns(left, right)) return null;
  return { from, to, at, score: Math.min(left.length, right.length) * 1000 + gutter };
}

/**
 * Columns run independently of each other. A sparse side is part of the rows instead (dates, labels and their values,
 * as in a Europass CV) when it is made of dates, or when its rows stand on baselines of the other side or in its gaps.
 */
function areColumns(left: Segment[][], right: Segment[][]): boolean {
  const [sparse, dense] = left.length <= right.length ? [left, right] : [right, left];
  const texts = sparse.flat().map((segment) => segment.text);
  if (texts.every((text) => !/[\p{L}\p{N}]/u.test(text))) return false;
  if (texts.filter(isDate).length >= 0.5 * texts.length) return false;
  if (sparse.length >= 0.6 * dense.length && meanLength(sparse) >= 25 && meanLength(dense) >= 25) return true;
  const { aligned, fitting, continued } = fitOf(sparse, dense.flat());
  const rowsOfOneTable = aligned >= 0.9 || (fitting >= 0.75 && continued <= 0.5);
  return !rowsOfOneTable;
}

/** Shares of the rows of one side: on a baseline of the other side; there or beside nothing; close below the last. */
function fitOf(rows: Segment[][], others: Segment[]): { aligned: number; fitting: number; continued: number } {
  const counts = { aligned: 0, fitting: 0, continued: 0 };
  let lastY = -Infinity;
  let lastFits = false;
  for (const row of rows) {
    const { y, size } = row[0] ?? { y: 0, size: 1 };
    const continues = y - lastY < 1.6 * size;
    const onBaseline = others.some((other) => Math.abs(other.y - y) <= 0.12 * size);
    const besideNothing = !others.some((other) => other.y - other.size < y && y - size < other.y);
    const fits: boolean = onBaseline || besideNothing || (continues && lastFits);
    counts.aligned += onBaseline ? 1 : 0;
    counts.fitting += fits ? 1 : 0;
    counts.continued += continues ? 1 : 0;
    lastY = y;
    lastFits = fits;
  }
  const total = Math.max(1, rows.length);
  return { aligned: counts.aligned / total, fitting: counts.fitting / total, continued: counts.continued / total };
}

function isDate(text: string): boolean {
  return text.length <= 40 && /\b(?:19|20)\d{2}\b|\b\d{1,2}[./]\d{2,4}\b/.test(text);
}

function meanLength(rows: Segment[][]): number {
  return rows.reduce((sum, row) => sum + row.reduce((length, segment) => length + segment.text.length, 0), 0) / Math.max(1, rows.length);
}

function widthOf(segments: Segment[]): number {
  return Math.max(...segments.map((segment) => segment.x1)) - Math.min(...segments.map((segment) => segment.x0));
}

function median(values: number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0;
}
