/**
 * Keeps personal lines out of the skills: in a one-column CV they may follow the skills without a heading of their own,
 * and whatever becomes a skill becomes a vector and part of a score. Names, contact, birth, gender, nationality, marital
 * status and address must not.
 */
import type { Contact } from './contact.ts';
import { fold, squash } from './fold.ts';
import { labels } from './vocabulary.ts';

const contactPattern = /@\p{L}|https?:|www\.|^[+(]?\d[\d\s()./-]{6,}$/u;
const date = /\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b|\b(?:19|20)\d{2}-\d{2}-\d{2}\b/;
/** A street with a number, as the seven languages write it: number first, street word first, or one German or Dutch word. */
const street = /^\d{1,4}\s?(?:bis|ter|[a-d])?,?\s+(?:rue|avenue|boulevard|chemin|impasse|place)\b|^\d{1,4}\p{L}?,?\s.*\b(?:street|road|lane|drive|avenue)\b|^(?:rue|calle|avenida|plaza|via|viale|corso|piazza|rua|travessa)\s.*\d|^[\p{L}. -]*(?:strasse|str\.|gasse|weg|platz|allee|straat|laan|plein)\s*\d/u;
const personalKinds = new Set(['private', 'address', 'phone', 'email', 'name']);

/** @param contact what was read of the person, so that a repeated name or city is known for what it is */
export function isPersonal(text: string, contact: Pick<Contact, 'name' | 'location'>): boolean {
  if (contactPattern.test(text)) return true;
  const folded = fold(text);
  const words = folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (date.test(text) && words.length <= 8) return true;
  if (street.test(folded)) return true;
  if (/^(?:[a-z]{1,2}-)?\d{4,5}\s+\p{L}{3,}/u.test(folded) && words.length <= 4) return true;
  const squashed = squash(text);
  for (const [label, kinds] of labels) {
    // A label counts with its value: "Nationality: French", "Born 1988"; not "address validation".
    if (label.length >= 3 && kinds.some((kind) => personalKinds.has(kind)) && squashed.startsWith(label) && isLabelled(folded, label)) return true;
  }
  const name = new Set(fold(contact.name?.value ?? '').split(/[^\p{L}]+/u).filter((part) => part.length > 1));
  if (words.length >= 2 && words.every((word) => name.has(word))) return true;
  return contact.location.city !== null && squashed === squash(contact.location.city.value);
}

/** The label stands by itself at the start, followed by a colon or by a value with digits. */
function isLabelled(folded: string, label: string): boolean {
  let end = 0;
  for (let seen = ''; end < folded.length && seen.length < label.length; end++) seen = squash(folded.slice(0, end + 1));
  const rest = folded.slice(end);
  return /^\s*[:：]/.test(rest) || (/^[^\p{L}]/u.test(rest) && /\d/.test(rest));
}
