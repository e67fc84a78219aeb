/**
 * The audit log: who did what to what. Ids are pseudonymous; details hold ids, codes, counts and names of roles, never CV
 * text, contact data or what somebody wrote. Rows cannot be changed (docs/audit.md). Read it with readAudit.ts.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../platform/context.ts';
import type { Database } from '../platform/db/database.ts';

export interface AuditEntry {
  workspaceId: string;
  actor: Pick<Actor, 'type' | 'id'>;
  action: `${string}.${string}`;
  subject?: { type: string; id: string };
  details?: Record<string, unknown>;
  requestId?: string;
}

/**
 * Part of the caller's transaction: what is rolled back is not in the log. @returns the entry's id
 * @throws Error when details hold what looks like personal data: the caller is wrong, and nothing is stored
 */
export async function audit(db: Database, entry: AuditEntry): Promise<string> {
  refusePersonalData(entry.details, 'details');
  const id = uuidv7();
  await db.query(
    `INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action, subject_type, subject_id, details, request_id)
     VALUES (:id, :workspaceId, :createdAt, :actorType, :actorId, :action, :subjectType, :subjectId, :details, :requestId)`,
    {
      replacements: {
        id, workspaceId: entry.workspaceId, createdAt: timeOf(id), actorType: entry.actor.type, actorId: entry.actor.id, action: entry.action,
        subjectType: entry.subject?.type ?? null, subjectId: entry.subject?.id ?? null, details: JSON.stringify(entry.details ?? {}), requestId: entry.requestId ?? null,
      },
    },
  );
  return id;
}

/**
 * The network an address belongs to, for login entries: the address itself would be personal data.
 * @returns the /24 of an IPv4 address, also of one mapped into IPv6, the /48 of an IPv6 address, null for anything else
 */
export function networkOf(address: string | undefined): string | null {
  const plain = (address ?? '').replace(/%.*/s, '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(plain)) return null;
  const groups = groupsOf(plain);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `${(groups[6] as number) >> 8}.${(groups[6] as number) & 0xff}.${(groups[7] as number) >> 8}.0/24`;
  return `${new URL(`http://[${groups.slice(0, 3).map((group) => group.toString(16)).join(':')}::]/`).hostname.slice(1, -1)}/48`;
}

/** The eight groups of an IPv6 address. The URL parser writes every form of it in one: no leading zeros, `::` at most once, no dots. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** That of the id, so that entries of one process have the same order by time and by id. */
function timeOf(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
}

const longest = 200;
const eMail = /\S@[^\s@]*\.\p{L}{2}/u;

function refusePersonalData(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (value.length > longest) throw new Error(`Audit entry: ${path} is longer than ${longest} characters. Entries hold ids, codes and counts, not texts.`);
    if (eMail.test(value)) throw new Error(`Audit entry: ${path} looks like an e-mail address. Entries hold the id of a person, not contact data.`);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, part] of Object.entries(value)) {
      refusePersonalData(key, `a key of ${path}`);
      refusePersonalData(part, `${path}.${key}`);
    }
  }
}
