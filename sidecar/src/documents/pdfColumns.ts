import { rowsOf, type Segment } from './pdfLayout.ts';

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
    const cut = columnsIn(rows, from, index, at);
    if (cut !== null) cuts.push(cut);
    from = index + 1;
  }
  return cuts;
}

function columnsIn(rows: Segment[][], start: number, end: number, at: number): Cut | null {
  // Rows of one side only at either end belong to what stands above or below, unless they continue a column.
  const from = start;
  const to = end;
  const part = rows.slice(from, to);
  const left = part.map((row) => row.filter((segment) => segment.x0 < at)).filter((row) => row.length > 0);
  const right = part.map((row) => row.filter((segment) => segment.x0 >= at)).filter((row) => row.length > 0);
  if (left.length < minimumRows || right.length < minimumRows) return null;
  const gutter = Math.min(...right.flat().map((s) => s.x0)) - Math.max(...left.flat().map((s) => s.x1));
  const size = median(part.flat().map((segment) => segment.size));
  if (gutter < 0.8 * size) return null;
  if (!areColumns(part, left, right, at)) return null;
  return { from, to, at, score: Math.min(left.length, right.length) * 1000 + gutter };
}

const minimumRows = 4;

/**
 * Columns run independently: their baselines differ, or both are filled with text of their own. A side whose rows
 * all stand on baselines of the other and that is sparse, short or made of dates is part of the rows.
 */
function areColumns(rows: Segment[][], left: Segment[][], right: Segment[][], at: number): boolean {
  const sparse = left.length <= right.length ? left : right;
  const dense = sparse === left ? right : left;
  const shared = rows.filter((row) => row.some((segment) => segment.x0 < at) && row.some((segment) => segment.x0 >= at));
  const aligned = shared.filter((row) => {
    const leftYs = row.filter((segment) => segment.x0 < at).map((segment) => segment.y);
    return row.some((segment) => segment.x0 >= at && leftYs.some((y) => Math.abs(y - segment.y) <= 0.12 * segment.size));
  }).length;
  const alignment = aligned / sparse.length;
  const texts = sparse.flat().map((segment) => segment.text);
  if (texts.every((text) => !/[\p{L}\p{N}]/u.test(text))) return false;
  if (texts.filter(isDate).length >= 0.5 * texts.length) return false;
  if (alignment < 0.6) return true;
  return sparse.length >= 0.6 * dense.length && meanLength(sparse) >= 25 && meanLength(dense) >= 25;
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
