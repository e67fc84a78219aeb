import { AsyncLocalStorage } from 'node:async_hooks';
import { Sequelize, type Transaction } from 'sequelize';

/**
 * What one transaction carries through the calls inside it. Sequelize puts its transaction in and takes it out at the
 * end, so work that outlives the transaction (forgot an await) does not run on its returned connection.
 */
export type TransactionScope = {
  sequelize: Sequelize;
  transaction: Transaction | null;
  afterCommit: (() => unknown)[];
};

const scopes = new AsyncLocalStorage<TransactionScope>();

// Sequelize asks for cls-hooked's shape: `get` and `set` by key within `run`. It knows one key, "transaction".
Sequelize.useCLS({
  get: () => scopes.getStore()?.transaction ?? undefined,
  set: (_key: string, transaction: Transaction | null) => {
    const scope = scopes.getStore();
    if (scope) scope.transaction = transaction;
  },
  // Our `transaction` has opened the scope already.
  run: (work: (context: object) => void) => work({}),
  bind: (work: unknown) => work,
});

/** The open scope of this database; a transaction of another database in the same process does not count. */
export function currentScope(sequelize: Sequelize): TransactionScope | undefined {
  const scope = scopes.getStore();
  return scope?.sequelize === sequelize && scope.transaction !== null ? scope : undefined;
}

export function runInScope<T>(scope: TransactionScope, work: () => Promise<T>): Promise<T> {
  return scopes.run(scope, work);
}

/** Runs work that must not join the caller's transaction. */
export function outsideScopes<T>(work: () => T): T {
  return scopes.exit(work);
}
