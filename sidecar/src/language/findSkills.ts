import { tokensWithOffsets } from './normalise.ts';
import type { Token } from './normalise.ts';
import { labelStem, linkingWords } from './labelKeys.ts';
import type { Alias, OrdinaryPhrase, Skill } from './taxonomyData.ts';
import { supportedLanguages } from './types.ts';
import type { SkillMention, SupportedLanguage } from './types.ts';

/** A finder for one text language; build it once per language, its trie is a few thousand nodes. */
export type SkillFinder = (text: string) => SkillMention[];

/**
 * Matches the names of the text's language, the English ones (CVs borrow them everywhere) and the language-neutral ones,
 * on token boundaries; the longest name wins. One pass over the tokens; a step looks ahead by the longest name at most.
 * @param language null: names of all languages
 * @param phrases of ordinary language that contain a name but mean no skill
 * @param onStep called for each node visited, so that tests can count the work
 */
export function createSkillFinder(
  skills: Iterable<Skill>,
  language: SupportedLanguage | null,
  phrases: Iterable<OrdinaryPhrase> = [],
  onStep?: () => void,
): SkillFinder {
  const languages = new Set<string>(language ? ['any', 'en', language] : ['any', ...supportedLanguages]);
  const root = buildTrie(skills, languages);
  const ordinary = buildPhrases(phrases, languages);
  return (text) => {
    const tokens = tokensWithOffsets(text);
    const found: Found[] = [];
    for (let i = 0; i < tokens.length; ) {
      const match = longestMatch(root, text, tokens, i, onStep);
      const phraseEnd = lastTokenOfPhrase(ordinary, text, tokens, i);
      if (phraseEnd >= Math.max(i, match?.lastToken ?? 0) && !isOutgrown(phraseEnd, i)) {
        i = phraseEnd + 1;
        continue;
      }
      if (match) found.push(match);
      i = match ? match.lastToken + 1 : i + 1;
    }
    decidePending(found, text, tokens);
    return found.filter((match) => match.confidence > 0).map(toMention(text));

    /** "in production planning" is no "in production": a name that begins inside a phrase and outlasts it is meant. */
    function isOutgrown(phraseEnd: number, first: number): boolean {
      for (let i = first + 1; i <= phraseEnd; i++) {
        if ((longestMatch(root, text, tokens, i, onStep)?.lastToken ?? 0) > phraseEnd) return true;
      }
      return false;
    }
  };
}

interface PhraseNode {
  next: Map<string, PhraseNode>;
  ends: boolean;
}

function buildPhrases(phrases: Iterable<OrdinaryPhrase>, languages: ReadonlySet<string>): PhraseNode {
  const root: PhraseNode = { next: new Map(), ends: false };
  for (const { text, language } of phrases) {
    if (!languages.has(language)) continue;
    let node = root;
    // "#" stands for a word that begins with a digit: "sales of #", "spring #".
    for (const word of text.match(/#|[^\s#]+/g) ?? []) {
      for (const key of word === '#' ? ['#'] : tokensWithOffsets(word).map((token) => token.text)) {
        let next = node.next.get(key);
        if (!next) node.next.set(key, (next = { next: new Map(), ends: false }));
        node = next;
      }
    }
    node.ends = node !== root;
  }
  return root;
}

/** @returns the last token of the longest phrase that begins at `first`, or -1 */
function lastTokenOfPhrase(root: PhraseNode, text: string, tokens: Token[], first: number): number {
  let node: PhraseNode | undefined = root;
  let last = -1;
  for (let i = first; i < tokens.length; i++) {
    const token: Token = tokens[i]!;
    const gap = i > first ? text.slice(tokens[i - 1]!.end, token.start) : '';
    if (gap.length > 3 || /[.,;:!?|•]\s|\n\s*\n/.test(gap)) break;
    node = node.next.get(token.text) ?? (/^\d/.test(token.text) ? node.next.get('#') : undefined);
    if (!node) break;
    if (node.ends) last = i;
  }
  return last;
}

interface Entry {
  skill: Skill;
  alias: Alias;
  /** punctuation the name begins with (".NET"); it must stand in the text too */
  lead: string;
}

interface Node {
  /** by exact folded token, for names all languages use */
  exact: Map<string, Node>;
  /** by stem, for words that a language inflects */
  stem: Map<string, Node>;
  entries: Entry[];
}

interface Found {
  entry: Entry;
  start: number;
  end: number;
  firstToken: number;
  lastToken: number;
  /** 0 while the mention needs evidence */
  confidence: number;
}

const newNode = (): Node => ({ exact: new Map(), stem: new Map(), entries: [] });

function buildTrie(skills: Iterable<Skill>, languages: ReadonlySet<string>): Node {
  const root = newNode();
  for (const skill of skills) {
    for (const alias of skill.aliases) {
      if (!languages.has(alias.language)) continue;
      let tokens = tokensWithOffsets(alias.text).map((token) => token.text);
      const inflected = alias.language !== 'any' && (alias.rule === 'free' || alias.rule === 'word');
      if (inflected && tokens.length > 2) tokens = tokens.filter((token, i) => i === 0 || !linkingWords.has(token));
      let node = root;
      for (const token of tokens) {
        const children = inflected ? node.stem : node.exact;
        const key = inflected ? labelStem(token) : token;
        let child = children.get(key);
        if (!child) children.set(key, (child = newNode()));
        node = child;
      }
      if (node !== root) node.entries.push({ skill, alias, lead: /^[^\p{L}\p{N}]*/u.exec(alias.text)![0] });
    }
  }
  return root;
}

function longestMatch(root: Node, text: string, tokens: Token[], first: number, onStep?: () => void): Found | null {
  let best: Found | null = null;
  const visit = (node: Node, next: number) => {
    onStep?.();
    if (node.entries.length && (!best || next - 1 > best.lastToken || best.confidence === 0)) {
      for (const entry of node.entries) {
        const match = check(entry, text, tokens, first, next - 1);
        if (match && (!best || match.lastToken > best.lastToken || match.confidence > best.confidence)) best = match;
      }
    }
    const token = tokens[next];
    if (!token || (node !== root && !joins(text, tokens[next - 1]!, token))) return;
    const exact = node.exact.get(token.text) ?? (token.text.length > 4 ? node.exact.get(token.text.replace(/s$/, '')) : undefined);
    if (exact) visit(exact, next + 1);
    const stem = node.stem.get(labelStem(token.text));
    if (stem) visit(stem, next + 1);
    // "gestion (de) (la) qualité": linking words inside a name may come and go.
    if (node !== root && node.stem.size > 0 && linkingWords.has(token.text)) visit(node, next + 1);
  };
  visit(root, first);
  return best;
}

/** Words of one name are joined by a space, a hyphen, a dot, a slash, an apostrophe or a single line break. */
function joins(text: string, left: Token, right: Token): boolean {
  return /^(?:[ \t\u00a0]*(?:\n[ \t\u00a0]*)?|[-‐‑–._/&'’]| [-–/&] )$/.test(text.slice(left.end, right.start));
}

function check(entry: Entry, text: string, tokens: Token[], firstToken: number, lastToken: number): Found | null {
  // A name never ends in a linking word that was only skipped.
  if (entry.alias.language !== 'any' && lastToken > firstToken && linkingWords.has(tokens[lastToken]!.text)) return null;
  const start = tokens[firstToken]!.start - entry.lead.length;
  const end = tokens[lastToken]!.end;
  const written = text.slice(Math.max(0, start), end);
  const { rule } = entry.alias;
  if (entry.lead && !written.startsWith(entry.lead)) return null;
  if (excluded(entry.skill, tokens, firstToken, lastToken) || isInitial(written, text, start, end)) return null;
  const found: Found = { entry, start, end, firstToken, lastToken, confidence: 0 };
  if (text.trim().length === end - start) found.confidence = 1;
  else if (rule === 'free') found.confidence = entry.skill.kind === 'soft' ? 0.75 : 0.95;
  else if (rule === 'exact' && written === entry.alias.text) found.confidence = 0.95;
  return found;
}

function excluded(skill: Skill, tokens: Token[], firstToken: number, lastToken: number): boolean {
  const before = tokens[firstToken - 1]?.text ?? '';
  const after = tokens[lastToken + 1]?.text ?? '';
  if (skill.excludedBy.has('@year') && /^(?:19|20)\d\d$/.test(after)) return true;
  return skill.excludedBy.has(before) || skill.excludedBy.has(after);
}

/** The R of "R&D", the C of "C-level" or "c'est", and initials of names ("John C. Smith") are no skills. */
function isInitial(written: string, text: string, start: number, end: number): boolean {
  if (written.length > 1) return false;
  return /^(?:[&'’\-–]\p{L}|\.\s?\p{L}| & \p{L}\b)/u.test(text.slice(end, end + 5)) || /\p{L}[&'’\-–.]$/u.test(text.slice(Math.max(0, start - 2), start));
}

/** Mentions that need evidence get it from a neighbour in a list, or from words of their context nearby. */
function decidePending(found: Found[], text: string, tokens: Token[]): void {
  const neighbourly = (i: number, j: number) => {
    const [left, right] = i < j ? [found[i], found[j]] : [found[j], found[i]];
    return left && right && listGap.test(text.slice(left.end, right.start));
  };
  const certain = (i: number) => (found[i]?.confidence ?? 0) > 0 && found[i]!.entry.skill.kind !== 'soft';
  const supports = (i: number, j: number) => certain(j) && neighbourly(i, j);
  found.forEach((match, i) => {
    if (match.confidence === 0 && hasContext(match, text, tokens)) match.confidence = 0.85;
    else if (match.confidence === 0 && (supports(i, i - 1) || supports(i, i + 1))) match.confidence = 0.9;
  });
  // Backwards once more, so that "C, R, Go, Python" is carried through from its certain end.
  for (let i = found.length - 2; i >= 0; i--) {
    if (found[i]!.confidence === 0 && supports(i, i + 1)) found[i]!.confidence = 0.9;
  }
}

/** Between two items of a list: a delimiter or "and", possibly after a remark in brackets or a version. */
const listGap = /^[ \t]*(?:\d[\d.]*\+?[ \t]*)?(?:\([^()\n]{0,40}\)[ \t]*)?(?:[,;|•·/\n\r]|(?:and|or|und|oder|et|ou|y|o|e|ed|en)(?= )|&)[\s•·*\-–]*$/;

const contextReach = 8;

function hasContext(match: Found, text: string, tokens: Token[]): boolean {
  const { alias, skill } = match.entry;
  if (alias.rule !== 'word' && text.slice(match.start, match.end) !== alias.text) return false;
  const from = Math.max(0, match.firstToken - contextReach);
  const to = Math.min(tokens.length - 1, match.lastToken + contextReach);
  for (let i = from; i <= to; i++) {
    if (i >= match.firstToken && i <= match.lastToken) continue;
    if (skill.context.has(labelStem(tokens[i]!.text))) return true;
    // "Excel skills", "Kenntnisse in Access": a word for knowing must stand beside, not only nearby.
    const distance = i < match.firstToken ? match.firstToken - i : i - match.lastToken;
    if (distance <= 2 && /^(?:19|20)\d\d$/.test(tokens[match.lastToken + 1]?.text ?? '') === false && knowingWords.has(tokens[i]!.text)) return true;
  }
  return false;
}

const knowingWords = new Set(
  ('skills skill proficient proficiency advanced developer programming programmer kenntnisse kenntnis sicher entwickler programmierung ' +
    'maitrise connaissances connaissance logiciel logiciels developpeur programmation niveau manejo conocimientos dominio nivel desarrollador ' +
    'programacion conoscenza conoscenze padronanza uso utilizzo sviluppatore programmazione livello dominio conhecimentos conhecimento ' +
    'programador programacao kennis vaardigheid beheersing ontwikkelaar programmeren programmeur').split(' '),
);

function toMention(text: string) {
  return ({ entry, start, end, confidence }: Found): SkillMention => ({
    skillId: entry.skill.id,
    start,
    end,
    quote: text.slice(start, end),
    confidence,
  });
}
