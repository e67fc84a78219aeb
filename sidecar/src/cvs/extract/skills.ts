import { columnsOf, joinWrapped, type CvLine } from './cvLines.ts';
import { stated, type Found } from './found.ts';
import { fold } from './fold.ts';
import { connectors } from './vocabulary.ts';
import { part, passageOf, split, type Passage } from './passage.ts';

export interface SkillItem {
  name: Found;
  /** "Programming languages" of "Programming languages: Java, Kotlin" */
  category: string | null;
}

/** A CV lists fewer; every item is looked up in the taxonomy. */
const maxItems = 300;

/** The items of the skills sections, as listed. */
export function findSkillItems(lines: readonly CvLine[], allLines: readonly CvLine[]): SkillItem[] {
  const groups = joinSkillLines(lines, allLines);
  const passages = groups.map(passageOf);
  const separators = passages.some((passage) => /\s[|•·∙⋅●]\s?|[•|]/u.test(passage.text)) ? 'marks' : null;
  // "Excel: sorting, filters" is one item of many; where most lines look like it they are categories
  const colons = passages.filter((passage) => categoryEnd(passage.text) > 0).length;
  const categorised = passages.length <= 2 || colons >= passages.length / 2;
  const items: SkillItem[] = [];
  const seen = new Set<string>();
  const add = (passage: Passage, category: string | null, confidence: number): void => {
    const trimmed = part(passage, 0, Infinity, /[\s,;:·•|.–—-]/u);
    const kept = /\.$/.test(passage.text) && /\p{L}\.\p{L}?\.?$/u.test(passage.text) ? passage : trimmed;
    const words = kept.text.split(/\s+/).length;
    if (kept.text.length < 1 || kept.text.length > 90 || words > 12 || !/\p{L}/u.test(kept.text)) return;
    if (seen.has(fold(kept.text)) || seen.size >= maxItems) return;
    seen.add(fold(kept.text));
    items.push({ name: stated(kept, confidence - (words > 6 ? 0.15 : 0)), category });
  };
  const titles = categoryLines(groups);
  let heading: string | null = null;
  for (const [index, passage] of passages.entries()) {
    if (titles.has(index)) {
      heading = passage.text.replace(/:$/, '').trim();
      continue;
    }
    const colon = categorised ? categoryEnd(passage.text) : -1;
    const category = colon > 0 ? passage.text.slice(0, colon).trim() : heading;
    const list = colon > 0 ? part(passage, colon + 1, Infinity) : passage;
    const isItem = groups[index]![0]!.listItem;
    const marked = split(list, /(?:(?<!\s)\s+)?[|•·∙⋅●▪]\s*|;\s+|\t/u);
    if (marked.length > 1) for (const each of marked) add(each, category, 0.92);
    else if ((category !== null && colon > 0) || (separators === null && isCommaList(list.text, isItem ? 5 : category !== null ? 2 : 3))) for (const each of split(list, /,\s+|;\s*/u)) add(each, category, 0.88);
    else add(list, category, isItem ? 0.9 : 0.8);
  }
  return items;
}

/**
 * A narrow column wraps items. One goes on in the next line where the line was full or ends in the middle, and where the
 * distance is that of lines, not of items.
 */
function joinSkillLines(lines: readonly CvLine[], allLines: readonly CvLine[]): CvLine[][] {
  const columnOf = columnsOf(allLines);
  const inline = lines.some((line) => /[|•·∙⋅●]/u.test(line.text) || (line.text.match(/,/g)?.length ?? 0) >= 3);
  if (inline) return joinWrapped(lines, columnOf);
  const groups: CvLine[][] = [];
  for (const line of lines) {
    const last = groups.at(-1)?.at(-1);
    if (last && isSameItem(last, line, lines, columnOf(line).lineGap)) groups.at(-1)!.push(line);
    else groups.push([line]);
  }
  return groups;
}

function isSameItem(line: CvLine, next: CvLine, lines: readonly CvLine[], lineGap: number | null): boolean {
  if (next.listItem || next.row === line.row || next.fontSize !== line.fontSize || next.bold !== line.bold) return false;
  const unfinished = /[,/&(–-]$/u.test(line.text) || connectors.has(fold(line.text.split(/\s+/).at(-1)!));
  const inBracket = line.text.lastIndexOf('(') > line.text.lastIndexOf(')');
  if (line.y === null || next.y === null || line.right === null) return (unfinished || inBracket) && !line.gapBefore && /^[\p{Ll}(]/u.test(next.text);
  if (next.y <= line.y || next.page !== line.page) return false;
  const extra = lineGap === null ? 0 : next.y - line.y - lineGap;
  if (unfinished || inBracket) return extra < 1.7;
  const right = Math.max(...lines.filter((other) => other.x !== null && Math.abs(other.x - line.x!) < 8 && other.page === line.page).map((other) => other.right ?? 0));
  const perCharacter = (line.right - line.x!) / Math.max(1, line.text.length);
  const full = line.right + (next.text.split(/\s+/)[0]!.length + 1) * perCharacter > right;
  return full && extra < (/^[\p{Ll}(]/u.test(next.text) ? 1.2 : 0.4);
}

function categoryEnd(text: string): number {
  const colon = text.search(/\s?:\s/);
  return colon < 2 || colon > 40 || /[|•·,]/.test(text.slice(0, colon)) ? -1 : text.indexOf(':', colon);
}

/** Lines that head the ones below: bold among others that are not, or ending with a colon. */
function categoryLines(groups: CvLine[][]): Set<number> {
  // two cells a row, the second one a list: "Programming | Java, Kotlin"
  const beside = groups.flatMap((group, index) => (groups[index + 1]?.[0]!.row === group[0]!.row && groups[index - 1]?.[0]!.row !== group[0]!.row ? [index] : []));
  const lists = beside.filter((index) => /,\s/.test(groups[index + 1]![0]!.text) && !/,/.test(groups[index]![0]!.text));
  if (lists.length >= 2 && lists.length >= beside.length / 2) return new Set(beside);
  const bold = groups.filter((group) => group[0]!.bold).length;
  const isTitle = (group: CvLine[], index: number): boolean => {
    const next = groups[index + 1];
    if (!next || group[0]!.listItem || group[0]!.text.length > 45) return false;
    return (group[0]!.bold && bold <= groups.length / 2 && !next[0]!.bold) || (/:$/.test(group.at(-1)!.text) && next[0]!.row !== group[0]!.row);
  };
  return new Set(groups.flatMap((group, index) => (isTitle(group, index) ? [index] : [])));
}

function isCommaList(text: string, least: number): boolean {
  const parts = text.split(/,\s+/);
  return parts.length >= least && parts.every((each) => each.split(/\s+/).length <= 6);
}
