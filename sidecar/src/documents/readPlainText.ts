import type { ReadDocument, ReadLimits } from './Document.ts';
import { beginsWithBullet, TextBuilder } from './textBuilder.ts';

/** Plain text: a form feed begins a page. */
export function readPlainText(text: string, limits: ReadLimits): ReadDocument {
  const builder = new TextBuilder(limits);
  for (const page of text.split('\f')) {
    builder.startPage();
    for (const line of page.split(/\r\n?|\n/)) builder.addLine(line, { listItem: beginsWithBullet(line) });
  }
  return builder.build('text');
}
