import type { ReadDocument, ReadLimits } from './Document.ts';
import { beginsWithBullet, TextBuilder } from './textBuilder.ts';

/**
 * Markdown as lines: marks that only format (hashes, emphasis, code fences, table rules) go, words and addresses stay.
 * Only what a CV uses is known; everything else stays as it is written.
 */
export function readMarkdown(text: string, limits: ReadLimits): ReadDocument {
  const builder = new TextBuilder(limits);
  const lines = text.replace(/^\ufeff/, '').split(/\r\n?|\n/);
  lines.forEach((line, index) => {
    if (/^\s*(?:```|~~~|([-*_])\s*(?:\1\s*){2,}$|(?:\|\s*)?:?-{3,}:?\s*(?:\||$))/.test(line) || /^\s*=+\s*$/.test(line)) {
      builder.addGap();
      return;
    }
    const hashes = /^ {0,3}(#{1,6})\s+(\S.*)?$/.exec(line);
    const underline = lines[index + 1] ?? '';
    const underlined = line.trim() === '' ? null : /^ {0,3}=+\s*$/.test(underline) ? 1 : /^ {0,3}-{2,}\s*$/.test(underline) ? 2 : null;
    const headingLevel = hashes?.[1]?.length ?? underlined;
    const content = hashes ? (hashes[2] ?? '').trimEnd().replace(/(?<!#)#+$/, '').trimEnd() : line.replace(/^\s*>\s?/, '');
    builder.addLine(inlineText(content), {
      headingLevel,
      listItem: headingLevel === null && beginsWithBullet(content),
      bold: /^\s*(?:[-*+]\s+)?(\*\*|__)[^*_]+\1\s*$/.test(content),
    });
  });
  return builder.build('markdown');
}

function inlineText(line: string): string {
  return line
    .replace(/!\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replace(/\[([^[\]]+)\]\((?:mailto:|tel:)?((?:[^\s()]|\([^\s()]*\))+)(?:\s[^()]*)?\)/g, (_, label: string, target: string) =>
      label === target || target.startsWith('#') ? label : `${label} (${target})`,
    )
    .replace(/<((?:https?:|mailto:)[^<>]+)>/g, '$1')
    .replace(/(\*\*|__)(?=\S)((?:(?!\1).)+)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])/g, '$1')
    .replace(/`([^`]+)`/g, '$1')
    .replace(/^\s*\|(.*)\|\s*$/, (_, cells: string) => cells.split('|').map((cell) => cell.trim()).join('\t'))
    .replace(/\\([\\`*_{}[\]()#+\-.!|])/g, '$1');
}
