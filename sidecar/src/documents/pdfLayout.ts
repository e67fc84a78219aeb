import { findColumns } from './pdfColumns.ts';
import { rowsOf, segmentsOf, type PdfRun, type Segment } from './pdfSegments.ts';
import { beginsWithBullet, type TextBuilder } from './textBuilder.ts';

/**
 * Lines of a page in reading order: words by gaps relative to the font size, lines by baseline, columns by gutters
 * (see `pdfColumns.ts`); rotated text comes last.
 */
export function layOutPage(runs: PdfRun[], options: { multiPage: boolean }, builder: TextBuilder): void {
  const upright = runs.filter((run) => run.upright && run.text.trim() !== '');
  for (const block of findColumns(segmentsOf(upright), options)) {
    builder.addGap();
    writeBlock(block, builder);
  }
  const rotated = runs.filter((run) => !run.upright && run.text.trim() !== '');
  if (rotated.length > 0) builder.addGap();
  for (const run of rotated) builder.addLine(run.text, { fontSize: rounded(run.size), bold: run.bold });
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

/**
 * A wide gap inside a row (a date at the right margin, the next of a row of labels) becomes a tab, a bullet's own gap
 * a space. In justified text all spaces are wide: there a gap parts only where narrower spaces stand beside it.
 */
function joinRow(row: Segment[]): string {
  return row.reduce((line, segment, index) => {
    const before = row[index - 1];
    if (before === undefined) return segment.text;
    const wide = segment.x0 - before.x1 > 1.5 * Math.min(before.size, segment.size);
    const apart = wide || before.text.includes(' ') || segment.text.includes(' ');
    const bullet = index === 1 && /^(?:[^\p{L}\p{N}]{1,2}|\(?[\p{L}\p{N}]{1,2}[.)])$/u.test(before.text);
    return `${line}${apart && !bullet ? '\t' : ' '}${segment.text}`;
  }, '');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
