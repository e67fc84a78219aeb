/** `npm run sync:api`: writes openapi.json and the nodes' types from the route definitions; `--check` fails on a difference. */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { version } from '../src/app.ts';
import { openApiDocument } from '../src/platform/openapi.ts';
import { allRoutes } from '../src/routes.ts';

const check = process.argv.includes('--check');
// Handlers are never called here, so the routes need no services.
const document = openApiDocument(allRoutes({} as never), { version });
const json = `${JSON.stringify(document, null, 2)}\n`;
const types = `// Written by \`npm run sync:api\` from the sidecar's routes. Do not edit.\n${astToString(await openapiTS(JSON.parse(json)))}`;

let stale = false;
for (const [file, content] of [['../openapi.json', json], ['../../nodes/shared/api.generated.ts', types]] as const) {
  const url = new URL(file, import.meta.url);
  let known = '';
  try {
    known = readFileSync(url, 'utf8');
  } catch {
    // not written yet
  }
  if (known === content) continue;
  stale = true;
  if (check) process.stderr.write(`${file.replace(/^[./]+/, '')} differs from the routes: run \`npm run sync:api\` and commit it.\n`);
  else {
    writeFileSync(url, content);
    process.stdout.write(`wrote ${file.replace(/^[./]+/, '')}\n`);
  }
}
process.exit(check && stale ? 1 : 0);
