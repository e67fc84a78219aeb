import { BaseError, ConnectionError, ForeignKeyConstraintError, UniqueConstraintError } from 'sequelize';

type PgError = { code?: string; constraint?: string; message?: string };

/** @param constraint name of the constraint or unique index; without it any */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const cause = driverError(error);
  const matches = error instanceof UniqueConstraintError || cause?.code === '23505';
  return matches && (constraint === undefined || cause?.constraint === constraint);
}

/** @param constraint name of the constraint; without it any */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  const cause = driverError(error);
  const matches = error instanceof ForeignKeyConstraintError || cause?.code === '23503';
  return matches && (constraint === undefined || cause?.constraint === constraint);
}

/** The role of the connection may not do this. */
export function isPermissionDenied(error: unknown): boolean {
  return driverError(error)?.code === '42501';
}

/** What pg says, without a code, of a server that answers no longer and of a connection that is lost. */
const lostMessages = /^(Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed)/;

/** The database could not be reached, does not answer, or is starting or stopping: the same call may work later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { code = '', message = '' } = driverError(error) ?? {};
  return error instanceof ConnectionError || /^(08|57P0|53300|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)/.test(code) || lostMessages.test(message);
}

/** The transaction was ended in favour of another (40P01, 40001): run as a whole once more it may pass. */
export function isSerializationFailure(error: unknown): boolean {
  return ['40P01', '40001'].includes(driverError(error)?.code ?? '');
}

/**
 * Takes the values out of what a logger or `JSON.stringify` would print of a database error: they may be CV text or
 * contact data. They stay readable as properties for the code that handles the error.
 */
export function hideValues(error: unknown): void {
  if (!(error instanceof BaseError)) return;
  for (const target of [error, (error as { parent?: object }).parent]) {
    if (!target) continue;
    for (const key of ['sql', 'parameters', 'parent', 'original', 'errors', 'fields', 'value', 'detail', 'where', 'hint']) {
      const property = Object.getOwnPropertyDescriptor(target, key);
      if (property?.configurable) Object.defineProperty(target, key, { ...property, enumerable: false });
    }
  }
}

function driverError(error: unknown): PgError | undefined {
  if (error instanceof BaseError) return (error as { parent?: PgError }).parent;
  return error instanceof Error ? (error as PgError) : undefined;
}
