/** City and country from the address as printed: postal codes, region codes, country names. No gazetteer of cities. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { CvLine } from './cvLines.ts';
import { found, type Found } from './found.ts';
import { fold, squash } from './fold.ts';
import { part, passageOf, split, type Passage } from './passage.ts';
import { isCountry, regionCodes } from './roles.ts';
import { titleScore } from './termScores.ts';
import { documentTitles, headings, labels } from './vocabulary.ts';
import { supportedLanguages } from '../../language/types.ts';

export interface Location {
  address: Found | null;
  postalCode: Found | null;
  city: Found | null;
  region: Found | null;
  countryCode: Found | null;
}

interface Candidate {
  passage: Passage;
  score: number;
}

const usState = /^(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])$/;
const brazilState = /^(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)$/;
const ukPostcode = /\b([A-Z]{1,2}\d[A-Z\d]?(?:\s?\d[A-Z]{2})?)\b/;
const postal = /(?<![\d/+-])((?:[A-Z]{1,2}-)?\d{4}-\d{3}|(?:[A-Z]{1,2}-)?\d{4}\s?[A-Z]{2}(?=\s)|(?:[A-Z]{1,2}-)?\d{4,5}(?:-\d{4})?)(?![\d-])/u;

const countryByName = new Map<string, string>();
for (const language of supportedLanguages) {
  const display = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
  for (const code of regionCodes()) {
    const name = display.of(code);
    if (name) countryByName.set(fold(name), code);
  }
}
for (const [name, code] of [['uk', 'GB'], ['u.k.', 'GB'], ['england', 'GB'], ['scotland', 'GB'], ['wales', 'GB'], ['usa', 'US'], ['u.s.a.', 'US'], ['northern ireland', 'GB'], ['holland', 'NL']] as const) countryByName.set(name, code);

export function findLocation(near: readonly CvLine[], inContact: ReadonlySet<CvLine>, name: Passage | null, language: string, text: string): Location {
  const best = candidatesOf(near, inContact, name).sort((a, b) => b.score - a.score)[0];
  const none: Location = { address: null, postalCode: null, city: null, region: null, countryCode: null };
  if (!best || best.score < 1.5) return { ...none, countryCode: null };
  return readAddress(best.passage, language, text);
}

function candidatesOf(near: readonly CvLine[], inContact: ReadonlySet<CvLine>, name: Passage | null): Candidate[] {
  const candidates: Candidate[] = [];
  near.forEach((line, index) => {
    const hasContact = /@|\+\d|\d[\d ()-]{7,}\d/.test(line.text);
    const before = near[index - 1];
    const labelledBy = (source: string): boolean => labels.get(squash(source))?.includes('address') ?? false;
    const next = near[index + 1];
    // a narrow column wraps "Gerberstraße 118b, 04105 / Leipzig"
    const wraps = next && (/,\s*\d{4,5}(?:\s?[A-Z]{2})?$|,$/.test(line.text)) && !/@|\+\d|https?:/.test(next.text) && next.text.length < 40 && !/\d{4}/.test(next.text);
    const whole = passageOf(wraps ? [line, next] : [line]);
    for (const segment of split(whole, /(?<!\s)\s+[|•·⋅∙,]\s+|\t|(?<!\s)\s{3,}/u, /[\s,;|•·⌂✉✆📍🏠]/u)) {
      const colon = segment.text.indexOf(':');
      const labelled = (before !== undefined && before.row === line.row && labelledBy(before.text)) || (colon > 0 && labelledBy(segment.text.slice(0, colon)));
      const passage = colon > 0 && labelledBy(segment.text.slice(0, colon)) ? part(segment, colon + 1, Infinity) : segment;
      const score = addressScore(passage.text, labelled, hasContact || [near[index - 1], near[index + 1]].some((other) => other !== undefined && /@|\+\d|\d[\d ()-]{7,}\d/.test(other.text)), inContact.has(line), hasContact);
      const afterName = index > 0 && name !== null && near[index - 1]!.end === endOf(name) && !hasContact;
      if (score > 0 && !overlaps(passage, name)) candidates.push({ passage, score: score - index * 0.01 - (afterName ? 0.5 : 0) });
    }
  });
  return candidates;
}

const endOf = (passage: Passage): number => Math.max(...passage.segments.map((segment) => segment.start + segment.length));
const overlaps = (a: Passage, b: Passage | null): boolean => b !== null && a.segments.some((x) => b.segments.some((y) => x.start < y.start + y.length && y.start < x.start + x.length));

function addressScore(text: string, labelled: boolean, besideContact: boolean, inContact: boolean, sameLine: boolean): number {
  if (/@|https?:|www\./.test(text) || text.length > 110 || !/\p{Lu}\p{L}/u.test(text)) return 0;
  const key = squash(text);
  if (headings.has(key) || documentTitles.has(key)) return 0;
  for (const [label, kinds] of labels) if (kinds.includes('private') && label.length >= 4 && key.startsWith(label)) return 0;
  if (/(?:\d{1,2}[./-]){2}\d{4}|\b\d{1,2}\.? \p{L}+ \d{4}\b/u.test(text)) return 0;
  const parts = text.split(/,\s*|(?<!\s)\s+[–—-]\s+/);
  let score = labelled ? 3 : 0;
  if (postal.test(text) || (ukPostcode.test(text) && /[A-Z]\d/.test(text))) score += 2.5;
  if (parts.some((each) => isCountry(each.trim()))) score += 2.5;
  const last = parts.at(-1)!.trim().replace(/(?<!\s)\s+\d{5}$/, '');
  if (parts.length >= 2 && (usState.test(last) || brazilState.test(last))) score += 2.5;
  if (parts.length >= 2 && /^\p{Lu}[\p{L}.' -]+$/u.test(last) && last.split(/\s/).length <= 4) score += 1;
  if (/\d/.test(text) && parts.length >= 2) score += 0.5;
  if (besideContact) score += 0.8;
  if (sameLine) score += 0.5;
  if (inContact) score += 0.5;
  if (/^\p{Lu}[\p{L}' -]+(?: \([^)]+\))?$/u.test(text) && text.split(/\s/).length <= 4) score += besideContact ? 0.8 : 0.4;
  return score - Math.max(0, titleScore(text)) * 1.2;
}

function readAddress(address: Passage, language: string, context: string): Location {
  const location: Location = { address: null, postalCode: null, city: null, region: null, countryCode: null };
  let parts = split(address, /,\s*|(?<!\s)\s+[–—-]\s+|\.\s+(?=\p{Lu})/u, /[\s,;–—-]/);
  const country = parts.find((each) => countryByName.has(fold(each.text)));
  if (country) {
    location.countryCode = found(countryByName.get(fold(country.text))!, country, 0.97);
    parts = parts.filter((each) => each !== country);
  }
  const last = parts.at(-1);
  if (last && parts.length > 1) {
    const state = last.text.replace(/(?<!\s)\s+\d{5}(?:-\d{4})?$/, '');
    if (usState.test(state) || brazilState.test(state) || /^\p{Lu}\p{L}{1,3}\.$/u.test(state)) {
      location.region = found(state, part(last, 0, state.length), 0.9);
      const zip = /\d{5}(?:-\d{4})?$/.exec(last.text);
      if (zip) location.postalCode = found(zip[0], part(last, zip.index, last.text.length), 0.95);
      if (!country && usState.test(state) && (zip || language === 'en')) location.countryCode = found('US', last, 0.9, 'inferred');
      parts = parts.slice(0, -1);
    }
  }
  // "C.P. 64860": a code alone, the city and its state before it
  const codeOnly = parts.at(-1);
  if (codeOnly && parts.length > 2 && /^(?:C\.?P\.?\s*)?\d{4,5}$/.test(codeOnly.text)) {
    location.postalCode = found(/\d+/.exec(codeOnly.text)![0], part(codeOnly, codeOnly.text.search(/\d/), Infinity), 0.9);
    parts = parts.slice(0, -1);
    if (parts.length > 2) {
      location.region = found(parts.at(-1)!.text, parts.at(-1)!, 0.7);
      parts = parts.slice(0, -1);
    }
  }
  const withCode = [...parts].reverse().find((each) => postal.test(each.text));
  const cityPart = withCode ?? parts.at(-1);
  if (!cityPart) return location;
  const code = postal.exec(cityPart.text);
  let city = cityPart;
  if (code && /\p{L}{2}/u.test(cityPart.text.slice(code.index + code[0].length))) {
    location.postalCode ??= found(code[1]!, part(cityPart, code.index, code.index + code[1]!.length), 0.95);
    city = part(cityPart, code.index + code[0].length, Infinity);
  } else if (code && code.index > 2) {
    location.postalCode ??= found(code[1]!, part(cityPart, code.index, code.index + code[1]!.length), 0.9);
    city = part(cityPart, 0, code.index);
  } else if (code && withCode) {
    location.postalCode ??= found(code[1]!, part(cityPart, code.index, code.index + code[1]!.length), 0.9);
    const next = parts[parts.indexOf(withCode) + 1] ?? parts[parts.indexOf(withCode) - 1];
    if (!next) return location;
    city = next;
  } else {
    const uk = ukPostcode.exec(cityPart.text);
    if (uk && uk.index > 1) {
      location.postalCode = found(uk[1]!, part(cityPart, uk.index, uk.index + uk[1]!.length), 0.85);
      if (!country) location.countryCode = found('GB', location.postalCode.passage, 0.85, 'inferred');
      city = part(cityPart, 0, uk.index);
    }
  }
  const district = /(?:(?<!\s)\s+)?\([^()]*\)$|(?<!\s)\s+\d{1,2}$/.exec(city.text);
  if (district && district.index > 1) city = part(city, 0, district.index);
  if (/\p{Lu}/u.test(city.text) && !/\d/.test(city.text) && city.text.split(/\s+/).length <= 6) location.city = found(city.text, city, withCode || country || location.region ? 0.9 : 0.7);
  location.address = parts.length > 1 && cityPart !== parts[0] ? found(part(address, 0, address.text.indexOf(cityPart.text)).text, part(address, 0, address.text.indexOf(cityPart.text)), 0.8) : null;
  if (location.address?.value === '') location.address = null;
  location.countryCode ??= inferCountry(location.postalCode, address, language, context);
  return location;
}

/** By the phone's country prefix, else by the shape of the postal code in the document's language. */
function inferCountry(postalCode: Found | null, address: Passage, language: string, context: string): Found | null {
  const prefixed = /(?:\+|\b00)\d[\d ()./-]{6,}/.exec(context)?.[0];
  const byPhone = prefixed ? parsePhoneNumberFromString(prefixed.replace(/^00/, '+').replace('(0)', ''))?.country : undefined;
  if (byPhone) return found(byPhone, address, 0.85, 'inferred');
  const calling = prefixed ? ({ '+353': 'IE', '+351': 'PT', '+41': 'CH', '+43': 'AT', '+32': 'BE', '+31': 'NL', '+49': 'DE', '+33': 'FR', '+39': 'IT', '+34': 'ES', '+52': 'MX', '+54': 'AR', '+55': 'BR' } as Record<string, string>) : {};
  for (const [prefix, code] of Object.entries(calling)) if (prefixed!.startsWith(prefix)) return found(code, address, 0.8, 'inferred');
  const code = postalCode?.value ?? '';
  if (/^\d{4}\s?[A-Z]{2}$/.test(code)) return found('NL', postalCode!.passage, 0.85, 'inferred');
  if (/^\d{4}-\d{3}$/.test(code)) return found('PT', postalCode!.passage, 0.85, 'inferred');
  const five = { fr: 'FR', de: 'DE', es: 'ES', it: 'IT' } as Record<string, string>;
  if (/^\d{5}$/.test(code) && five[language]) return found(five[language], postalCode!.passage, 0.75, 'inferred');
  const four = { de: 'AT', nl: 'BE', fr: 'CH', it: 'CH' } as Record<string, string>;
  if (/^\d{4}$/.test(code) && four[language]) return found(four[language], postalCode!.passage, 0.5, 'inferred');
  return null;
}
