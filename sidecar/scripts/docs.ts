/** `npm run sync:docs`: writes docs/configuration.md from config.ts; `--check` fails on a difference. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configVariables } from '../src/config.ts';

const intro = `# Configuration

Written by \`npm run sync:docs\` from \`sidecar/src/config.ts\`, the only reader of the environment. Nothing needs to be set: the default is the embedded database and queue, on loopback, in one process.

For production set \`DATABASE_URL\`, \`REDIS_URL\` and \`SECRET_KEY\`, and run as many processes as you like: \`TALENTMATCH_ROLE=api\` answers requests, \`TALENTMATCH_ROLE=worker\` runs tasks. They may start at once; one of them migrates the database. With \`DATABASE_OWNER_URL\` a role of its own migrates, and the service's role cannot change the audit log ([audit.md](audit.md)).

\`\`\`sh
DATABASE_URL=postgres://talentmatch:…@db.example.com/talentmatch?sslmode=verify-full
REDIS_URL=rediss://cache.example.com:6379
SECRET_KEY=$(openssl rand -hex 32)   # the same on every process
\`\`\`

| variable | default | meaning |
|---|---|---|
`;
const rows = configVariables().map(({ name, description, default: value }) => `| \`${name}\` | ${value === null ? '' : value === '' ? 'empty' : `\`${value}\``} | ${description.replaceAll('|', '\\|')} |\n`);
const content = intro + rows.join('');
const file = new URL('../../docs/configuration.md', import.meta.url);
const check = process.argv.includes('--check');
const known = (() => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
})();
if (known !== content && check) process.stderr.write('docs/configuration.md differs from config.ts: run `npm run sync:docs` and commit it.\n');
if (known !== content && !check) writeFileSync(file, content);
process.exit(check && known !== content ? 1 : 0);
