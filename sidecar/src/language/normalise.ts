/**
 * One normaliser for everything that compares labels: the in-box embedder (its n-gram hashes were trained on exactly this
 * form, so a change here needs new weights), the taxonomy's lookups and the skill finder.
 */

/**
 * Lower case, accents and foreign scripts folded to Latin letters, gender forms dropped:
 * "Développeur/euse" → "developpeur", "Ingenieur (m/w/d)" → "ingenieur ". Inner spaces are kept as they are.
 */
export function normaliseLabel(label: string): string {
  let folded = foldAccents(label.toLowerCase());
  if (folded.includes('(') || folded.includes('[')) folded = folded.replace(genderTag, ' ');
  if (/[/*:_(]/.test(folded)) folded = folded.replace(genderSuffix, '');
  return folded;
}

/** Latin accents removed, ß → ss, œ → oe, Cyrillic and Greek transliterated. Expects lower case; length may change. */
export function foldAccents(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(foldedLetters, (letter) => latinOf.get(letter) ?? letter);
}

/** Words of a label in normal form: letters, digits, and the + and # of "c++" and "c#". */
export function tokenise(label: string): string[] {
  return normaliseLabel(label).match(word) ?? [];
}

export interface Token {
  /** lower case, accents folded; gender forms are kept, as they are other tokens here */
  text: string;
  /** UTF-16 units into the original text */
  start: number;
  end: number;
}

/** The same words with their places in the original text, for searching in running text. */
export function tokensWithOffsets(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(word)) {
    tokens.push({ text: foldAccents(match[0].toLowerCase()), start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

const word = /[\p{L}\p{N}][\p{L}\p{M}\p{N}+#]*/gu;

/** "(m/w/d)", "[f/m/x]", "(all genders)" */
const genderTag = /[([]\s*(?:all genders|[mwfhdxviknzdge](?:\s*[/|,.]\s*[mwfhdxviknzdge])+)\s*[)\]]/g;

/** "/in", "*innen", ":in", "(e)", "/euse", "/trice", "/a", "o/a" after a word of two letters or more */
const genderSuffix =
  /(?<=\p{L}{2})[/*:_(]-?(?:innen|in|frau|euse|trice|rice|iere|ere|enne|ne|se|ra|ca|na|ta|da|a|o|e|os|as|x)\)?(?![\p{L}\p{N}])/gu;

const foldedLetters = /[ßøæœłđðþıа-ѿα-ω]/g;

const latinOf = new Map(
  Object.entries({
    ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i',
    а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o',
    п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'c', ч: 'ch', ш: 'sh', щ: 'sht', ъ: 'a', ы: 'y', ь: '',
    э: 'e', ю: 'yu', я: 'ya', і: 'i', ї: 'i', є: 'e', ґ: 'g', ѐ: 'e', ѝ: 'i',
    α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n', ξ: 'x',
    ο: 'o', π: 'p', ρ: 'r', σ: 's', ς: 's', τ: 't', υ: 'y', φ: 'f', χ: 'ch', ψ: 'ps', ω: 'o',
  }),
);
