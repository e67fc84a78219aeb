import type pg from 'pg';

/** Type ids of pg_type.dat: bigint and numeric, each with its array. */
const bigint = { one: 20, many: 1016 };
const numeric = { one: 1700, many: 1231 };

/**
 * The driver, but bigint and numeric come as numbers where a number holds them exactly, and as strings otherwise.
 * A copy of the module's outside, so that nothing else that uses pg is changed.
 */
export function driverWithNumbers(driver: typeof pg): object {
  const { types } = driver;
  const { arrayParser } = types as unknown as { arrayParser: { create(text: string, one: (value: string) => unknown): { parse(): unknown } } };
  const many = (one: (text: string) => unknown) => (text: string) => arrayParser.create(text, one).parse();
  const parsers = new Map<number, (text: string) => unknown>([
    [bigint.one, parseBigint],
    [bigint.many, many(parseBigint)],
    [numeric.one, parseNumeric],
    [numeric.many, many(parseNumeric)],
  ]);
  class Client extends driver.Client {
    /** @param config as Sequelize gives it: with its own parsers, among them one that keeps numeric as a string */
    constructor(config: { types: { getTypeParser(oid: number, format: string): unknown } }) {
      const getTypeParser = (oid: number, format: string) =>
        (format !== 'binary' && parsers.get(oid)) || config.types.getTypeParser(oid, format);
      super({ ...config, types: { getTypeParser } } as unknown as pg.ClientConfig);
    }
  }
  return { Client, types };
}

function parseBigint(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** Fifteen significant digits survive a double. */
function parseNumeric(text: string): number | string {
  const digits = text.replace(/[^0-9]/g, '').replace(/^0+/, '');
  return digits.length <= 15 ? Number(text) : text;
}
