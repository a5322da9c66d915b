/** Where events and samples of metrics and traces are read, on either side of consensus. */
import { Channel, ms, type Co, type Os } from '../../../sim/index.ts';
import type { Placement, Records } from '../placement.ts';
import { eventsMethod, samplesMethod } from './methods.ts';
import { eventRecordOf, type EventCount } from './signals.ts';

export interface EventPlace {
  /** What happened lately. `asked`: a source and a key each; a place that can tell of others does. */
  read(asked: readonly AskedEvent[]): Co<readonly (Pick<EventCount, 'key' | 'count'> & { readonly source: string })[]>;
}

export interface AskedEvent {
  readonly source: string;
  readonly key: string;
}

const READ_US = ms(1_000);

/** Each collector has what came to it; who wants to see all asks each. */
export function eventPlaces(os: Os, placement: Placement): readonly EventPlace[] {
  const records = placement.inside('workload-events');
  return records === null
    ? placement.collectors.map((collector) => new EventsOutside(new Channel(os, [collector])))
    : [new EventsInside(records)];
}

class EventsOutside implements EventPlace {
  private readonly channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  *read(): ReturnType<EventPlace['read']> {
    const outcome = yield* this.channel.call(eventsMethod, null, READ_US);
    return outcome.status === 'ok' ? outcome.value.events : [];
  }
}

class EventsInside implements EventPlace {
  private readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  *read(asked: readonly AskedEvent[]): ReturnType<EventPlace['read']> {
    const counts = [];
    for (const { source, key } of asked) {
      const outcome = yield* this.records.readRecord('WorkloadEvent', eventRecordOf(source, key));
      if (outcome.status === 'ok') counts.push({ source, key, count: Number(outcome.value.data) });
    }
    return counts;
  }
}

/** Samples that a collector has taken in since it was asked last. */
export class SampleReader {
  private readonly channel: Channel;
  private life = 0;
  private upTo = 0;

  constructor(os: Os, collector: string) {
    this.channel = new Channel(os, [collector]);
  }

  /** How many were new. */
  *read(): Co<number> {
    const outcome = yield* this.channel.call(samplesMethod, { life: this.life, after: this.upTo }, READ_US);
    if (outcome.status !== 'ok') return 0;
    this.life = outcome.value.life;
    this.upTo = outcome.value.upTo;
    return outcome.value.samples.length;
  }
}
