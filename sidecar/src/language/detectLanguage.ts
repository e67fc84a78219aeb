import { detectAll } from 'tinyld';
import { tokensWithOffsets } from './normalise.ts';
import { supportedLanguages } from './types.ts';
import type { SupportedLanguage } from './types.ts';

export interface DetectedLanguage {
  /** ISO 639-1, also of languages without vocabularies of ours; "und" when the text has no words */
  language: string;
  /** 0 to 1; below .5 the text is too short or too mixed to rely on it */
  confidence: number;
}

/** Past this length more text no longer changes the answer, only the time. */
const readLength = 6000;

/**
 * The language a text is written in. Answers one of the supported languages unless another one is clearly better.
 * Reliable from a sentence on; for titles and single terms pass the document's language instead where it is known.
 */
export function detectLanguage(text: string): DetectedLanguage {
  const sample = text.slice(0, readLength);
  const tokens = tokensWithOffsets(sample).filter((token) => !/^\d+$/.test(token.text));
  if (tokens.length === 0) return { language: 'und', confidence: 0 };

  const foreign = foreignLanguage(sample, tokens.map((token) => token.text));
  if (foreign) return foreign;

  const scores = new Map<SupportedLanguage, number>(supportedLanguages.map((language) => [language, 0]));
  // Accuracy falls with the words tinyld does not know (names, tools): only the proportions are evidence.
  const guesses = detectAll(sample, { only: [...supportedLanguages] });
  const total = guesses.reduce((sum, guess) => sum + guess.accuracy, 0);
  if (total > 0) {
    for (const guess of guesses) scores.set(guess.lang as SupportedLanguage, guess.accuracy / total);
  }
  addWordVotes(scores, tokens.map((token) => token.text));

  const ranked = [...scores].sort((a, b) => b[1] - a[1]);
  const [language, best] = ranked[0]!;
  if (best === 0) return { language: 'und', confidence: 0 };
  const lead = (best - ranked[1]![1]) / best;
  const enoughText = 1 - Math.exp(-tokens.length / 6);
  return { language, confidence: round(lead * enoughText) };
}

/** A language outside ours: always of another script; of Latin script only where ours explain the text badly. */
function foreignLanguage(sample: string, tokens: string[]): DetectedLanguage | null {
  const first = detectAll(sample).find((guess) => !implausible.has(guess.lang));
  if (!first || supported.has(first.lang)) return null;
  const enoughText = 1 - Math.exp(-tokens.length / 6);
  if (!/\p{Script=Latin}/u.test(sample)) return { language: first.lang, confidence: round(first.accuracy * enoughText) };

  const ours = detectAll(sample, { only: [...supportedLanguages] })[0]?.accuracy ?? 0;
  if (tokens.length < 5 || first.accuracy < 2 * ours) return null;
  const known = Math.max(...supportedLanguages.map((language) => tokens.filter((token) => functionWords[language].has(token)).length));
  if (known / tokens.length > 0.12) return null;
  return { language: first.lang, confidence: round((first.accuracy / (first.accuracy + ours)) * enoughText) };
}

/** Languages tinyld knows that no CV is written in, or that it confuses with the supported ones far more often. */
const implausible = new Set(['la', 'eo', 'vo', 'tlh', 'ia', 'ber', 'tk', 'tt', 'af', 'gl', 'ca']);

/** Function words and telling endings vote: on short strings they know more than n-gram statistics. */
function addWordVotes(scores: Map<SupportedLanguage, number>, tokens: string[]): void {
  const share = 3 / (tokens.length + 2);
  for (const token of tokens) {
    for (const language of supportedLanguages) {
      if (functionWords[language].has(token)) scores.set(language, scores.get(language)! + share);
      else if (token.length > 5 && endings[language].test(token)) scores.set(language, scores.get(language)! + share / 3);
    }
  }
}

const supported = new Set<string>(supportedLanguages);

const words = (list: string) => new Set(list.split(' '));

/** Accents folded, as tokens are. Words that two of the languages share stand in both and cancel out. */
const functionWords: Record<SupportedLanguage, Set<string>> = {
  en: words('the and of to in for with on at by from as is was are were an or our their this that which using led work team skills experience engineer manager nurse assistant officer teacher worker driver analyst lead head senior junior'),
  fr: words('le la les des du de et en un une pour avec sur par dans au aux est sont que qui nos leur chez ainsi charge responsable ingenieur infirmier infirmiere assistant conseiller gestion stage stagiaire competences experience'),
  de: words('der die das und in im mit fur von zu zur zum bei auf aus als den dem des ein eine einer nach uber sowie ist sind werden leiter leiterin kenntnisse mitarbeiter mitarbeiterin fachkraft kaufmann kauffrau entwickler entwicklerin praktikum praktikant werkstudent ausbildung erfahrung'),
  es: words('el la los las de del y en un una para con por al que se su sus como desde entre hasta jefe jefa tecnico tecnica ingeniero ingeniera enfermero enfermera gestion practicas becario responsable auxiliar conocimientos experiencia'),
  it: words('il lo la i gli le di del della dei delle e in un una per con su al alla nel nella che da dal come tra responsabile addetto addetta impiegato impiegata ingegnere infermiere infermiera gestione tirocinio tirocinante sviluppatore competenze esperienza'),
  pt: words('o a os as de do da dos das e em um uma para com por no na nos nas que ao pelo pela como desde engenheiro engenheira enfermeiro enfermeira gestao estagio estagiario tecnico tecnica assistente analista conhecimentos experiencia'),
  nl: words('de het een en van voor met in op bij aan door als is zijn naar uit om tot te ook medewerker medewerkster beheer ervaring vaardigheden verpleegkundige ontwikkelaar leraar stagiair adviseur hoofd'),
};

const endings: Record<SupportedLanguage, RegExp> = {
  en: /(?:ing|ness|ship|tion|ally)$/,
  fr: /(?:eur|euse|trice|ement|tion|iere|aux|ique)$/,
  de: /(?:ung|ungen|keit|heit|schaft|isch|ische|erin|technik|fuhrung)$/,
  es: /(?:cion|dad|miento|ador|adora|ico|ica|ista)$/,
  it: /(?:zione|zioni|mento|ita|tore|trice|ico|ista)$/,
  pt: /(?:cao|coes|dade|mento|ador|adora|ico|ista|agem)$/,
  nl: /(?:ing|heid|schap|lijk|lijke|aar|eren|ijk)$/,
};

const round = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
