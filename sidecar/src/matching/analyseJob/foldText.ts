/**
 * Lower case without accents, each UTF-16 unit staying in its place, so that offsets into the folded text are offsets
 * into the text. (language/normalise.ts folds further, "ß" to "ss", and changes lengths.)
 */
export function foldKeepingLength(text: string): string {
  let folded = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text[i]!;
    if (unit <= '\x7f') folded += unit >= 'A' && unit <= 'Z' ? unit.toLowerCase() : unit;
    else folded += foldUnit(unit);
  }
  return folded;
}

function foldUnit(unit: string): string {
  if (unit === '’' || unit === '‘' || unit === '´') return "'";
  if (unit === '\u00a0' || unit === '\u202f' || unit === '\u2009') return ' ';
  if (unit === '‑' || unit === '‐') return '-';
  const bare = unit.normalize('NFD')[0]!;
  const lower = bare.toLowerCase();
  return lower.length === 1 ? lower : unit;
}

const cache = new Map<string, RegExp>();

/** Any of the regular-expression sources as whole words; global, for folded text. */
export function anyOf(sources: readonly string[]): RegExp {
  const source = `(?<![\\p{L}\\p{N}])(?:${sources.join('|')})(?![\\p{L}\\p{N}])`;
  let pattern = cache.get(source);
  if (!pattern) cache.set(source, (pattern = new RegExp(source, 'gu')));
  pattern.lastIndex = 0;
  return pattern;
}

/** True when the folded text has one of the words. */
export function hasAny(folded: string, sources: readonly string[]): boolean {
  return sources.length > 0 && anyOf(sources).test(folded);
}

/** First match of any source, the longest where several begin at the same place. */
export function firstOf(folded: string, sources: readonly string[]): { start: number; end: number } | null {
  if (sources.length === 0) return null;
  const match = anyOf([...sources].sort((a, b) => b.length - a.length)).exec(folded);
  return match ? { start: match.index, end: match.index + match[0].length } : null;
}
