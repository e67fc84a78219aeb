/** `npm run sync:docs`: writes docs/configuration.md from config.ts and docs/access.md from roles and routes; `--check` fails on a difference. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configVariables } from '../src/config.ts';
import { allRoutes } from '../src/routes.ts';
import { accessDocument } from './docs/access.ts';

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
// Handlers are never called here, so the routes need no services.
const documents: [file: string, content: string, source: string][] = [
  ['docs/configuration.md', intro + rows.join(''), 'config.ts'],
  ['docs/access.md', accessDocument(allRoutes({} as never)), 'the roles and routes'],
];
const check = process.argv.includes('--check');
let stale = false;
for (const [name, content, source] of documents) {
  const file = new URL(`../../${name}`, import.meta.url);
  if (contentOf(file) === content) continue;
  stale = true;
  if (check) process.stderr.write(`${name} differs from ${source}: run \`npm run sync:docs\` and commit it.\n`);
  else writeFileSync(file, content);
}
process.exit(check && stale ? 1 : 0);

/** Nothing where the file is not written yet. */
function contentOf(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
