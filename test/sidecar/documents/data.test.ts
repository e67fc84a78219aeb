/** Over the shared data where it is at hand: the set's own README says what it holds. It is no part of a clone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { closeDocumentWorkers, readDocument } from '../../../sidecar/src/documents/readDocument.ts';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { holdsInvariants } from './invariants.ts';

const data = new URL('../../../../shared/data/', import.meta.url);
const here = existsSync(data);

afterAll(closeDocumentWorkers);

interface Gold {
  id: string;
  basics: { name: string; email: string; phone: string };
  headings: Record<string, string>;
  work: { position: string; company: string; dates: string; highlights: string[] }[];
  education: { degree: string; school: string; dates: string }[];
  skills: string[];
}

describe.runIf(here)('the invented CVs', () => {
  it('hold nearly every printed value in one piece', async () => {
    const folder = new URL('gold-cvs-dev/', data);
    const files = readdirSync(new URL('cvs/', folder));
    const counts = { values: 0, found: 0 };
    for (const line of readFileSync(new URL('gold.jsonl', folder), 'utf8').trim().split('\n')) {
      const gold = JSON.parse(line) as Gold;
      const file = files.find((name) => name.startsWith(`${gold.id}.`))!;
      const document = await readDocument(readFileSync(new URL(`cvs/${file}`, folder)));
      holdsInvariants(document);
      const text = plain(document.text);
      const values = [
        gold.basics.name, gold.basics.email, gold.basics.phone, ...Object.values(gold.headings), ...gold.skills,
        ...gold.work.flatMap((entry) => [entry.position, entry.company, entry.dates, ...entry.highlights]),
        ...gold.education.flatMap((entry) => [entry.degree, entry.school, entry.dates]),
      ];
      counts.values += values.length;
      counts.found += values.filter((value) => text.includes(plain(value))).length;
    }
    expect(counts.found / counts.values).toBeGreaterThan(0.99);
  });
});

describe.runIf(here)('damaged and hostile documents', () => {
  const folder = new URL('damaged-docs-dev/', data);
  const rows = here ? readFileSync(new URL('manifest.csv', folder), 'utf8').trim().split('\n').slice(1).map((row) => row.trim().split(',')) : [];

  it.each(rows.map((row) => [row[0]!, row.at(-1)!]))('%s: %s', async (file, expected) => {
    const code = await readDocument(readFileSync(new URL(file, folder))).then(
      (document) => {
        holdsInvariants(document);
        return 'text';
      },
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return error.code;
      },
    );
    if (expected === 'text') expect(['text', 'needs_ocr']).toContain(code);
    if (/password-error/.test(expected)) expect(code).toBe('document_password_protected');
    if (/->reject/.test(expected)) expect(code).toBe('unsupported_document');
  });
});

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').toLowerCase();
}
