import type { Database } from './database.ts';

/** Tables of which the service has less than SELECT, INSERT, UPDATE and DELETE. */
const narrower: Record<string, string[]> = { audit_log: ['SELECT', 'INSERT'], schema_migrations: ['SELECT'] };
const usual = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** Run with the rights of the owner of the tables: what the running service needs of DDL. */
const definerFunctions = ['public.ensure_month_partition(text, timestamptz)', 'public.ensure_space_partition(text, boolean)'];

/** Membership in any of these goes around every grant. */
const powerfulRoles = ['pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_read_server_files', 'pg_maintain'];

/**
 * Gives the role of the service exactly what it needs, and takes away what it has beyond: DML on every table (of the
 * audit log only SELECT and INSERT), nothing on partitions, which are reached through their tables, no TRUNCATE, no DDL.
 * Run it as the owner after every migration; where nothing differs it changes nothing.
 * @param role name of the role in DATABASE_URL
 * @returns the statements that were run
 * @throws when the role could change the audit log all the same, as its owner, a member of it or a superuser
 */
export function grantService(owner: Database, role: string): Promise<string[]> {
  return owner.exclusive('grants', () =>
    owner.transaction(async () => {
      await refuseSameRole(owner, role);
      const quoted = `"${role.replaceAll('"', '""')}"`;
      const statements = [...(await schemaStatements(owner, role, quoted)), ...(await relationStatements(owner, role, quoted)), ...(await functionStatements(owner, role, quoted))];
      for (const statement of statements) await owner.query(statement);
      await verify(owner, role);
      return statements;
    }),
  );
}

/** @returns whether the role of this connection owns the audit log, or may act as its owner: it could drop the triggers */
export async function ownsAuditLog(db: Database): Promise<boolean> {
  const [row] = await db.query<{ owns: boolean }>("SELECT pg_has_role(relowner, 'MEMBER') AS owns FROM pg_class WHERE oid = 'audit_log'::regclass");
  return row?.owns === true;
}

/** @returns the role that a postgres:// URL names */
export function roleOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

async function refuseSameRole(owner: Database, role: string): Promise<void> {
  if (role === '') throw new Error('DATABASE_URL names no role. Write it as postgres://role:password@host/database.');
  const [known] = await owner.query<{ name: string; same: boolean }>('SELECT rolname AS name, rolname = current_user AS same FROM pg_roles WHERE rolname = $role', { bind: { role } });
  if (known === undefined) throw new Error(`The role "${role}" of DATABASE_URL does not exist. docs/audit.md has the SQL that makes both roles.`);
  if (known.same) throw new Error('DATABASE_OWNER_URL and DATABASE_URL name the same role, so nothing keeps the service from changing the audit log. Give DATABASE_URL a role of its own (docs/audit.md), or unset DATABASE_OWNER_URL.');
}

async function schemaStatements(owner: Database, role: string, quoted: string): Promise<string[]> {
  const [may] = await owner.query<{ usage: boolean; creating: boolean }>(
    "SELECT has_schema_privilege($role, 'public', 'USAGE') AS usage, has_schema_privilege($role, 'public', 'CREATE') AS creating", { bind: { role } },
  );
  return [...(may?.usage ? [] : [`GRANT USAGE ON SCHEMA public TO ${quoted}`]), ...(may?.creating ? [`REVOKE CREATE ON SCHEMA public FROM PUBLIC, ${quoted}`] : [])];
}

interface Relation {
  name: string;
  kind: 'table' | 'partition' | 'view' | 'sequence';
  granted: string[];
}

async function relationStatements(owner: Database, role: string, quoted: string): Promise<string[]> {
  const relations = await owner.query<Relation>(
    `SELECT c.relname AS name, CASE WHEN c.relispartition THEN 'partition' WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
       ARRAY(SELECT DISTINCT a.privilege_type FROM (
           SELECT x.grantee, x.privilege_type FROM aclexplode(c.relacl) x
           UNION ALL SELECT x.grantee, x.privilege_type FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) x WHERE t.attrelid = c.oid) a
         WHERE a.grantee = (SELECT r.oid FROM pg_roles r WHERE r.rolname = $role)) AS granted
     FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY c.relname`,
    { bind: { role } },
  );
  return relations.flatMap(({ name, kind, granted }) => {
    const due: string[] = { table: narrower[name] ?? usual, partition: [], view: ['SELECT'], sequence: ['USAGE'] }[kind];
    const on = `ON ${kind === 'sequence' ? 'SEQUENCE ' : ''}public."${name.replaceAll('"', '""')}"`;
    const excess = granted.filter((privilege) => !due.includes(privilege));
    const missing = due.filter((privilege) => !granted.includes(privilege));
    return [
      ...(excess.length > 0 ? [`REVOKE ${excess.join(', ')} ${on} FROM ${quoted}`] : []),
      ...(missing.length > 0 ? [`GRANT ${missing.join(', ')} ${on} TO ${quoted}`] : []),
    ];
  });
}

async function functionStatements(owner: Database, role: string, quoted: string): Promise<string[]> {
  const missing = await owner.query<{ name: string }>(
    "SELECT name FROM unnest($names::text[]) AS name WHERE NOT has_function_privilege($role, name::regprocedure, 'EXECUTE')", { bind: { names: definerFunctions, role } },
  );
  return missing.map(({ name }) => `GRANT EXECUTE ON FUNCTION ${name} TO ${quoted}`);
}

/** Rights also come from roles, from PUBLIC, from ownership and from defaults: what counts is what the role may do in the end. */
async function verify(owner: Database, role: string): Promise<void> {
  const reasons = await owner.query<{ reason: string }>(
    `SELECT 'it is a superuser' AS reason FROM pg_roles WHERE rolname = $role AND rolsuper
     UNION ALL SELECT format('it may act as the role %s', r.rolname) FROM pg_roles r WHERE (r.rolname = ANY ($powerful::text[]) OR r.rolname = current_user) AND pg_has_role($role, r.oid, 'MEMBER')
     UNION ALL SELECT format('it may %s %s', privilege, c.relname) FROM pg_class c CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
       WHERE c.oid IN (SELECT relid FROM pg_partition_tree('public.audit_log')) AND has_table_privilege($role, c.oid, privilege)
     UNION ALL SELECT format('it may change columns of %s', c.relname) FROM pg_class c
       WHERE c.oid IN (SELECT relid FROM pg_partition_tree('public.audit_log')) AND has_any_column_privilege($role, c.oid, 'UPDATE')
     UNION ALL SELECT 'it may make objects in the schema public' WHERE has_schema_privilege($role, 'public', 'CREATE')
     UNION ALL SELECT 'it may make schemas in this database' WHERE has_database_privilege($role, current_database(), 'CREATE')
     UNION ALL SELECT 'default privileges give it every new table, and so the partitions to come' FROM pg_default_acl d CROSS JOIN aclexplode(d.defaclacl) a
       WHERE d.defaclobjtype = 'r' AND d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
         AND (a.grantee = 0 OR a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $role))`,
    { bind: { role, powerful: powerfulRoles } },
  );
  if (reasons.length > 0) {
    const list = [...new Set(reasons.map(({ reason }) => reason))].slice(0, 5).join('; ');
    throw new Error(`The role "${role}" of DATABASE_URL could change the audit log: ${list}. Take these rights from it (docs/audit.md has the SQL of a role that fits), or unset DATABASE_OWNER_URL to run with one role.`);
  }
}
