/** Lower case without accents, soft hyphens and typographic variants: the form in which vocabulary and text are compared. */
export function fold(text: string): string {
  return text
    .replace(/[\u00ad\u200b-\u200d\ufeff]/g, '')
    .replace(/[’‘ʼ`´]/g, "'")
    .replace(/[‐‑]/g, '-')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/œ/g, 'oe')
    .replace(/æ/g, 'ae')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
}

/** `fold` and nothing but letters and digits: equal for "E s p e r i e n z a" and "Esperienza:", so headings compare by it. */
export function squash(text: string): string {
  return fold(text).replace(/&/g, 'x').replace(/[^\p{L}\p{N}]/gu, '');
}
