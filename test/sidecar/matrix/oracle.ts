/**
 * What every actor of the matrix must see, computed from what the test made and from the rules of docs/access.md. It
 * imports nothing of the sidecar: a mistake in its predicates must not be repeated here.
 */
import type { Actor, Row, World } from './world.ts';

export type Scope = 'own' | 'assigned' | 'workspace';
export interface Grant {
	rows: Scope;
	blind: boolean;
}
export interface RoleSpec extends Grant {
	permissions: readonly string[];
}

const of = (resource: string, ...verbs: string[]) => verbs.map((verb) => `${resource}:${verb}`);

/** They reach beyond one workspace: they count in the first one only. */
export const installationWide = [...of('workspaces', 'create', 'read', 'update'), 'metrics:read'];
export const everyPermission = [
	...of('cvs', 'create', 'read', 'erase'), ...of('candidates', 'read', 'erase'), ...of('jobs', 'create', 'read', 'update', 'delete', 'assign'), ...of('matches', 'create', 'read'),
	...of('sources', 'create', 'read', 'delete'), ...of('collections', 'create', 'read', 'update', 'delete'), 'rag:query', ...of('agents', 'read', 'run', 'control'), ...of('tasks', 'read', 'control'),
	...of('webhooks', 'create', 'read', 'update', 'delete'), ...of('users', 'create', 'read', 'update', 'delete'), ...of('roles', 'create', 'read', 'update', 'delete'),
	...of('clients', 'create', 'read', 'update', 'delete'), ...of('sessions', 'read', 'revoke'), 'tokens:introspect', ...of('workspace', 'read', 'update'), 'audit:read',
	...installationWide,
];
/** All that a role of one workspace can give. */
export const workspacePermissions = everyPermission.filter((permission) => !installationWide.includes(permission));

const reading = ['cvs:read', 'candidates:read', 'jobs:read', 'matches:read', 'sources:read', 'collections:read', 'agents:read', 'tasks:read'];
const recruiting = [
	...reading, 'cvs:create', 'cvs:erase', 'candidates:erase', ...of('jobs', 'create', 'update', 'delete', 'assign'), 'matches:create', ...of('sources', 'create', 'delete'), 'rag:query', 'agents:run', 'tasks:control',
];
const seeing = (permissions: readonly string[], rows: Scope = 'workspace'): RoleSpec => ({ permissions, rows, blind: false });

/** As docs/access.md lists them, written down a second time. */
export const builtIn: Record<string, RoleSpec> = {
	admin: seeing(everyPermission),
	recruiter: seeing(recruiting),
	'hiring-manager': seeing(['jobs:read', 'matches:read', 'candidates:read', 'cvs:read', 'collections:read', 'rag:query', 'tasks:read'], 'assigned'),
	analyst: seeing([...reading, 'rag:query', 'metrics:read']),
	integration: seeing([...recruiting, 'agents:control', ...of('webhooks', 'create', 'read', 'update', 'delete')]),
	auditor: seeing(['audit:read', 'agents:read', 'tasks:read', 'users:read', 'roles:read', 'clients:read', 'sessions:read', 'webhooks:read', 'workspace:read', 'metrics:read']),
};

const width = (rows: Scope) => ['own', 'assigned', 'workspace'].indexOf(rows);

export class Oracle {
	private readonly world: World;
	constructor(world: World) {
		this.world = world;
	}

	private roleOf(workspace: number, name: string): RoleSpec | undefined {
		const place = this.world.places[workspace]!;
		const role = builtIn[name] ?? place.roles.get(name);
		return role && { ...role, blind: role.blind || (name in builtIn && place.blindRoles.includes(name)) };
	}

	/** Of several roles the widest rows count; the answer is blind unless one that reaches those rows sees. */
	grantOfRoles(workspace: number, roles: readonly string[], permission: string): Grant | null {
		if (workspace !== 1 && installationWide.includes(permission)) return null;
		const given = roles.flatMap((name) => {
			const role = this.roleOf(workspace, name);
			return role?.permissions.includes(permission) ? [role] : [];
		});
		if (given.length === 0) return null;
		const widest = Math.max(...given.map(({ rows }) => width(rows)));
		const those = given.filter(({ rows }) => width(rows) === widest);
		return { rows: those[0]!.rows, blind: those.every(({ blind }) => blind) };
	}

	grant(actor: Actor, permission: string): Grant | null {
		if (actor.scope !== null && !actor.scope.includes(permission)) return null;
		return this.grantOfRoles(actor.workspace, actor.roles, permission);
	}

	has(actor: Actor, permission: string): boolean {
		return permission === 'public' || permission === 'authenticated' || this.grant(actor, permission) !== null;
	}

	blind(actor: Actor, ...permissions: string[]): boolean {
		return permissions.some((permission) => this.grant(actor, permission)?.blind === true);
	}

	/** May this actor manage somebody (or hand on something) with these roles? */
	covers(actor: Actor, roles: readonly string[]): boolean {
		// A role that a collection names opens its documents: who lacks it hands it on if it could have named it there.
		const named = this.world.rows.some(({ type, workspace, roles: readers }) => type === 'collection' && workspace === actor.workspace && readers?.some((role) => roles.includes(role) && !actor.roles.includes(role)));
		if (named && this.grant(actor, 'collections:update')?.rows !== 'workspace') return false;
		return everyPermission.every((permission) => {
			const theirs = this.grantOfRoles(actor.workspace, roles, permission);
			return theirs === null || this.coversGrant(actor, permission, theirs);
		});
	}

	coversRole(actor: Actor, role: RoleSpec): boolean {
		return role.permissions.every((permission) => this.coversGrant(actor, permission, role));
	}

	private coversGrant(actor: Actor, permission: string, theirs: Grant): boolean {
		const mine = this.grant(actor, permission);
		return mine !== null && width(mine.rows) >= width(theirs.rows) && (theirs.blind || !mine.blind);
	}

	/** Is the row there for this actor, when it asks with this permission? */
	sees(actor: Actor, permission: string, row: Row): boolean {
		const grant = this.grant(actor, permission);
		if (grant === null) return false;
		if (row.type === 'workspace') return actor.workspace === 1 && installationWide.includes(permission);
		if (row.workspace !== actor.workspace) return false;
		const all = grant.rows === 'workspace';
		switch (row.type) {
			case 'job': return all || row.by === actor.id || (grant.rows === 'assigned' && this.assigned(actor, row.id));
			case 'cv': case 'candidate': return row.candidate === undefined ? all || row.by === actor.id : this.reachesPerson(actor, row.candidate!, grant.rows);
			case 'match': return all || (grant.rows === 'assigned' && this.assigned(actor, row.job!)) || (this.jobOf(row.job!)?.by === actor.id && this.reachesPerson(actor, row.candidate!, grant.rows));
			case 'cvSource': return this.personOf(actor, 'cvs:read', row.candidate!);
			case 'document': return this.reads(actor, row.collection ?? null) && (all || row.by === actor.id);
			case 'collection': return this.reads(actor, row.id) && (all || permission === 'collections:read' || row.by === actor.id);
			case 'session': return row.user === actor.id || all || this.world.row('user', row.user!)?.by === actor.id;
			case 'agent': return true;
			case 'delivery': return all || this.world.row('webhook', row.webhook!)?.by === actor.id;
			default: return all || row.by === actor.id;
		}
	}

	/** May a question of this actor be answered from this source? */
	askable(actor: Actor, row: Row): boolean {
		const rag = this.grant(actor, 'rag:query');
		if (rag === null || row.workspace !== actor.workspace) return false;
		if (row.type === 'document') return this.reads(actor, row.collection ?? null);
		return !this.blind(actor, 'rag:query', 'cvs:read') && this.personOf(actor, 'cvs:read', row.candidate!);
	}

	private personOf(actor: Actor, permission: string, candidate: string): boolean {
		const grant = this.grant(actor, permission);
		return grant !== null && this.world.row('candidate', candidate)?.workspace === actor.workspace && this.reachesPerson(actor, candidate, grant.rows);
	}

	private reachesPerson(actor: Actor, candidate: string, rows: Scope): boolean {
		if (rows === 'workspace') return true;
		if (this.world.rows.some(({ type, candidate: whose, by }) => type === 'cv' && whose === candidate && by === actor.id)) return true;
		return rows === 'assigned' && this.world.rows.some((row) => row.type === 'match' && row.candidate === candidate && this.assigned(actor, row.job!));
	}

	private reads(actor: Actor, collectionId: string | null): boolean {
		if (collectionId === null) return true;
		const collection = this.world.row('collection', collectionId)!;
		const readers = collection.roles ?? null;
		return readers === null || readers.some((role) => actor.roles.includes(role)) || this.grant(actor, 'collections:update')?.rows === 'workspace';
	}

	assigned(actor: Actor, job: string): boolean {
		return this.world.assignments.some((assignment) => assignment.job === job && assignment.actor === actor.id);
	}

	private jobOf(id: string): Row | undefined {
		return this.world.row('job', id);
	}
}
