import { Parser } from 'htmlparser2';
import type { ReadDocument, ReadLimits } from './Document.ts';
import { decodeText } from './decodeText.ts';
import { beginsWithBullet, TextBuilder } from './textBuilder.ts';

const blocks = new Set(
  'address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead title tr ul'.split(' '),
);
const spaced = new Set('article aside blockquote dl figure footer h1 h2 h3 h4 h5 h6 header main nav ol p pre section table ul'.split(' '));
const dropped = new Set('script style template noscript head svg math object iframe canvas select textarea button audio video'.split(' '));
const bolds = new Set(['b', 'strong', 'th', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);

/** HTML to lines by its block elements; scripts, styles and what is hidden by attribute or inline style is left out. */
export function readHtml(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const builder = new TextBuilder(limits);
  let line: { text: string; bold: boolean }[] = [];
  let hiddenDepth = 0;
  let boldDepth = 0;
  let preDepth = 0;
  let itemDepth = 0;
  let heading: number | null = null;
  // One entry an open element, as the closing event does not repeat the attributes.
  const hiddenStack: boolean[] = [];

  const flush = (): void => {
    const text = line.map((run) => run.text).join('');
    const visible = line.filter((run) => run.text.trim() !== '');
    line = [];
    if (text.trim() === '') return;
    const tidy = preDepth > 0 ? text : text.replace(/(?:(?<! ) +)?\t */g, '\t').replace(/ +/g, ' ');
    builder.addLine(tidy, {
      bold: visible.every((run) => run.bold),
      headingLevel: heading,
      listItem: itemDepth > 0 || (heading === null && beginsWithBullet(tidy)),
    });
  };

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const hidden = dropped.has(name) || isHidden(attributes);
        hiddenStack.push(hidden);
        if (hidden) hiddenDepth += 1;
        if (hidden && !dropped.has(name)) builder.warn('hidden_text_left_out', 'The document holds hidden text, which was left out.');
        if (hiddenDepth > 0) return;
        if (blocks.has(name)) flush();
        if (spaced.has(name)) builder.addGap();
        if ((name === 'td' || name === 'th') && line.length > 0) line.push({ text: '\t', bold: true });
        if (bolds.has(name)) boldDepth += 1;
        if (name === 'pre') preDepth += 1;
        if (name === 'li') itemDepth += 1;
        if (/^h[1-6]$/.test(name)) heading = Number(name[1]);
      },
      onclosetag(name) {
        const wasHidden = hiddenDepth > 0;
        if (hiddenStack.pop() === true) hiddenDepth -= 1;
        if (wasHidden) return;
        if (blocks.has(name)) flush();
        if (spaced.has(name)) builder.addGap();
        if (bolds.has(name)) boldDepth -= 1;
        if (name === 'pre') preDepth -= 1;
        if (name === 'li') itemDepth -= 1;
        if (/^h[1-6]$/.test(name)) heading = null;
      },
      ontext(text) {
        if (hiddenDepth > 0) return;
        if (preDepth > 0) line.push({ text, bold: boldDepth > 0 });
        else line.push({ text: text.replace(/[ \t\r\n\f]+/g, ' '), bold: boldDepth > 0 });
      },
    },
    { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: false },
  );
  parser.write(decodeHtml(bytes));
  parser.end();
  flush();
  return builder.build('html');
}

function isHidden(attributes: Record<string, string>): boolean {
  if ('hidden' in attributes) return true;
  return /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$))/i.test(attributes['style'] ?? '');
}

/** The declared character set counts only where the bytes have no mark and are not valid UTF-8 anyway. */
function decodeHtml(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  const declared = /<meta[^<>]+charset\s*=\s*(?:["']\s*)?([\w-]+)/i.exec(head)?.[1];
  if (declared !== undefined && !/^utf-?(?:8|16)/i.test(declared) && !isUtf8(bytes)) {
    try {
      return new TextDecoder(declared).decode(bytes);
    } catch {
      return decodeText(bytes); // an unknown name
    }
  }
  return decodeText(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
