import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import type { CvLine } from './cvLines.ts';
import { findPeriods } from './dates.ts';
import { found, type Found } from './found.ts';
import { part, passageOf } from './passage.ts';

const candidate = /(?<![\p{L}\p{N}@/.])(?:\+|00)?\(?\+?\d(?:[\s().\/\u00a0–-]{0,3}\d){6,14}(?![\p{L}\p{N}@])/gu;

/** The usual country of a language, for national numbers of a CV that names no country. */
const usualCountry: Record<string, CountryCode> = { en: 'GB', fr: 'FR', de: 'DE', es: 'ES', it: 'IT', pt: 'PT', nl: 'NL' };

/**
 * Phone numbers in international format (E.164 with spaces); evidence keeps the stated text. A number that its country
 * cannot have is kept as stated where it begins with "+": fictional and mistyped numbers are still what the CV says.
 */
export function findPhones(near: readonly CvLine[], everywhere: readonly CvLine[], country: string | null, language: string): Found[] {
  const nearby = phonesIn(near, country, language, 0.95);
  return nearby.length > 0 ? nearby : phonesIn(everywhere.slice(0, 400), country, language, 0.6).filter((phone) => phone.value.startsWith('+'));
}

function phonesIn(lines: readonly CvLine[], country: string | null, language: string, confidence: number): Found[] {
  const phones: Found[] = [];
  for (const line of lines) {
    const passage = passageOf([line]);
    for (const match of passage.text.matchAll(candidate)) {
      // no CV has more, and each is parsed
      if (phones.length >= 20) return unique(phones);
      const text = match[0];
      const digits = text.replace(/\D/g, '').length;
      if (digits < 7 || digits > 15 || findPeriods(text).length > 0 || /^\d{4,5}-\d{3}$/.test(text)) continue;
      const national = /^\(\d{3}\) ?\d{3}-\d{4}$|^\d{3}-\d{3}-\d{4}$/.test(text) && country === null ? 'US' : ((country as CountryCode | null) ?? usualCountry[language] ?? 'US');
      const parsed = parsePhoneNumberFromString(text.replace(/\(0\)/, ''), national);
      const where = part(passage, match.index, match.index + text.length, /\s/);
      if (parsed?.isPossible()) phones.push(found(parsed.formatInternational(), where, parsed.isValid() ? confidence : confidence - 0.15));
      else if (text.startsWith('+') || /^\d{2,4}-\d{2,4}-\d{3,4}$/.test(text)) phones.push(found(text.trim(), where, confidence - 0.35));
    }
  }
  return unique(phones);
}

const unique = (phones: Found[]): Found[] => phones.filter((phone, index) => phones.findIndex((other) => other.value === phone.value) === index);
