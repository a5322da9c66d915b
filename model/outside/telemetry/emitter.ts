/**
 * A program's way to its region's pipelines. It never waits for them and never makes its program wait: what cannot be sent
 * is kept in buffers of a fixed size, then dropped, and what was dropped is counted. Logs are sent until a collector has
 * them, and the oldest are dropped first; metrics are tried once; of traces the newest are refused. Of events only the
 * count is told, again whenever it grew.
 */
import { Channel, kind, ms, Signal as CoSignal, type Co, type Os } from '../../../sim/index.ts';
import { nearestFirst } from '../../api/nearest.ts';
import { orderText } from '../../api/record-order.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { Placement, Records } from '../placement.ts';
import { ingestMethod } from './methods.ts';
import {
  classOfSignal,
  emittedBoundary,
  eventRecordOf,
  kindOfSignal,
  signalRecordOf,
  signals,
  sourceOf,
  type Batch,
  type EventCount,
  type Signal,
  type SignalRecord,
} from './signals.ts';

export interface EmitterOptions {
  /** Collectors of the own region are preferred; where there are none nothing is told. */
  readonly placement: Placement;
  readonly design: Design;
  readonly defects: DefectSet;
  /** Asked for what there is to tell, before each flush. */
  readonly collect: (emitter: Emitter) => void;
}

export interface EmitterView {
  readonly emitted: Readonly<Record<Signal, number>>;
  readonly lost: Readonly<Record<Signal, number>>;
  readonly buffered: Readonly<Record<Signal, number>>;
}

/** Distinct events that are kept; more are not told apart any more (client-go's EventCorrelator: an LRU of 4,096). */
const EVENTS_MAX = 256;
const DRAIN_PAUSE_US = ms(50);
const OVERFLOW_EVENT = 'many things';

const flushKind = kind<null>('telemetry/flush', { serviceUs: 5, describe: () => 'tells what it has to tell' });

class Buffer {
  readonly signal: Signal;
  private readonly most: number;
  private readonly countsLoss: boolean;
  records: SignalRecord[] = [];
  emitted = 0;
  lost = 0;

  constructor(signal: Signal, most: number, countsLoss: boolean) {
    this.signal = signal;
    this.most = most;
    this.countsLoss = countsLoss;
  }

  add(text: string): SignalRecord {
    const record = { sequence: ++this.emitted, text };
    if (this.records.length < this.most) {
      this.records.push(record);
    } else {
      // A trace without its beginning is of no use; of logs the latest are.
      if (this.signal !== 'trace') {
        this.records.shift();
        this.records.push(record);
      }
      if (this.countsLoss) this.lost++;
    }
    return record;
  }

  /** All up to `sequence` are where they should be, or given up. */
  release(sequence: number, isLost: boolean): void {
    const kept = this.records.findIndex((record) => record.sequence > sequence);
    const released = kept < 0 ? this.records.length : kept;
    if (isLost) this.lost += released;
    this.records = kept < 0 ? [] : this.records.slice(kept);
  }
}

export class Emitter {
  private readonly os: Os;
  private readonly options: EmitterOptions;
  private readonly channel: Channel | null;
  private readonly source: string;
  private readonly sendsSamplesAgain: boolean;
  private readonly buffers: Readonly<Record<Signal, Buffer>>;
  private readonly events = new Map<string, EventCount>();
  /** Keys of events whose count is not known to be told. */
  private readonly untold = new Set<string>();
  private sending = false;

  constructor(os: Os, options: EmitterOptions) {
    const { placement, design, defects } = options;
    const { collectors } = placement;
    this.os = os;
    this.options = options;
    this.channel =
      collectors.length === 0 ? null : new Channel(os, nearestFirst(collectors, os.region), { rotateOnDeadline: true });
    this.source = sourceOf(os.name, os.incarnation);
    this.sendsSamplesAgain = defects.has('samples-sent-again');
    const buffer = (signal: Signal): Buffer =>
      new Buffer(signal, design.telemetryBufferRecords, !defects.has('log-loss-uncounted'));
    this.buffers = { log: buffer('log'), metric: buffer('metric'), trace: buffer('trace') };
  }

  start(): void {
    if (this.channel !== null) this.os.after(this.options.design.telemetryFlushUs, flushKind, () => this.tick());
  }

  emit(signal: Signal, text: string): void {
    const { sequence } = this.buffers[signal].add(text);
    this.os.cross(emittedBoundary, { source: this.source, signal, sequence, text });
  }

  event(what: string): void {
    const key = this.events.has(what) || this.events.size < EVENTS_MAX ? what : OVERFLOW_EVENT;
    const count = (this.events.get(key)?.count ?? 0) + 1;
    this.events.set(key, { key, count, lastUs: this.os.wallUs() });
    this.untold.add(key);
    this.os.cross(emittedBoundary, { source: this.source, signal: 'event', sequence: count, text: key });
  }

  inspect(): EmitterView {
    const { log, metric, trace } = this.buffers;
    return {
      emitted: { log: log.emitted, metric: metric.emitted, trace: trace.emitted },
      lost: { log: log.lost, metric: metric.lost, trace: trace.lost },
      buffered: { log: log.records.length, metric: metric.records.length, trace: trace.records.length },
    };
  }

  /** Sends what there is, and returns when that is settled. For whoever waits for it: nobody should. */
  *flush(): Co<void> {
    if (this.channel === null || this.sending) return;
    this.sending = true;
    const { placement } = this.options;
    const outside: Signal[] = [];
    for (const signal of signals) {
      const records = placement.inside(classOfSignal[signal]);
      if (records === null) outside.push(signal);
      else yield* this.recordAll(signal, records);
    }
    const records = placement.inside('workload-events');
    if (records !== null) yield* this.recordEvents(records);
    yield* this.ingest(
      this.channel,
      outside,
      records === null ? [...this.untold].map((key) => this.events.get(key) as EventCount) : [],
    );
    this.sending = false;
  }

  /** Returns when all log lines are where they should be, however long that takes. */
  *drained(): Co<void> {
    while (this.buffers.log.records.length > 0) {
      yield* this.flush();
      yield* this.os.sleep(DRAIN_PAUSE_US);
    }
  }

  private tick(): void {
    this.os.after(this.options.design.telemetryFlushUs, flushKind, () => this.tick());
    this.options.collect(this);
    if (!this.sending) this.os.spawn('telemetry', this.flush());
  }

  private *ingest(channel: Channel, outside: readonly Signal[], told: readonly EventCount[]): Co<void> {
    const { source } = this;
    const batches = outside.flatMap((signal): readonly Batch[] => {
      const { records, lost } = this.buffers[signal];
      return records.length === 0 ? [] : [{ signal, records: records.slice(), lost }];
    });
    if (batches.length === 0 && told.length === 0) return;
    const outcome = yield* channel.call(ingestMethod, { source, batches, events: told }, this.options.design.telemetryFlushUs);
    const isKept = outcome.status === 'ok';
    for (const { signal, records } of batches) {
      const last = records.at(-1)?.sequence ?? 0;
      if (isKept) this.buffers[signal].release(last, false);
      else if (signal !== 'log' && !(this.sendsSamplesAgain && outcome.status === 'unknown'))
        this.buffers[signal].release(last, true);
    }
    if (!isKept) return;
    for (const { key, count } of told) if (this.events.get(key)?.count === count) this.untold.delete(key);
  }

  /** One object for each, all at once: whoever wrote them would not wait for one before the next. */
  private *recordAll(signal: Signal, inside: Records): Co<void> {
    const records = this.buffers[signal].records.slice();
    const last = records.at(-1);
    if (last === undefined) return;
    const settled = new CoSignal();
    let left = records.length;
    let kept = 0;
    for (const { sequence, text } of records) {
      const written = inside.record(kindOfSignal[signal], signalRecordOf(this.source, sequence), { data: text });
      this.os.spawn('record', written, (outcome) => {
        if (outcome.status === 'ok') kept++;
        if (--left === 0) settled.notify();
      });
    }
    if (left > 0) yield* settled.wait();
    this.buffers[signal].release(last.sequence, false);
    this.buffers[signal].lost += records.length - kept;
  }

  private *recordEvents(inside: Records): Co<void> {
    for (const key of [...this.untold]) {
      const { count } = this.events.get(key) as EventCount;
      const outcome = yield* inside.record('WorkloadEvent', eventRecordOf(this.source, key), { data: orderText(count) });
      if (outcome.status === 'ok') this.untold.delete(key);
    }
  }
}
