import { findSkills, getSkill } from '../../language/taxonomy.ts';
import type { SkillMention, SupportedLanguage } from '../../language/types.ts';
import { hasAny } from './foldText.ts';
import { vocabularies } from './vocabulary/index.ts';

/** Skills of which any one will do. Offsets are units into the clause. */
export interface SkillGroup {
  skillIds: string[];
  /** names the taxonomy does not hold: acronyms and product names in mixed case */
  skillNames: string[];
  start: number;
  end: number;
}

/**
 * The skills of one clause, alternatives together ("Java or Kotlin", "Zendesk oder vergleichbar"), others apart.
 * Soft skills are left out: CVs are silent on them or claim them all, so they decide nothing.
 */
export function groupSkills(clause: string, folded: string, language: SupportedLanguage): SkillGroup[] {
  const mentions = findSkills(clause, language).filter((mention) => getSkill(mention.skillId)?.kind !== 'soft');
  const items = [...mentions.map(fromMention), ...properNames(clause, mentions)].sort((a, b) => a.start - b.start);
  if (items.length < 2) return items;
  const words = [...vocabularies[language].or, ...(language === 'en' ? [] : vocabularies.en.or)];
  const cues = vocabularies[language].alternativeCues;
  // What stands before each item, and for each item whether the comma list it begins or goes on with ends in "or".
  const before = items.map((item, i) => folded.slice(items[i - 1]?.end ?? 0, item.start));
  const endsInOr = Array<boolean>(items.length).fill(false);
  for (let i = items.length - 2; i >= 0; i--) endsInOr[i] = isComma(before[i + 1]!) ? endsInOr[i + 1]! : hasAny(before[i + 1]!, words);
  const cued = hasAny(before[0]!, cues) || hasAny(folded.slice(items.at(-1)!.end, items.at(-1)!.end + 40), cues);
  const groups: SkillGroup[] = [];
  items.forEach((item, i) => {
    const last = groups.at(-1);
    if (last && joinsAlternatives(i)) {
      for (const id of item.skillIds) if (!last.skillIds.includes(id)) last.skillIds.push(id);
      last.skillNames.push(...item.skillNames);
      last.end = item.end;
    } else groups.push({ ...item, skillIds: [...item.skillIds], skillNames: [...item.skillNames] });
  });
  return groups;

  function joinsAlternatives(i: number): boolean {
    const between = before[i]!;
    if (between.length > 60) return false;
    if (hasAny(between, words) || /^\s?\/\s?$/.test(between)) return true;
    if (hasAny(between, cues)) return true;
    // "a JVM language: Java, Kotlin": what follows the colon are instances of what precedes it.
    if (/^[^,.;]{0,20}:\s*$/.test(between)) return true;
    // "A, B or C": a comma belongs to the alternatives when the list ends in "or", or when a cue opens or closes the list.
    if (!isComma(between) && !/^\s*[(:]\s*$/.test(between)) return false;
    return endsInOr[i]! || cued;
  }
}

const isComma = (between: string): boolean => /^[^\p{L},]*,[^\p{L}]*$/u.test(between);

function fromMention(mention: SkillMention): SkillGroup {
  return { skillIds: [mention.skillId], skillNames: [], start: mention.start, end: mention.end };
}

/**
 * Names of tools and standards that no taxonomy holds completely: capitals and digits ("GD&T", "ISO 9001", "MT940"),
 * or mixed case ("SolidCAM"). Words with one capital are left, since German and line beginnings capitalise anything.
 */
function properNames(clause: string, mentions: SkillMention[]): SkillGroup[] {
  const found: SkillGroup[] = [];
  const mentioned = new Uint8Array(clause.length);
  for (const mention of mentions) mentioned.fill(1, mention.start, mention.end);
  for (const match of clause.matchAll(/(?<![\p{L}\p{N}])(?:\p{Lu}[&/+.-]?[\p{Lu}\p{N}]+(?:[&/+.-][\p{Lu}\p{N}]+)*(?:\s\d{2,6})?|\p{Lu}\p{Ll}+\p{Lu}[\p{L}\p{N}]+)(?![\p{L}\p{N}])/gu)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (mentioned.subarray(start, end).includes(1)) continue;
    if (notNames.test(match[0]) || match[0].length < 2) continue;
    found.push({ skillIds: [], skillNames: [match[0]], start, end });
  }
  return found;
}

/** Levels, gender tags, money, legal forms, countries, and words of procedure */
const notNames = /^(?:[ABC][12]|[MWFHDX](?:\/[MWFHDX])+|EUR|USD|CHF|GBP|CV|HR|IT|GMBH|AG|SA|SAS|SPA|BV|LTD|INC|CDI|CDD|EU|UE|UK|USA|US|DACH|II|III|IV|VI|RH|OK|ID|PDF|KG|CET|UTC|HBO|MBO|WO|CAP|CFC|BEP|BTS|DUT|FP|ITS|CNH)$/i;

