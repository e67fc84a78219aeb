/** The candidate's name: large print at the top, shaped like a name, and best of all agreeing with the e-mail address. */
import type { CvLine } from './cvLines.ts';
import { stated, type Found } from './found.ts';
import { fold, squash } from './fold.ts';
import { part, passageOf, type Passage } from './passage.ts';
import { employerScore, titleScore } from './termScores.ts';
import { documentTitles, headings, labels, notNames } from './vocabulary.ts';

const particles = new Set(['de', 'del', 'della', 'di', 'da', 'do', 'dos', 'das', 'van', 'von', 'der', 'den', 'ter', 'ten', 'zu', 'zum', 'la', 'le', 'el', 'al', 'bin', 'ibn', 'y', 'e', 'und', 'af', 'mac', 'mc', 'st', "'t", 'du', 'des', 'dela', 'lo', 'zur', 'vom', 'op', 'te']);
const academicTitle = /^(?:(?:dr|prof|dipl|ing|mag|msc|mba|phd|ba|bsc|mr|mrs|ms|herr|frau|sr|sra|dott|dott\.ssa|drs|ir)\.?[\s,-]+)+/iu;

export function findName(near: readonly CvLine[], everywhere: readonly CvLine[], email: string | null): Found | null {
  const labelled = labelledName(near);
  if (labelled) return stated(labelled, 0.95);
  const candidates = near.length > 0 ? near : everywhere.slice(0, 12);
  const largest = Math.max(0, ...candidates.map((line) => line.fontSize ?? 0));
  let best: { passage: Passage; score: number } | null = null;
  // the title of the document stands above the name
  let titles = 0;
  candidates.forEach((line, at) => {
    const index = at - titles;
    if (at === titles && isTitle(line.text)) titles += 1;
    for (const passage of shapes(candidates, at)) {
      if (!isNameShaped(passage.text)) continue;
      const size = line.fontSize === null || largest === 0 ? 0 : line.fontSize >= largest - 0.1 ? 2 : line.fontSize >= largest * 0.8 ? 0.5 : 0;
      const top = index === 0 ? 1.2 : index <= 2 ? 0.8 : index <= 5 ? 0.3 : 0;
      const score =
        size + top + (line.bold ? 0.3 : 0) + emailAgreement(passage.text, email) * 3 -
        Math.max(0, titleScore(passage.text)) * 0.8 - Math.max(0, employerScore(passage.text) - 0.7) * 0.7 -
        (isSingleWord(passage.text) ? (size >= 2 && index === 0 ? 0.4 : 1) : 0);
      if (!best || score > best.score) best = { passage, score };
    }
  });
  const chosen = best as { passage: Passage; score: number } | null;
  if (!chosen || chosen.score < 1) return null;
  const clean = part(chosen.passage, academicTitle.exec(chosen.passage.text)?.[0].length ?? 0, Infinity);
  const passage = clean.text === '' ? chosen.passage : clean;
  return { ...stated(passage, Math.min(0.98, 0.45 + chosen.score * 0.09)), value: writtenName(passage.text) };
}

const eastAsian = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\s・]{2,12}$/u;

const isSingleWord = (text: string): boolean => !/\s/.test(text) && !eastAsian.test(text);

/** "小龙 李" → "李小龙": these names are written together, and the family name, here the one of one character, comes first. */
function writtenName(text: string): string {
  if (!eastAsian.test(text)) return text;
  const [first = '', second = '', ...more] = text.split(/\s+/);
  return more.length === 0 && second.length === 1 && first.length === 2 && /^\p{Script=Han}+$/u.test(first) ? second + first : text.replace(/\s+/g, '');
}

function isTitle(text: string): boolean {
  return documentTitles.has(squash(text)) || headings.has(squash(text)) || (text.length < 80 && text.split(/[^\p{L}]+/u).some((word) => notNames.has(fold(word))));
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

/** The line, the line and the next one of the same print (a wrapped name), and what stands before or after other data. */
function shapes(lines: readonly CvLine[], index: number): Passage[] {
  const line = lines[index]!;
  const whole = passageOf([line]);
  const result: Passage[] = [];
  const next = lines[index + 1];
  const samePrint = next && line.fontSize !== null && next.fontSize === line.fontSize && next.bold === line.bold && line.fontSize > 13 && next.row !== line.row;
  if (samePrint && isNameShaped(`${line.text} ${next.text}`)) result.push(passageOf([line, next]));
  // "Todd Ames, MBA, PMP"; "Ames, Todd" is a whole
  const cut = /\s[|•·–—-]+\s|,\s+|(?<!\s)\s+\(|\s(?=\d)|\s\S+@/u.exec(line.text);
  if (cut && /\s/.test(line.text.slice(0, cut.index))) result.push(part(whole, 0, cut.index));
  if (!/,/.test(line.text) || line.text.split(/\s+/).length <= 3) result.push(whole);
  if (cut && !/\s/.test(line.text.slice(0, cut.index))) result.push(part(whole, 0, cut.index));
  // "Resume of Todd Ames", "CV Todd Ames"
  const lead = /^(?:resume|résumé|curriculum vitae|cv|lebenslauf|currículum|curricolo)(?:\s+(?:of|de|di|von|van|do|da))?[\s:–-]+(?=\p{Lu})/iu.exec(line.text);
  if (lead) result.push(part(whole, lead[0].length, Infinity));
  const headline = headlineStart(line.text);
  if (headline > 0) result.push(part(whole, 0, headline));
  return result;
}

/** "Todd Ames Senior Engineer": where the job title begins, or 0. The name before it has two or three words. */
function headlineStart(text: string): number {
  const words = [...text.matchAll(/\S+/g)];
  if (words.length < 3 || words.length > 9 || titleScore(text) < 2) return 0;
  for (const count of [2, 3, 1]) {
    // a family name may be a trade (Herrera, Schneider)
    if (words.length - count < 2) continue;
    const at = words[count]?.index;
    if (at === undefined || titleScore(text.slice(0, at)) > 0) continue;
    // the title's own first word is unknown ("Digital Marketing Manager"): only a telling word right behind the name counts
    if (titleScore(words[count]![0]) >= 2 || /^(?:senior|junior|lead|chief|head|sr|jr|principal)\b/i.test(words[count]![0])) return at;
  }
  return 0;
}

function isNameShaped(text: string): boolean {
  if (text.length > 60 || /[\d@:;!?&+#%|•·/]|https?/.test(text.replace(academicTitle, ''))) return false;
  const key = squash(text);
  if (headings.has(key) || labels.has(key) || documentTitles.has(key) || text.split(/[^\p{L}]+/u).some((word) => notNames.has(fold(word)))) return false;
  if (eastAsian.test(text)) return true;
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
