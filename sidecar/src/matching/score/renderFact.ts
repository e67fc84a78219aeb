import type { Fact } from '../types.ts';
import { de } from './wording/de.ts';
import { en } from './wording/en.ts';
import type { Wording } from './wording/en.ts';
import { es } from './wording/es.ts';
import { fr } from './wording/fr.ts';

/** Languages that facts can be worded in; others get English. */
export const factLanguages = ['en', 'fr', 'de', 'es'] as const;

const wordings: Record<string, Wording> = { en, fr, de, es };

/** A fact as one sentence in the reader's language, from its code and parameters. Unknown codes give the stored text. */
export function renderFact(fact: Pick<Fact, 'code' | 'params' | 'text'>, language: string): string {
  const wording = wordings[language] ?? en;
  const template = (wording.facts as Record<string, string>)[fact.code];
  if (!template) return fact.text;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => wordValue(name, fact.params[name] ?? null, wording));
}

function wordValue(name: string, value: Fact['params'][string], wording: Wording): string {
  if (value === null) return name === 'lastUsed' ? wording.unknownDate : '–';
  if (typeof value === 'number') return String(value).replace('.', wording.decimal);
  const text = String(value);
  if (name === 'language') return text.split('|').map((code) => (wording.languages as Record<string, string>)[code] ?? code).join(` ${wording.or} `);
  if (name === 'level' || name === 'wanted' || name === 'foundLevel') return (wording.levels as Record<string, string>)[text] ?? text;
  if (name === 'found' && text.startsWith('level:')) return (wording.levels as Record<string, string>)[text.slice(6)] ?? text;
  return text;
}
