// Written by `npm run sync:api` from the sidecar's routes. Do not edit.
export interface paths {
    "/v1/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get an access token
         * @description Client credentials grant (RFC 6749, 4.4) for programs, refresh token grant (6) for users who logged in. Send the body as JSON or as a form. With `scope` (permissions separated by spaces) a client’s token gives no more than these; with a refresh token it is refused. A refresh token works once: keep the one that is answered. Client id and secret stand in the body or in HTTP Basic credentials (2.3.1). Errors have the OAuth form, with status 400, or 401 for wrong Basic credentials.
         *
         *     No token needed.
         */
        post: operations["issueToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/oauth/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke a token
         * @description RFC 7009. A refresh token ends its session. An access token is revoked for the client that shows its id and secret, in the body or as HTTP Basic, and was given it. The answer is 200 whether the token was known or not.
         *
         *     No token needed.
         */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/oauth/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether an access token is good
         * @description RFC 7662, for tokens of your workspace. Any other token is `{"active": false}`.
         *
         *     Permission: `tokens:introspect`.
         */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in with e-mail and password
         * @description Answers an access token of 15 minutes and a refresh token for POST /v1/oauth/token. `workspaceId` is needed for users of any but the first workspace. An unknown address and a wrong password are answered alike.
         *
         *     No token needed.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation: choose a password
         * @description The `token` is what follows `#` in the link that an administrator gave you. It works once, and logs you in. Other sessions of yours end.
         *
         *     No token needed.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by a link
         * @description The `token` is what follows `#` in the link that an administrator gave you. It works once, and logs you in. Other sessions of yours end.
         *
         *     No token needed.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out: end this session
         * @description The access token and the refresh token of the session are refused from now on, on every replica within seconds. A client’s token is revoked by itself.
         *
         *     Any valid token.
         */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End all of my sessions
         * @description On every device, this one too.
         *
         *     Any valid token.
         */
        post: operations["logOutEverywhere"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my password
         * @description All other sessions of yours end; this one goes on.
         *
         *     Any valid token.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my sessions
         * @description The live ones, last used first, with device and network (never the whole address).
         *
         *     Any valid token.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description One of yours, or with `sessions:revoke` one of anybody in the workspace who may do no more than you.
         *
         *     Any valid token.
         */
        delete: operations["revokeSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys that verify access tokens
         * @description The key that signs now, those that verify tokens signed before a rotation, and the one that signs next.
         *
         *     No token needed.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I, and what may I do
         * @description The actor behind the token: its workspace, roles and permissions, with the rows each permission reaches.
         *
         *     Any valid token.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the people of the workspace
         * @description With the roles of each; nothing of a password leaves the service.
         *
         *     Permission: `users:read`.
         */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one user
         * @description With its roles and whether it is disabled.
         *
         *     Permission: `users:read`.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description E-mail address, name and password go for good, sessions end, jobs are no longer assigned to them. What they made stays, under an id that names nobody. Refused with `grant_exceeded` where the user may do more than you, before or afterwards.
         *
         *     Permission: `users:delete`.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change a user’s name or roles, disable or enable them
         * @description Roles count at once, also for tokens that were issued before, and open links of the user are withdrawn: renew the invitation. Disabling ends every session. Nobody disables themselves, and the last administrator who can log in stays one (409). Refused with `grant_exceeded` where the user may do more than you, before or afterwards.
         *
         *     Permission: `users:update`.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/v1/users/{userId}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link that sets a new password
         * @description Give it to the user yourself: it is shown this once, works once, for an hour, and withdraws earlier ones. Until it is used the present password works. Refused with `grant_exceeded` where the user may do more than you, before or afterwards.
         *
         *     Permission: `users:update`.
         */
        post: operations["createPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions of a user
         * @description The live ones, last used first, with device and network (never the whole address).
         *
         *     Permission: `sessions:read`.
         */
        get: operations["listUserSessions"];
        put?: never;
        post?: never;
        /**
         * End all sessions of a user
         * @description Access and refresh tokens are refused on every replica within seconds. The user can log in again. Refused with `grant_exceeded` where the user may do more than you.
         *
         *     Permission: `sessions:revoke`.
         */
        delete: operations["endUserSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invitations with their state
         * @description Accepted ones too; those that were withdrawn by DELETE are gone.
         *
         *     Permission: `users:read`.
         */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite somebody
         * @description Makes a user of status `invited` and a link with which they choose a password. Give it to them yourself: it is shown this once, works once, for seven days. Refused with `grant_exceeded` where the roles give more than you have.
         *
         *     Permission: `users:create`.
         */
        post: operations["createInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitationId}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new link for an invitation
         * @description It works for seven days from now; the one before works no longer.
         *
         *     Permission: `users:create`.
         */
        post: operations["renewInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw an invitation
         * @description Its link works no longer, and the user, who was never here, goes. An accepted one is a conflict: delete the user instead.
         *
         *     Permission: `users:delete`.
         */
        delete: operations["withdrawInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List every permission there is
         * @description Those with `installation` reach beyond one workspace and count in the first workspace only.
         *
         *     Permission: `roles:read`.
         */
        get: operations["listPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the roles, built in and of the workspace
         * @description With the permissions of each, the rows they reach and whether names are hidden.
         *
         *     Permission: `roles:read`.
         */
        get: operations["listRoles"];
        put?: never;
        /**
         * Make a role
         * @description Of permissions that you have yourself, for rows you reach, and blind unless you see: else `grant_exceeded`. Names of built-in roles are taken (409).
         *
         *     Permission: `roles:create`.
         */
        post: operations["createRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/{roleId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a role that nobody has
         * @description A role that users or clients still have is refused with 409; built-in roles stay.
         *
         *     Permission: `roles:delete`.
         */
        delete: operations["deleteRole"];
        options?: never;
        head?: never;
        /**
         * Change a role of the workspace
         * @description Counts at once for everybody who has it. You need to reach as far as the role before and afterwards. A role that somebody has keeps its name (409).
         *
         *     Permission: `roles:update`.
         */
        patch: operations["updateRole"];
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the clients of the workspace
         * @description With the roles of each; secrets are shown once, when they are made.
         *
         *     Permission: `clients:read`.
         */
        get: operations["listClients"];
        put?: never;
        /**
         * Make a client: an id and a secret for a program
         * @description The secret is shown this once. Refused with `grant_exceeded` where the client may do more than you.
         *
         *     Permission: `clients:create`.
         */
        post: operations["createClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{clientId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one client
         * @description With its roles and when it last asked for a token; its secrets are not shown.
         *
         *     Permission: `clients:read`.
         */
        get: operations["getClient"];
        put?: never;
        post?: never;
        /**
         * Delete a client
         * @description Its secrets and its tokens are refused at once. Refused with `grant_exceeded` where the client may do more than you.
         *
         *     Permission: `clients:delete`.
         */
        delete: operations["deleteClient"];
        options?: never;
        head?: never;
        /**
         * Change a client’s name or roles, disable or enable it
         * @description Roles count at once. The tokens of a disabled client are refused and stay so. A client does not disable itself (409). Refused with `grant_exceeded` where the client may do more than you.
         *
         *     Permission: `clients:update`.
         */
        patch: operations["updateClient"];
        trace?: never;
    };
    "/v1/clients/{clientId}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a client a new secret
         * @description Shown this once. The one before works `overlapSeconds` longer (a day when left out), so that nothing stops meanwhile; with 0 it ends at once. Tokens that were issued with it live on: revoke them too when the secret has leaked. Refused with `grant_exceeded` where the client may do more than you.
         *
         *     Permission: `clients:update`.
         */
        post: operations["rotateClientSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{clientId}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke all access tokens of a client
         * @description On every replica within seconds. With its secret the client gets new ones. Refused with `grant_exceeded` where the client may do more than you.
         *
         *     Permission: `clients:update`.
         */
        delete: operations["revokeClientTokens"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get my workspace
         * @description Name and settings of the workspace the token belongs to.
         *
         *     Permission: `workspace:read`.
         */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change my workspace
         * @description `blindRoles`: the built-in roles that see no names, contact data, addresses, photos, birth dates and file names. The list takes the place of the one before. Refused with `grant_exceeded` where a role whose sight changes may do more than you.
         *
         *     Permission: `workspace:update`.
         */
        patch: operations["updateOwnWorkspace"];
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all workspaces of the installation
         * @description For operators: only the first workspace of an installation may ask.
         *
         *     Permission: `workspaces:read`.
         */
        get: operations["listWorkspaces"];
        put?: never;
        /**
         * Make a workspace
         * @description With its agents and the invitation of its first administrator, whose link is shown this once. For users of the first workspace, who see nothing of what happens in it.
         *
         *     Permission: `workspaces:create`.
         */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspaceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename, disable or enable a workspace
         * @description Every token of a disabled workspace is refused within seconds, its tasks and deliveries wait; nothing is deleted. The first workspace cannot be disabled (409).
         *
         *     Permission: `workspaces:update`.
         */
        patch: operations["updateWorkspace"];
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the audit log, newest first
         * @description Who did what to what in your workspace. Actors and subjects are ids; details never hold CV text or contact data. Give `from` and `to` where you can: months outside are not looked at. Every reading is an entry itself (`audit.read`).
         *
         *     Permission: `audit:read`.
         */
        get: operations["listAuditEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit log
         * @description Up to `maxRows` entries, newest first, one a line: as NDJSON, or as CSV in which no cell runs as a formula. Where there are more, the header `X-Next-Cursor` holds the `cursor` of the next export. Every export is an entry itself (`audit.exported`).
         *
         *     Permission: `audit:read`.
         */
        get: operations["exportAuditEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List CVs, newest first
         * @description Those the caller may see; `status` and `candidateId` narrow the list.
         *
         *     Permission: `cvs:read`.
         */
        get: operations["listCvs"];
        put?: never;
        /**
         * Upload a CV and analyse it
         * @description PDF, DOCX, ODT, RTF, HTML, Markdown or text: as base64 in JSON, as plain `text`, as multipart part `file`, or from a `url` on the public internet (or one that the operator allows in OUTGOING_ALLOWED_HOSTS; up to 3 redirects, 20 s). The result of the task is `{cvId, candidateId, language, warnings}`. The same bytes twice are the same CV: it keeps its file name, takes an `externalId` when it has none, and another one is refused (409 `conflict`); so are bytes that somebody else uploaded and your role does not reach. A scan without text ends as `needs_ocr`.
         *
         *     Permission: `cvs:create`.
         */
        post: operations["createCv"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a CV: profile (JSON Resume), evidence and facts
         * @description Every value of the profile has evidence under its JSON Pointer: page, offsets, the exact quote, and a confidence.
         *
         *     Permission: `cvs:read`.
         */
        get: operations["getCv"];
        put?: never;
        post?: never;
        /**
         * Erase a CV, and its candidate when it was the only one
         * @description Stored bytes, text, vectors and matches go with it; what stays is the proof in the answer.
         *
         *     Permission: `cvs:erase`.
         */
        delete: operations["eraseCv"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the text that evidence offsets refer to
         * @description Offsets count UTF-16 units of this text; roles without names do not get it.
         *
         *     Permission: `cvs:read`.
         */
        get: operations["getCvText"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the uploaded file
         * @description The bytes as they were uploaded; roles without names do not get them.
         *
         *     Permission: `cvs:read`.
         */
        get: operations["getCvFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List candidates, newest first
         * @description A role without names may not search by one.
         *
         *     Permission: `candidates:read`.
         */
        get: operations["listCandidates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates/{candidateId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a candidate
         * @description The profile (JSON Resume) made from all CVs of the person, with evidence.
         *
         *     Permission: `candidates:read`.
         */
        get: operations["getCandidate"];
        put?: never;
        post?: never;
        /**
         * Erase a person: rows, stored bytes, vectors, matches, indexed text
         * @description The answer proves it by counting what was removed in each place.
         *
         *     Permission: `candidates:erase`.
         */
        delete: operations["eraseCandidate"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs, newest first
         * @description Those the caller may see; `status` and `q` narrow the list.
         *
         *     Permission: `jobs:read`.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Create a job from its text
         * @description The text is read into a title, an occupation and requirements, each with its quote. `requirements` replaces what was found.
         *
         *     Permission: `jobs:create`.
         */
        post: operations["createJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/analyse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the requirements out of a job text without storing it
         * @description The same reading that storing a job does, for a look before it.
         *
         *     Permission: `jobs:read`.
         */
        post: operations["analyseJobText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description With the requirements read from its text and the quote of each.
         *
         *     Permission: `jobs:read`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job and its matches
         * @description Candidates and their CVs stay.
         *
         *     Permission: `jobs:delete`.
         */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        /**
         * Change a job
         * @description A new text is read again. What can change a score raises `version`.
         *
         *     Permission: `jobs:update`.
         */
        patch: operations["updateJob"];
        trace?: never;
    };
    "/v1/matches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stored matches, newest first
         * @description Those the caller may see; `jobId` and `candidateId` narrow the list.
         *
         *     Permission: `matches:read`.
         */
        get: operations["listMatches"];
        put?: never;
        /**
         * Rank candidates for a job, jobs for a candidate, or score one pair
         * @description Give `jobId`, `candidateId`, or both. Small pools answer the ranking; large ones, or `async: true`, answer a task `match.rank` whose result lists the `matchIds`. A score depends on the pair and the versions in `provenance` only: never on the pool, the name or the order.
         *
         *     Permission: `matches:create`.
         */
        post: operations["createMatches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/matches/{matchId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one explained pair
         * @description Criteria, score and evidence as they were when the pair was scored.
         *
         *     Permission: `matches:read`.
         */
        get: operations["getMatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search the talent pool by skills and title
         * @description Skills are understood in seven languages through the taxonomy; `understood` says how the query was read.
         *
         *     Permission: `candidates:read`.
         */
        post: operations["searchCandidates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List to whom a job is assigned
         * @description Users and clients that are not disabled, the longest assigned first.
         *
         *     Permission: `jobs:assign`.
         */
        get: operations["listJobAssignments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/assignments/{actorId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one assignment of a job
         * @description 404 where this person is not assigned to the job.
         *
         *     Permission: `jobs:assign`.
         */
        get: operations["getJobAssignment"];
        /**
         * Assign a job to a user or client
         * @description A role whose rows are `assigned`, such as hiring-manager, then shows them the job, its matches, and the candidates and CVs of these. A job that is assigned already stays so.
         *
         *     Permission: `jobs:assign`.
         */
        put: operations["assignJob"];
        post?: never;
        /**
         * Take a job away from a user or client
         * @description It takes effect at once.
         *
         *     Permission: `jobs:assign`.
         */
        delete: operations["unassignJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the collections you may read, newest first
         * @description Those the roles of the caller may read.
         *
         *     Permission: `collections:read`.
         */
        get: operations["listCollections"];
        put?: never;
        /**
         * Make a collection of documents
         * @description Documents are put into it when they are added (`collectionId` of POST /v1/sources). With `readRoles` only these roles, and whoever may change all collections, find them, are answered from them and know of them.
         *
         *     Permission: `collections:create`.
         */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/collections/{collectionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a collection
         * @description With the roles that may read its sources.
         *
         *     Permission: `collections:read`.
         */
        get: operations["getCollection"];
        put?: never;
        post?: never;
        /**
         * Delete an empty collection
         * @description One that still holds sources is refused with 409.
         *
         *     Permission: `collections:delete`.
         */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        /**
         * Rename a collection, or change who may read it
         * @description Other `readRoles` take effect at once.
         *
         *     Permission: `collections:update`.
         */
        patch: operations["updateCollection"];
        trace?: never;
    };
    "/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sources, newest first
         * @description Documents of collections you may read, and the indexed CVs that you may see.
         *
         *     Permission: `sources:read`.
         */
        get: operations["listSources"];
        put?: never;
        /**
         * Add a document to ask about
         * @description As base64 in JSON, as plain `text`, as multipart part `file`, or from a `url` as with CVs. The same bytes in the same collection are the same source. With an `externalId` that is known there the content is replaced. The result of the task is `{sourceId, language, chunks}`.
         *
         *     Permission: `sources:create`.
         */
        post: operations["createSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sources/{sourceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a source
         * @description With the state of its indexing.
         *
         *     Permission: `sources:read`.
         */
        get: operations["getSource"];
        put?: never;
        post?: never;
        /**
         * Delete a document with its passages
         * @description A CV is erased as a CV: `DELETE /v1/cvs/{cvId}`.
         *
         *     Permission: `sources:delete`.
         */
        delete: operations["deleteSource"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the passages that fit a query best
         * @description Full text in each passage's own language, accents folded, and the names of skills across languages, fused by rank. Documents are searched in collections you may read, CVs as far as you may read CVs, with their names.
         *
         *     Permission: `rag:query`.
         */
        post: operations["searchPassages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a question with citations, or say that the sources do not hold the answer
         * @description With a language model every sentence is checked against the passages it cites; without one the answer quotes the sources. `quote` is exactly the text between `start` and `end`.
         *
         *     Permission: `rag:query`.
         */
        post: operations["answerQuestion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the agents with their active version
         * @description With the version that answers now, and whether the agent is paused.
         *
         *     Permission: `agents:read`.
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one agent
         * @description By id or by name, with the version that answers now.
         *
         *     Permission: `agents:read`.
         */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause an agent
         * @description New work is refused with 409 `agent_paused`. Tasks accepted before stay queued and run on resume; a task that runs already finishes.
         *
         *     Permission: `agents:control`.
         */
        post: operations["pauseAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a paused agent
         * @description Tasks that were accepted before the pause run on.
         *
         *     Permission: `agents:control`.
         */
        post: operations["resumeAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an agent on an input
         * @description Input by kind: cv-analyst `{cvId}` (analyses again), matcher `{jobId}`, `{candidateId}` or both, rag-assistant `{question}`. A run also takes the permission of what it does: `cvs:create`, `matches:create` or `rag:query`. The output is what the matching route of the feature answers.
         *
         *     Permission: `agents:run`.
         */
        post: operations["runAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks, newest first
         * @description Those the caller may see; `status` and `kind` narrow the list.
         *
         *     Permission: `tasks:read`.
         */
        get: operations["listTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a task, waiting for it if asked
         * @description `wait` holds the answer back until the task ends, for that many seconds at most.
         *
         *     Permission: `tasks:read`.
         */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a task
         * @description A queued task is cancelled at once; a running one is told to stop and its result is not kept.
         *
         *     Permission: `tasks:control`.
         */
        post: operations["cancelTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a failed or cancelled task again
         * @description It keeps its id and starts anew; a task that has not ended is refused with 409.
         *
         *     Permission: `tasks:control`.
         */
        post: operations["retryTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Without their secrets.
         *
         *     Permission: `webhooks:read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Register a webhook for events
         * @description The same URL again replaces events and secret. Each delivery is a POST of `{id, type, createdAt, workspaceId, subject, data}` with `X-TalentMatch-Event`, `-Delivery`, `-Timestamp` and `-Signature: sha256=HMAC-SHA256(secret, timestamp + "." + body)` (two of them, with a comma between, while a rotated secret overlaps); it is repeated with backoff until it gets a 2xx, about a day long.
         *
         *     Permission: `webhooks:create`.
         */
        post: operations["saveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Without its secret.
         *
         *     Permission: `webhooks:read`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook
         * @description What waits for it is not sent any more, and the record of its deliveries goes with it.
         *
         *     Permission: `webhooks:delete`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a webhook a new secret
         * @description During the overlap every delivery carries two signatures, `sha256=new,sha256=old`: accept it when either fits, change the secret, and nothing is lost. An n8n trigger takes a fresh secret when its workflow is published again.
         *
         *     Permission: `webhooks:update`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook, newest first
         * @description With the state of each and what the receiver answered last.
         *
         *     Permission: `webhooks:read`.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of all webhooks, newest first
         * @description With `status=failed`: what nobody took within a day.
         *
         *     Permission: `webhooks:read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a failed delivery again
         * @description The same event with the same id, signed anew.
         *
         *     Permission: `webhooks:update`.
         */
        post: operations["retryWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive
         * @description Asks nothing of the database, so that an outage there restarts no process.
         *
         *     No token needed.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can it work, and what is degraded
         * @description 200 while requests can be served; `degraded` names what is missing (Redis away: work goes on, slower). 503 without the database.
         *
         *     No token needed.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prometheus metrics
         * @description Also answers to the static METRICS_TOKEN.
         *
         *     Permission: `metrics:read`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "invalid_request" | "invalid_cursor" | "unsupported_content_type" | "payload_too_large" | "not_found" | "conflict" | "method_not_allowed" | "too_many_requests" | "unauthenticated" | "token_expired" | "token_revoked" | "forbidden" | "https_required" | "invalid_client" | "invalid_scope" | "unsupported_grant_type" | "invalid_grant" | "invalid_credentials" | "invalid_link" | "weak_password" | "grant_exceeded" | "blind_mode" | "empty_document" | "unsupported_document" | "document_damaged" | "document_password_protected" | "document_too_large" | "document_timeout" | "needs_ocr" | "not_a_cv" | "job_without_requirements" | "no_analysed_cv" | "agent_paused" | "task_not_cancellable" | "task_not_retryable" | "task_cancelled" | "lease_lost" | "destination_not_allowed" | "download_failed" | "llm_unavailable" | "service_unavailable" | "internal_error";
            requestId: string;
            errors?: {
                path: string;
                message: string;
            }[];
        };
        SessionTokens: {
            access_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            expires_in: number;
            scope: string;
            refresh_token: string;
            /** Format: uuid */
            session_id: string;
            /** Format: date-time */
            session_expires_at: string;
        };
        Session: {
            /** Format: uuid */
            id: string;
            device: string | null;
            network: string | null;
            current: boolean;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            lastUsedAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        User: {
            /** Format: uuid */
            id: string;
            email: string;
            name: string;
            roles: string[];
            /** @enum {string} */
            status: "invited" | "active" | "disabled";
            /** Format: date-time */
            lastLoginAt: string | null;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
        };
        InvitationWithLink: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            userId: string;
            email: string;
            name: string;
            roles: string[];
            /** @enum {string} */
            state: "open" | "expired" | "accepted" | "withdrawn";
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            /**
             * Format: uri
             * @description shown this once
             */
            link: string;
        };
        Invitation: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            userId: string;
            email: string;
            name: string;
            roles: string[];
            /** @enum {string} */
            state: "open" | "expired" | "accepted" | "withdrawn";
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        Role: {
            /**
             * Format: uuid
             * @description null for a built-in role: it cannot be changed
             */
            id: string | null;
            builtIn: boolean;
            name: string;
            description: string | null;
            permissions: string[];
            /** @enum {string} */
            rows: "own" | "assigned" | "workspace";
            blind: boolean;
            /** @description how many have it */
            users: number;
            clients: number;
            /** @description how many name it as one that may read them */
            collections: number;
            createdBy: string | null;
            /** Format: date-time */
            createdAt: string | null;
            /** Format: date-time */
            updatedAt: string | null;
        };
        ClientWithSecret: {
            /** Format: uuid */
            id: string;
            /** @description what the client logs in with */
            clientId: string;
            name: string;
            roles: string[];
            disabled: boolean;
            /** @description those that work, newest first */
            secrets: {
                /** Format: uuid */
                id: string;
                /** Format: date-time */
                createdAt: string;
                /** Format: date-time */
                expiresAt: string | null;
            }[];
            /** Format: date-time */
            lastUsedAt: string | null;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** @description shown this once */
            clientSecret: string;
        };
        Client: {
            /** Format: uuid */
            id: string;
            /** @description what the client logs in with */
            clientId: string;
            name: string;
            roles: string[];
            disabled: boolean;
            /** @description those that work, newest first */
            secrets: {
                /** Format: uuid */
                id: string;
                /** Format: date-time */
                createdAt: string;
                /** Format: date-time */
                expiresAt: string | null;
            }[];
            /** Format: date-time */
            lastUsedAt: string | null;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
        };
        Workspace: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @description the first one, which runs the installation */
            operator: boolean;
            blindRoles: string[];
            disabled: boolean;
            /** Format: date-time */
            createdAt: string;
        };
        AuditEntry: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            createdAt: string;
            actor: {
                /** @enum {string} */
                type: "client" | "user" | "system";
                id: string;
            };
            action: string;
            subject: {
                type: string;
                id: string;
            } | null;
            details: {
                [key: string]: unknown;
            };
            requestId: string | null;
        };
        Task: {
            /** Format: uuid */
            id: string;
            kind: string;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
            progress: number;
            progressNote: string | null;
            attempt: number;
            maxAttempts: number;
            result: {
                [key: string]: unknown;
            } | null;
            error: {
                code: string;
                message: string;
            } | null;
            subject: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
        };
        Provenance: {
            agentVersionId: string;
            embeddingSpace: string;
            taxonomyRevision: string;
            engineVersion: string;
        } | null;
        CvSummary: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            candidateId: string | null;
            version: number;
            fileName: string;
            mediaType: string | null;
            byteSize: number;
            sha256: string;
            externalId: string | null;
            /** @enum {string} */
            status: "queued" | "analysed" | "needs_ocr" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            language: string | null;
            warnings: {
                code: string;
                message: string;
            }[];
            provenance: components["schemas"]["Provenance"];
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            analysedAt: string | null;
        };
        Profile: {
            /** @default {} */
            basics: {
                name?: string;
                label?: string;
                email?: string;
                phone?: string;
                url?: string;
                summary?: string;
                location?: {
                    address?: string;
                    postalCode?: string;
                    city?: string;
                    region?: string;
                    countryCode?: string;
                };
                profiles?: {
                    id: string;
                    network: string;
                    username?: string;
                    url: string;
                }[];
            };
            /** @default [] */
            work: {
                id: string;
                name?: string;
                position?: string;
                location?: string;
                startDate?: string;
                endDate?: string;
                summary?: string;
                highlights?: string[];
            }[];
            /** @default [] */
            education: {
                id: string;
                institution?: string;
                area?: string;
                studyType?: string;
                startDate?: string;
                endDate?: string;
                score?: string;
            }[];
            /** @default [] */
            skills: {
                id: string;
                name: string;
                level?: string;
                keywords?: string[];
            }[];
            /** @default [] */
            languages: {
                id: string;
                language: string;
                fluency?: string;
            }[];
            /** @default [] */
            certificates: {
                id: string;
                name: string;
                issuer?: string;
                date?: string;
            }[];
        } | null;
        Evidence: {
            pointer: string;
            /** Format: uuid */
            cvId: string;
            cvVersion: number;
            spans: {
                page: number;
                start: number;
                end: number;
                quote: string;
            }[];
            /** @enum {string} */
            origin: "stated" | "inferred" | "human";
            confidence: number;
        };
        CvFacts: {
            asOf: string | null;
            experienceMonths: number;
            currentWork: string[];
            titles: {
                workId: string;
                title: string;
                occupationId: string | null;
                months: number | null;
                lastUsed: string | null;
            }[];
            skills: {
                skillId: string | null;
                name: string;
                sources: string[];
                months: number | null;
                lastUsed: string | null;
                confidence: number;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            languages: {
                entryId: string;
                code: string;
                cefr: ("A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native") | null;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            educationLevel: ("secondary" | "vocational" | "bachelor" | "master" | "doctorate") | null;
            educationSpans: {
                page: number;
                start: number;
                end: number;
                quote: string;
            }[];
            drivingLicences: {
                category: string;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
        } | null;
        Cv: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            candidateId: string | null;
            version: number;
            fileName: string;
            mediaType: string | null;
            byteSize: number;
            sha256: string;
            externalId: string | null;
            /** @enum {string} */
            status: "queued" | "analysed" | "needs_ocr" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            language: string | null;
            warnings: {
                code: string;
                message: string;
            }[];
            provenance: components["schemas"]["Provenance"];
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            analysedAt: string | null;
            profile: components["schemas"]["Profile"];
            evidence: components["schemas"]["Evidence"][] | null;
            facts: components["schemas"]["CvFacts"];
        };
        ErasureProof: {
            /** Format: uuid */
            candidateId: string | null;
            /** Format: uuid */
            cvId: string | null;
            /** Format: date-time */
            erasedAt: string;
            erased: {
                [key: string]: number;
            };
            receipt: string;
        };
        CandidateSummary: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            currentCvId: string | null;
            name: string | null;
            email: string | null;
            headline: string | null;
            language: string | null;
            city: string | null;
            countryCode: string | null;
            experienceMonths: number | null;
            occupationId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Candidate: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            currentCvId: string | null;
            name: string | null;
            email: string | null;
            headline: string | null;
            language: string | null;
            city: string | null;
            countryCode: string | null;
            experienceMonths: number | null;
            occupationId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            profile: components["schemas"]["Profile"] & Record<string, never>;
            facts: components["schemas"]["CvFacts"] & Record<string, never>;
            cvs: {
                /** Format: uuid */
                id: string;
                version: number;
                fileName: string;
                /** @enum {string} */
                status: "queued" | "analysed" | "needs_ocr" | "failed";
                /** Format: date-time */
                createdAt: string;
            }[];
        };
        JobAnalysis: {
            language: string;
            title: string;
            titleEvidence: {
                start: number;
                end: number;
                quote: string;
            }[];
            occupationId: string | null;
            seniority: ("intern" | "junior" | "mid" | "senior" | "lead" | "head") | null;
            location: {
                city?: string;
                countryCode?: string;
                /** @enum {string} */
                remote?: "onsite" | "hybrid" | "remote";
            };
            requirements: {
                id: string;
                /** @enum {string} */
                kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                label: string;
                /** @enum {string} */
                importance: "must" | "nice";
                skillIds?: string[];
                skillNames?: string[];
                minYears?: number;
                /** @enum {string} */
                educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                educationFields?: string[];
                languageCode?: string;
                /** @enum {string} */
                cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                languageAlternatives?: string[];
                languageCount?: number;
                licenceCategory?: string;
                city?: string;
                countryCode?: string;
                evidence: {
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            warnings: {
                code: string;
                message: string;
            }[];
        };
        Job: {
            /** Format: uuid */
            id: string;
            externalId: string | null;
            title: string;
            text: string;
            language: string;
            /** @enum {string} */
            status: "open" | "closed";
            version: number;
            analysis: components["schemas"]["JobAnalysis"];
            provenance: {
                embeddingSpace: string;
                taxonomyRevision: string;
                engineVersion: string;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Match: {
            score: number;
            criteria: {
                /** @enum {string} */
                criterion: "skills" | "title" | "experience" | "education" | "languages" | "location" | "certificates";
                score: number | null;
                weight: number;
                hasData: boolean;
                facts: {
                    /** @enum {string} */
                    polarity: "positive" | "negative" | "mixed" | "unknown";
                    code: string;
                    params: {
                        [key: string]: string | number | boolean | null;
                    };
                    text: string;
                    requirementId: string | null;
                    quotes: {
                        page: number;
                        start: number;
                        end: number;
                        quote: string;
                    }[];
                }[];
            }[];
            mustHaves: {
                requirementId: string;
                label: string;
                /** @enum {string} */
                status: "met" | "not_met" | "unknown";
                reason: string;
                quotes: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            summary: string;
            /** Format: uuid */
            id: string;
            rank: number;
            /** Format: uuid */
            jobId: string;
            jobTitle: string;
            /** Format: uuid */
            candidateId: string;
            candidateName: string | null;
            /** Format: uuid */
            cvId: string;
            cvVersion: number;
            provenance: components["schemas"]["Provenance"] & Record<string, never>;
            /** Format: date-time */
            createdAt: string;
        };
        Ranking: {
            /** @enum {string} */
            direction: "candidates" | "jobs";
            /** Format: uuid */
            jobId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            poolSize: number;
            items: components["schemas"]["Match"][];
            provenance: components["schemas"]["Provenance"] & Record<string, never>;
        };
        CandidateSearch: {
            understood: {
                skillIds: string[];
                title: string | null;
                unknownSkills: string[];
            };
            items: {
                /** Format: uuid */
                candidateId: string;
                name: string | null;
                headline: string | null;
                city: string | null;
                score: number;
                reasons: string[];
            }[];
        };
        JobAssignment: {
            /** Format: uuid */
            jobId: string;
            /** Format: uuid */
            actorId: string;
            /** @enum {string} */
            actorType: "user" | "client";
            actorName: string;
            /** @description id of the actor who assigned it */
            assignedBy: string;
            /** Format: date-time */
            createdAt: string;
        };
        Collection: {
            /** Format: uuid */
            id: string;
            name: string;
            description: string | null;
            /** @description Roles that may read its documents, and be answered from them; null for everybody who may ask questions */
            readRoles: string[] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Source: {
            /** Format: uuid */
            id: string;
            externalId: string | null;
            /** Format: uuid */
            collectionId: string | null;
            /** @enum {string} */
            kind: "document" | "cv";
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            title: string;
            mediaType: string | null;
            sha256: string;
            byteSize: number;
            language: string | null;
            /** @enum {string} */
            status: "queued" | "indexed" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            indexedAt: string | null;
        };
        Passage: {
            /** Format: uuid */
            sourceId: string;
            /** @enum {string} */
            kind: "document" | "cv";
            title: string;
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            candidateName: string | null;
            /** Format: uuid */
            chunkId: string;
            page: number;
            start: number;
            end: number;
            heading: string | null;
            text: string;
            language: string;
            score: number;
        };
        Citation: {
            n: number;
            /** Format: uuid */
            sourceId: string;
            /** @enum {string} */
            kind: "document" | "cv";
            title: string;
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            candidateName: string | null;
            /** Format: uuid */
            chunkId: string;
            page: number;
            start: number;
            end: number;
            quote: string;
            score: number;
        };
        Answer: {
            /** Format: uuid */
            id: string;
            question: string;
            language: string;
            /** @description Null when the sources do not support an answer */
            answer: string | null;
            abstained: boolean;
            /** @description Why there is no answer, in the language of the question */
            reason: string | null;
            /** @enum {string} */
            mode: "extractive" | "llm";
            citations: components["schemas"]["Citation"][];
            provenance: {
                agentVersionId: string;
                embeddingSpace: string | null;
                taxonomyRevision: string;
                engineVersion: string;
                model: string | null;
                fallback: "llm_unavailable" | null;
                support: number;
                droppedSentences: number;
            };
            durationMs: number;
        };
        Agent: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "cv-analyst" | "matcher" | "rag-assistant";
            name: string;
            description: string;
            /** @enum {string} */
            status: "active" | "paused";
            /** Format: date-time */
            pausedAt: string | null;
            pausedBy: string | null;
            pauseReason: string | null;
            activeVersion: {
                /** Format: uuid */
                id: string;
                number: number;
                config: {
                    [key: string]: unknown;
                };
                reason: string;
                /** Format: date-time */
                createdAt: string;
            };
        };
        Webhook: {
            /** Format: uuid */
            id: string;
            url: string;
            events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
            description: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            lastDeliveryAt: string | null;
            /**
             * Format: date-time
             * @description when its secret was rotated, until the receiver registers again
             */
            secretRotatedAt: string | null;
        };
        WebhookDelivery: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            webhookId: string;
            /** Format: uuid */
            eventId: string;
            /** @enum {string} */
            eventType: "cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed";
            /** @enum {string} */
            status: "pending" | "delivered" | "failed";
            attempts: number;
            /** @description of the last attempt; null when there was no answer */
            responseStatus: number | null;
            /** @description why there was no answer */
            lastError: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            deliveredAt: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    issueToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "grant_type": "client_credentials",
                 *       "client_id": "tm_Zm9vYmFyYmF6",
                 *       "client_secret": "shown-once-when-the-client-was-made"
                 *     }
                 */
                "application/json": {
                    grant_type: string;
                    client_id?: string;
                    client_secret?: string;
                    scope?: string;
                    refresh_token?: string;
                };
                "application/x-www-form-urlencoded": {
                    grant_type: string;
                    client_id?: string;
                    client_secret?: string;
                    scope?: string;
                    refresh_token?: string;
                };
            };
        };
        responses: {
            /** @description A token for `Authorization: Bearer …` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 900,
                     *       "scope": "cvs:create cvs:read"
                     *     }
                     */
                    "application/json": {
                        access_token: string;
                        /** @enum {string} */
                        token_type: "Bearer";
                        expires_in: number;
                        scope: string;
                        /** @description of a user’s session; works once */
                        refresh_token?: string;
                        /** Format: uuid */
                        session_id?: string;
                        /** Format: date-time */
                        session_expires_at?: string;
                    };
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "The client id or the client secret is wrong."
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        error: "invalid_client" | "invalid_scope" | "invalid_grant" | "unsupported_grant_type" | "invalid_request";
                        error_description: string;
                    };
                };
            };
            /** @description Wrong Basic credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "The client id or the client secret is wrong."
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        error: "invalid_client";
                        error_description: string;
                    };
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                 *       "token_type_hint": "refresh_token"
                 *     }
                 */
                "application/json": {
                    token: string;
                    token_type_hint?: string;
                    client_id?: string;
                    client_secret?: string;
                };
                "application/x-www-form-urlencoded": {
                    token: string;
                    token_type_hint?: string;
                    client_id?: string;
                    client_secret?: string;
                };
            };
        };
        responses: {
            /** @description The token is not valid any longer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    "application/json": Record<string, never>;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "The client id or the client secret is wrong."
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        error: "invalid_client" | "invalid_request";
                        error_description: string;
                    };
                };
            };
            /** @description Wrong Basic credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "The client id or the client secret is wrong."
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        error: "invalid_client";
                        error_description: string;
                    };
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
                 *     }
                 */
                "application/json": {
                    token: string;
                    token_type_hint?: string;
                };
                "application/x-www-form-urlencoded": {
                    token: string;
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description What the token is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "active": false
                     *     }
                     */
                    "application/json": {
                        active: boolean;
                        /** @enum {string} */
                        token_type?: "Bearer";
                        sub?: string;
                        client_id?: string;
                        username?: string;
                        scope?: string;
                        exp?: number;
                        jti?: string;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ines.talvera@example.com",
                 *       "password": "korvette im nebel 7"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                    /** Format: uuid */
                    workspaceId?: string;
                };
            };
        };
        responses: {
            /** @description Tokens of a new session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 900,
                     *       "scope": "cvs:create cvs:read",
                     *       "refresh_token": "tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                     *       "session_id": "01980000-0000-7000-8000-000000012001",
                     *       "session_expires_at": "2026-11-29T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionTokens"];
                };
            };
            /** @description `invalid_request`, `invalid_credentials` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                 *       "password": "korvette im nebel 7"
                 *     }
                 */
                "application/json": {
                    token: string;
                    password: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Tokens of a new session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 900,
                     *       "scope": "cvs:create cvs:read",
                     *       "refresh_token": "tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                     *       "session_id": "01980000-0000-7000-8000-000000012001",
                     *       "session_expires_at": "2026-11-29T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionTokens"];
                };
            };
            /** @description `invalid_request`, `invalid_link`, `weak_password` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                 *       "password": "korvette im nebel 7"
                 *     }
                 */
                "application/json": {
                    token: string;
                    password: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Tokens of a new session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 900,
                     *       "scope": "cvs:create cvs:read",
                     *       "refresh_token": "tmr_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                     *       "session_id": "01980000-0000-7000-8000-000000012001",
                     *       "session_expires_at": "2026-11-29T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionTokens"];
                };
            };
            /** @description `invalid_request`, `invalid_link`, `weak_password` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": {
                        ended: number;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currentPassword": "korvette im nebel 7",
                 *       "newPassword": "vier lampen am kai"
                 *     }
                 */
                "application/json": {
                    currentPassword: string;
                    newPassword: string;
                };
            };
        };
        responses: {
            /** @description Changed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`, `invalid_credentials`, `weak_password` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description My sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000012001",
                     *           "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
                     *           "network": "198.51.100.0/24",
                     *           "current": true,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "lastUsedAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": "2026-11-22T22:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON Web Key Set (RFC 7517) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kty": "EC",
                     *           "kid": "k1",
                     *           "alg": "ES256",
                     *           "use": "sig",
                     *           "crv": "P-256",
                     *           "x": "…",
                     *           "y": "…"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        keys: {
                            kty: string;
                            kid: string;
                            alg: string;
                            use: string;
                            crv?: string;
                            x?: string;
                            y?: string;
                        }[];
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The actor of the token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "actor": {
                     *         "type": "client",
                     *         "id": "01980000-0000-7000-8000-000000000001",
                     *         "name": "n8n"
                     *       },
                     *       "workspace": {
                     *         "id": "01980000-0000-7000-8000-000000000000",
                     *         "name": "Default workspace",
                     *         "operator": true
                     *       },
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "permissions": [
                     *         "cvs:create",
                     *         "cvs:read"
                     *       ],
                     *       "grants": [
                     *         {
                     *           "permission": "cvs:create",
                     *           "rows": "workspace",
                     *           "blind": false
                     *         },
                     *         {
                     *           "permission": "cvs:read",
                     *           "rows": "workspace",
                     *           "blind": false
                     *         }
                     *       ],
                     *       "tokenExpiresAt": "2026-11-22T10:15:00.000Z"
                     *     }
                     */
                    "application/json": {
                        actor: {
                            /** @enum {string} */
                            type: "client" | "user" | "system";
                            id: string;
                            name: string;
                        };
                        workspace: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            operator: boolean;
                        };
                        roles: string[];
                        permissions: string[];
                        grants: {
                            permission: string;
                            /** @enum {string} */
                            rows: "own" | "assigned" | "workspace";
                            blind: boolean;
                        }[];
                        /** Format: date-time */
                        tokenExpiresAt: string;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description Those who have this role. */
                role?: string;
                status?: "invited" | "active" | "disabled";
                /** @description Part of a name or e-mail address. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000011001",
                     *           "email": "ines.talvera@example.com",
                     *           "name": "Ines Talvera",
                     *           "roles": [
                     *             "recruiter"
                     *           ],
                     *           "status": "active",
                     *           "lastLoginAt": "2026-11-22T10:00:00.000Z",
                     *           "createdBy": "01980000-0000-7000-8000-000000011000",
                     *           "createdAt": "2026-11-01T09:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["User"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "email": "ines.talvera@example.com",
                     *       "name": "Ines Talvera",
                     *       "roles": [
                     *         "recruiter"
                     *       ],
                     *       "status": "active",
                     *       "lastLoginAt": "2026-11-22T10:00:00.000Z",
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         "recruiter",
                 *         "analyst"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name?: string;
                    roles?: string[];
                    disabled?: boolean;
                };
            };
        };
        responses: {
            /** @description The user as they are now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "email": "ines.talvera@example.com",
                     *       "name": "Ines Talvera",
                     *       "roles": [
                     *         "recruiter",
                     *         "analyst"
                     *       ],
                     *       "status": "active",
                     *       "lastLoginAt": "2026-11-22T10:00:00.000Z",
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "link": "https://talentmatch.example.com/account#password-reset=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80",
                     *       "expiresAt": "2026-11-22T11:00:00.000Z"
                     *     }
                     */
                    "application/json": {
                        /** Format: uri */
                        link: string;
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000012001",
                     *           "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
                     *           "network": "198.51.100.0/24",
                     *           "current": false,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "lastUsedAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": "2026-11-22T22:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": {
                        ended: number;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000013001",
                     *           "userId": "01980000-0000-7000-8000-000000011002",
                     *           "email": "odo.brandis@example.com",
                     *           "name": "Odo Brandis",
                     *           "roles": [
                     *             "hiring-manager"
                     *           ],
                     *           "state": "open",
                     *           "createdBy": "01980000-0000-7000-8000-000000011000",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": "2026-11-29T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "odo.brandis@example.com",
                 *       "name": "Odo Brandis",
                 *       "roles": [
                 *         "hiring-manager"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    name: string;
                    roles: string[];
                };
            };
        };
        responses: {
            /** @description The invitation with its link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000013001",
                     *       "userId": "01980000-0000-7000-8000-000000011002",
                     *       "email": "odo.brandis@example.com",
                     *       "name": "Odo Brandis",
                     *       "roles": [
                     *         "hiring-manager"
                     *       ],
                     *       "state": "open",
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "expiresAt": "2026-11-29T10:00:00.000Z",
                     *       "link": "https://talentmatch.example.com/account#invitation=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80"
                     *     }
                     */
                    "application/json": components["schemas"]["InvitationWithLink"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renewInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invitation with its new link */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000013001",
                     *       "userId": "01980000-0000-7000-8000-000000011002",
                     *       "email": "odo.brandis@example.com",
                     *       "name": "Odo Brandis",
                     *       "roles": [
                     *         "hiring-manager"
                     *       ],
                     *       "state": "open",
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "expiresAt": "2026-11-29T10:00:00.000Z",
                     *       "link": "https://talentmatch.example.com/account#invitation=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80"
                     *     }
                     */
                    "application/json": components["schemas"]["InvitationWithLink"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Withdrawn */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "permission": "cvs:erase",
                     *           "description": "Erase a CV for good.",
                     *           "installation": false
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: {
                            permission: string;
                            description: string;
                            installation: boolean;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRoles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": null,
                     *           "builtIn": true,
                     *           "name": "hiring-manager",
                     *           "description": "Reads the jobs assigned to them, with their matches, candidates and CVs",
                     *           "permissions": [
                     *             "candidates:read",
                     *             "collections:read",
                     *             "cvs:read",
                     *             "jobs:read",
                     *             "matches:read",
                     *             "rag:query",
                     *             "tasks:read"
                     *           ],
                     *           "rows": "assigned",
                     *           "blind": false,
                     *           "users": 3,
                     *           "clients": 0,
                     *           "collections": 0,
                     *           "createdBy": null,
                     *           "createdAt": null,
                     *           "updatedAt": null
                     *         },
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000014001",
                     *           "builtIn": false,
                     *           "name": "junior-recruiter",
                     *           "description": "Reads candidates without names",
                     *           "permissions": [
                     *             "candidates:read",
                     *             "jobs:read",
                     *             "matches:read"
                     *           ],
                     *           "rows": "workspace",
                     *           "blind": true,
                     *           "users": 3,
                     *           "clients": 0,
                     *           "collections": 0,
                     *           "createdBy": "01980000-0000-7000-8000-000000011000",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Role"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createRole: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "junior-recruiter",
                 *       "description": "Reads candidates without names",
                 *       "permissions": [
                 *         "candidates:read",
                 *         "jobs:read",
                 *         "matches:read"
                 *       ],
                 *       "rows": "workspace",
                 *       "blind": true
                 *     }
                 */
                "application/json": {
                    name: string;
                    /** @default null */
                    description?: string | null;
                    permissions: string[];
                    /**
                     * @description `own`: what the holder made; `assigned`: these and jobs assigned to them, with matches, candidates and CVs; `workspace`: all
                     * @default workspace
                     * @enum {string}
                     */
                    rows?: "own" | "assigned" | "workspace";
                    /**
                     * @description no names, contact data, addresses, photos, birth dates and file names
                     * @default false
                     */
                    blind?: boolean;
                };
            };
        };
        responses: {
            /** @description The role */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000014001",
                     *       "builtIn": false,
                     *       "name": "junior-recruiter",
                     *       "description": "Reads candidates without names",
                     *       "permissions": [
                     *         "candidates:read",
                     *         "jobs:read",
                     *         "matches:read"
                     *       ],
                     *       "rows": "workspace",
                     *       "blind": true,
                     *       "users": 0,
                     *       "clients": 0,
                     *       "collections": 0,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roleId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roleId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "blind": false
                 *     }
                 */
                "application/json": {
                    name?: string;
                    description?: string | null;
                    permissions?: string[];
                    /**
                     * @description `own`: what the holder made; `assigned`: these and jobs assigned to them, with matches, candidates and CVs; `workspace`: all
                     * @enum {string}
                     */
                    rows?: "own" | "assigned" | "workspace";
                    /** @description no names, contact data, addresses, photos, birth dates and file names */
                    blind?: boolean;
                };
            };
        };
        responses: {
            /** @description The role as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000014001",
                     *       "builtIn": false,
                     *       "name": "junior-recruiter",
                     *       "description": "Reads candidates without names",
                     *       "permissions": [
                     *         "candidates:read",
                     *         "jobs:read",
                     *         "matches:read"
                     *       ],
                     *       "rows": "workspace",
                     *       "blind": false,
                     *       "users": 3,
                     *       "clients": 0,
                     *       "collections": 0,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listClients: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000015001",
                     *           "clientId": "tm_Zm9vYmFyYmF6",
                     *           "name": "n8n of the sales office",
                     *           "roles": [
                     *             "integration"
                     *           ],
                     *           "disabled": false,
                     *           "secrets": [
                     *             {
                     *               "id": "01980000-0000-7000-8000-000000016001",
                     *               "createdAt": "2026-11-22T10:00:00.000Z",
                     *               "expiresAt": null
                     *             }
                     *           ],
                     *           "lastUsedAt": null,
                     *           "createdBy": "01980000-0000-7000-8000-000000011000",
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Client"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createClient: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "n8n of the sales office",
                 *       "roles": [
                 *         "integration"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name: string;
                    roles: string[];
                };
            };
        };
        responses: {
            /** @description The client with its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000015001",
                     *       "clientId": "tm_Zm9vYmFyYmF6",
                     *       "name": "n8n of the sales office",
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "disabled": false,
                     *       "secrets": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000016001",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": null
                     *         }
                     *       ],
                     *       "lastUsedAt": null,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "clientSecret": "shown-once-when-the-secret-was-made"
                     *     }
                     */
                    "application/json": components["schemas"]["ClientWithSecret"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the client, not its `clientId` */
                clientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The client */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000015001",
                     *       "clientId": "tm_Zm9vYmFyYmF6",
                     *       "name": "n8n of the sales office",
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "disabled": false,
                     *       "secrets": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000016001",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": null
                     *         }
                     *       ],
                     *       "lastUsedAt": null,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Client"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the client, not its `clientId` */
                clientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the client, not its `clientId` */
                clientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": {
                    name?: string;
                    roles?: string[];
                    disabled?: boolean;
                };
            };
        };
        responses: {
            /** @description The client as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000015001",
                     *       "clientId": "tm_Zm9vYmFyYmF6",
                     *       "name": "n8n of the sales office",
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "disabled": true,
                     *       "secrets": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000016001",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": null
                     *         }
                     *       ],
                     *       "lastUsedAt": null,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Client"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateClientSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the client, not its `clientId` */
                clientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "overlapSeconds": 86400
                 *     }
                 */
                "application/json": {
                    /** @default 86400 */
                    overlapSeconds?: number;
                };
            };
        };
        responses: {
            /** @description The client with its new secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000015001",
                     *       "clientId": "tm_Zm9vYmFyYmF6",
                     *       "name": "n8n of the sales office",
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "disabled": false,
                     *       "secrets": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000016002",
                     *           "createdAt": "2026-11-22T12:00:00.000Z",
                     *           "expiresAt": null
                     *         },
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000016001",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "expiresAt": "2026-11-23T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "lastUsedAt": null,
                     *       "createdBy": "01980000-0000-7000-8000-000000011000",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "clientSecret": "shown-once-when-the-secret-was-made"
                     *     }
                     */
                    "application/json": components["schemas"]["ClientWithSecret"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeClientTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the client, not its `clientId` */
                clientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000000",
                     *       "name": "Default workspace",
                     *       "operator": true,
                     *       "blindRoles": [
                     *         "hiring-manager"
                     *       ],
                     *       "disabled": false,
                     *       "createdAt": "2026-11-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateOwnWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "blindRoles": [
                 *         "hiring-manager"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name?: string;
                    blindRoles?: ("recruiter" | "hiring-manager" | "analyst" | "integration" | "auditor")[];
                };
            };
        };
        responses: {
            /** @description Its settings now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000000",
                     *       "name": "Default workspace",
                     *       "operator": true,
                     *       "blindRoles": [
                     *         "hiring-manager"
                     *       ],
                     *       "disabled": false,
                     *       "createdAt": "2026-11-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000017001",
                     *           "name": "Brandis & Talvera",
                     *           "operator": false,
                     *           "blindRoles": [],
                     *           "disabled": false,
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         },
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000000000",
                     *           "name": "Default workspace",
                     *           "operator": true,
                     *           "blindRoles": [
                     *             "hiring-manager"
                     *           ],
                     *           "disabled": false,
                     *           "createdAt": "2026-11-01T09:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Workspace"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Brandis & Talvera",
                 *       "admin": {
                 *         "email": "odo.brandis@example.com",
                 *         "name": "Odo Brandis"
                 *       }
                 *     }
                 */
                "application/json": {
                    name: string;
                    admin: {
                        /** Format: email */
                        email: string;
                        name: string;
                    };
                };
            };
        };
        responses: {
            /** @description The workspace and the invitation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "workspace": {
                     *         "id": "01980000-0000-7000-8000-000000017001",
                     *         "name": "Brandis & Talvera",
                     *         "operator": false,
                     *         "blindRoles": [],
                     *         "disabled": false,
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       },
                     *       "invitation": {
                     *         "id": "01980000-0000-7000-8000-000000013001",
                     *         "userId": "01980000-0000-7000-8000-000000011002",
                     *         "email": "odo.brandis@example.com",
                     *         "name": "Odo Brandis",
                     *         "roles": [
                     *           "admin"
                     *         ],
                     *         "state": "open",
                     *         "createdBy": "01980000-0000-7000-8000-000000011000",
                     *         "createdAt": "2026-11-22T10:00:00.000Z",
                     *         "expiresAt": "2026-11-29T10:00:00.000Z",
                     *         "link": "https://talentmatch.example.com/account#invitation=tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80&workspace=01980000-0000-7000-8000-000000017001"
                     *       }
                     *     }
                     */
                    "application/json": {
                        workspace: components["schemas"]["Workspace"];
                        invitation: components["schemas"]["InvitationWithLink"];
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": {
                    name?: string;
                    disabled?: boolean;
                };
            };
        };
        responses: {
            /** @description The workspace as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000017001",
                     *       "name": "Brandis & Talvera",
                     *       "operator": false,
                     *       "blindRoles": [],
                     *       "disabled": true,
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAuditEntries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description One action, or all that begin alike: `client.*`. */
                action?: string;
                actorType?: "client" | "user" | "system";
                actorId?: string;
                subjectType?: string;
                /** @description Needs `subjectType`. */
                subjectId?: string;
                /** @description Entries at or after this time. */
                from?: string;
                /** @description Entries before this time. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-0000000a0001",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "actor": {
                     *             "type": "client",
                     *             "id": "01980000-0000-7000-8000-000000000001"
                     *           },
                     *           "action": "cv.uploaded",
                     *           "subject": {
                     *             "type": "cv",
                     *             "id": "01980000-0000-7000-8000-00000000c001"
                     *           },
                     *           "details": {},
                     *           "requestId": "01980000-0000-7000-8000-0000000b0001"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["AuditEntry"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportAuditEntries: {
        parameters: {
            query?: {
                /** @description One action, or all that begin alike: `client.*`. */
                action?: string;
                actorType?: "client" | "user" | "system";
                actorId?: string;
                subjectType?: string;
                /** @description Needs `subjectType`. */
                subjectId?: string;
                /** @description Entries at or after this time. */
                from?: string;
                /** @description Entries before this time. */
                to?: string;
                format?: "ndjson" | "csv";
                maxRows?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The entries, as the format asks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"id":"01980000-0000-7000-8000-0000000a0001","createdAt":"2026-11-22T10:00:00.000Z","actor":{"type":"client","id":"01980000-0000-7000-8000-000000000001"},"action":"cv.uploaded","subject":{"type":"cv","id":"01980000-0000-7000-8000-00000000c001"},"details":{},"requestId":"01980000-0000-7000-8000-0000000b0001"} */
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCvs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "queued" | "analysed" | "needs_ocr" | "failed";
                candidateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of CVs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c001",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "version": 1,
                     *           "fileName": "maelys-kerbrat.pdf",
                     *           "mediaType": "application/pdf",
                     *           "byteSize": 48213,
                     *           "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                     *           "externalId": null,
                     *           "status": "analysed",
                     *           "error": null,
                     *           "language": "fr",
                     *           "warnings": [],
                     *           "taskId": "01980000-0000-7000-8000-00000000b001",
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "analysedAt": "2026-11-22T10:00:00.300Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["CvSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCv: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "fileName": "maelys-kerbrat.txt",
                 *       "text": "Maëlys Kerbrat\nDéveloppeuse back-end\nmaelys.kerbrat@example.com\n\nExpérience\nDéveloppeuse back-end, Exemplia, mars 2019 – aujourd’hui"
                 *     }
                 */
                "application/json": {
                    fileName?: string;
                    /** @description The bytes of the file in base64 */
                    contentBase64?: string;
                    /** @description Plain text, instead of a file */
                    text?: string;
                    /** @description Address to download the file from: on the public internet, without a login */
                    url?: string;
                    /** @description Your own id for it */
                    externalId?: string;
                };
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                } & {
                    [key: string]: string;
                };
            };
        };
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused`, `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type`, `unsupported_document` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `document_password_protected`, `empty_document`, `destination_not_allowed`, `download_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCv: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The CV */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000c001",
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "version": 1,
                     *       "fileName": "maelys-kerbrat.pdf",
                     *       "mediaType": "application/pdf",
                     *       "byteSize": 48213,
                     *       "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                     *       "externalId": null,
                     *       "status": "analysed",
                     *       "error": null,
                     *       "language": "fr",
                     *       "warnings": [],
                     *       "taskId": "01980000-0000-7000-8000-00000000b001",
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "analysedAt": "2026-11-22T10:00:00.300Z",
                     *       "profile": {
                     *         "basics": {
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com"
                     *         },
                     *         "work": [
                     *           {
                     *             "id": "w1",
                     *             "position": "Développeuse back-end",
                     *             "name": "Exemplia",
                     *             "startDate": "2019-03"
                     *           }
                     *         ],
                     *         "education": [
                     *           {
                     *             "id": "e1",
                     *             "institution": "Université de Rennes",
                     *             "studyType": "Master Informatique",
                     *             "endDate": "2018"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "id": "s1",
                     *             "name": "PostgreSQL"
                     *           }
                     *         ],
                     *         "languages": [
                     *           {
                     *             "id": "l1",
                     *             "language": "Anglais",
                     *             "fluency": "B2"
                     *           }
                     *         ],
                     *         "certificates": []
                     *       },
                     *       "facts": {
                     *         "asOf": "2026-10",
                     *         "experienceMonths": 92,
                     *         "currentWork": [
                     *           "w1"
                     *         ],
                     *         "titles": [
                     *           {
                     *             "workId": "w1",
                     *             "title": "Développeuse back-end",
                     *             "occupationId": "occupation/backend-developer",
                     *             "months": 92,
                     *             "lastUsed": "2026-10"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "skillId": "skill/postgresql",
                     *             "name": "PostgreSQL",
                     *             "sources": [
                     *               "skills"
                     *             ],
                     *             "months": null,
                     *             "lastUsed": null,
                     *             "confidence": 0.95,
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 812,
                     *                 "end": 822,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "languages": [
                     *           {
                     *             "entryId": "l1",
                     *             "code": "en",
                     *             "cefr": "B2",
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 840,
                     *                 "end": 852,
                     *                 "quote": "Anglais (B2)"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "educationLevel": "master",
                     *         "educationSpans": [
                     *           {
                     *             "page": 1,
                     *             "start": 700,
                     *             "end": 719,
                     *             "quote": "Master Informatique"
                     *           }
                     *         ],
                     *         "drivingLicences": []
                     *       },
                     *       "evidence": [
                     *         {
                     *           "pointer": "/basics/name",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "spans": [
                     *             {
                     *               "page": 1,
                     *               "start": 0,
                     *               "end": 14,
                     *               "quote": "Maëlys Kerbrat"
                     *             }
                     *           ],
                     *           "origin": "stated",
                     *           "confidence": 0.97
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Cv"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseCv: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Proof of what was erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "cvId": "01980000-0000-7000-8000-00000000c001",
                     *       "erasedAt": "2026-11-22T12:00:00.000Z",
                     *       "erased": {
                     *         "cvs": 1,
                     *         "cv_files": 1,
                     *         "embeddings": 14,
                     *         "candidates": 1
                     *       },
                     *       "receipt": "01980000-0000-7000-8000-00000000e001"
                     *     }
                     */
                    "application/json": components["schemas"]["ErasureProof"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCvText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text and page ranges */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "Maëlys Kerbrat\n…",
                     *       "pages": [
                     *         {
                     *           "page": 1,
                     *           "start": 0,
                     *           "end": 16
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        text: string;
                        pages: {
                            page: number;
                            start: number;
                            end: number;
                        }[];
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `blind_mode` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `no_analysed_cv` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCvFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes as they were uploaded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `blind_mode` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCandidates: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description part of a name */
                q?: string;
                language?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of candidates */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000d001",
                     *           "currentCvId": "01980000-0000-7000-8000-00000000c001",
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com",
                     *           "headline": "Développeuse back-end",
                     *           "language": "fr",
                     *           "city": "Rennes",
                     *           "countryCode": "FR",
                     *           "experienceMonths": 92,
                     *           "occupationId": "occupation/backend-developer",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.300Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["CandidateSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `blind_mode` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCandidate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                candidateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The candidate with profile and facts of the current CV */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000d001",
                     *       "currentCvId": "01980000-0000-7000-8000-00000000c001",
                     *       "name": "Maëlys Kerbrat",
                     *       "email": "maelys.kerbrat@example.com",
                     *       "headline": "Développeuse back-end",
                     *       "language": "fr",
                     *       "city": "Rennes",
                     *       "countryCode": "FR",
                     *       "experienceMonths": 92,
                     *       "occupationId": "occupation/backend-developer",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.300Z",
                     *       "profile": {
                     *         "basics": {
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com"
                     *         },
                     *         "work": [
                     *           {
                     *             "id": "w1",
                     *             "position": "Développeuse back-end",
                     *             "name": "Exemplia",
                     *             "startDate": "2019-03"
                     *           }
                     *         ],
                     *         "education": [
                     *           {
                     *             "id": "e1",
                     *             "institution": "Université de Rennes",
                     *             "studyType": "Master Informatique",
                     *             "endDate": "2018"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "id": "s1",
                     *             "name": "PostgreSQL"
                     *           }
                     *         ],
                     *         "languages": [
                     *           {
                     *             "id": "l1",
                     *             "language": "Anglais",
                     *             "fluency": "B2"
                     *           }
                     *         ],
                     *         "certificates": []
                     *       },
                     *       "facts": {
                     *         "asOf": "2026-10",
                     *         "experienceMonths": 92,
                     *         "currentWork": [
                     *           "w1"
                     *         ],
                     *         "titles": [
                     *           {
                     *             "workId": "w1",
                     *             "title": "Développeuse back-end",
                     *             "occupationId": "occupation/backend-developer",
                     *             "months": 92,
                     *             "lastUsed": "2026-10"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "skillId": "skill/postgresql",
                     *             "name": "PostgreSQL",
                     *             "sources": [
                     *               "skills"
                     *             ],
                     *             "months": null,
                     *             "lastUsed": null,
                     *             "confidence": 0.95,
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 812,
                     *                 "end": 822,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "languages": [
                     *           {
                     *             "entryId": "l1",
                     *             "code": "en",
                     *             "cefr": "B2",
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 840,
                     *                 "end": 852,
                     *                 "quote": "Anglais (B2)"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "educationLevel": "master",
                     *         "educationSpans": [
                     *           {
                     *             "page": 1,
                     *             "start": 700,
                     *             "end": 719,
                     *             "quote": "Master Informatique"
                     *           }
                     *         ],
                     *         "drivingLicences": []
                     *       },
                     *       "cvs": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c001",
                     *           "version": 1,
                     *           "fileName": "maelys-kerbrat.pdf",
                     *           "status": "analysed",
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Candidate"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseCandidate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                candidateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Proof of what was erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "cvId": null,
                     *       "erasedAt": "2026-11-22T12:00:00.000Z",
                     *       "erased": {
                     *         "cvs": 1,
                     *         "cv_files": 1,
                     *         "embeddings": 14,
                     *         "candidates": 1
                     *       },
                     *       "receipt": "01980000-0000-7000-8000-00000000e001"
                     *     }
                     */
                    "application/json": components["schemas"]["ErasureProof"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description part of a title */
                q?: string;
                status?: "open" | "closed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000f001",
                     *           "externalId": null,
                     *           "title": "Backend Engineer (JVM)",
                     *           "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *           "language": "en",
                     *           "status": "open",
                     *           "version": 1,
                     *           "analysis": {
                     *             "language": "en",
                     *             "title": "Backend Engineer (JVM)",
                     *             "titleEvidence": [
                     *               {
                     *                 "start": 0,
                     *                 "end": 22,
                     *                 "quote": "Backend Engineer (JVM)"
                     *               }
                     *             ],
                     *             "occupationId": "occupation/backend-developer",
                     *             "seniority": null,
                     *             "location": {},
                     *             "requirements": [
                     *               {
                     *                 "id": "r1",
                     *                 "kind": "skill",
                     *                 "label": "PostgreSQL",
                     *                 "importance": "must",
                     *                 "skillIds": [
                     *                   "skill/postgresql"
                     *                 ],
                     *                 "evidence": [
                     *                   {
                     *                     "start": 84,
                     *                     "end": 94,
                     *                     "quote": "PostgreSQL"
                     *                   }
                     *                 ]
                     *               }
                     *             ],
                     *             "warnings": []
                     *           },
                     *           "provenance": {
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Job"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes"
                 *     }
                 */
                "application/json": {
                    text: string;
                    title?: string;
                    externalId?: string;
                    requirements?: {
                        id: string;
                        /** @enum {string} */
                        kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                        label: string;
                        /** @enum {string} */
                        importance: "must" | "nice";
                        skillIds?: string[];
                        skillNames?: string[];
                        minYears?: number;
                        /** @enum {string} */
                        educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                        educationFields?: string[];
                        languageCode?: string;
                        /** @enum {string} */
                        cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                        languageAlternatives?: string[];
                        languageCount?: number;
                        licenceCategory?: string;
                        city?: string;
                        countryCode?: string;
                        evidence: {
                            start: number;
                            end: number;
                            quote: string;
                        }[];
                    }[];
                };
            };
        };
        responses: {
            /** @description The job */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "open",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job_without_requirements` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    analyseJobText: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes"
                 *     }
                 */
                "application/json": {
                    text: string;
                    title?: string;
                };
            };
        };
        responses: {
            /** @description What the text asks for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "language": "en",
                     *       "title": "Backend Engineer (JVM)",
                     *       "titleEvidence": [
                     *         {
                     *           "start": 0,
                     *           "end": 22,
                     *           "quote": "Backend Engineer (JVM)"
                     *         }
                     *       ],
                     *       "occupationId": "occupation/backend-developer",
                     *       "seniority": null,
                     *       "location": {},
                     *       "requirements": [
                     *         {
                     *           "id": "r1",
                     *           "kind": "skill",
                     *           "label": "PostgreSQL",
                     *           "importance": "must",
                     *           "skillIds": [
                     *             "skill/postgresql"
                     *           ],
                     *           "evidence": [
                     *             {
                     *               "start": 84,
                     *               "end": 94,
                     *               "quote": "PostgreSQL"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "warnings": []
                     *     }
                     */
                    "application/json": components["schemas"]["JobAnalysis"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "open",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "closed"
                 *     }
                 */
                "application/json": {
                    text?: string;
                    title?: string;
                    /** @enum {string} */
                    status?: "open" | "closed";
                    requirements?: {
                        id: string;
                        /** @enum {string} */
                        kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                        label: string;
                        /** @enum {string} */
                        importance: "must" | "nice";
                        skillIds?: string[];
                        skillNames?: string[];
                        minYears?: number;
                        /** @enum {string} */
                        educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                        educationFields?: string[];
                        languageCode?: string;
                        /** @enum {string} */
                        cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                        languageAlternatives?: string[];
                        languageCount?: number;
                        licenceCategory?: string;
                        city?: string;
                        countryCode?: string;
                        evidence: {
                            start: number;
                            end: number;
                            quote: string;
                        }[];
                    }[];
                };
            };
        };
        responses: {
            /** @description The changed job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "closed",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job_without_requirements` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMatches: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                jobId?: string;
                candidateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of matches */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000010001",
                     *           "rank": 1,
                     *           "jobId": "01980000-0000-7000-8000-00000000f001",
                     *           "jobTitle": "Backend Engineer (JVM)",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "candidateName": "Maëlys Kerbrat",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "score": 0.83125,
                     *           "summary": "Meets all must-haves.",
                     *           "mustHaves": [
                     *             {
                     *               "requirementId": "r1",
                     *               "label": "PostgreSQL",
                     *               "status": "met",
                     *               "reason": "PostgreSQL is used in recent work.",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "criteria": [
                     *             {
                     *               "criterion": "skills",
                     *               "score": 0.9,
                     *               "weight": 1,
                     *               "hasData": true,
                     *               "facts": [
                     *                 {
                     *                   "polarity": "positive",
                     *                   "code": "skill_used",
                     *                   "params": {
                     *                     "skill": "PostgreSQL"
                     *                   },
                     *                   "text": "PostgreSQL is used in recent work.",
                     *                   "requirementId": "r1",
                     *                   "quotes": [
                     *                     {
                     *                       "page": 1,
                     *                       "start": 812,
                     *                       "end": 822,
                     *                       "quote": "PostgreSQL"
                     *                     }
                     *                   ]
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Match"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createMatches: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "jobId": "01980000-0000-7000-8000-00000000f001",
                 *       "limit": 10
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    jobId?: string;
                    /** Format: uuid */
                    candidateId?: string;
                    candidateIds?: string[];
                    /** @default 20 */
                    limit?: number;
                    /** @default false */
                    async?: boolean;
                };
            };
        };
        responses: {
            /** @description The ranking (or the finished task) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "direction": "candidates",
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "candidateId": null,
                     *       "poolSize": 19,
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000010001",
                     *           "rank": 1,
                     *           "jobId": "01980000-0000-7000-8000-00000000f001",
                     *           "jobTitle": "Backend Engineer (JVM)",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "candidateName": "Maëlys Kerbrat",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "score": 0.83125,
                     *           "summary": "Meets all must-haves.",
                     *           "mustHaves": [
                     *             {
                     *               "requirementId": "r1",
                     *               "label": "PostgreSQL",
                     *               "status": "met",
                     *               "reason": "PostgreSQL is used in recent work.",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "criteria": [
                     *             {
                     *               "criterion": "skills",
                     *               "score": 0.9,
                     *               "weight": 1,
                     *               "hasData": true,
                     *               "facts": [
                     *                 {
                     *                   "polarity": "positive",
                     *                   "code": "skill_used",
                     *                   "params": {
                     *                     "skill": "PostgreSQL"
                     *                   },
                     *                   "text": "PostgreSQL is used in recent work.",
                     *                   "requirementId": "r1",
                     *                   "quotes": [
                     *                     {
                     *                       "page": 1,
                     *                       "start": 812,
                     *                       "end": 822,
                     *                       "quote": "PostgreSQL"
                     *                     }
                     *                   ]
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Ranking"] | components["schemas"]["Task"];
                };
            };
            /** @description The task that ranks */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "match.rank",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "job",
                     *         "id": "01980000-0000-7000-8000-00000000f001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused`, `no_analysed_cv` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                matchId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The match */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000010001",
                     *       "rank": 1,
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "jobTitle": "Backend Engineer (JVM)",
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "candidateName": "Maëlys Kerbrat",
                     *       "cvId": "01980000-0000-7000-8000-00000000c001",
                     *       "cvVersion": 1,
                     *       "score": 0.83125,
                     *       "summary": "Meets all must-haves.",
                     *       "mustHaves": [
                     *         {
                     *           "requirementId": "r1",
                     *           "label": "PostgreSQL",
                     *           "status": "met",
                     *           "reason": "PostgreSQL is used in recent work.",
                     *           "quotes": [
                     *             {
                     *               "page": 1,
                     *               "start": 812,
                     *               "end": 822,
                     *               "quote": "PostgreSQL"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "criteria": [
                     *         {
                     *           "criterion": "skills",
                     *           "score": 0.9,
                     *           "weight": 1,
                     *           "hasData": true,
                     *           "facts": [
                     *             {
                     *               "polarity": "positive",
                     *               "code": "skill_used",
                     *               "params": {
                     *                 "skill": "PostgreSQL"
                     *               },
                     *               "text": "PostgreSQL is used in recent work.",
                     *               "requirementId": "r1",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Match"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchCandidates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "skills": [
                 *         "PostgreSQL",
                 *         "Kubernetes"
                 *       ],
                 *       "title": "backend developer"
                 *     }
                 */
                "application/json": {
                    query?: string;
                    skills?: string[];
                    title?: string;
                    language?: string;
                    /** @default 20 */
                    limit?: number;
                };
            };
        };
        responses: {
            /** @description Candidates, best first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "understood": {
                     *         "skillIds": [
                     *           "skill/postgresql"
                     *         ],
                     *         "title": "backend developer",
                     *         "unknownSkills": []
                     *       },
                     *       "items": [
                     *         {
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "name": "Maëlys Kerbrat",
                     *           "headline": "Développeuse back-end",
                     *           "city": "Rennes",
                     *           "score": 0.91,
                     *           "reasons": [
                     *             "has PostgreSQL"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CandidateSearch"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobAssignments: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All assignments of the job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "jobId": "01980000-0000-7000-8000-00000000f001",
                     *           "actorId": "01980000-0000-7000-8000-000000030001",
                     *           "actorType": "user",
                     *           "actorName": "Ines Talvera",
                     *           "assignedBy": "01980000-0000-7000-8000-000000030002",
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["JobAssignment"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJobAssignment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
                actorId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The assignment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "actorId": "01980000-0000-7000-8000-000000030001",
                     *       "actorType": "user",
                     *       "actorName": "Ines Talvera",
                     *       "assignedBy": "01980000-0000-7000-8000-000000030002",
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["JobAssignment"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    assignJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
                actorId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The assignment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "actorId": "01980000-0000-7000-8000-000000030001",
                     *       "actorType": "user",
                     *       "actorName": "Ines Talvera",
                     *       "assignedBy": "01980000-0000-7000-8000-000000030002",
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["JobAssignment"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`, `grant_exceeded` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unassignJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
                actorId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken away */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCollections: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of collections */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000040001",
                     *           "name": "Salary bands",
                     *           "description": "What each level pays",
                     *           "readRoles": [
                     *             "admin",
                     *             "recruiter"
                     *           ],
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Collection"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCollection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Salary bands",
                 *       "description": "What each level pays",
                 *       "readRoles": [
                 *         "admin",
                 *         "recruiter"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name: string;
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    readRoles?: string[] | null;
                };
            };
        };
        responses: {
            /** @description The collection */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000040001",
                     *       "name": "Salary bands",
                     *       "description": "What each level pays",
                     *       "readRoles": [
                     *         "admin",
                     *         "recruiter"
                     *       ],
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collectionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The collection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000040001",
                     *       "name": "Salary bands",
                     *       "description": "What each level pays",
                     *       "readRoles": [
                     *         "admin",
                     *         "recruiter"
                     *       ],
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collectionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collectionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "readRoles": [
                 *         "admin",
                 *         "recruiter",
                 *         "hiring-manager"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name?: string;
                    description?: string | null;
                    readRoles?: string[] | null;
                };
            };
        };
        responses: {
            /** @description The changed collection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000040001",
                     *       "name": "Salary bands",
                     *       "description": "What each level pays",
                     *       "readRoles": [
                     *         "admin",
                     *         "recruiter",
                     *         "hiring-manager"
                     *       ],
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSources: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                kind?: "document" | "cv";
                collectionId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000020001",
                     *           "externalId": "handbook-7",
                     *           "collectionId": null,
                     *           "kind": "document",
                     *           "cvId": null,
                     *           "candidateId": null,
                     *           "title": "Recruiting policy",
                     *           "mediaType": "text/markdown",
                     *           "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                     *           "byteSize": 1689,
                     *           "language": "en",
                     *           "status": "indexed",
                     *           "error": null,
                     *           "taskId": "01980000-0000-7000-8000-00000000b002",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "indexedAt": "2026-11-22T10:00:00.200Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Source"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSource: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "title": "Recruiting policy",
                 *       "externalId": "handbook-7",
                 *       "text": "# Recruiting policy\n\n## Referrals\nEmployees who recommend a candidate receive 1,500 euros."
                 *     }
                 */
                "application/json": {
                    fileName?: string;
                    /** @description The bytes of the file in base64 */
                    contentBase64?: string;
                    /** @description Plain text, instead of a file */
                    text?: string;
                    /** @description Address to download the file from: on the public internet, without a login */
                    url?: string;
                    /** @description Your own id for it */
                    externalId?: string;
                    /** @description Title under which it is cited; default the file name */
                    title?: string;
                    /**
                     * Format: uuid
                     * @description Collection to put it into, one that you may read
                     */
                    collectionId?: string;
                };
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                } & {
                    [key: string]: string;
                };
            };
        };
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "source.index",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "sourceId": "01980000-0000-7000-8000-000000020001",
                     *         "language": "en",
                     *         "chunks": 6
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "source",
                     *         "id": "01980000-0000-7000-8000-000000020001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "source.index",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "source",
                     *         "id": "01980000-0000-7000-8000-000000020001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type`, `unsupported_document` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `document_password_protected`, `empty_document`, `destination_not_allowed`, `download_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sourceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The source */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000020001",
                     *       "externalId": "handbook-7",
                     *       "collectionId": null,
                     *       "kind": "document",
                     *       "cvId": null,
                     *       "candidateId": null,
                     *       "title": "Recruiting policy",
                     *       "mediaType": "text/markdown",
                     *       "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                     *       "byteSize": 1689,
                     *       "language": "en",
                     *       "status": "indexed",
                     *       "error": null,
                     *       "taskId": "01980000-0000-7000-8000-00000000b002",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "indexedAt": "2026-11-22T10:00:00.200Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Source"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sourceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchPassages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "query": "migration Sage 100 SAP",
                 *       "limit": 5,
                 *       "scope": {
                 *         "kinds": [
                 *           "cv"
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    query: string;
                    /** @description ISO 639-1; detected when absent */
                    language?: string;
                    /** @default 10 */
                    limit?: number;
                    /** @description Look only here */
                    scope?: {
                        kinds?: ("document" | "cv")[];
                        sourceIds?: string[];
                        candidateIds?: string[];
                    };
                };
            };
        };
        responses: {
            /** @description Passages, best first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sourceId": "01980000-0000-7000-8000-000000020002",
                     *           "kind": "cv",
                     *           "title": "severine-aubrac-diallo.pdf",
                     *           "cvId": "01980000-0000-7000-8000-00000000c002",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d002",
                     *           "candidateName": "Séverine Aubrac-Diallo",
                     *           "chunkId": "01980000-0000-7000-8000-000000021001",
                     *           "page": 1,
                     *           "start": 294,
                     *           "end": 840,
                     *           "heading": "Parcours professionnel",
                     *           "text": "Pilotage de la migration de Sage 100 vers SAP S/4HANA",
                     *           "language": "fr",
                     *           "score": 0.98
                     *         }
                     *       ],
                     *       "language": "fr"
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Passage"][];
                        language: string;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerQuestion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question": "Qui a déjà piloté une migration de Sage 100 vers SAP ?"
                 *     }
                 */
                "application/json": {
                    question: string;
                    /** @description ISO 639-1; detected when absent */
                    language?: string;
                    limit?: number;
                    /** @description Look only here */
                    scope?: {
                        kinds?: ("document" | "cv")[];
                        sourceIds?: string[];
                        candidateIds?: string[];
                    };
                };
            };
        };
        responses: {
            /** @description The answer, or an abstention with its reason */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000022001",
                     *       "question": "Qui a déjà piloté une migration de Sage 100 vers SAP ?",
                     *       "language": "fr",
                     *       "answer": "Séverine Aubrac-Diallo : « Pilotage de la migration de Sage 100 vers SAP S/4HANA » [1]",
                     *       "abstained": false,
                     *       "reason": null,
                     *       "mode": "extractive",
                     *       "citations": [
                     *         {
                     *           "n": 1,
                     *           "sourceId": "01980000-0000-7000-8000-000000020002",
                     *           "kind": "cv",
                     *           "title": "severine-aubrac-diallo.pdf",
                     *           "cvId": "01980000-0000-7000-8000-00000000c002",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d002",
                     *           "candidateName": "Séverine Aubrac-Diallo",
                     *           "chunkId": "01980000-0000-7000-8000-000000021001",
                     *           "page": 1,
                     *           "start": 294,
                     *           "end": 840,
                     *           "score": 0.94,
                     *           "quote": "Pilotage de la migration de Sage 100 vers SAP S/4HANA"
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a003",
                     *         "embeddingSpace": null,
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1",
                     *         "model": null,
                     *         "fallback": null,
                     *         "support": 0.94,
                     *         "droppedSentences": 0
                     *       },
                     *       "durationMs": 42
                     *     }
                     */
                    "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All agents of the workspace */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000a001",
                     *           "kind": "matcher",
                     *           "name": "matcher",
                     *           "description": "Scores a candidate against a job, with reasons.",
                     *           "status": "active",
                     *           "pausedAt": null,
                     *           "pausedBy": null,
                     *           "pauseReason": null,
                     *           "activeVersion": {
                     *             "id": "01980000-0000-7000-8000-00000000a002",
                     *             "number": 1,
                     *             "config": {
                     *               "mustHaveNotMetFactor": 0.5
                     *             },
                     *             "reason": "Built in",
                     *             "createdAt": "2026-11-22T10:00:00.000Z"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Agent"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "active",
                     *       "pausedAt": null,
                     *       "pausedBy": null,
                     *       "pauseReason": null,
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "Checking yesterday’s rankings"
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The paused agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "paused",
                     *       "pausedAt": "2026-11-22T11:00:00.000Z",
                     *       "pausedBy": "n8n",
                     *       "pauseReason": "Checking yesterday’s rankings",
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The active agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "active",
                     *       "pausedAt": null,
                     *       "pausedBy": null,
                     *       "pauseReason": null,
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "question": "Who has worked with Kubernetes?"
                 *       }
                 *     }
                 */
                "application/json": {
                    input: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description What the agent made of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentId": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "rag-assistant",
                     *       "output": {
                     *         "abstained": false
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        agentId: string;
                        /** @enum {string} */
                        kind: "cv-analyst" | "matcher" | "rag-assistant";
                        output?: unknown;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `llm_unavailable`, `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTasks: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "queued" | "running" | "succeeded" | "failed" | "cancelled";
                kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tasks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000b001",
                     *           "kind": "cv.analyse",
                     *           "status": "succeeded",
                     *           "progress": 100,
                     *           "progressNote": null,
                     *           "attempt": 1,
                     *           "maxAttempts": 3,
                     *           "result": {
                     *             "cvId": "01980000-0000-7000-8000-00000000c001",
                     *             "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *             "language": "fr",
                     *             "warnings": []
                     *           },
                     *           "error": null,
                     *           "subject": {
                     *             "type": "cv",
                     *             "id": "01980000-0000-7000-8000-00000000c001"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "startedAt": "2026-11-22T10:00:00.020Z",
                     *           "finishedAt": "2026-11-22T10:00:00.310Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Task"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTask: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `task_not_cancellable` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `task_not_retryable`, `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All webhooks of the workspace */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000011001",
                     *           "url": "https://n8n.example.com/webhook/talentmatch",
                     *           "events": [
                     *             "cv.analysed"
                     *           ],
                     *           "description": null,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "lastDeliveryAt": null,
                     *           "secretRotatedAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    saveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://n8n.example.com/webhook/talentmatch",
                 *       "events": [
                 *         "cv.analysed"
                 *       ]
                 *     }
                 */
                "application/json": {
                    url: string;
                    events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                    secret?: string;
                    description?: string;
                };
            };
        };
        responses: {
            /** @description The webhook was there and is changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secretRotatedAt": null,
                     *       "secret": null
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        url: string;
                        events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                        description: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        lastDeliveryAt: string | null;
                        /**
                         * Format: date-time
                         * @description when its secret was rotated, until the receiver registers again
                         */
                        secretRotatedAt: string | null;
                        /** @description the secret that was made, answered once; null when you gave one */
                        secret: string | null;
                    };
                };
            };
            /** @description The webhook is registered */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secretRotatedAt": null,
                     *       "secret": "5f1c…"
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        url: string;
                        events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                        description: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        lastDeliveryAt: string | null;
                        /**
                         * Format: date-time
                         * @description when its secret was rotated, until the receiver registers again
                         */
                        secretRotatedAt: string | null;
                        /** @description the secret that was made, answered once; null when you gave one */
                        secret: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `destination_not_allowed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secretRotatedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "overlapSeconds": 3600
                 *     }
                 */
                "application/json": {
                    /**
                     * @description for how long the former secret signs too; 0 for a secret that has leaked
                     * @default 86400
                     */
                    overlapSeconds?: number;
                    secret?: string;
                };
            };
        };
        responses: {
            /** @description The webhook, with the new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secretRotatedAt": "2026-11-22T10:00:00.000Z",
                     *       "secret": "5f1c…",
                     *       "previousSecretUntil": "2026-11-22T11:00:00.000Z"
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        url: string;
                        events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                        description: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        lastDeliveryAt: string | null;
                        /**
                         * Format: date-time
                         * @description when its secret was rotated, until the receiver registers again
                         */
                        secretRotatedAt: string | null;
                        /** @description the secret that was made, answered once; null when you gave one */
                        secret: string | null;
                        /**
                         * Format: date-time
                         * @description until then deliveries carry the signature of the former secret too
                         */
                        previousSecretUntil: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000012001",
                     *           "webhookId": "01980000-0000-7000-8000-000000011001",
                     *           "eventId": "01980000-0000-7000-8000-000000013001",
                     *           "eventType": "cv.analysed",
                     *           "status": "failed",
                     *           "attempts": 22,
                     *           "responseStatus": 503,
                     *           "lastError": null,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "deliveredAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000012001",
                     *           "webhookId": "01980000-0000-7000-8000-000000011001",
                     *           "eventId": "01980000-0000-7000-8000-000000013001",
                     *           "eventType": "cv.analysed",
                     *           "status": "failed",
                     *           "attempts": 22,
                     *           "responseStatus": 503,
                     *           "lastError": null,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "deliveredAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryWebhookDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, pending again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000012001",
                     *       "webhookId": "01980000-0000-7000-8000-000000011001",
                     *       "eventId": "01980000-0000-7000-8000-000000013001",
                     *       "eventType": "cv.analysed",
                     *       "status": "pending",
                     *       "attempts": 0,
                     *       "responseStatus": 503,
                     *       "lastError": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "deliveredAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready, perhaps degraded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "checks": {
                     *         "database": {
                     *           "status": "ok",
                     *           "detail": "embedded"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded" | "down";
                        checks: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "ok" | "degraded" | "down";
                                detail: string;
                            };
                        };
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "down",
                     *       "checks": {
                     *         "database": {
                     *           "status": "down",
                     *           "detail": "embedded"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded" | "down";
                        checks: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "ok" | "degraded" | "down";
                                detail: string;
                            };
                        };
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; version=0.0.4": string;
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`, `token_expired`, `token_revoked` */
            401: {
                headers: {
                    /**
                     * @description RFC 6750: how to authenticate, and whether a token was refused.
                     * @example Bearer realm="talentmatch", error="invalid_token"
                     */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    /**
                     * @description What is left of each quota, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).
                     * @example "read";r=0;t=3
                     */
                    RateLimit?: string;
                    /**
                     * @description The quotas that count here.
                     * @example "read";q=600;w=60
                     */
                    "RateLimit-Policy"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `service_unavailable` */
            503: {
                headers: {
                    /**
                     * @description Seconds to wait before the next try.
                     * @example 3
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
