/** What a telemetry collector serves (OTLP's export calls, in one). */
import { method } from '../../../sim/index.ts';
import type { Batch, EventCount, Signal, SignalRecord } from './signals.ts';

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
  describeRequest: ({ source, batches, events }) =>
    `${source} tells of ${[...batches.map(sayBatch), ...events.map(sayEvent)].join(', ')}`,
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
export const eventsMethod = method<null, EventsResponse>('telemetry/events', {
  responseBytes: ({ events }) => events.length * RECORD_BYTES,
  describeRequest: () => 'what happened?',
  describeResponse: ({ events }) =>
    events.length === 0
      ? 'nothing'
      : events.map(({ source, key, count }) => `${source} has seen ${key} ${count} times`).join(', '),
});

/** A record of a metric or a trace, and who made it. */
export interface Sample extends SignalRecord {
  readonly source: string;
  readonly signal: Signal;
}

export interface SamplesRequest {
  /**
   * Which life of the collector was asked last, and up to which of its samples it has told;
   * what another life told does not count.
   */
  readonly life: number;
  readonly after: number;
}

export interface SamplesResponse {
  readonly life: number;
  readonly upTo: number;
  readonly samples: readonly Sample[];
}

/** Metrics and traces that came since. */
export const samplesMethod = method<SamplesRequest, SamplesResponse>('telemetry/samples', {
  responseBytes: ({ samples }) => 16 + samples.length * RECORD_BYTES,
  describeRequest: ({ after }) => `samples after ${after}`,
  describeResponse: ({ samples }) =>
    samples.length === 0
      ? 'no samples'
      : samples.map(({ source, signal, sequence }) => `${signal} ${sequence} of ${source}`).join(', '),
});
