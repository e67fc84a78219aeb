/**
 * `npm run reencrypt`: seals every stored secret with the newest key (SECRET_KEY), while the service runs; the former keys
 * stand in SECRET_KEYS_RETIRED until this says that they are no longer needed. Exit code 1 when a value cannot be opened.
 * `npm run reencrypt -- --new-key`: on the embedded default, makes the new key first. Stop the sidecar before: its
 * database serves one process. May be stopped at any moment; run it again to finish.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { openDatabase } from '../src/platform/db/database.ts';
import { pendingMigrations } from '../src/platform/db/migrate.ts';
import { forgetRetiredKeys, keyFileOf, secretKeysOf, startNewKey } from '../src/platform/secretKeys.ts';
import { createSecretBox } from '../src/platform/secrets.ts';
import { trustAuthorities } from '../src/platform/transport.ts';
import { reencrypt } from '../src/sealed.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const { values: options } = parseArgs({ options: { 'new-key': { type: 'boolean', default: false } } });
  const config = loadConfig({ ...process.env, LOG_LEVEL: 'warn' });
  const keyFile = config.embedded && config.secrets.key === undefined && config.secrets.keyFile === undefined ? keyFileOf(config.dataDir) : null;
  if (options['new-key'] && keyFile === null) {
    throw new Error('--new-key is for the key file of the embedded default. Elsewhere: make a key with `openssl rand -hex 32`, add it to SECRET_KEYS_RETIRED of every process, then swap it with SECRET_KEY on every process, and run `npm run reencrypt`.');
  }
  if (config.extraCaFile !== undefined) trustAuthorities(config.extraCaFile);
  const db = await openDatabase({ url: config.database.url, dataDir: path.join(config.dataDir, 'database'), poolSize: 2 });
  try {
    const pending = await pendingMigrations(db);
    if (pending.length > 0) throw new Error(`The database lacks the migrations ${pending.join(', ')}. Run \`npm run migrate\` first.`);
    // Only now: whoever has the embedded database open owns its key file.
    if (options['new-key'] && keyFile !== null) say((await startNewKey(keyFile)) ? 'A new key was made; the old one is kept until everything is sealed with the new one.' : 'An earlier change of the key is finished first; no further key was made.');
    const report = await reencrypt({ db, secretBox: createSecretBox(await secretKeysOf(config)) });
    for (const { table, column, values, reencrypted } of report.columns) say(`${table}.${column}: ${values} values, ${reencrypted} sealed anew`);
    for (const { table, column, rowId } of report.unopened) process.stderr.write(`cannot be opened with the given keys: ${table}.${column} of row ${rowId}\n`);
    for (const { keyId, values } of report.retiredKeys) say(values === 0 ? `The retired key ${keyId} is no longer needed${keyFile === null ? ': remove it when every process runs with the new one' : ''}.` : `The retired key ${keyId} still seals ${values} values: a process seals with it, or they cannot be opened. Run this again.`);
    const done = report.unopened.length === 0 && report.retiredKeys.every(({ values }) => values === 0);
    if (done && keyFile !== null) await forgetRetiredKeys(keyFile);
    if (!done) process.exitCode = 1;
  } finally {
    await db.close();
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
