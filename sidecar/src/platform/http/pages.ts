/** The pages of sidecar/console: files from here only, by a fixed list, without a template and without inline script. */
import { readFile } from 'node:fs/promises';
import type { Middleware } from 'koa';

const folder = new URL('../../../console/', import.meta.url);

const files = new Map([
  ['/account', ['account/index.html', 'text/html']],
  ['/account/account.js', ['account/account.js', 'text/javascript']],
  ['/account/account.css', ['account/account.css', 'text/css']],
] as const);

export const pages: Middleware = async (http, next) => {
  const file = (files as ReadonlyMap<string, readonly [string, string]>).get(http.path);
  if (file === undefined || (http.method !== 'GET' && http.method !== 'HEAD')) return next();
  http.type = file[1];
  http.set('Cache-Control', 'no-cache');
  http.body = await readFile(new URL(file[0], folder));
};

/** Answers with a page may load what is theirs. */
export function isPage(path: string): boolean {
  return (files as ReadonlyMap<string, unknown>).has(path);
}
