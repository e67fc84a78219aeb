import { childElements, firstChild, type XmlElement } from './xmlTree.ts';

export interface DocxParagraphStyle {
  bold: boolean;
  fontSize: number | null;
  headingLevel: number | null;
  listItem: boolean;
}

export interface DocxStyles {
  paragraph(id: string | undefined): DocxParagraphStyle;
  character(id: string | undefined): { bold: boolean | undefined; fontSize: number | null };
}

/** Styles with what they inherit (`basedOn`). Names are in English in the file whatever the language of Word is. */
export function readDocxStyles(root: XmlElement | null): DocxStyles {
  const elements = root === null ? [] : childElements(root, 'style');
  const byId = new Map(elements.map((style) => [style.attributes['styleId'] ?? '', style]));
  const defaultId = elements.find(
    (style) => style.attributes['type'] === 'paragraph' && ['1', 'true'].includes(style.attributes['default'] ?? ''),
  )?.attributes['styleId'];
  const documentSize = halfPoints(root === null ? undefined : firstChild(root, 'docDefaults', 'rPrDefault', 'rPr', 'sz'));

  /** The style and its ancestors, nearest first; a loop of `basedOn` ends. */
  const chain = (id: string | undefined): XmlElement[] => {
    const found: XmlElement[] = [];
    let style = id === undefined ? undefined : byId.get(id);
    while (style !== undefined && !found.includes(style)) {
      found.push(style);
      style = byId.get(firstChild(style, 'basedOn')?.attributes['val'] ?? '');
    }
    return found;
  };

  const character = (id: string | undefined): { bold: boolean | undefined; fontSize: number | null } => {
    const styles = chain(id);
    const bold = styles.map((style) => firstChild(style, 'rPr', 'b')).find((element) => element !== undefined);
    const size = styles.map((style) => halfPoints(firstChild(style, 'rPr', 'sz'))).find((value) => value !== null);
    return {
      bold: bold === undefined ? undefined : !['0', 'false', 'off'].includes(bold.attributes['val'] ?? 'true'),
      fontSize: size ?? null,
    };
  };

  const paragraph = (id: string | undefined): DocxParagraphStyle => {
    const used = id ?? defaultId;
    const styles = chain(used);
    const look = character(used);
    return {
      bold: look.bold ?? false,
      fontSize: look.fontSize ?? documentSize,
      headingLevel: headingLevel(styles, id),
      listItem: styles.some((style) => firstChild(style, 'pPr', 'numPr', 'numId') !== undefined),
    };
  };

  const known = new Map<string | undefined, DocxParagraphStyle>();
  return {
    paragraph: (id) => {
      const style = known.get(id) ?? paragraph(id);
      known.set(id, style);
      return style;
    },
    character,
  };
}

function headingLevel(styles: XmlElement[], id: string | undefined): number | null {
  for (const style of styles) {
    const outline = Number(firstChild(style, 'pPr', 'outlineLvl')?.attributes['val'] ?? NaN);
    if (outline >= 0 && outline < 9) return outline + 1;
    const name = firstChild(style, 'name')?.attributes['val'] ?? '';
    const numbered = /^heading ([1-9])$/i.exec(name);
    if (numbered !== null) return Number(numbered[1]);
    if (/^title$/i.test(name)) return 1;
  }
  const byId = /^heading([1-9])$/i.exec(id ?? '');
  return byId === null ? null : Number(byId[1]);
}

function halfPoints(element: XmlElement | undefined): number | null {
  const value = Number(element?.attributes['val'] ?? NaN);
  return Number.isFinite(value) ? value / 2 : null;
}
