/** Every route there is, in the order of the docs. A route that is not listed here does not exist. */
import { agentRoutes } from './agents/agents.routes.ts';
import { ensureBuiltInAgents } from './agents/pipeline.ts';
import { cvRoutes } from './cvs/cvs.routes.ts';
import * as erasure from './erasure.ts';
import { auditRoutes } from './identity/audit.routes.ts';
import { clientRoutes } from './identity/clients.routes.ts';
import { identityRoutes } from './identity/identity.routes.ts';
import { invitationRoutes } from './identity/invitations.routes.ts';
import { roleRoutes } from './identity/roles.routes.ts';
import type { IdentityServices } from './identity/tokens.ts';
import { userRoutes } from './identity/users.routes.ts';
import { workspaceRoutes } from './identity/workspaces.routes.ts';
import { knowledgeRoutes } from './knowledge/knowledge.routes.ts';
import { assignmentRoutes } from './matching/assignments.routes.ts';
import { matchingRoutes } from './matching/matching.routes.ts';
import { pipelines } from './pipelines.ts';
import type { Services } from './platform/context.ts';
import { healthRoutes } from './platform/health.routes.ts';
import { taskRoutes } from './platform/queue/tasks.routes.ts';
import type { AnyRoute } from './platform/route.ts';
import { taskHandlers } from './tasks.ts';
import { workflowRoutes } from './workflows/workflows.routes.ts';

export function allRoutes(services: Services & IdentityServices): AnyRoute[] {
  return [
    ...identityRoutes(services),
    ...userRoutes,
    ...invitationRoutes,
    ...roleRoutes,
    ...clientRoutes,
    ...workspaceRoutes((made, workspaceId) => ensureBuiltInAgents(made, workspaceId, pipelines)),
    ...auditRoutes,
    ...cvRoutes(erasure),
    ...matchingRoutes,
    ...assignmentRoutes,
    ...knowledgeRoutes,
    ...agentRoutes(pipelines),
    ...taskRoutes(taskHandlers),
    ...workflowRoutes,
    ...healthRoutes(services),
  ];
}
