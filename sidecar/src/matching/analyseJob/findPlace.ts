import type { SupportedLanguage } from '../../language/types.ts';
import type { JobAnalysis } from '../types.ts';
import { firstOf, hasAny } from './foldText.ts';
import { vocabularies } from './vocabulary/index.ts';

/** Where the work is done: a labelled line ("Standort: …"), the tail of the title ("… – Lausanne"), and remote or hybrid. */
export function findPlace(text: string, folded: string, titleLine: string, language: SupportedLanguage): JobAnalysis['location'] {
  const vocabulary = vocabularies[language];
  const labels = [...vocabulary.locationLabels, ...vocabularies.en.locationLabels];
  const line = new RegExp(`(?:^|\\n)[ \\t*#]*(?:${labels.join('|')})[ \\t]*:[ \\t]*([^\\n]{2,80})`, 'u').exec(folded);
  const labelled = line ? text.slice(line.index + line[0].length - line[1]!.length, line.index + line[0].length) : null;
  const place = labelled ?? /\s[–—|-]\s*(\p{Lu}[^–—|]{2,40})$/u.exec(titleLine)?.[1] ?? '';
  const city = /^[\s*]*(?:\d{4,5}\s+)?(\p{Lu}[\p{L}.'’ -]{1,40}?)\s*(?:[,(/;|–—]|$)/u.exec(place)?.[1]?.trim();
  // A title's tail may be a department; without a label only a name without common words is taken for a city.
  const trusted = city && (labelled ? !hasAny(city.toLowerCase(), [...vocabulary.remote, ...vocabulary.hybrid]) : city.split(' ').length <= 2) ? city : undefined;
  const remote = workPlace(folded, language);
  const country = countryIn(folded, labelled ? labelled.toLowerCase() : '', language);
  return { ...(trusted ? { city: trusted } : {}), ...(country ? { countryCode: country } : {}), ...(remote ? { remote } : {}) };
}

function workPlace(folded: string, language: SupportedLanguage): 'onsite' | 'hybrid' | 'remote' | undefined {
  const has = (kind: 'remote' | 'hybrid' | 'onsite') => hasAny(folded, [...vocabularies[language][kind], ...vocabularies.en[kind]]);
  if (has('hybrid')) return 'hybrid';
  if (has('remote')) return 'remote';
  return has('onsite') ? 'onsite' : undefined;
}

function countryIn(folded: string, labelled: string, language: SupportedLanguage): string | undefined {
  const countries = { ...vocabularies.en.countries, ...vocabularies[language].countries };
  const names = Object.keys(countries);
  // Running text names customers' and neighbours' countries too: only a single country is taken from it.
  const inLabel = firstOf(labelled, names);
  if (inLabel) return countries[labelled.slice(inLabel.start, inLabel.end)];
  const codes = new Set(names.filter((name) => hasAny(folded, [name])).map((name) => countries[name]));
  return codes.size === 1 ? [...codes][0] : undefined;
}
