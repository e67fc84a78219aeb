import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { labelStem } from './labelKeys.ts';
import { foldAccents } from './normalise.ts';
import { supportedLanguages } from './types.ts';
import type { SupportedLanguage } from './types.ts';

/** How one name of a concept may be matched in running text. */
export interface Alias {
  text: string;
  /** the language the name belongs to; "any" for names that all languages use */
  language: SupportedLanguage | 'any';
  /**
   * free: in any case; exact: only written exactly so (".NET", "SAP"); context: exactly so and with supporting evidence
   * ("R", "Go", "Excel"); word: in any case, but with evidence, for everyday words ("production", "Recht", "taille").
   * In a list beside other skills, or as the whole text, case and evidence are not needed.
   */
  rule: 'free' | 'exact' | 'context' | 'word';
}

export const skillKinds = ['technology', 'tool', 'method', 'knowledge', 'soft'] as const;
export type SkillKind = (typeof skillKinds)[number];

interface Concept {
  id: string;
  /** ids of the next broader concepts */
  broader: readonly string[];
  related: readonly string[];
  aliases: readonly Alias[];
}

export interface Skill extends Concept {
  kind: SkillKind;
  /** ids of skills that using this one presupposes: Spring Boot requires Java */
  requires: readonly string[];
  /** true when the direct narrower skills count as related to one another (frontend frameworks do, languages do not) */
  siblingsRelated: boolean;
  /** stems of folded words that support a name which needs evidence, and folded words that, next to it, exclude it */
  context: ReadonlySet<string>;
  excludedBy: ReadonlySet<string>;
}

export interface Occupation extends Concept {
  /** neighbouring professions share it */
  group: string;
}

export interface OrdinaryPhrase {
  text: string;
  language: SupportedLanguage | 'any';
}

export interface TaxonomyData {
  skills: ReadonlyMap<string, Skill>;
  occupations: ReadonlyMap<string, Occupation>;
  /** phrases of everyday language that contain a name but mean no skill: "in production", "react to" */
  ordinaryPhrases: readonly OrdinaryPhrase[];
  /** first 12 hex digits of the SHA-256 of the data files */
  revision: string;
}

/**
 * Reads the data files, one concept a line; docs/language.md describes the columns.
 * @throws Error naming file and line of the first mistake: the data ships with the code, so it is a fault of ours.
 */
export function readTaxonomy(folder = new URL('./taxonomy/', import.meta.url)): TaxonomyData {
  const skills = new Map<string, Skill>();
  const occupations = new Map<string, Occupation>();
  const ordinaryPhrases: OrdinaryPhrase[] = [];
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.psv')).sort()) {
    const content = readFileSync(new URL(file, folder), 'utf8');
    hash.update(`${file}\0${content}\0`);
    content.split('\n').forEach((line, index) => {
      if (!line.trim() || line.startsWith('#')) return;
      const where = `${file}:${index + 1}`;
      if (file.startsWith('ordinary-phrases')) ordinaryPhrases.push(...parsePhrases(line, where));
      else if (file.startsWith('occupations')) addOnce(occupations, parseOccupation(line, where), where);
      else addOnce(skills, parseSkill(line, where), where);
    });
  }
  checkReferences(skills);
  checkReferences(occupations);
  return { skills, occupations, ordinaryPhrases, revision: hash.digest('hex').slice(0, 12) };
}

function parseSkill(line: string, where: string): Skill {
  const [id, kind, broader, related, context, ...names] = columns(line, where);
  if (!skillKinds.includes(kind as SkillKind)) throw new Error(`${where}: unknown kind "${kind}"`);
  const links = list(related, ',');
  const words = list(context, ',');
  return {
    id: `skill/${id}`,
    kind: kind as SkillKind,
    broader: list(broader, ',').map((name) => `skill/${name}`),
    related: links.filter((name) => !name.startsWith('+')).map((name) => `skill/${name}`),
    requires: links.filter((name) => name.startsWith('+')).map((name) => `skill/${name.slice(1)}`),
    siblingsRelated: words.includes('@siblings'),
    context: new Set(words.filter((word) => !/^[-@]/.test(word)).map((word) => labelStem(foldAccents(word.toLowerCase())))),
    excludedBy: new Set(words.filter((word) => word.startsWith('-')).map((word) => foldAccents(word.slice(1).toLowerCase()))),
    aliases: parseNames(names, where),
  };
}

function parseOccupation(line: string, where: string): Occupation {
  const [id, group, broader, related, ...names] = columns(line, where);
  if (!group) throw new Error(`${where}: an occupation needs a group`);
  return {
    id: `occupation/${id}`,
    group,
    broader: list(broader, ',').map((name) => `occupation/${name}`),
    related: list(related, ',').map((name) => `occupation/${name}`),
    aliases: parseNames(names, where),
  };
}

/** "en|in production;react to" */
function parsePhrases(line: string, where: string): OrdinaryPhrase[] {
  const [code, phrases, ...rest] = line.split('|').map((cell) => cell.trim());
  const language = (['any', ...supportedLanguages] as const).find((known) => known === code);
  if (!language || rest.length > 0) throw new Error(`${where}: expected a language and its phrases`);
  return list(phrases, ';').map((text) => ({ text, language }));
}

function columns(line: string, where: string): string[] {
  const cells = line.split('|').map((cell) => cell.trim());
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(cells[0]!)) throw new Error(`${where}: "${cells[0]}" is no id`);
  return cells;
}

/** Columns in the order any, en, fr, de, es, it, pt, nl; the first name of a column is the label. */
function parseNames(cells: string[], where: string): Alias[] {
  const order = ['any', ...supportedLanguages] as const;
  if (cells.length > order.length) throw new Error(`${where}: more columns than languages`);
  const aliases = cells.flatMap((cell, column) =>
    list(cell, ';').flatMap((name): Alias[] => {
      const rule = ruleOf.get(name[0]!) ?? 'free';
      const text = rule === 'free' ? name : name.slice(1);
      return expand(text).map((form) => ({ text: form, language: order[column]!, rule }));
    }),
  );
  if (aliases.length === 0) throw new Error(`${where}: a concept needs a name`);
  return aliases;
}

const ruleOf = new Map<string, Alias['rule']>([
  ['!', 'context'],
  ['=', 'exact'],
  ['?', 'word'],
]);

/** "enfermer[o,a]" → enfermero, enfermera; several brackets vary together ("técnic[o,a] sociosanitari[o,a]"). */
function expand(name: string): string[] {
  const first = /\[([^[\]]*)\]/.exec(name);
  if (!first) return [name];
  return first[1]!.split(',').map((_, form) => name.replace(/\[([^[\]]*)\]/g, (_match, forms: string) => forms.split(',')[form] ?? ''));
}

function list(cell: string | undefined, separator: string): string[] {
  return (cell ?? '').split(separator).map((item) => item.trim()).filter(Boolean);
}

function addOnce<T extends Concept>(concepts: Map<string, T>, concept: T, where: string): void {
  if (concepts.has(concept.id)) throw new Error(`${where}: ${concept.id} stands twice`);
  concepts.set(concept.id, concept);
}

function checkReferences(concepts: ReadonlyMap<string, Concept & { requires?: readonly string[] }>): void {
  for (const concept of concepts.values()) {
    for (const id of [...concept.broader, ...concept.related, ...(concept.requires ?? [])]) {
      if (!concepts.has(id)) throw new Error(`${concept.id} refers to ${id}, which does not exist`);
    }
  }
}
