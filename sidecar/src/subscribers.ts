/** Who acts on events, inside the transaction that makes them true. */
import { indexAnalysedCv } from './knowledge/indexCv.ts';
import type { Subscriber } from './platform/events.ts';
import { deliverToWebhooks } from './workflows/deliverEvent.ts';

export const subscribers: readonly Subscriber[] = [indexAnalysedCv, deliverToWebhooks];
