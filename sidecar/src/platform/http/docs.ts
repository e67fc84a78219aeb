/** /openapi.json and /docs: Swagger UI with its assets served from here, under a strict policy (no inline script). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Middleware } from 'koa';
import { absolutePath } from 'swagger-ui-dist';

const assets = new Map([['swagger-ui.css', 'text/css'], ['swagger-ui-bundle.js', 'text/javascript'], ['favicon-32x32.png', 'image/png']]);

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>TalentMatch API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="icon" href="/docs/favicon-32x32.png"></head>
<body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: false, displayOperationId: true, docExpansion: 'list' });
`;

export function docs(document: object): Middleware {
  const json = JSON.stringify(document);
  return async (http, next) => {
    if (http.method !== 'GET' && http.method !== 'HEAD') return next();
    if (http.path === '/openapi.json') {
      http.type = 'application/json';
      http.body = json;
    } else if (http.path === '/docs' || http.path === '/docs/') {
      http.type = 'text/html';
      http.body = page;
    } else if (http.path === '/docs/start.js') {
      http.type = 'text/javascript';
      http.body = start;
    } else if (http.path.startsWith('/docs/') && assets.has(http.path.slice(6))) {
      const name = http.path.slice(6);
      http.type = assets.get(name) as string;
      http.set('Cache-Control', 'public, max-age=86400');
      http.body = await readFile(path.join(absolutePath(), name));
    } else {
      return next();
    }
  };
}
