import { describe, expect, test } from 'vitest';
import { extractCv } from '../../../../sidecar/src/cvs/extract/extractCv.ts';
import { cvLinesOf } from '../../../../sidecar/src/cvs/extract/cvLines.ts';
import { growthExponent, superlinear } from '../../redos/growth.ts';
import { plainDocument } from './plainDocument.ts';

const flat =
  'Tomas Grell  12 Quay Road, Leeds  tomas.grell@example.com    OBJECTIVE  A supervising position in the warehouse of a growing firm    ' +
  'WORK EXPERIENCE  Alder Stores Ltd, Leeds  Warehouse Supervisor, 2019 - present    • Planned the shifts of forty people  • Ran the yard    ' +
  'Forklift Driver, Birch Logistics Ltd, 2015 \\xe2\\x80\\x93 2019    \\xe2\\x80\\xa2 Drove at night    EDUCATION  Diploma in Logistics, Leeds College, 2014';

describe('a CV whose line ends were lost', () => {
  const document = plainDocument(flat);
  const { profile, evidence, facts } = extractCv(document);

  test('gives name, contact and entries', () => {
    expect(profile.basics).toMatchObject({ name: 'Tomas Grell', email: 'tomas.grell@example.com' });
    expect(profile.work.map((entry) => [entry.position, entry.name, entry.startDate, entry.endDate])).toEqual([
      ['Warehouse Supervisor', 'Alder Stores Ltd', '2019', undefined],
      ['Forklift Driver', 'Birch Logistics Ltd', '2015', '2019'],
    ]);
    expect(facts.currentWork).toEqual([profile.work[0]!.id]);
    expect(profile.education[0]).toMatchObject({ institution: 'Leeds College', endDate: '2014' });
  });

  test('every quote is a slice of the text', () => {
    for (const span of evidence.flatMap((each) => each.spans)) expect(span.quote).toBe(document.text.slice(span.start, span.end));
    expect(evidence.length).toBeGreaterThan(8);
  });
});

test('entries without dates are read from plain text', () => {
  const { profile } = extractCv(plainDocument('Ines Falk\nines.falk@example.org\n\nWORK EXPERIENCE\n\nWarehouse Supervisor\nAlder Stores Ltd, Leeds\n- Planned the shifts\n\nEDUCATION\n\nBachelor of Science, University of Lough Mask\n'));
  expect(profile.work[0]).toMatchObject({ position: 'Warehouse Supervisor', name: 'Alder Stores Ltd' });
  expect(profile.education[0]).toMatchObject({ studyType: 'Bachelor of Science', institution: 'University of Lough Mask' });
});

test.each([
  ['Tomas Grell, MBA, PMP', 'Tomas Grell'],
  ['Resume of Tomas Grell', 'Tomas Grell'],
  ['Tomas Grell Senior Warehouse Supervisor', 'Tomas Grell'],
  ['Sample Resume\nTomas Grell', 'Tomas Grell'],
  ['Lea Schneider Herrera\nlea.schneider@example.org', 'Lea Schneider Herrera'],
  ['小龙 李', '李小龙'],
])('the name in "%s"', (top, name) => {
  expect(extractCv(plainDocument(`${top}\ncontact@example.com\n\nWORK EXPERIENCE\n\n2019 - present\nWarehouse Supervisor, Alder Stores Ltd\n`)).profile.basics.name).toBe(name);
});

describe('hostile texts', () => {
  const n = 100_000;
  const kinds: Record<string, string> = {
    'one word': 'a', 'one line of words': 'lorem Ipsum dolor ', 'one line of digits': '1234567890', 'lines of dates': '01/2019 - 02/2020\n', 'at signs': '@', dots: 'a.', hyphens: 'a-',
    'empty lines': '\n', headings: 'Experience\n\n', brackets: '(', 'two spaces': 'Engineer  Alder Ltd  2019 - 2020  ', skills: 'SKILLS\nJava\nSQL\n',
  };
  test.each(Object.entries(kinds))('%s: the time grows no faster than the text', (_, unit) => {
    expect(growthExponent(extractCv, (length) => plainDocument(unit.repeat(length / unit.length)), n)).toBeLessThan(superlinear);
  });

  test('lines and their lengths are bounded', () => {
    const lines = cvLinesOf(plainDocument('lorem ipsum dolor '.repeat(20_000)));
    expect(lines.length).toBeLessThanOrEqual(3000);
    expect(Math.max(...lines.map((line) => line.text.length))).toBeLessThanOrEqual(300);
  });
});
