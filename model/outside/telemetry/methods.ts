/** What a telemetry collector serves (OTLP's export calls, in one). */
import { method } from '../../../sim/index.ts';
import type { Batch, EventCount } from './signals.ts';

export interface IngestRequest {
  readonly source: string;
  readonly batches: readonly Batch[];
  readonly events: readonly EventCount[];
}

export interface EventsResponse {
  readonly events: readonly (EventCount & { readonly source: string })[];
}

export const RECORD_BYTES = 160;
const recordsOf = (batches: readonly Batch[]): number => batches.reduce((sum, { records }) => sum + records.length, 0);

export const ingestMethod = method<IngestRequest, null>('telemetry/ingest', {
  serviceUs: 50,
  requestBytes: ({ batches, events }) => (recordsOf(batches) + events.length) * RECORD_BYTES,
  describeRequest: ({ source, batches, events }) => `${source} tells of ${[...batches.map(sayBatch), ...events.map(sayEvent)].join(', ')}`,
  describeResponse: () => 'kept',
});

function sayBatch({ signal, records, lost }: Batch): string {
  const [first, last] = [records[0]?.sequence, records.at(-1)?.sequence];
  const what = first === undefined ? `no ${signal}` : first === last ? `${signal} ${first}` : `${signal} ${first} to ${last}`;
  return `${what}${lost === 0 ? '' : ` (${lost} lost so far)`}`;
}

function sayEvent({ key, count }: EventCount): string {
  return `${key} (${count} times)`;
}
/** What happened lately. */
export const eventsMethod = method<null, EventsResponse>('telemetry/events', { responseBytes: ({ events }) => events.length * RECORD_BYTES });
