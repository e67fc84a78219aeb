import { expect } from 'vitest';
import type { ReadDocument } from '../../../sidecar/src/documents/Document.ts';

/** What every room after this one relies on, whatever the document was. */
export function holdsInvariants(document: ReadDocument): void {
  const { text, lines, pages } = document;
  expect(lines.length).toBeGreaterThan(0);
  let last = 0;
  for (const line of lines) {
    expect(line.start).toBeGreaterThanOrEqual(last);
    expect(text.slice(line.start, line.end)).toMatch(/^\S(?:[^\n]*\S)?$/u);
    const page = pages[line.page - 1]!;
    expect(line.start >= page.start && line.end <= page.end).toBe(true);
    last = line.end;
  }
  expect(pages.map((page) => page.start)).toEqual([0, ...pages.slice(0, -1).map((page) => page.end)]);
  expect(pages.at(-1)?.end).toBe(text.length);
  expect(text.isWellFormed()).toBe(true);
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
}
