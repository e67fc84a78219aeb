import { AppError } from '../platform/errors.ts';
import { descendants, textOf, type XmlElement } from './xmlTree.ts';

/** Visible characters below which a document with pictures counts as a scan: a page number or a stamp is not a CV. */
export const needsOcrBelow = 40;

export function needsOcr(): AppError {
  return new AppError(
    'needs_ocr',
    'The document holds pictures but no readable text, as a scan does. Run text recognition (OCR) on it, or upload a PDF or DOCX that holds text.',
  );
}

/** Dates of docProps/core.xml (Dublin Core) or an ODF meta.xml, as ISO 8601 in UTC. */
export function officeDates(root: XmlElement | null): { createdAt: string | null; modifiedAt: string | null } {
  const date = (...names: string[]): string | null => {
    if (root === null) return null;
    for (const name of names) {
      const element = descendants(root, name)[0];
      const time = element === undefined ? NaN : Date.parse(textOf(element).trim());
      if (!Number.isNaN(time)) return new Date(time).toISOString();
    }
    return null;
  };
  return { createdAt: date('created', 'creation-date'), modifiedAt: date('modified', 'date') };
}
