import type { getDocumentProxy, getResolvedPDFJS } from 'unpdf';
import { takeStream, type MarkedContent } from './pdfActualText.ts';

export type PdfPage = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>['getPage']>>;
type Pdfjs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
export type Operators = Awaited<ReturnType<PdfPage['getOperatorList']>>;
type Matrix = [number, number, number, number, number, number];

/** A glyph where it is painted. Points; y is the baseline, counted from the top of the page. */
export interface PdfGlyph {
  /** '' where the font does not say what the glyph means: it takes its place, but no text is invented for it */
  text: string;
  x: number;
  y: number;
  /** end of the advance */
  x1: number;
  size: number;
  font: string;
  /** false for rotated and mirrored text */
  upright: boolean;
}

interface TextState {
  matrix: Matrix;
  font: string;
  fontMatrix0: number;
  vertical: boolean;
  size: number;
  charSpacing: number;
  wordSpacing: number;
  scale: number;
  rise: number;
  leading: number;
}

interface Glyph {
  unicode?: string;
  width?: number;
  isSpace?: boolean;
}

/**
 * The glyphs of a page in the order of painting, by replaying the text operators as pdf.js's canvas does
 * (`showText` in its display/canvas.js). pdf.js's own text content cannot be used for this: it has already turned gaps
 * into spaces, with letter-spaced headings as "P r o f i l e", where words and letters are no longer told apart.
 */
export function glyphsOf(page: PdfPage, operators: Operators, pdfjs: Pdfjs, streams: MarkedContent[][]): PdfGlyph[] {
  const { OPS, Util } = pdfjs;
  const multiply = (outer: Matrix, inner: ArrayLike<number>): Matrix => Util.transform(outer, Array.from(inner)) as Matrix;
  const glyphs: PdfGlyph[] = [];
  const stack: TextState[] = [];
  let state: TextState = {
    matrix: page.getViewport({ scale: 1 }).transform as Matrix,
    font: '',
    fontMatrix0: 0.001,
    vertical: false,
    size: 0,
    charSpacing: 0,
    wordSpacing: 0,
    scale: 1,
    rise: 0,
    leading: 0,
  };
  const tags = operators.fnArray.flatMap((operator, index) => (operator === OPS.beginMarkedContentProps ? [String(operators.argsArray[index]?.[0])] : []));
  const marks = takeStream(streams, tags) ?? [];
  /** Open marked content; of one with a text of its own, the place of its first glyph. */
  const open: { actualText: string | null; from: number }[] = [];
  let markIndex = 0;
  let textMatrix: Matrix = [1, 0, 0, 1, 0, 0];
  let x = 0;
  let y = 0;
  let lineX = 0;
  let lineY = 0;

  const save = (): void => {
    if (stack.length < 10_000) stack.push({ ...state });
  };
  const restore = (): void => {
    state = stack.pop() ?? state;
  };
  const setFont = (name: string, size: number): void => {
    const font = fontOf(page, name);
    state.font = name;
    state.size = size;
    state.fontMatrix0 = font?.fontMatrix?.[0] ?? 0.001;
    state.vertical = font?.vertical === true;
  };
  const moveText = (dx: number, dy: number): void => {
    x = lineX += dx;
    y = lineY += dy;
  };
  const show = (items: (Glyph | number | null)[]): void => {
    const direction = state.size < 0 ? -1 : 1;
    const size = Math.abs(state.size);
    const toPage = multiply(state.matrix, textMatrix);
    const painted = Math.hypot(toPage[2], toPage[3]) * size;
    const upright = toPage[0] * direction > 0 && Math.abs(toPage[1]) < 0.1 * Math.abs(toPage[0]) && !state.vertical;
    const place = (tx: number, ty: number): [number, number] => [
      toPage[0] * tx + toPage[2] * ty + toPage[4],
      toPage[1] * tx + toPage[3] * ty + toPage[5],
    ];
    for (const item of items) {
      if (item === null) continue;
      if (typeof item === 'number') {
        if (state.vertical) y += (item * size) / 1000;
        else x -= ((item * size) / 1000) * state.scale * direction;
        continue;
      }
      const spacing = (item.isSpace === true ? state.wordSpacing : 0) + state.charSpacing;
      const advance = (item.width ?? 0) * size * state.fontMatrix0;
      const [px, py] = place(x, y + state.rise);
      const [ex] = place(x + advance * state.scale * direction, y + state.rise);
      if (state.vertical) y -= size + spacing;
      else x += (advance + spacing) * state.scale * direction;
      if (painted > 0 && Number.isFinite(px) && Number.isFinite(py)) {
        glyphs.push({ text: item.unicode ?? '', x: px, y: py, x1: Math.max(px, ex), size: painted, font: state.font, upright });
      }
    }
  };

  operators.fnArray.forEach((operator, index) => {
    const args = (operators.argsArray[index] ?? []) as any[]; // eslint-disable-line @typescript-eslint/no-explicit-any -- pdf.js types operands as any
    switch (operator) {
      case OPS.save:
      case OPS.beginGroup:
        return save();
      case OPS.restore:
      case OPS.endGroup:
      case OPS.paintFormXObjectEnd:
      case OPS.endAnnotation:
        return restore();
      case OPS.transform:
        state.matrix = multiply(state.matrix, args);
        return;
      case OPS.paintFormXObjectBegin:
        save();
        if (args[0]) state.matrix = multiply(state.matrix, args[0]);
        return;
      case OPS.beginAnnotation:
        save();
        state.matrix = page.getViewport({ scale: 1 }).transform as Matrix;
        if (args[2]) state.matrix = multiply(state.matrix, args[2]);
        if (args[3]) state.matrix = multiply(state.matrix, args[3]);
        return;
      case OPS.beginMarkedContentProps:
        open.push({ actualText: marks[markIndex]?.actualText ?? null, from: glyphs.length });
        markIndex += 1;
        return;
      case OPS.beginMarkedContent:
        open.push({ actualText: null, from: glyphs.length });
        return;
      case OPS.endMarkedContent:
        return useActualText(glyphs, open.pop());
      case OPS.beginText:
        textMatrix = [1, 0, 0, 1, 0, 0];
        x = y = lineX = lineY = 0;
        return;
      case OPS.setTextMatrix:
        textMatrix = Array.from((args.length === 1 ? args[0] : args) as ArrayLike<number>) as Matrix;
        x = y = lineX = lineY = 0;
        return;
      case OPS.moveText:
        return moveText(args[0], args[1]);
      case OPS.setLeadingMoveText:
        state.leading = args[1];
        return moveText(args[0], args[1]);
      case OPS.setLeading:
        state.leading = -args[0];
        return;
      case OPS.nextLine:
        return moveText(0, state.leading);
      case OPS.setCharSpacing:
        state.charSpacing = args[0];
        return;
      case OPS.setWordSpacing:
        state.wordSpacing = args[0];
        return;
      case OPS.setHScale:
        state.scale = args[0] / 100;
        return;
      case OPS.setTextRise:
        state.rise = args[0];
        return;
      case OPS.setFont:
        return setFont(args[0], args[1]);
      case OPS.setGState:
        for (const [key, value] of (args[0] ?? []) as [string, [string, number]][]) if (key === 'Font') setFont(value[0], value[1]);
        return;
      case OPS.showText:
        return show(args[0] ?? []);
    }
  });
  return glyphs;
}

/** The given text takes the place of the glyphs' own. A soft hyphen stays what is painted: the hyphen at a line's end. */
function useActualText(glyphs: PdfGlyph[], mark: { actualText: string | null; from: number } | undefined): void {
  if (mark === undefined || mark.actualText === null || mark.actualText === '\u00ad') return;
  glyphs.slice(mark.from).forEach((glyph, index) => {
    glyph.text = index === 0 ? (mark.actualText ?? '') : '';
  });
}

/** The font's name as the file has it, '' where the font was not loaded. */
export function fontNameOf(page: PdfPage, id: string): string {
  return String(fontOf(page, id)?.name ?? '');
}

function fontOf(page: PdfPage, id: string): { name?: unknown; fontMatrix?: number[]; vertical?: boolean } | null {
  try {
    return page.commonObjs.get(id) as { name?: unknown; fontMatrix?: number[]; vertical?: boolean } | null;
  } catch {
    return null;
  }
}
