// A service that has an embedded database open: `node dbService.mts FOLDER`. On the message "write" it writes row after
// row and tells after each commit how many there are.
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';

const db = await openDatabase({ dataDir: process.argv[2] ?? ':memory:' });
await db.query('CREATE TABLE written (n integer PRIMARY KEY)');
process.on('message', async () => {
	for (let n = 1; ; n++) {
		await db.query('INSERT INTO written VALUES ($1)', { bind: [n] });
		process.send?.({ written: n });
	}
});
process.send?.('open');
