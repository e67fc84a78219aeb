/**
 * Dated sections → entries. The layout of a CV repeats from entry to entry, so it is learnt from the section as a whole:
 * how many lines stand before the period (seen on the first entry) and how many after it (by vote).
 */
import type { CvLine } from './cvLines.ts';
import { columnsOf, joinWrapped } from './cvLines.ts';
import { findPeriods, type Period } from './dates.ts';
import { fold, squash } from './fold.ts';
import { part, passageOf, type Passage } from './passage.ts';
import { looksLikePlace } from './termScores.ts';
import { connectors, labels, type LabelKind } from './vocabulary.ts';

export interface DatedEntry {
  period: { value: Period; passage: Passage } | null;
  /** header texts by the place they have in the layout: b1 (above), r0, r1 (beside the period), a1, a2 (below) */
  slots: Map<string, Passage>;
  /** texts whose field name is printed beside them */
  labelled: Map<LabelKind, Passage>;
  body: Paragraph[];
  bold: Set<string>;
  /** 0 to 1, where the parts were told by what they say */
  certainty?: number;
}

export interface Paragraph {
  passage: Passage;
  listItem: boolean;
}

/** One line of the section as a reader sees it: its cells, or a paragraph joined from wrapped lines. */
interface Block {
  cells: Passage[];
  first: CvLine;
  last: CvLine;
  listItem: boolean;
  x: number | null;
  period: { value: Period; passage: Passage; cell: number } | null;
}

export function datedEntries(lines: readonly CvLine[], allLines: readonly CvLine[]): DatedEntry[] {
  const blocks = blocksOf(lines, allLines);
  if (blocks.filter((block) => labelOf(block) === 'period' || labelOf(block) === 'position').length >= 2) return labelledEntries(blocks);
  return layoutEntries(blocks);
}

function blocksOf(lines: readonly CvLine[], allLines: readonly CvLine[]): Block[] {
  const right = columnsOf(allLines);
  const rows = new Map<number, CvLine[]>();
  for (const line of lines) rows.set(line.row, [...(rows.get(line.row) ?? []), line]);
  const single: (CvLine | null)[] = [...rows.values()].map((row) => (row.length === 1 ? row[0]! : null));
  const rowsInOrder = [...rows.values()];
  const blocks: Block[] = [];
  const flush = (run: CvLine[]): void => {
    for (const group of joinWrapped(run, right)) blocks.push(blockOf([passageOf(group)], group));
  };
  let run: CvLine[] = [];
  rowsInOrder.forEach((row, index) => {
    const above = blocks.at(-1);
    const openRow = index > 0 && !single[index - 1] && single[index] && run.length === 0 && above ? continuedCell(above, rowsInOrder[index - 1]!, row[0]!) : -1;
    if (openRow >= 0) {
      const cells = above!.cells.map((cell, at) => (at === openRow ? appended(cell, passageOf(row)) : cell));
      blocks[blocks.length - 1] = { ...blockOf(cells, rowsInOrder[index - 1]!), last: row[0]! };
      single[index] = null;
      rowsInOrder[index] = [...rowsInOrder[index - 1]!.slice(0, -1), row[0]!];
      return;
    }
    if (single[index]) {
      const isPeriodLine = wholePeriod(row[0]!.text) !== null;
      const previousIsPeriod = run.length > 0 && wholePeriod(run.at(-1)!.text) !== null;
      const openEnd = run.length > 0 && /[|,–—(-]$/.test(run.at(-1)!.text);
      if ((isPeriodLine && !openEnd) || previousIsPeriod) {
        flush(run);
        run = [];
      }
      run.push(row[0]!);
    } else {
      flush(run);
      run = [];
      blocks.push(blockOf(row.map((cell) => passageOf([cell])), row));
    }
  });
  flush(run);
  return blocks;
}

/** Which cell of a row goes on in the line below it, or -1: its text stops in the middle, or the line starts in one. */
function continuedCell(block: Block, row: CvLine[], next: CvLine): number {
  if (next.listItem || wholePeriod(next.text)) return -1;
  const last = row.at(-1)!;
  if (last.x !== null && next.x !== null && Math.abs(last.x - next.x) > 3) return -1;
  if (row[0]!.fontSize !== next.fontSize) return -1;
  for (let index = block.cells.length - 1; index >= 0; index -= 1) {
    const text = block.cells[index]!.text;
    if (wholePeriod(text)) continue;
    const lastWord = fold(text.split(/\s+/).at(-1)!);
    const open = connectors.has(lastWord) || /[,&/–-]$/.test(text) || text.lastIndexOf('(') > text.lastIndexOf(')');
    const lowerStart = /^\p{Ll}/u.test(next.text) && text.length > 30;
    return open || lowerStart || (text.length > 85 && index === 0) ? index : -1;
  }
  return -1;
}

function appended(cell: Passage, more: Passage): Passage {
  const shift = cell.text.length + 1;
  return { text: `${cell.text} ${more.text}`, segments: [...cell.segments, ...more.segments.map((segment) => ({ ...segment, at: segment.at + shift }))] };
}

function blockOf(cells: Passage[], lines: CvLine[]): Block {
  const first = lines[0]!;
  const listItem = first.listItem;
  let period: Block['period'] = null;
  if (!listItem) {
    cells.forEach((cell, index) => {
      const found = period === null ? anchorPeriod(cell, cells.length > 1) : null;
      if (found) period = { value: found, passage: part(cell, found.start, found.end), cell: index };
    });
  }
  return { cells, first, last: lines.at(-1)!, listItem, x: first.x, period };
}

function wholePeriod(text: string): Period | null {
  const periods = findPeriods(text);
  const period = periods[0];
  return period && text.slice(0, period.start).replace(/[\s(–-]/g, '') === '' && /^[\s).,;–-]*(?:\([^)]*\)?)?$/.test(text.slice(period.end)) ? period : null;
}

/** A period that dates the line: the whole cell, or set off at one of its edges. */
function anchorPeriod(cell: Passage, besideOthers: boolean): Period | null {
  const whole = wholePeriod(cell.text);
  if (whole) return whole;
  const periods = findPeriods(cell.text);
  const last = periods.at(-1);
  if (!last || cell.text.length > 170) return null;
  const before = cell.text.slice(0, last.start);
  const after = cell.text.slice(last.end);
  const atEnd = /^[\s).,;]*(?:\([^)]*\))?$/.test(after);
  const first = periods[0]!;
  if (atEnd && !last.single && /[|(\[,;–—·•:-]\s*$|\)\s*$/.test(before)) return last;
  if (atEnd && last.single && /[|(\[,]\s*$/.test(before) && cell.text.length < 110) return last;
  // "Title, Employer 2019 – 2021" without a mark between
  if (atEnd && !last.single && (last.to !== null || last.current) && cell.text.length < 110 && !/[.;]\s/.test(before) && (last.from!.length > 4 || besideOthers || /\s{2}$/.test(before))) return last;
  if (first.start <= 1 && /^[\s).]*[:|,–—·•-]?\s/.test(cell.text.slice(first.end)) && cell.text.length < 130 && (!first.single || /^\s*[:|–—-]/.test(cell.text.slice(first.end)))) return first;
  return null;
}

function labelOf(block: Block): LabelKind | null {
  if (block.cells.length >= 2) return labels.get(squash(block.cells[0]!.text))?.find((kind) => kind !== 'name') ?? partialLabel(block.cells[0]!.text);
  const colon = block.cells[0]!.text.indexOf(':');
  return colon > 0 && colon < 45 ? (labels.get(squash(block.cells[0]!.text.slice(0, colon)))?.[0] ?? null) : null;
}

/** "Opleiding of diploma": a longer field name counts by the words it holds. */
function partialLabel(text: string): LabelKind | null {
  if (text.length > 40 || findPeriods(text).length > 0) return null;
  for (const word of text.split(/[\s/]+/)) {
    const kind = labels.get(squash(word))?.find((each) => ['period', 'position', 'employer', 'tasks', 'degree', 'institution', 'area'].includes(each));
    if (kind) return kind;
  }
  return null;
}

function labelledEntries(blocks: Block[]): DatedEntry[] {
  const entries: DatedEntry[] = [];
  const firstKind = blocks.map(labelOf).find((kind) => kind !== null);
  let inTasks = false;
  for (const block of blocks) {
    const kind = labelOf(block);
    if (kind === firstKind || entries.length === 0) entries.push({ period: null, slots: new Map(), labelled: new Map(), body: [], bold: new Set() });
    const entry = entries.at(-1)!;
    const content = block.cells.length >= 2 ? block.cells[1]! : part(block.cells[0]!, block.cells[0]!.text.indexOf(':') + 1, Infinity);
    if (kind === null) {
      if (inTasks || block.listItem) entry.body.push({ passage: block.cells[0]!, listItem: true });
      continue;
    }
    inTasks = kind === 'tasks';
    if (kind === 'period') {
      const value = findPeriods(content.text)[0];
      if (value) entry.period = { value, passage: part(content, value.start, value.end) };
    } else if (kind === 'tasks') entry.body.push({ passage: content, listItem: true });
    else if (!entry.labelled.has(kind)) entry.labelled.set(kind, content);
  }
  return entries;
}

function layoutEntries(blocks: Block[]): DatedEntry[] {
  const anchors = blocks.flatMap((block, index) => (block.period ? [index] : []));
  if (anchors.length === 0) return [];
  const leading = blocks.slice(0, anchors[0]).filter((block) => !isBody(block)).length;
  const before = anchors[0]! <= 3 && leading === anchors[0] ? anchors[0]! : Math.min(leading, anchors[0]! > 3 ? 0 : 2);

  const starts = anchors.map((anchor, index) => {
    const floor = index === 0 ? 0 : anchors[index - 1]! + 1;
    let start = anchor;
    while (start > floor && anchor - start < before && !isBody(blocks[start - 1]!) && !isIndented(blocks[start - 1]!, blocks[anchor]!)) start -= 1;
    return start;
  });
  const afterCounts = anchors.map((anchor, index) => headerLinesAfter(blocks, anchor, starts[index + 1] ?? blocks.length, anchor - starts[index]!));
  const usual = mode(afterCounts);

  return anchors.map((anchor, index) => {
    const end = starts[index + 1] ?? blocks.length;
    const row = blocks[anchor]!;
    const after = Math.min(afterCounts[index]!, Math.max(usual, 0));
    const entry: DatedEntry = { period: { value: row.period!.value, passage: row.period!.passage }, slots: new Map(), labelled: new Map(), body: [], bold: new Set() };
    const put = (slot: string, passage: Passage, block: Block): void => {
      if (passage.text === '') return;
      entry.slots.set(slot, passage);
      if (block.first.bold) entry.bold.add(slot);
    };
    blocks.slice(starts[index], anchor).forEach((block, offset, all) => put(`b${all.length - offset}`, joined(block), block));
    let beside = 0;
    row.cells.forEach((cell, cellIndex) => {
      const rest = cellIndex === row.period!.cell ? withoutPeriod(cell, row.period!.value) : [cell];
      for (const passage of rest) put(`r${beside++}`, passage, row);
    });
    const follow = blocks.slice(anchor + 1, end);
    follow.slice(0, after).forEach((block, offset) => put(`a${offset + 1}`, joined(block), block));
    for (const block of follow.slice(after)) entry.body.push({ passage: joined(block), listItem: block.listItem });
    return entry;
  });
}

function joined(block: Block): Passage {
  if (block.cells.length === 1) return block.cells[0]!;
  const text = block.cells.map((cell) => cell.text).join(' ');
  let at = 0;
  const segments = block.cells.flatMap((cell) => {
    const shifted = cell.segments.map((segment) => ({ ...segment, at: segment.at + at }));
    at += cell.text.length + 1;
    return shifted;
  });
  return { text, segments };
}

/** What stands beside the period in its cell; a remark in brackets after it ("part-time") is left out. */
function withoutPeriod(cell: Passage, period: Period): Passage[] {
  const trim = /[\s,;:·•|–—([-]/;
  const before = part(cell, 0, period.start, trim);
  const after = part(cell, period.end, cell.text.length, /[\s,;:·•|–—)\].-]/);
  const remark = /^\s*\(/.test(cell.text.slice(period.end)) || after.text.length < 2;
  return [before, ...(remark ? [] : [after])].filter((passage) => passage.text !== '');
}

/** A duty, not a header: an item, a sentence, a long line. */
function isBody(block: Block): boolean {
  if (block.period) return false;
  const text = joined(block).text;
  return block.listItem || text.length > 130 || (/(?:\p{Ll}{4}|\d|\))[.;:]$/u.test(text) && text.length > 60) || text.split(/\s+/).length > 18;
}

function isIndented(block: Block, reference: Block): boolean {
  return block.x !== null && reference.x !== null && block.x > reference.x + 6;
}

/** Title and employer are two lines; a third is a place or belongs to the duties. */
function headerLinesAfter(blocks: Block[], anchor: number, end: number, before: number): number {
  const row = blocks[anchor]!;
  // beside a period column the header's own edge is that of the line below
  const reference = row.cells.length > 1 && row.period!.cell === 0 ? blocks[anchor + 1] : row;
  let count = 0;
  for (let i = anchor + 1; i < end && count < 3; i += 1) {
    const block = blocks[i]!;
    if (isBody(block) || (reference && reference !== block && isIndented(block, reference))) break;
    if (before + count >= 2 && !looksLikePlace(joined(block).text)) break;
    count += 1;
  }
  return count;
}

function mode(counts: number[]): number {
  const votes = new Map<number, number>();
  for (const count of counts) votes.set(count, (votes.get(count) ?? 0) + 1);
  return [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
}
