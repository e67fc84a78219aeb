/** CSV for spreadsheets: RFC 4180, every cell quoted, and no cell that a spreadsheet would run as a formula. */

/** @returns the header and one line a row, each ended by CRLF; null is an empty cell */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return [header, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/**
 * A cell that begins with one of these may be run by a spreadsheet (OWASP, CSV injection): an apostrophe before it makes
 * it text. The wide forms are what some spreadsheets take for the same signs. White space before them does not help.
 */
const runnable = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && runnable.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
