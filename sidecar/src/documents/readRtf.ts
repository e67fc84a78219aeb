import type { ReadDocument, ReadLimits } from './Document.ts';
import { AppError } from '../platform/errors.ts';
import { needsOcr, needsOcrBelow } from './officeParts.ts';
import { codepageOfCharset, decoderFor, destinationsToSkip, symbolWords } from './rtfWords.ts';
import { beginsWithBullet, TextBuilder } from './textBuilder.ts';

interface Group {
  skip: boolean;
  bold: boolean;
  hidden: boolean;
  halfPoints: number;
  codepage: string;
  /** how many characters after \uN stand for readers without Unicode */
  unicodeSkip: number;
  destination: '' | 'fonttbl' | 'info' | 'creatim' | 'revtim';
}

const maxDepth = 2_000;

/**
 * A tolerant reader of RTF 1.9: text, code pages by font, \uN, tables row by row, fields' results. Pictures, objects,
 * style tables and unknown `\*` destinations are skipped without being interpreted.
 *
 * @throws AppError needs_ocr, empty_document, document_damaged, document_too_large
 */
export function readRtf(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  return new RtfReader(bytes, limits).read();
}

class RtfReader {
  private readonly bytes: Uint8Array;
  private readonly builder: TextBuilder;
  private readonly stack: Group[] = [];
  private readonly fontCodepages = new Map<number, string>();
  private group: Group = { skip: false, bold: false, hidden: false, halfPoints: 24, codepage: 'windows-1252', unicodeSkip: 1, destination: '' };
  private at = 0;
  private runs: { text: string; bold: boolean; halfPoints: number }[] = [];
  /** Bytes of \'xx that are not decoded yet: two of them may be one character. */
  private pending: number[] = [];
  private toSkip = 0;
  private listParagraph = false;
  private outline: number | null = null;
  private font = 0;
  private defaultCodepage = 'windows-1252';
  private sawPicture = false;
  private starred = false;
  private date: Record<string, number> = {};

  constructor(bytes: Uint8Array, limits: ReadLimits) {
    this.bytes = bytes;
    this.builder = new TextBuilder(limits);
  }

  read(): ReadDocument {
    while (this.at < this.bytes.length) {
      const byte = this.bytes[this.at] ?? 0;
      this.at += 1;
      if (byte === 0x7b) this.open();
      else if (byte === 0x7d) this.close();
      else if (byte === 0x5c) this.control();
      else if (byte !== 0x0a && byte !== 0x0d && byte !== 0) this.character(byte);
    }
    this.endLine();
    if (this.sawPicture && this.builder.visibleCharacters() < needsOcrBelow) throw needsOcr();
    return this.builder.build('rtf');
  }

  private open(): void {
    this.flushBytes();
    if (this.stack.length >= maxDepth) {
      throw new AppError('document_damaged', 'The document is damaged: its groups are nested too deeply. Save it again as DOCX or PDF.');
    }
    this.stack.push({ ...this.group });
    this.starred = false;
    this.toSkip = 0;
  }

  private close(): void {
    this.flushBytes();
    const { destination } = this.group;
    if (destination === 'creatim' || destination === 'revtim') this.keepDate(destination);
    const outer = this.stack.pop();
    if (outer !== undefined) this.group = outer;
    this.toSkip = 0;
  }

  private control(): void {
    const byte = this.bytes[this.at] ?? 0;
    if (!isLetter(byte)) {
      this.at += 1;
      return this.symbol(byte);
    }
    let word = '';
    while (isLetter(this.bytes[this.at] ?? 0) && word.length < 40) word += String.fromCharCode(this.bytes[this.at++] ?? 0);
    let digits = '';
    if (this.bytes[this.at] === 0x2d) digits += String.fromCharCode(this.bytes[this.at++] ?? 0);
    while (isDigit(this.bytes[this.at] ?? 0) && digits.length < 12) digits += String.fromCharCode(this.bytes[this.at++] ?? 0);
    if (this.bytes[this.at] === 0x20) this.at += 1;
    const value = digits === '' || digits === '-' ? null : Number(digits);
    this.word(word, value);
  }

  private symbol(byte: number): void {
    const sign = String.fromCharCode(byte);
    if (sign === "'") {
      const code = Number.parseInt(String.fromCharCode(this.bytes[this.at] ?? 0, this.bytes[this.at + 1] ?? 0), 16);
      this.at += 2;
      if (!Number.isNaN(code)) this.character(code);
    } else if (sign === '*') this.starred = true;
    else if (sign === '~') this.text('\u00a0');
    else if (sign === '_') this.text('\u2011');
    else if (sign === '\n' || sign === '\r') this.endLine();
    else if (sign === '\\' || sign === '{' || sign === '}') this.text(sign);
    // "\-" (a possible hyphen) and unknown signs are no text
  }

  private word(word: string, value: number | null): void {
    if (word !== 'u') this.flushBytes();
    if (word === 'bin') {
      this.at += Math.max(0, value ?? 0);
      return;
    }
    const starred = this.starred;
    this.starred = false;
    if (word === 'pict' || word === 'object') this.sawPicture = true;
    if (this.group.destination === '' && (destinationsToSkip.has(word) || (starred && word !== 'shpinst'))) {
      this.group.skip = true;
      return;
    }
    switch (word) {
      case 'u':
        return this.unicode(value ?? 0);
      case 'uc':
        this.group.unicodeSkip = Math.min(16, Math.max(0, value ?? 1));
        return;
      case 'ansicpg':
        this.defaultCodepage = this.group.codepage = `windows-${value ?? 1252}`;
        return;
      case 'mac':
      case 'pc':
      case 'pca':
        this.defaultCodepage = this.group.codepage = word === 'mac' ? 'macintosh' : 'ibm866';
        return;
      case 'fonttbl':
      case 'info':
      case 'creatim':
      case 'revtim':
        this.group.destination = word;
        return;
      case 'f':
        this.font = value ?? 0;
        if (this.group.destination !== 'fonttbl') this.group.codepage = this.fontCodepages.get(this.font) ?? this.defaultCodepage;
        return;
      case 'fcharset':
        this.setFontCharset(value ?? 0);
        return;
      case 'b':
        this.group.bold = value !== 0;
        return;
      case 'v':
        this.group.hidden = value !== 0;
        return;
      case 'fs':
        this.group.halfPoints = value ?? 24;
        return;
      case 'plain':
        Object.assign(this.group, { bold: false, hidden: false, halfPoints: 24 });
        return;
      case 'deleted':
        this.group.skip = value !== 0;
        return;
      case 'pard':
        this.listParagraph = false;
        this.outline = null;
        return;
      case 'ls':
      case 'pntext':
      case 'listtext':
        this.listParagraph = true;
        return;
      case 'outlinelevel':
        this.outline = value;
        return;
      case 'par':
      case 'sect':
      case 'row':
      case 'nestrow':
      case 'line':
      case 'softline':
        if (!this.group.skip) this.endLine();
        return;
      case 'page':
        if (!this.group.skip) {
          this.endLine();
          this.builder.addGap();
        }
        return;
      case 'cell':
      case 'nestcell':
      case 'tab':
        return this.text('\t');
      case 'yr':
      case 'mo':
      case 'dy':
      case 'hr':
      case 'min':
        this.date[word] = value ?? 0;
        return;
      default: {
        const symbol = symbolWords[word];
        if (symbol !== undefined) this.text(symbol);
      }
    }
  }

  private unicode(value: number): void {
    if (this.toSkip > 0) {
      this.toSkip -= 1;
      return;
    }
    this.flushBytes();
    // Signed 16 bit by the specification; symbol fonts map into U+F0xx.
    const unit = value & 0xffff;
    this.text(unit >= 0xf020 && unit <= 0xf0ff ? '•' : String.fromCharCode(unit));
    this.toSkip = this.group.unicodeSkip;
  }

  private character(byte: number): void {
    if (this.toSkip > 0) {
      this.toSkip -= 1;
      return;
    }
    this.pending.push(byte);
  }

  private flushBytes(): void {
    if (this.pending.length === 0) return;
    const text = decoderFor(this.group.codepage).decode(Uint8Array.from(this.pending));
    this.pending = [];
    this.text(text);
  }

  private text(text: string): void {
    if (this.pending.length > 0) this.flushBytes();
    if (this.toSkip > 0) {
      this.toSkip -= 1;
      return;
    }
    if (this.group.skip || this.group.destination !== '') return;
    if (this.group.hidden) {
      this.builder.warn('hidden_text_left_out', 'The document holds hidden text, which was left out.');
      return;
    }
    this.runs.push({ text, bold: this.group.bold, halfPoints: this.group.halfPoints });
  }

  private endLine(): void {
    this.flushBytes();
    const text = this.runs.map((run) => run.text).join('');
    const visible = this.runs.filter((run) => run.text.trim() !== '');
    this.builder.addLine(text, {
      bold: visible.length > 0 && visible.every((run) => run.bold),
      fontSize: visible.length > 0 ? Math.max(...visible.map((run) => run.halfPoints)) / 2 : null,
      headingLevel: this.outline !== null && this.outline >= 0 && this.outline < 9 ? this.outline + 1 : null,
      listItem: this.listParagraph || beginsWithBullet(text),
    });
    this.runs = [];
  }

  private setFontCharset(charset: number): void {
    const codepage = codepageOfCharset[charset];
    if (codepage !== undefined) this.fontCodepages.set(this.font, codepage);
  }

  private keepDate(destination: 'creatim' | 'revtim'): void {
    const { yr, mo = 1, dy = 1, hr = 0, min = 0 } = this.date;
    this.date = {};
    if (yr === undefined || yr < 1980 || yr > 2200) return;
    const iso = new Date(Date.UTC(yr, mo - 1, dy, hr, min)).toISOString();
    if (destination === 'creatim') this.builder.createdAt = iso;
    else this.builder.modifiedAt = iso;
  }
}

function isLetter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
