/** A scripted sidecar and an n8n that talks to it, new for every test of a file. */
import { afterEach, beforeEach } from 'vitest';
import { startTestN8n } from './runNode.ts';
import type { TestN8n } from './runNode.ts';
import { startScriptedSidecar } from './scriptedSidecar.ts';
import type { ScriptedSidecar } from './scriptedSidecar.ts';

export function setUp(): { sidecar: ScriptedSidecar; n8n: TestN8n } {
	const parts = {} as { sidecar: ScriptedSidecar; n8n: TestN8n };
	beforeEach(async () => {
		parts.sidecar = await startScriptedSidecar();
		parts.n8n = await startTestN8n(parts.sidecar.url);
	}, 60_000);
	afterEach(() => parts.sidecar?.stop());
	return parts;
}

export const byId = (value: string) => ({ __rl: true, mode: 'id', value });
export const uuid = (n: number) => `0199a3c4-5b6d-7e8f-9a0b-${String(n).padStart(12, '0')}`;

export function task(more: object = {}): object {
	return {
		id: uuid(1),
		kind: 'cv.analyse',
		status: 'succeeded',
		progress: 100,
		progressNote: null,
		attempt: 1,
		maxAttempts: 3,
		result: null,
		error: null,
		subject: { type: 'cv', id: uuid(2) },
		...more,
	};
}

export function cv(more: object = {}): object {
	return {
		id: uuid(2),
		candidateId: uuid(3),
		version: 1,
		fileName: 'amal.pdf',
		status: 'analysed',
		language: 'fr',
		profile: {
			basics: { name: 'Amal Exemple', label: 'Comptable', email: 'amal@example.com', location: { city: 'Lyon', countryCode: 'FR' } },
			work: [{ id: 'w1', position: 'Comptable', name: 'Exemple SA', startDate: '2019-03' }],
			education: [{ id: 'e1', studyType: 'Master', area: 'Comptabilité', institution: 'Université Exemple' }],
			skills: [{ id: 's1', name: 'SAP' }],
			languages: [{ id: 'l1', language: 'French', fluency: 'native' }],
		},
		evidence: [
			{ pointer: '/basics/name', confidence: 0.98 },
			{ pointer: '/work/0/position', confidence: 0.71 },
		],
		facts: { experienceMonths: 66, skills: [{ name: 'sap' }, { name: 'IFRS' }] },
		warnings: [{ code: 'no_phone', message: 'No phone number was found' }],
		error: null,
		createdAt: '2026-01-01T00:00:00Z',
		analysedAt: '2026-01-01T00:00:01Z',
		...more,
	};
}
