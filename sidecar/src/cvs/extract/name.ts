/** The candidate's name: large print at the top, shaped like a name, and best of all agreeing with the e-mail address. */
import type { CvLine } from './cvLines.ts';
import { stated, type Found } from './found.ts';
import { fold, squash } from './fold.ts';
import { part, passageOf, type Passage } from './passage.ts';
import { employerScore, titleScore } from './termScores.ts';
import { documentTitles, headings, labels } from './vocabulary.ts';

const particles = new Set(['de', 'del', 'della', 'di', 'da', 'do', 'dos', 'das', 'van', 'von', 'der', 'den', 'ter', 'ten', 'zu', 'zum', 'la', 'le', 'el', 'al', 'bin', 'ibn', 'y', 'e', 'und', 'af', 'mac', 'mc', 'st', "'t", 'du', 'des', 'dela', 'lo', 'zur', 'vom', 'op', 'te']);
const academicTitle = /^(?:(?:dr|prof|dipl|ing|mag|msc|mba|phd|ba|bsc|mr|mrs|ms|herr|frau|sr|sra|dott|dott\.ssa|drs|ir)\.?[\s,-]+)+/iu;

export function findName(near: readonly CvLine[], everywhere: readonly CvLine[], email: string | null): Found | null {
  const labelled = labelledName(near);
  if (labelled) return stated(labelled, 0.95);
  const candidates = near.length > 0 ? near : everywhere.slice(0, 12);
  const largest = Math.max(0, ...candidates.map((line) => line.fontSize ?? 0));
  let best: { passage: Passage; score: number } | null = null;
  candidates.forEach((line, index) => {
    for (const passage of shapes(candidates, index)) {
      if (!isNameShaped(passage.text)) continue;
      const size = line.fontSize === null || largest === 0 ? 0 : line.fontSize >= largest - 0.1 ? 2 : line.fontSize >= largest * 0.8 ? 0.5 : 0;
      const top = index === 0 ? 1.2 : index <= 2 ? 0.8 : index <= 5 ? 0.3 : 0;
      const score =
        size + top + (line.bold ? 0.3 : 0) + emailAgreement(passage.text, email) * 3 -
        Math.max(0, titleScore(passage.text)) * 0.8 - Math.max(0, employerScore(passage.text) - 0.7) * 0.7 -
        (passage.text.split(/\s+/).length === 1 ? 1 : 0);
      if (!best || score > best.score) best = { passage, score };
    }
  });
  const chosen = best as { passage: Passage; score: number } | null;
  if (!chosen || chosen.score < 1) return null;
  const clean = part(chosen.passage, academicTitle.exec(chosen.passage.text)?.[0].length ?? 0, Infinity);
  return stated(clean.text === '' ? chosen.passage : clean, Math.min(0.98, 0.45 + chosen.score * 0.09));
}

/** "Name: Ada Lovelace", or the cell beside the label. */
function labelledName(lines: readonly CvLine[]): Passage | null {
  for (const [index, line] of lines.entries()) {
    const isLabel = (text: string): boolean => labels.get(squash(text))?.includes('name') ?? false;
    const colon = line.text.indexOf(':');
    if (colon > 0 && isLabel(line.text.slice(0, colon))) {
      const passage = part(passageOf([line]), colon + 1, Infinity);
      if (isNameShaped(passage.text)) return passage;
    }
    const next = lines[index + 1];
    if (isLabel(line.text) && next && (next.row === line.row || line.text.endsWith(':')) && isNameShaped(next.text)) return passageOf([next]);
  }
  return null;
}

/** The line, the line and the next one of the same print (a wrapped name), and what stands before a separator. */
function shapes(lines: readonly CvLine[], index: number): Passage[] {
  const line = lines[index]!;
  const whole = passageOf([line]);
  const result = [whole];
  const next = lines[index + 1];
  const samePrint = next && line.fontSize !== null && next.fontSize === line.fontSize && next.bold === line.bold && line.fontSize > 13 && next.row !== line.row;
  if (samePrint && isNameShaped(`${line.text} ${next.text}`)) result.unshift(passageOf([line, next]));
  const cut = /\s[|•·–—-]\s|,\s/u.exec(line.text);
  if (cut) result.push(part(whole, 0, cut.index));
  return result;
}

function isNameShaped(text: string): boolean {
  if (text.length > 60 || /[\d@:;!?&+#%|•·/]|https?/.test(text.replace(academicTitle, ''))) return false;
  const key = squash(text);
  if (headings.has(key) || labels.has(key) || documentTitles.has(key)) return false;
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\s・]{2,12}$/u.test(text)) return true;
  const words = text.replace(academicTitle, '').split(/\s+/);
  if (words.length > 6) return false;
  return words.every((word) => particles.has(fold(word)) || /^\p{Lu}[\p{L}\p{M}'’.-]*,?$/u.test(word) || /^[Oo]['’]\p{Lu}/u.test(word) || /^[dl]['’]\p{Lu}/u.test(word)) && /\p{Lu}\p{L}/u.test(text);
}

/** Share of an e-mail's local part that the name explains, 0 to 1. */
function emailAgreement(name: string, email: string | null): number {
  if (!email) return 0;
  const local = fold(email.split('@')[0]!).replace(/[^a-z]/g, '');
  if (local.length < 3) return 0;
  const forms = (word: string): string[] => [fold(word).replace(/[^a-z]/g, ''), word.toLowerCase().replace(/ä/g, 'ae').replace(/ö/g, 'oe').replace(/ü/g, 'ue').replace(/[^a-z]/g, '')];
  let covered = 0;
  for (const word of name.split(/[\s-]+/)) {
    const hit = forms(word).find((form) => form.length >= 2 && local.includes(form));
    if (hit) covered += hit.length;
  }
  return Math.min(1, covered / local.length);
}
