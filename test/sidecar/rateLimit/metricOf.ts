import type { TestApp } from '../../support/app.ts';

/** The value of a counter of this app; 0 before it was first counted. */
export async function metricOf(app: TestApp, name: string, labels: Record<string, string>): Promise<number> {
	const metric = await app.services.metrics.registry.getSingleMetric(name)?.get();
	return metric?.values.find((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))?.value ?? 0;
}
