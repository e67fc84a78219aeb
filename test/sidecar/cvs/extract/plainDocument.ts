import type { DocumentLine, ReadDocument } from '../../../../sidecar/src/documents/Document.ts';

/** Text → what the reader would make of it; layout facts of single lines may be given by their content. */
export function plainDocument(text: string, layout: Record<string, Partial<DocumentLine>> = {}): ReadDocument {
  const lines: DocumentLine[] = [];
  let at = 0;
  for (const raw of text.split('\n')) {
    const content = raw.trim();
    const start = at + raw.indexOf(content);
    if (content !== '') {
      lines.push({
        page: 1, start, end: start + content.length, x: null, y: null, width: null, fontSize: null, bold: false, headingLevel: null,
        listItem: /^[•*-] /.test(content), ...layout[content],
      });
    }
    at += raw.length + 1;
  }
  return { kind: 'text', mediaType: 'text/plain', text, pages: [{ page: 1, start: 0, end: text.length }], lines, createdAt: null, modifiedAt: null, warnings: [] };
}
