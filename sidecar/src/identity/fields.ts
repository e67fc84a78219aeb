/** Fields that the routes about people, clients, roles and workspaces have in common. */
import { z } from 'zod';

/** One line without control characters and without marks that turn the direction of writing. */
export const personName = z.string().trim().min(1).max(200).regex(/^[^\p{Cc}\p{Cf}]+$/u, 'must be one line of text');
export const title = personName;

/** Plain letters: names that look alike are alike. */
export const roleName = z.string().min(2).max(50).regex(/^[a-z][a-z0-9-]*[a-z0-9]$/, 'takes a-z, 0-9 and -, and begins with a letter');
export const roleNames = z.array(z.string().min(1).max(50)).min(1).max(20).refine(areDifferent, 'names a role twice');

export function areDifferent(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

/** Of a body in which every field may be left out. */
export function changesSomething(body: object): boolean {
  return Object.values(body).some((value) => value !== undefined);
}
export const nothingToChange = 'must hold at least one field to change';

/** An answer with a secret is kept by nobody on the way. */
export const noStore = { 'Cache-Control': 'no-store' };
