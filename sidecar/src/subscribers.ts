/** Who acts on events, inside the transaction that makes them true. */
import { markFailedAnalysis } from './cvs/failedAnalysis.ts';
import { indexAnalysedCv } from './knowledge/indexCv.ts';
import type { Subscriber } from './platform/events.ts';
import { deliverToWebhooks } from './workflows/deliverEvent.ts';

export const subscribers: readonly Subscriber[] = [markFailedAnalysis, indexAnalysedCv, deliverToWebhooks];
