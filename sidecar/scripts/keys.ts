/**
 * `npm run keys -- list`: the keys that sign access tokens, and their stages.
 * `npm run keys -- rotate`: a new key, which signs after SIGNING_KEY_LEAD_SECONDS; no token is refused.
 * `npm run keys -- rotate --now`: for a key that has leaked; every access token dies within 5 seconds, on every replica.
 * On the embedded default stop the sidecar first: its database serves one process.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { rotateSigningKey } from '../src/identity/rotateSigningKey.ts';
import { readKeys, stageOf } from '../src/identity/SigningKey.ts';
import { openServices } from '../src/services.ts';

try {
  const { values: options, positionals } = parseArgs({ options: { now: { type: 'boolean', default: false } }, allowPositionals: true });
  const [command] = positionals;
  if (positionals.length !== 1 || (command !== 'list' && command !== 'rotate') || (command === 'list' && options.now)) throw new Error('Use `npm run keys -- list`, `npm run keys -- rotate` or `npm run keys -- rotate --now`.');
  // As an API process: this command must not start to run tasks.
  const { services, close } = await openServices({ ...loadConfig({ ...process.env, LOG_LEVEL: 'warn' }), role: 'api' });
  try {
    if (command === 'rotate') {
      const { kid, activatesAt } = await rotateSigningKey(services, { atOnce: options.now });
      process.stdout.write(options.now ? `Key ${kid} signs from now on; every other key is retired.\n` : `Key ${kid} is published and signs from ${activatesAt.toISOString()} on.\n`);
    }
    const { keys, now } = await readKeys(services.db);
    const time = (at: number | null) => (at === null ? '-' : new Date(at).toISOString());
    const rows = keys.map((key) => [key.kid, stageOf(key, keys, now), key.createdAt.toISOString(), time(key.activatesAt), time(key.retiresAt)]);
    for (const [kid = '', stage = '', created = '', activates = '', retires = ''] of [['key', 'stage', 'created', 'signs from', 'verifies until'], ...rows]) {
      process.stdout.write(`${kid.padEnd(43)}  ${stage.padEnd(9)}  ${created.padEnd(24)}  ${activates.padEnd(24)}  ${retires}\n`);
    }
  } finally {
    await close();
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
