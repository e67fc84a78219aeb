/** What zod found wrong, in its words but without what was sent: that may be a secret or personal data. */
import type { ZodError, ZodIssue } from 'zod';

export interface DescribedIssue {
  path: string;
  message: string;
}

/** @param place what the value is, the beginning of each path */
export function describeIssues(error: ZodError, place: readonly string[] = []): DescribedIssue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') {
      const closest = issue.unionErrors.reduce((best, candidate) => (candidate.issues.length < best.issues.length ? candidate : best));
      return describeIssues(closest, place);
    }
    return [{ path: [...place, ...issue.path.map(nameOf)].join('.'), message: messageOf(issue) }];
  });
}

function messageOf(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_enum_value':
      // Unlike zod's, it does not repeat the value.
      return issue.message.startsWith('Invalid enum value.') ? `Invalid enum value. Expected ${issue.options.map((option) => `'${option}'`).join(' | ')}` : issue.message;
    case 'unrecognized_keys':
      return `Unrecognized key(s) in object: ${issue.keys.slice(0, 10).map((key) => `'${nameOf(key)}'`).join(', ')}`;
    default:
      return issue.message;
  }
}

/** A misspelt field is shown; a key that is no name may be anything. */
function nameOf(key: string | number): string {
  return typeof key === 'number' || /^[\w-]{1,40}$/.test(key) ? String(key) : '…';
}
