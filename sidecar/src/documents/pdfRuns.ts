import type { PdfGlyph } from './pdfGlyphs.ts';
import { segmentGap, wordGap, type PdfRun } from './pdfSegments.ts';

/**
 * Glyphs to stretches of text, in the order of painting, so that texts that overlap on the page do not mix letter by
 * letter. A gap is a space when it is wide for this stretch: letter-spaced text has wide gaps between all its letters.
 */
export function runsOfGlyphs(glyphs: PdfGlyph[], boldFont: (id: string) => boolean): PdfRun[] {
  const runs: PdfRun[] = [];
  let chain: PdfGlyph[] = [];
  const close = (): void => {
    const run = runOf(chain, boldFont);
    if (run !== null) runs.push(run);
    chain = [];
  };
  for (const glyph of glyphs) {
    const last = chain.at(-1);
    if (last !== undefined && isRepeat(last, glyph)) continue;
    if (last !== undefined && !continues(last, glyph, boldFont)) close();
    chain.push(glyph);
  }
  close();
  return runs;
}

/** Some producers paint each glyph two or three times, a little shifted, to make it bold. */
function isRepeat(last: PdfGlyph, next: PdfGlyph): boolean {
  if (last.text !== next.text || last.text.trim() === '') return false;
  return Math.abs(next.x - last.x) < 0.12 * next.size && Math.abs(next.y - last.y) < 0.12 * next.size;
}

function continues(last: PdfGlyph, next: PdfGlyph, boldFont: (id: string) => boolean): boolean {
  if (!last.upright || !next.upright) {
    // Rotated text: what one operator paints stays together, measured by plain distance.
    return last.upright === next.upright && Math.hypot(next.x - last.x, next.y - last.y) < 1.5 * next.size;
  }
  if (Math.abs(last.size - next.size) > 0.05 * next.size || Math.abs(last.y - next.y) > 0.1 * next.size) return false;
  if (last.font !== next.font && boldFont(last.font) !== boldFont(next.font)) return false;
  const gap = next.x - last.x1;
  return gap <= segmentGap * next.size && gap > -0.6 * next.size;
}

function runOf(chain: PdfGlyph[], boldFont: (id: string) => boolean): PdfRun | null {
  const inked = chain.filter((glyph) => glyph.text.trim() !== '');
  const first = inked[0];
  const last = inked.at(-1);
  if (first === undefined || last === undefined) return null;
  const spacing = letterSpacing(chain);
  let text = '';
  // The furthest end so far: an accent is painted back over its letter.
  let end: number | null = null;
  let blank = false;
  for (const glyph of chain) {
    if (isBlank(glyph)) {
      blank = true;
      continue;
    }
    if (end !== null) {
      const gap = (glyph.x - end) / glyph.size - spacing;
      // Chromium paints a soft hyphen that is not used as a space of no width: a space must also take room.
      if (first.upright ? gap > (blank ? narrowestSpace : wordGap) : blank) text += ' ';
    }
    text += glyph.text;
    end = Math.max(end ?? glyph.x1, glyph.x1);
    blank = false;
  }
  return {
    // An accent painted as a glyph of its own is the accented letter that the author typed.
    text: text.replace(/\p{L}\p{M}+/gu, (letter) => letter.normalize('NFC')),
    x: first.x,
    y: first.y,
    width: Math.max(...inked.map((glyph) => glyph.x1)) - first.x,
    size: first.size,
    bold: boldFont(first.font),
    upright: first.upright,
  };
}

/** A space that the file itself has is believed from this width on, in em. */
const narrowestSpace = 0.07;

/** The gap, in em, between all letters of a stretch; 0 where it is within what kerning does. */
function letterSpacing(chain: PdfGlyph[]): number {
  const gaps = chain
    .slice(1)
    .flatMap((glyph, index) => {
      const before = chain[index];
      return before === undefined || isBlank(before) || isBlank(glyph) ? [] : [(glyph.x - before.x1) / glyph.size];
    })
    .sort((one, other) => one - other);
  const median = gaps.length >= 3 ? (gaps[gaps.length >> 1] ?? 0) : 0;
  return median > 0.07 ? median : 0;
}

function isBlank(glyph: PdfGlyph): boolean {
  return glyph.text !== '' && glyph.text.trim() === '';
}
