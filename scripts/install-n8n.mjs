// `node scripts/install-n8n.mjs`: a real n8n in the cache folder, ready before a test or `npm run n8n` needs it.
import { installN8n } from './n8n/install.mjs';

console.log(await installN8n());
