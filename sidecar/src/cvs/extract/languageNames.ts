/** Names of languages in the seven languages CVs are read in, from ICU (CLDR), plus the names people use instead. */
import { supportedLanguages } from '../../language/types.ts';
import { fold } from './fold.ts';

const codes = [
  'aa', 'af', 'am', 'ar', 'az', 'be', 'bg', 'bn', 'bs', 'ca', 'cs', 'cy', 'da', 'de', 'el', 'en', 'es', 'et', 'eu', 'fa', 'fi', 'fil', 'fr', 'fy',
  'ga', 'gd', 'gl', 'gu', 'ha', 'he', 'hi', 'hr', 'ht', 'hu', 'hy', 'id', 'ig', 'is', 'it', 'ja', 'ka', 'kk', 'km', 'kn', 'ko', 'ku', 'la', 'lb', 'ln',
  'lo', 'lt', 'lv', 'mg', 'mk', 'ml', 'mn', 'mr', 'ms', 'mt', 'my', 'ne', 'nl', 'no', 'nb', 'nn', 'pa', 'pl', 'ps', 'pt', 'qu', 'rm', 'ro', 'ru', 'rw', 'sq',
  'sr', 'sk', 'sl', 'so', 'sv', 'sw', 'ta', 'te', 'tg', 'th', 'ti', 'tk', 'tl', 'tr', 'ug', 'uk', 'ur', 'uz', 'vi', 'wo', 'xh', 'yo', 'zh', 'zu', 'gn', 'ay', 'oc', 'br', 'co', 'sc', 'gsw', 'yue',
];

/** Names CLDR prints otherwise. */
const otherNames: Record<string, string[]> = {
  es: ['castellano', 'castilian', 'castigliano', 'castelhano', 'castillan', 'espagnol'],
  ca: ['valenciano', 'valencian', 'valencià'],
  zh: ['mandarin', 'mandarín', 'mandarino', 'mandarim', 'mandarijn', 'hochchinesisch', 'chinese', 'chinois', 'chinesisch', 'chino', 'cinese', 'chinês', 'chinees'],
  fa: ['farsi', 'dari'],
  nl: ['flemish', 'flamand', 'flämisch', 'flamenco', 'fiammingo', 'vlaams'],
  ro: ['moldovan', 'moldauisch'],
  fil: ['tagalog'],
  gsw: ['schweizerdeutsch', 'suisse allemand', 'swiss german'],
  sr: ['serbo-croatian'],
  el: ['neugriechisch', 'nieuwgrieks'],
  ga: ['gaelic', 'gaeilge'],
  pa: ['panjabi', 'punjabi'],
  yue: ['cantonese', 'cantonais', 'kantonesisch', 'cantonés', 'cantonês', 'kantonees'],
};

const names = new Map<string, string>();
for (const language of supportedLanguages) {
  const display = new Intl.DisplayNames([language], { type: 'language', fallback: 'none' });
  for (const code of codes) {
    const name = display.of(code);
    if (name) names.set(fold(name), code);
  }
}
for (const code of codes) {
  const own = new Intl.DisplayNames([code], { type: 'language', fallback: 'none' }).of(code);
  if (own && !names.has(fold(own))) names.set(fold(own), code);
  for (const name of otherNames[code] ?? []) names.set(fold(name), code);
}

/** A language name at the beginning of a text. @returns its ISO 639 code and its length there, or null */
export function languageAt(text: string): { code: string; length: number } | null {
  const match = /^[\p{L}\p{M}'’-]+(?:\s[\p{L}\p{M}'’-]+)?/u.exec(text);
  if (!match) return null;
  for (const candidate of [match[0], match[0].split(/\s/)[0]!]) {
    const code = names.get(fold(candidate)) ?? names.get(fold(candidate).split(/[-']/)[0]!);
    if (code) return { code: code === 'nb' || code === 'nn' ? 'no' : code === 'fil' ? 'tl' : code, length: candidate.length };
  }
  return null;
}

export function startsWithLanguage(text: string): boolean {
  const found = languageAt(text);
  return found !== null && (found.length === text.length || /^[\s:–—(,|-]/.test(text.slice(found.length)));
}
