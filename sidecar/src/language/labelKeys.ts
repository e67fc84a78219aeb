import { tokenise } from './normalise.ts';

/** Keys under which labels are equal although a plural, a case ending or a linking word differs. */

/** "gestion de la qualité", "Gestion qualité" → one key; empty for a text without words. */
export function labelKey(label: string): string {
  const tokens = tokenise(label);
  const content = tokens.filter((token, i) => i === 0 || !linkingWords.has(token));
  return content.map(labelStem).join(' ');
}

/** The exact key: words as normalised, nothing dropped. "Scala" and "scale" differ here. */
export function exactKey(label: string): string {
  return tokenise(label).join(' ');
}

/**
 * Cuts one plural, case or gender ending of a folded word. Deliberately light: it only has to make forms of one word meet,
 * and keeps four letters, so that short names stay themselves.
 */
export function labelStem(token: string): string {
  if (token.length < 5 || /[\d+#]/.test(token)) return token;
  const stem = token.replace(/(?:innen|es|en|os|as|is|ns|[seaoinx])$/, '');
  return stem.length >= 4 ? stem : token;
}

/** Articles and prepositions that stand inside names of the supported languages. */
export const linkingWords = new Set(
  ('of the and for to in with a an de des du d la le les l et en au aux pour der die das dem den des und von vom zur zum fur im ' +
    'del della dello dei degli delle di il lo gli e ed per con al alla y el los las da do dos das para com no na van het een voor op met').split(' '),
);
