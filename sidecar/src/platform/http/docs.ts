/** /openapi.json and /docs: Swagger UI with its assets served from here, under a strict policy (no inline script). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Middleware } from 'koa';
import { absolutePath } from 'swagger-ui-dist';

const assets = new Map([['swagger-ui.css', 'text/css'], ['swagger-ui-bundle.js', 'text/javascript'], ['favicon-32x32.png', 'image/png']]);

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>TalentMatch API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="stylesheet" href="/docs/login.css"><link rel="icon" href="/docs/favicon-32x32.png"></head>
<body>
<form id="login" class="login" aria-label="Log in to try the API">
<label>Log in as <select name="kind"><option value="user">a person</option><option value="client">a program</option></select></label>
<label><span data-kind="user">E-mail</span><span data-kind="client" hidden>Client id</span> <input name="name" autocomplete="username" required maxlength="254"></label>
<label><span data-kind="user">Password</span><span data-kind="client" hidden>Client secret</span> <input name="secret" type="password" autocomplete="current-password" required maxlength="500"></label>
<label data-kind="user">Workspace id <input name="workspace" autocomplete="off" maxlength="36" placeholder="the first one"></label>
<button type="submit">Log in</button> <output name="outcome" role="status"></output>
</form>
<div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const css = `body { margin: 0; }
.login { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; padding: .75rem 1.25rem; background: #1b1f24; color: #fff; font: 14px/1.5 system-ui, sans-serif; }
.login input, .login select, .login button { font: inherit; padding: .3rem .5rem; border: 1px solid #8a8f98; border-radius: .25rem; background: #fff; color: #1b1f24; }
.login button { cursor: pointer; font-weight: 600; }
.login :focus-visible { outline: 3px solid #6db3ff; outline-offset: 1px; }
.login [hidden] { display: none; }
`;
/** Swagger UI, and a form that gets a token and hands it over. The token is kept in the page's memory only. */
const start = `const ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: false, displayOperationId: true, docExpansion: 'list' });
const form = document.getElementById('login');
form.elements.kind.addEventListener('change', () => {
  for (const label of form.querySelectorAll('[data-kind]')) label.hidden = label.dataset.kind !== form.elements.kind.value;
});
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [name, secret, workspace] = [form.elements.name.value, form.elements.secret.value, form.elements.workspace.value.trim()];
  const [path, body] = form.elements.kind.value === 'user' ? ['/v1/auth/login', { email: name, password: secret, ...(workspace !== '' && { workspaceId: workspace }) }] : ['/v1/oauth/token', { grant_type: 'client_credentials', client_id: name, client_secret: secret }];
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store' });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail ?? answer.error_description);
    ui.preauthorizeApiKey('accessToken', answer.access_token);
    form.elements.secret.value = '';
    form.elements.outcome.value = 'Logged in for ' + Math.round(answer.expires_in / 60) + ' minutes: "Try it out" sends your token.';
  } catch (error) {
    form.elements.outcome.value = error.message;
  }
});
`;

export function isDocs(path: string): boolean {
  return path === '/docs' || path.startsWith('/docs/');
}

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
    } else if (http.path === '/docs/login.css') {
      http.type = 'text/css';
      http.body = css;
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
