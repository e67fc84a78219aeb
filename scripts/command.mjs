// Runs a command of the sidecar under Node 24, installing the sidecar first: `node scripts/command.mjs migrate --down`.
import { join } from 'node:path';
import { node24, repository, runVisibly } from './lib/run.mjs';
import { setup } from './setup.mjs';

const [name, ...args] = process.argv.slice(2);
// Commands that write generated files need the development packages.
await setup(name === 'openapi' ? 'all' : 'sidecar');
process.exit(runVisibly(node24(), [join(repository, 'sidecar', 'scripts', `${name}.ts`), ...args]));
