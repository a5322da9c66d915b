/**
 * A region's pipelines for logs, metrics, traces and events, outside of consensus. What it promises: of each source, log lines
 * are kept in the order of their making, each once, none that was not made, and all that is missing before the newest was counted
 * as lost by its source; metrics and traces are a sample, gone with the process, of what was made, each told by one collector
 * alone; events are counts that never say more than what happened, for a while.
 */
import {
  kind,
  ms,
  RpcServer,
  type Boot,
  type Connection,
  type ConnectionHandler,
  type Micros,
  type Os,
  type Program,
  type Reply,
} from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { keptOutsideBoundary } from '../kept-outside.ts';
import {
  eventsMethod,
  ingestMethod,
  RECORD_BYTES,
  samplesMethod,
  type IngestRequest,
  type Sample,
  type SamplesRequest,
  type SamplesResponse,
} from './methods.ts';
import { classOfSignal, lifeOf, sourceOf, type Batch, type EventCount, type Signal } from './signals.ts';

export interface TelemetryCollectorOptions {
  readonly design: Design;
  readonly defects: DefectSet;
}

export interface CollectorView {
  readonly logLines: number;
  readonly refused: number;
  readonly events: number;
  /** Processes of which it knows how far they were. */
  readonly sources: number;
}

export const TELEMETRY = 'telemetry';

/** Refusal codes: `busy`: later, please; `superseded`: a later life of the source has been heard of; `unavailable`. */
export function telemetryCollector(options: TelemetryCollectorOptions): Boot {
  return (os) => new TelemetryCollector(os, options);
}

/** Log lines of one source, as they stand on disk; or how far each source was, at the beginning of a file. */
export type LogRecord =
  | { readonly type: 'lines'; readonly source: string; readonly batch: Batch }
  | { readonly type: 'positions'; readonly positions: readonly (readonly [string, number])[] };

/** The latest life of a process that was heard of. */
interface Life {
  readonly incarnation: number;
  /** By signal, the newest that is kept, or on its way to be. */
  readonly newest: Record<Signal, number>;
}

/** The file of its log lines. */
export const LOGS_FILE = 'logs';
/** Requests whose log lines are on their way to the disk: more are refused, and wait at their sources. */
const SYNCING_MAX = 16;
/** Records of the file before the older ones are given up. */
const RETAINED_RECORDS = 500;
/** Metrics and traces that are kept to be asked for: the newest. */
const SAMPLES_MAX = 256;
const READ_RETRY_US = ms(200);

const readAgainKind = kind<null>('telemetry/read-again', { serviceUs: 1, describe: () => 'tries again to read its logs' });

class TelemetryCollector implements Program {
  private readonly os: Os;
  private readonly ttlUs: Micros;
  private readonly acknowledgesEarly: boolean;
  private readonly keepsTwice: boolean;
  private readonly addsCounts: boolean;
  private readonly rpc = new RpcServer();
  /**
   * By name. What still comes of an earlier life was sent before that one ended, and is refused: so no time has to pass before
   * an earlier one may be forgotten, and nothing of it is ever kept twice.
   */
  private readonly lives = new Map<string, Life>();
  private readonly events = new Map<string, EventCount & { readonly source: string; readonly keptUs: Micros }>();
  /** When those were looked through last. */
  private expiredUs: Micros = 0;
  private readonly samples: Sample[] = [];
  /** How many came before those. */
  private samplesGone = 0;
  private records = 0;
  private logLines = 0;
  private refused = 0;
  private syncing = 0;
  /** What came while a new file takes the place of the old one: written to the old one it would go with it. */
  private waiting: { readonly request: IngestRequest; readonly reply: Reply<null> }[] = [];
  private rotating = false;
  private recovered = false;

  constructor(os: Os, { design, defects }: TelemetryCollectorOptions) {
    this.os = os;
    this.ttlUs = design.observationTtlUs;
    this.acknowledgesEarly = defects.has('log-acks-before-durable');
    this.keepsTwice = defects.has('log-kept-twice');
    this.addsCounts = defects.has('event-counted-again');
    this.rpc.handle(ingestMethod, (request, reply) => this.ingest(request, reply));
    this.rpc.handle(eventsMethod, (_, reply) => reply.ok({ events: this.recentEvents() }));
    this.rpc.handle(samplesMethod, (request, reply) => reply.ok(this.samplesAfter(request)));
  }

  start(): void {
    this.os.disk.read(LOGS_FILE, (records, error) => {
      if (error !== null) {
        this.os.after(READ_RETRY_US, readAgainKind, () => this.start());
        return;
      }
      for (const record of records) if (record.ok) this.recall(record.value as LogRecord);
      this.records = records.length;
      this.recovered = true;
    });
  }

  /** Nobody is listening before it knows how far each source was. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.rpc.accept(connection) : null;
  }

  inspect(): CollectorView {
    return { logLines: this.logLines, refused: this.refused, events: this.events.size, sources: this.lives.size };
  }

  private recall(record: LogRecord): void {
    if (record.type === 'lines') this.recallLife(record.source, record.batch.records.at(-1)?.sequence ?? 0);
    else for (const [source, sequence] of record.positions) this.recallLife(source, sequence);
  }

  private recallLife(source: string, log: number): void {
    const life = this.latest(source);
    if (life !== null) life.newest.log = log;
  }

  /** The life of a source, which is the latest of its process from now on; null when a later one has been heard of. */
  private latest(source: string): Life | null {
    const { name, incarnation } = lifeOf(source);
    const known = this.lives.get(name);
    if (known !== undefined && known.incarnation >= incarnation) return known.incarnation === incarnation ? known : null;
    const life: Life = { incarnation, newest: { log: 0, metric: 0, trace: 0 } };
    this.lives.set(name, life);
    return life;
  }

  private ingest(request: IngestRequest, reply: Reply<null>): void {
    if (this.syncing + this.waiting.length >= SYNCING_MAX) {
      this.refused++;
      reply.refuse('busy', 'the disk does not keep up');
      return;
    }
    if (!this.rotating && this.records >= RETAINED_RECORDS) this.rotate();
    if (this.rotating) {
      this.waiting.push({ request, reply });
      return;
    }
    const life = this.latest(request.source);
    if (life === null) {
      reply.refuse('superseded', `there is a later life of ${request.source}`);
      return;
    }
    const lines = this.keep(
      request,
      life,
      () => reply.ok(null),
      (why) => reply.refuse('unavailable', why),
    );
    if (!lines || this.acknowledgesEarly) reply.ok(null);
  }

  /** Keeps what is new. Returns whether there were log lines; then `done` is called once they are durable. */
  private keep({ source, batches, events }: IngestRequest, life: Life, done: () => void, failed: (why: string) => void): boolean {
    let hasLines = false;
    if (events.length > 0) this.expireEvents();
    for (const event of events) this.keepEvent(source, event);
    for (const batch of batches) {
      if (batch.signal === 'log') {
        hasLines = true;
        this.keepLines(source, life, this.fresh(life, batch), done, failed);
      } else {
        this.keepSamples(source, this.fresh(life, batch));
      }
    }
    return hasLines;
  }

  /** What of the batch is not here yet: a source that heard no answer sends it again. */
  private fresh({ newest: newestOf }: Life, batch: Batch): Batch {
    const newest = this.keepsTwice ? 0 : newestOf[batch.signal];
    const records = batch.records.filter(({ sequence }) => sequence > newest);
    const last = records.at(-1);
    if (last !== undefined) newestOf[batch.signal] = last.sequence;
    return records.length === batch.records.length ? batch : { ...batch, records };
  }

  private keepLines(source: string, life: Life, batch: Batch, done: () => void, failed: (why: string) => void): void {
    const { disk } = this.os;
    if (batch.records.length > 0) {
      const error = disk.append(
        LOGS_FILE,
        { type: 'lines', source, batch } satisfies LogRecord,
        batch.records.length * RECORD_BYTES,
      );
      if (error !== null) {
        life.newest.log = (batch.records[0]?.sequence ?? 1) - 1;
        failed(error);
        return;
      }
      this.records++;
    }
    this.syncing++;
    disk.fsync(LOGS_FILE, () => {
      this.syncing--;
      this.logLines += batch.records.length;
      this.account(batch);
      done();
    });
  }

  private keepSamples(source: string, batch: Batch): void {
    for (const { sequence, text } of batch.records) this.samples.push({ source, signal: batch.signal, sequence, text });
    const over = this.samples.length - SAMPLES_MAX;
    if (over > 0) {
      this.samples.splice(0, over);
      this.samplesGone += over;
    }
    this.account(batch);
  }

  private samplesAfter({ life, after }: SamplesRequest): SamplesResponse {
    const { incarnation } = this.os;
    const from = life === incarnation ? Math.max(0, after - this.samplesGone) : 0;
    return { life: incarnation, upTo: this.samplesGone + this.samples.length, samples: this.samples.slice(from) };
  }

  private account(batch: Batch): void {
    if (batch.records.length === 0) return;
    const bytes = batch.records.length * RECORD_BYTES;
    this.os.cross(keptOutsideBoundary, {
      stateClass: classOfSignal[batch.signal],
      place: this.os.name,
      writes: batch.records.length,
      bytes,
    });
  }

  /** Begins a new file: retention by size, as of any log that is rotated. All lines up to its positions are in the old one. */
  private rotate(): void {
    const positions: (readonly [string, number])[] = [];
    for (const [name, { incarnation, newest }] of this.lives) {
      // One that has told no line says still that those before it are over.
      if (newest.log > 0 || incarnation > 1) positions.push([sourceOf(name, incarnation), newest.log]);
    }
    this.rotating = true;
    this.os.disk.replace(
      LOGS_FILE,
      [{ value: { type: 'positions', positions } satisfies LogRecord, bytes: positions.length * 32 }],
      (error) => {
        const { waiting } = this;
        this.waiting = [];
        this.rotating = false;
        if (error === null) this.records = 1;
        for (const { request, reply } of waiting) {
          if (error === null) this.ingest(request, reply);
          else reply.refuse('unavailable', error);
        }
      },
    );
  }

  private keepEvent(source: string, event: EventCount): void {
    const place = `${source} ${event.key}`;
    const before = this.events.get(place)?.count ?? 0;
    if (!this.addsCounts && event.count <= before) return;
    const kept = { ...event, count: this.addsCounts ? before + event.count : event.count };
    this.events.set(place, { ...kept, source, keptUs: this.os.monotonicUs() });
    this.os.cross(keptOutsideBoundary, { stateClass: 'workload-events', place: this.os.name, writes: 1, bytes: RECORD_BYTES });
  }

  /** Those whose time has not passed. */
  private recentEvents(): readonly (EventCount & { readonly source: string })[] {
    this.forgetEvents();
    return [...this.events.values()].map(({ source, key, count, lastUs }) => ({ source, key, count, lastUs }));
  }

  /** Now and then, for where nobody asks. */
  private expireEvents(): void {
    if (this.os.monotonicUs() - this.expiredUs > this.ttlUs) this.forgetEvents();
  }

  private forgetEvents(): void {
    const nowUs = this.os.monotonicUs();
    this.expiredUs = nowUs;
    for (const [place, { keptUs }] of this.events) if (nowUs - keptUs > this.ttlUs) this.events.delete(place);
  }
}
