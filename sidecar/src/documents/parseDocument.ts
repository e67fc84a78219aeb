import type { DocumentKind, ReadDocument, ReadLimits } from './Document.ts';
import { decodeText } from './decodeText.ts';
import { readDocx } from './readDocx.ts';
import { readHtml } from './readHtml.ts';
import { readMarkdown } from './readMarkdown.ts';
import { readOdt } from './readOdt.ts';
import { readPdf } from './readPdf.ts';
import { readPlainText } from './readPlainText.ts';
import { readRtf } from './readRtf.ts';

/** The parse of one document, without protection against endless ones: run it inside a thread that can be killed. */
export async function parseDocument(bytes: Uint8Array, kind: DocumentKind, limits: ReadLimits): Promise<ReadDocument> {
  switch (kind) {
    case 'pdf':
      return readPdf(bytes, limits);
    case 'docx':
      return readDocx(bytes, limits);
    case 'odt':
      return readOdt(bytes, limits);
    case 'rtf':
      return readRtf(bytes, limits);
    case 'html':
      return readHtml(bytes, limits);
    case 'markdown':
      return readMarkdown(decodeText(bytes), limits);
    case 'text':
      return readPlainText(decodeText(bytes), limits);
  }
}
