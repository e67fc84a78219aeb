import { trimRange } from './sentences.ts';
import type { Range } from './sentences.ts';

export interface ChunkRange extends Range {
  /** the headings above, outermost first, joined by " › "; null before the first one */
  heading: string | null;
}

export interface Heading extends Range {
  /** 1 is the highest */
  level: number;
}

/** Characters. A chunk stays below `most`; one below `least` takes in what follows, across a heading too. */
const sizes = { most: 900, enough: 400, least: 150 };

/**
 * Cuts a text into passages by headings and paragraphs, in order and without overlap; only white space is left out.
 * Long paragraphs are cut at line ends, then sentences, then words.
 * @param headings lines of the text, in order; see `headingsOf` for texts without marked ones
 */
export function chunkText(text: string, headings: readonly Heading[]): ChunkRange[] {
  const chunks: ChunkRange[] = [];
  let open: ChunkRange | null = null;
  let path: (Heading & { title: string })[] = [];
  for (const block of blocksOf(text, headings)) {
    if (block.heading) {
      const { heading } = block;
      path = [...path.filter((above) => above.level < heading.level), { ...heading, title: text.slice(heading.start, heading.end).trim() }];
    }
    const size: number = open === null ? 0 : open.end - open.start;
    const grown: number = open === null ? 0 : block.end - open.start;
    const closes = block.heading ? size >= sizes.least : size >= sizes.enough;
    if (open === null || closes || grown > sizes.most) {
      open = { start: block.start, end: block.end, heading: pathTitle(path) };
      chunks.push(open);
    } else {
      open.end = block.end;
      // Under a document's title the first section's heading says more; sections that share a passage keep the first one's.
      const heading = block.heading ? pathTitle(path) : null;
      if (heading !== null && (open.heading === null || heading.startsWith(open.heading))) open.heading = heading;
    }
  }
  return chunks;
}

/**
 * Headings of a plain text, guessed: a short line after an empty one (or before a ruled line) that ends without
 * punctuation and stands above something.
 */
export function headingsOf(text: string): Heading[] {
  const found: Heading[] = [];
  for (const match of text.matchAll(/(?<=^|\n\n)([^\n]{2,60})(?=\n)/g)) {
    const line = match[1] ?? '';
    const words = line.trim().split(/\s+/).length;
    if (match.index > 0 && words <= 6 && !/[.,;:!?|@]\s*$|@|\d{3}|^[•*–-]/.test(line)) found.push({ start: match.index, end: match.index + line.length, level: 1 });
  }
  return found;
}

function pathTitle(path: { title: string }[]): string | null {
  return path.length === 0 ? null : path.map(({ title }) => title).join(' › ').slice(0, 300);
}

interface Block extends Range {
  heading: Heading | null;
}

/** Headings with the paragraph under them, and paragraphs, none longer than `most`. */
function blocksOf(text: string, headings: readonly Heading[]): Block[] {
  const starts = new Map(headings.map((heading) => [heading.start, heading]));
  const blocks: Block[] = [];
  let next = 0;
  for (const paragraph of text.matchAll(/\S(?:[^\n]|\n(?!\s*\n))*/g)) {
    const end = paragraph.index + paragraph[0].trimEnd().length;
    // Documents without empty lines around headings (DOCX) have them inside a paragraph.
    const cuts = [paragraph.index];
    for (; next < headings.length && headings[next]!.start < end; next++) if (headings[next]!.start > cuts.at(-1)!) cuts.push(headings[next]!.start);
    cuts.forEach((start, index) => {
      const heading = starts.get(start) ?? null;
      for (const piece of pieces(text, trimRange(text, { start, end: cuts[index + 1] ?? end }))) blocks.push({ ...piece, heading: piece.start === start ? heading : null });
    });
  }
  return joinHeadings(blocks);
}

/** A heading alone in its paragraph belongs to what follows. */
function joinHeadings(blocks: Block[]): Block[] {
  const joined: Block[] = [];
  let waiting: Block | null = null;
  for (const block of blocks) {
    const alone: boolean = block.heading !== null && block.heading.end >= block.end;
    if (waiting && !block.heading && block.end - waiting.start <= sizes.most) {
      joined.push({ ...block, start: waiting.start, heading: waiting.heading });
      waiting = null;
      continue;
    }
    if (waiting) joined.push(waiting);
    waiting = alone ? block : null;
    if (!alone) joined.push(block);
  }
  return waiting ? [...joined, waiting] : joined;
}

const bySentence = new Intl.Segmenter('en', { granularity: 'sentence' });
const byWord = new Intl.Segmenter('en', { granularity: 'word' });
const byCharacter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Cuts a range into pieces of at most `most`, at the coarsest boundary that fits. */
function pieces(text: string, range: Range): Range[] {
  if (range.end - range.start <= sizes.most) return [range];
  const units = splitUnits(text, range.start, range.end);
  const ranges: Range[] = [];
  for (const unit of units) {
    const last = ranges.at(-1);
    if (last && unit.end - last.start <= sizes.most && last.end - last.start < (sizes.most + sizes.enough) / 2) last.end = unit.end;
    else ranges.push({ ...unit });
  }
  return ranges.map((range) => trimRange(text, range)).filter((range) => range.end > range.start);
}

function splitUnits(text: string, start: number, end: number): Range[] {
  for (const segmenter of [bySentence, byWord, byCharacter]) {
    const units = [...segmenter.segment(text.slice(start, end))].map(({ index, segment }) => ({ start: start + index, end: start + index + segment.length }));
    if (units.length > 1) return units.flatMap((unit) => (unit.end - unit.start > sizes.most ? splitUnits(text, unit.start, unit.end) : [unit]));
  }
  return [{ start, end }];
}
