import { TextDecoder } from 'node:util';

/** Tables of the RTF 1.9.1 specification that `readRtf` needs. */

/** Destinations that hold no text of the document. */
export const destinationsToSkip = new Set([
  'pict', 'object', 'objdata', 'stylesheet', 'colortbl', 'fldinst', 'nonshppict', 'shprslt', 'sp', 'themedata', 'colorschememapping',
  'datastore', 'latentstyles', 'listtable', 'listoverridetable', 'rsidtbl', 'revtbl', 'filetbl', 'xmlnstbl', 'pnseclvl', 'pgptbl',
  'generator', 'bkmkstart', 'bkmkend', 'annotation', 'atnid', 'atnauthor', 'xe', 'tc', 'fontemb', 'fontfile', 'template', 'wgrffmtfilter',
  'mmathPr', 'userprops', 'passwordhash', 'ftnsep', 'ftnsepc', 'aftnsep', 'aftnsepc', 'blipuid', 'picprop', 'falt', 'panose', 'do',
]);

export const symbolWords: Record<string, string> = {
  emdash: '—', endash: '–', bullet: '•', lquote: '‘', rquote: '’', ldblquote: '“', rdblquote: '”',
  emspace: '\u2003', enspace: '\u2002', qmspace: '\u2005', zwj: '\u200d', zwnj: '\u200c',
};

/** \fcharset to the label of the Encoding Standard. Symbol (2) is left out: its codes are glyphs. */
export const codepageOfCharset: Record<number, string> = {
  0: 'windows-1252', 77: 'macintosh', 128: 'shift_jis', 129: 'euc-kr', 130: 'euc-kr', 134: 'gbk', 136: 'big5', 161: 'windows-1253',
  162: 'windows-1254', 163: 'windows-1258', 177: 'windows-1255', 178: 'windows-1256', 186: 'windows-1257', 204: 'windows-1251',
  222: 'windows-874', 238: 'windows-1250',
};

const decoders = new Map<string, TextDecoder>();
const byNumber: Record<string, string> = {
  'windows-932': 'shift_jis', 'windows-936': 'gbk', 'windows-949': 'euc-kr', 'windows-950': 'big5', 'windows-10000': 'macintosh',
  'windows-65001': 'utf-8', 'windows-866': 'ibm866', 'windows-28591': 'windows-1252',
};

/** A decoder for a code page; unknown ones are read as windows-1252. */
export function decoderFor(codepage: string): TextDecoder {
  const known = decoders.get(codepage);
  if (known !== undefined) return known;
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(byNumber[codepage] ?? codepage);
  } catch {
    decoder = new TextDecoder('windows-1252');
  }
  decoders.set(codepage, decoder);
  return decoder;
}
