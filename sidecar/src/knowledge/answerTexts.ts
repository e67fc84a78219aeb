/** The few words around quotes, in the question's language. */
import type { SupportedLanguage } from '../language/types.ts';

export type AbstentionCode = 'nothing_found' | 'low_support' | 'model_abstained' | 'not_verified';

interface Texts {
  found: string;
  quotes: [string, string];
  colon: string;
  reasons: Record<AbstentionCode, string>;
}

const texts: Record<SupportedLanguage, Texts> = {
  en: {
    found: 'The sources say', quotes: ['“', '”'], colon: ': ',
    reasons: {
      nothing_found: 'No source says anything about this question.',
      low_support: 'The sources touch on the subject, but no passage covers the question well enough to answer it.',
      model_abstained: 'The passages found do not hold the answer.',
      not_verified: 'No statement of the drafted answer could be verified against the sources.',
    },
  },
  fr: {
    found: 'Les sources indiquent', quotes: ['« ', ' »'], colon: ' : ',
    reasons: {
      nothing_found: 'Aucune source ne parle de cette question.',
      low_support: 'Les sources abordent le sujet, mais aucun passage ne couvre assez la question pour y répondre.',
      model_abstained: 'Les passages trouvés ne contiennent pas la réponse.',
      not_verified: 'Aucune affirmation de la réponse préparée n’a pu être vérifiée dans les sources.',
    },
  },
  de: {
    found: 'Die Quellen sagen', quotes: ['„', '“'], colon: ': ',
    reasons: {
      nothing_found: 'Keine Quelle sagt etwas zu dieser Frage.',
      low_support: 'Die Quellen berühren das Thema, aber keine Stelle deckt die Frage weit genug ab, um sie zu beantworten.',
      model_abstained: 'Die gefundenen Stellen enthalten die Antwort nicht.',
      not_verified: 'Keine Aussage des Antwortentwurfs ließ sich an den Quellen bestätigen.',
    },
  },
  es: {
    found: 'Las fuentes indican', quotes: ['«', '»'], colon: ': ',
    reasons: {
      nothing_found: 'Ninguna fuente habla de esta pregunta.',
      low_support: 'Las fuentes tocan el tema, pero ningún pasaje cubre la pregunta lo suficiente para responderla.',
      model_abstained: 'Los pasajes encontrados no contienen la respuesta.',
      not_verified: 'Ninguna afirmación de la respuesta preparada se pudo verificar en las fuentes.',
    },
  },
  it: {
    found: 'Le fonti dicono', quotes: ['«', '»'], colon: ': ',
    reasons: {
      nothing_found: 'Nessuna fonte parla di questa domanda.',
      low_support: 'Le fonti toccano il tema, ma nessun passaggio copre abbastanza la domanda per rispondere.',
      model_abstained: 'I passaggi trovati non contengono la risposta.',
      not_verified: 'Nessuna affermazione della risposta preparata è stata verificata nelle fonti.',
    },
  },
  pt: {
    found: 'As fontes dizem', quotes: ['«', '»'], colon: ': ',
    reasons: {
      nothing_found: 'Nenhuma fonte fala desta pergunta.',
      low_support: 'As fontes tocam no tema, mas nenhum trecho cobre a pergunta o suficiente para responder.',
      model_abstained: 'Os trechos encontrados não contêm a resposta.',
      not_verified: 'Nenhuma afirmação da resposta preparada pôde ser verificada nas fontes.',
    },
  },
  nl: {
    found: 'De bronnen zeggen', quotes: ['‘', '’'], colon: ': ',
    reasons: {
      nothing_found: 'Geen enkele bron zegt iets over deze vraag.',
      low_support: 'De bronnen raken het onderwerp, maar geen passage dekt de vraag genoeg om haar te beantwoorden.',
      model_abstained: 'De gevonden passages bevatten het antwoord niet.',
      not_verified: 'Geen bewering van het conceptantwoord kon in de bronnen worden bevestigd.',
    },
  },
};

/** @param quotes in order of their citation numbers; who is the person or the document that says so */
export function quotedAnswer(quotes: readonly { who: string; quote: string; n: number }[], language: string): string {
  const { found, quotes: [open, close], colon } = textsOf(language);
  const lines = quotes.map(({ who, quote, n }) => `${who}${colon}${open}${quote.replace(/\s+/g, ' ')}${close} [${n}]`);
  return lines.length === 1 ? (lines[0] as string) : `${found}${colon.trimEnd()}\n${lines.map((line) => `– ${line}`).join('\n')}`;
}

export function abstentionReason(code: AbstentionCode, language: string): string {
  return textsOf(language).reasons[code];
}

/** English for languages without texts of ours. */
function textsOf(language: string): Texts {
  return texts[language as SupportedLanguage] ?? texts.en;
}
