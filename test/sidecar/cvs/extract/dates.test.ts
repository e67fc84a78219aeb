import { describe, expect, test } from 'vitest';
import { findPeriods } from '../../../../sidecar/src/cvs/extract/dates.ts';

const read = (text: string): string[] =>
  findPeriods(text).map((period) => `${period.from}/${period.current ? 'present' : (period.to ?? 'single')}`);

describe('periods in seven languages', () => {
  test.each([
    ['Mar 2022 – Present', '2022-03/present'],
    ['Sept 2019 to March 2022', '2019-09/2022-03'],
    ['since 2019', '2019/present'],
    ["mars 2024 – aujourd'hui", '2024-03/present'],
    ['sept. 2021 – févr. 2024', '2021-09/2024-02'],
    ['depuis mai 2020', '2020-05/present'],
    ['de septembre 2018 à août 2019', '2018-09/2019-08'],
    ['03.2020 – à ce jour', '2020-03/present'],
    ['03/2022 – heute', '2022-03/present'],
    ['Okt. 2018 – Feb. 2022', '2018-10/2022-02'],
    ['seit Jänner 2019', '2019-01/present'],
    ['von 2015 bis 2018', '2015/2018'],
    ['Marzo 2022 – Actualidad', '2022-03/present'],
    ['Desde septiembre de 2019', '2019-09/present'],
    ['Enero de 2016 a agosto de 2019', '2016-01/2019-08'],
    ['marzo 2021 – in corso', '2021-03/present'],
    ['dal 2018 al 2020', '2018/2020'],
    ['set. 2015 – dic. 2017', '2015-09/2017-12'],
    ['abr/2022 – atual', '2022-04/present'],
    ['março de 2019 até ao momento', '2019-03/present'],
    ['05.2025 – até hoje', '2025-05/present'],
    ['sinds juni 2021', '2021-06/present'],
    ['van april 2017 tot mei 2021', '2017-04/2021-05'],
    ['07-2011 t/m 02-2012', '2011-07/2012-02'],
    ['feb. 2025 – heden', '2025-02/present'],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual([expected]);
  });
});

describe('forms of dates', () => {
  test.each([
    ['2022-03 – 2023-11', '2022-03/2023-11'],
    ['10/16 – 09/20', '2016-10/2020-09'],
    ['Jun – Aug 2016', '2016-06/2016-08'],
    ["Jan '19 – Feb '20", '2019-01/2020-02'],
    ['01.02.2019 - 31.03.2020', '2019-02-01/2020-03-31'],
    ['12 January 2020 – 14 February 2021', '2020-01-12/2021-02-14'],
    ['2003-2007', '2003/2007'],
    ['2015/16', '2015/2016'],
    ['(10/2022 - oggi)', '2022-10/present'],
    ['March 5, 2022', '2022-03-05/single'],
    ['2019', '2019/single'],
  ])('%s keeps its precision', (text, expected) => {
    expect(read(text)).toEqual([expected]);
  });

  test('a period knows where each of its dates stands', () => {
    const text = 'Employer X, 03/2022 – heute';
    const period = findPeriods(text)[0]!;
    expect(text.slice(...period.fromSpan!)).toBe('03/2022');
    expect(text.slice(...period.toSpan!)).toBe('heute');
  });

  test.each(['06 39 98 41 27', 'Java 8–21', 'a 2.4 TB ledger', 'from 900 ms to 70 ms', '1.000 días', 'version 3.2019.4', 'may take part'])('no date in "%s"', (text) => {
    expect(read(text)).toEqual([]);
  });

  test('a range that runs backwards is not a period', () => {
    expect(read('2021 – 2019')).not.toContain('2021/2019');
  });
});
