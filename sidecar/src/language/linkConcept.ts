import { loadInBoxEmbedder } from './inBoxEmbedder.ts';
import { exactKey, labelKey } from './labelKeys.ts';
import { foldAccents } from './normalise.ts';
import type { Alias, Skill, Occupation } from './taxonomyData.ts';
import type { ConceptLink, SkillMention } from './types.ts';

type Concept = Skill | Occupation;

/**
 * A function from a name to its concept: exact name or alias (confidence 1), else the name without level, version,
 * seniority or remarks in brackets (1 as well), else a concept named inside that makes up most of it (.9, "AutoCAD 2D"),
 * else the embedder's nearest label above the threshold (its cosine).
 */
export function createLinker(
  concepts: Iterable<Concept>,
  what: 'skill' | 'occupation',
  findInside?: (text: string, language: string) => SkillMention[],
) {
  const all = [...concepts];
  const index = buildIndex(all);
  const byId = new Map(all.map((concept) => [concept.id, concept]));
  let labels: EmbeddedLabels | undefined;
  const cache = new Map<string, ConceptLink | null>();

  return (name: string, language?: string): ConceptLink | null => {
    const key = `${language ?? ''}\0${name}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (cache.size >= cacheSize) cache.clear();
    const link = lookUp() ?? inside() ?? nearest();
    cache.set(key, link);
    return link;

    function lookUp(): ConceptLink | null {
      for (const form of what === 'skill' ? skillForms(name) : titleForms(name)) {
        const id = index.find(form, language);
        if (id) return { id, confidence: 1 };
      }
      return null;
    }

    function inside(): ConceptLink | null {
      const mentions = findInside?.(name, language ?? '') ?? [];
      const longest = mentions.sort((a, b) => b.quote.length - a.quote.length)[0];
      const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '').length;
      if (!longest) return null;
      const skill = byId.get(longest.skillId);
      const isName = skill && 'kind' in skill && (skill.kind === 'technology' || skill.kind === 'tool');
      if (letters(longest.quote) < (isName ? insideShare.name : insideShare.words) * letters(name)) return null;
      return { id: longest.skillId, confidence: 0.9 };
    }

    function nearest(): ConceptLink | null {
      labels ??= embedLabels(all);
      const bare = (what === 'skill' ? skillForms(name) : titleForms(name))[1] ?? name;
      const [row, similarity] = mostSimilar(loadInBoxEmbedder().embedLabel(bare), labels.matrix);
      const label = labels.of[row]!;
      const threshold = label.name ? thresholds.name : thresholds[what];
      return similarity >= threshold ? { id: label.id, confidence: Math.round(similarity * 1000) / 1000 } : null;
    }
  };
}

const cacheSize = 5000;

/** Least share of a name's letters that a skill named inside must make up; other words change a method more than a tool. */
const insideShare = { name: 0.5, words: 0.75 };

/**
 * Least cosine of an embedder link, calibrated on the hand-made pairs of the tests. Names that all languages share are
 * mostly tools, whose spelling says nothing about their meaning: there only a near-identical spelling may link.
 */
const thresholds = { skill: 0.74, occupation: 0.7, name: 0.9 };

interface EmbeddedLabels {
  /** one row of `dimensions` after the other: nine thousand small arrays are ten times slower to search */
  matrix: Float32Array;
  /** by row; `name`: a name of all languages rather than words of one */
  of: { id: string; name: boolean }[];
}

function embedLabels(concepts: Concept[]): EmbeddedLabels {
  const embedder = loadInBoxEmbedder();
  const { dimensions } = embedder.space;
  const names = concepts.flatMap((concept) => concept.aliases.map((alias) => ({ id: concept.id, alias })));
  const matrix = new Float32Array(names.length * dimensions);
  names.forEach(({ alias }, row) => matrix.set(embedder.embedLabel(alias.text), row * dimensions));
  return { matrix, of: names.map(({ id, alias }) => ({ id, name: alias.language === 'any' })) };
}

/** @returns row and cosine of the nearest label */
function mostSimilar(vector: Float32Array, matrix: Float32Array): [row: number, similarity: number] {
  const dimensions = vector.length;
  let bestRow = 0;
  let best = -1;
  for (let row = 0, at = 0; at < matrix.length; row++, at += dimensions) {
    // Four independent sums, as one would make each addition wait for the last.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let d = 0; d < dimensions; d += 4) {
      s0 += vector[d]! * matrix[at + d]!;
      s1 += vector[d + 1]! * matrix[at + d + 1]!;
      s2 += vector[d + 2]! * matrix[at + d + 2]!;
      s3 += vector[d + 3]! * matrix[at + d + 3]!;
    }
    const similarity = s0 + s1 + s2 + s3;
    if (similarity > best) [bestRow, best] = [row, similarity];
  }
  return [bestRow, best];
}

/** Lookup by exact key, then by the key without endings and linking words; the wanted language first, then any other. */
function buildIndex(concepts: Concept[]) {
  const keys = new Map<string, { id: string; language: Alias['language'] }[]>();
  const add = (key: string, id: string, language: Alias['language']) => {
    const entries = keys.get(key) ?? [];
    if (key) keys.set(key, [...entries, { id, language }]);
  };
  for (const concept of concepts) {
    for (const alias of concept.aliases) {
      add(`=${exactKey(alias.text)}`, concept.id, alias.language);
      if ((alias.rule === 'free' || alias.rule === 'word') && alias.language !== 'any') add(`~${labelKey(alias.text)}`, concept.id, alias.language);
    }
  }
  return {
    find(name: string, language?: string): string | null {
      for (const key of [`=${exactKey(name)}`, `~${labelKey(name)}`]) {
        if (key.length === 1) continue;
        const entries = keys.get(key) ?? [];
        const entry =
          entries.find((candidate) => candidate.language === language) ??
          entries.find((candidate) => candidate.language === 'any' || candidate.language === 'en') ??
          entries[0];
        if (entry) return entry.id;
      }
      return null;
    },
  };
}

const brackets = /(?:(?<!\s)\s+)?[([][^()[\]]*[)\]]/g;

/** The name as written, then without brackets, versions and level words. */
function skillForms(name: string): string[] {
  const trimmed = name.trim();
  const withoutBrackets = trimmed.replace(brackets, ' ').replace(/(?<!\s)\s+[-–:]\s.*$/s, ' ');
  const bare = withoutBrackets
    .trim()
    .replace(new RegExp(`^(?:${knowledgeOf})\\s+`, 'i'), '')
    .split(/\s+/)
    .filter((part) => !levelWords.has(fold(part)) && !/^v?\d[\d.,x/–-]*\+?$/.test(part))
    .join(' ');
  return [...new Set([trimmed, bare || trimmed, withoutBrackets.trim()])].filter(Boolean);
}

/** The title as written, then without brackets and seniority, then its parts around a dash, a bar or a comma. */
function titleForms(title: string): string[] {
  const trimmed = title.trim();
  const bare = withoutSeniority(trimmed.replace(brackets, ' '));
  const parts = bare.split(/(?<!\s)\s+[-–—|/@]\s+|[,;|]\s*/).map((part) => withoutSeniority(part)).filter(Boolean);
  const heads = parts.map((part) => part.replace(/(?<!\s)\s+(?:at|bei|chez|en|presso|na|bij)\s+\p{Lu}.*$/su, ''));
  return [...new Set([trimmed, bare || trimmed, ...parts, ...heads])].filter(Boolean);
}

function withoutSeniority(title: string): string {
  const kept = title
    .replace(/\b(?:junior|senior)-(?=\p{L})/giu, '')
    .split(/\s+/)
    .filter((part) => !seniorityWords.has(fold(part)));
  return kept.join(' ').replace(/^[\s\-–,]+|(?<![\s\-–,])[\s\-–,]+$/g, '').trim();
}

const fold = (part: string) => foldAccents(part.toLowerCase()).replace(/(?<![.,:])[.,:]+$/, '');

const set = (list: string) => new Set(list.split(' '));

const levelWords = set(
  'basic basics advanced intermediate expert beginner fluent proficient good excellent strong solid grundkenntnisse sehr gute gut kenntnisse ' +
    'fortgeschritten experte sicher notions bases avance intermediaire confirme maitrise courant basico avanzado intermedio experto ' +
    'base avanzato avanzata intermedio esperto ottima buona conoscenza avancado intermediario especialista goed gevorderd basis skills',
);

const knowledgeOf =
  'knowledge of|experience (?:with|in)|proficien(?:t|cy) (?:with|in)|kenntnisse in|erfahrung (?:mit|in)|umgang mit|connaissances? (?:de|des|en)|' +
  'ma[iî]trise (?:de|des|du)|conocimientos? (?:de|en)|manejo de|conoscenza (?:di|del|dei)|uso di|utilizzo di|conhecimentos? (?:de|em)|dom[ií]nio de|kennis van|ervaring met';

const seniorityWords = set(
  'senior sr junior jr mid mid-level midlevel principal staff associate trainee intern internship entry entry-level experienced ' +
    'leitender leitende stagiaire stage praktikant praktikantin werkstudent werkstudentin auszubildender auszubildende azubi alternant alternance ' +
    'graduate apprentice apprendista lehrling aprendiz apprenti apprentie student studente leerling ' +
    'confirme confirmee debutant debutante becario becaria practicas pleno stagista tirocinante estagiario estagiaria estagio stagiair i ii iii',
);
