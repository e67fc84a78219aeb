/** A database of the release before users and sessions, taken up by this one. */
import { inject, expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { issueClientToken } from '../../../sidecar/src/identity/tokens.ts';
import { createKeyRing } from '../../../sidecar/src/identity/signingKeys.ts';
import { openBroadcast } from '../../../sidecar/src/platform/broadcast.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { migrate, migrateDown } from '../../../sidecar/src/platform/db/migrate.ts';
import { createSecretBox, hashSecret } from '../../../sidecar/src/platform/secrets.ts';
import { createDatabase } from '../../support/postgres.ts';
import { testMode } from '../../support/services.ts';

const log = { warn() {} };

test('its clients come in with their secrets, its oldest workspace runs the installation, and its key goes on signing', async () => {
	const db = await openDatabase(testMode === 'services' ? { url: await createDatabase(inject('postgresUrl')) } : { dataDir: ':memory:' });
	const broadcast = await openBroadcast({ prefix: 'upgrade', log });
	try {
		await migrate(db);
		const secretBox = createSecretBox([Buffer.alloc(32, 7)]);
		const services = { db, secretBox, broadcast, config: loadConfig({}), keyRing: createKeyRing({ db, secretBox }) };
		const { kid } = await services.keyRing.current();
		await migrateDown(db, '0002-access');
		const values = { replacements: { first: '01980000-0000-7000-8000-000000000001', second: '01980000-0000-7000-8000-000000000002', client: '01980000-0000-7000-8000-000000000003', hash: await hashSecret('a secret of before') } };
		await db.query("INSERT INTO workspaces (id, name, created_at) VALUES (:second, 'Later', now()), (:first, 'First', now() - interval '1 day')", values);
		await db.query("INSERT INTO clients (id, workspace_id, client_id, secret_hash, name, roles) VALUES (:client, :first, 'tm_before', :hash, 'n8n', ARRAY['integration'])", values);
		await migrate(db);

		const { scope } = await issueClientToken(services, { clientId: 'tm_before', clientSecret: 'a secret of before' });
		expect(scope.split(' ')).toEqual(expect.arrayContaining(['cvs:create', 'webhooks:create']));
		await expect(issueClientToken(services, { clientId: 'tm_before', clientSecret: 'another secret' })).rejects.toMatchObject({ code: 'invalid_client' });
		expect(await db.query('SELECT name FROM workspaces WHERE is_operator')).toEqual([{ name: 'First' }]);
		expect((await createKeyRing({ db, secretBox }).current()).kid).toBe(kid);
	} finally {
		await broadcast.close();
		await db.close();
	}
});
