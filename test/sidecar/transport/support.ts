import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, RequestOptions, Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../../sidecar/src/app.ts';
import type { App } from '../../../sidecar/src/app.ts';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { createLogger } from '../../../sidecar/src/platform/log.ts';
import type { TestApp } from '../../support/app.ts';

export interface Listening {
	app: App;
	port: number;
	redirectPort: number | null;
	close(): Promise<void>;
}

/** Another front door before the services of `app`: transport as `environment` says, all else the same. */
export async function frontDoor(app: TestApp, environment: Record<string, string>, routes?: Parameters<typeof createApp>[1]): Promise<Listening> {
	const { config } = app.services;
	const { http, uploads } = loadConfig(environment);
	const services = { ...app.services, config: { ...config, http, uploads }, log: createLogger({ ...config.log, level: 'silent' }) };
	const built = routes === undefined ? createApp(services) : createApp(services, routes);
	const servers = [built.server, built.redirect].filter((server): server is Server => server !== null);
	for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const portOf = (server: Server) => (server.address() as AddressInfo).port;
	return {
		app: built,
		port: portOf(built.server),
		redirectPort: built.redirect && portOf(built.redirect),
		async close() {
			for (const server of servers) {
				server.closeAllConnections();
				await new Promise((resolve) => server.close(resolve));
			}
		},
	};
}

export interface RawAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
	/** of the peer, where it was TLS */
	fingerprint: string | null;
}

/** One request over a connection of its own, with exactly these headers; redirects are not followed. */
export function send(port: number, options: RequestOptions & { tls?: { ca: string; servername?: string; minVersion?: 'TLSv1'; maxVersion?: 'TLSv1.1'; ciphers?: string }; body?: string | Buffer } = {}): Promise<RawAnswer> {
	const { tls, body, ...rest } = options;
	return new Promise((resolve, reject) => {
		let fingerprint: string | null = null;
		const outgoing = (tls ? httpsRequest : httpRequest)({ host: '127.0.0.1', port, agent: false, method: 'GET', path: '/health/live', ...tls, ...rest }, (response) => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString()));
			response.on('end', () => resolve({ status: response.statusCode as number, headers: response.headers, text, fingerprint }));
			response.on('error', reject);
		});
		outgoing.on('socket', (socket) => socket.once('secureConnect', () => (fingerprint = (socket as import('node:tls').TLSSocket).getPeerCertificate().fingerprint256)));
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}
