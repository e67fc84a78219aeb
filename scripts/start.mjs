// `npm start`: the sidecar for real use, configured by the environment (docs/configuration.md).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node24, repository } from './lib/run.mjs';
import { setup } from './setup.mjs';

await setup('sidecar');
const child = spawn(node24(), [join(repository, 'sidecar', 'src', 'main.ts')], { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
