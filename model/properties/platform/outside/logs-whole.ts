/** Logs are whole, or say what is missing: in order, each line once, none invented, and what is not there was counted as lost. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { LOGS_FILE, TELEMETRY, type LogRecord } from '../../../outside/telemetry/collector.ts';
import { emittedBoundary, type Batch, type EmittedSignal } from '../../../outside/telemetry/signals.ts';

export function logsWhole(): Property {
  return {
    id: 'platform/logs-whole',
    kind: 'always',
    title:
      'a collector keeps the log lines of a source in order, each once and as it was written, and what is missing was counted as lost',
    monitor: (report, _scene, keepEvidence) => new LogsWhole(report, keepEvidence),
  };
}

/** Of one source. */
interface Written {
  /** Lines of which it is not settled yet whether somebody keeps them. */
  readonly lines: Map<number, string>;
  emitted: number;
  /** Up to which it is settled. */
  settled: number;
  /** How many of those are nowhere. */
  lost: number;
}

/** What crossed, as it did: a line that was written, or a batch that a collector keeps. */
type Evidence =
  | { readonly source: string; readonly sequence: number; readonly text: string }
  | { readonly collector: string; readonly source: string; readonly batch: Batch };

class LogsWhole implements Monitor {
  private readonly report: Report;
  private readonly sources = new Map<string, Written>();
  /** By collector and source. */
  private readonly newest = new Map<string, number>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (emittedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (emittedBoundary as Boundary)) return;
    const { source, signal, sequence, text } = body as EmittedSignal;
    if (signal !== 'log') return;
    this.evidence?.push({ source, sequence, text });
    const written = this.written(source);
    written.lines.set(sequence, text);
    written.emitted = sequence;
  }

  durable({ name }: Process, file: string, _first: number, records: readonly unknown[]): void {
    if (file !== LOGS_FILE || !name.startsWith(TELEMETRY)) return;
    for (const record of records as readonly LogRecord[])
      if (record.type === 'lines') this.kept(name, record.source, record.batch);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      const broken =
        'batch' in seen
          ? judgeFromScratch(
              seen,
              evidence.slice(0, at).filter(({ source }) => source === seen.source),
            )
          : null;
      if (broken !== null) return broken;
    }
    return null;
  }

  private kept(collector: string, source: string, batch: Batch): void {
    this.evidence?.push({ collector, source, batch });
    const written = this.written(source);
    const place = `${collector} ${source}`;
    let newest = this.newest.get(place) ?? 0;
    for (const { sequence, text } of batch.records) {
      if (sequence <= newest) this.report.violated(outOfOrder(collector, source, sequence, newest));
      newest = sequence;
      const line = written.lines.get(sequence);
      // What is not among the lines any more is kept elsewhere as well (its source had no answer from
      // there), or came after it was given up.
      if (line === undefined && sequence > written.emitted) this.report.violated(neverWritten(collector, source, sequence));
      if (line !== undefined && line !== text) this.report.violated(otherwise(collector, source, sequence));
      written.lines.delete(sequence);
    }
    this.newest.set(place, newest);
    // A batch that waited for its disk while its source went on knows nothing of what was dropped since.
    if (newest <= written.settled) return;
    settle(written, newest);
    if (written.lost > batch.lost) this.report.violated(uncounted(source, newest, written.lost, batch.lost));
  }

  private written(source: string): Written {
    let written = this.sources.get(source);
    if (written === undefined) {
      written = { lines: new Map(), emitted: 0, settled: 0, lost: 0 };
      this.sources.set(source, written);
    }
    return written;
  }
}

type KeptBatch = Extract<Evidence, { readonly collector: string }>;

/** A batch against all that was written and kept of its source before. */
function judgeFromScratch({ collector, source, batch }: KeptBatch, before: readonly Evidence[]): string | null {
  const lines = new Map(before.flatMap((each) => ('text' in each ? [[each.sequence, each.text] as const] : [])));
  const batches = before.filter((each): each is KeptBatch => 'batch' in each);
  const own = [
    ...batches
      .filter((each) => each.collector === collector)
      .flatMap(({ batch: { records } }) => records.map(({ sequence }) => sequence)),
  ];
  for (const { sequence, text } of batch.records) {
    const newest = Math.max(0, ...own);
    if (sequence <= newest) return outOfOrder(collector, source, sequence, newest);
    const line = lines.get(sequence);
    if (line === undefined) return neverWritten(collector, source, sequence);
    if (line !== text) return otherwise(collector, source, sequence);
    own.push(sequence);
  }
  return lostUncounted([...batches, { collector, source, batch }], lines);
}

/**
 * Each batch that reached further than all before it settles what came before its end: whoever kept it by then has it, or nobody.
 */
function lostUncounted(batches: readonly KeptBatch[], lines: ReadonlyMap<number, string>): string | null {
  const kept = new Set<number>();
  let [settled, lost, broken] = [0, 0, null as string | null];
  for (const { source, batch } of batches) {
    for (const { sequence } of batch.records) kept.add(sequence);
    const upTo = Math.max(0, ...batch.records.map(({ sequence }) => sequence));
    broken = null;
    if (upTo <= settled) continue;
    for (const sequence of lines.keys()) if (sequence > settled && sequence <= upTo && !kept.has(sequence)) lost++;
    settled = upTo;
    broken = lost > batch.lost ? uncounted(source, upTo, lost, batch.lost) : null;
  }
  return broken;
}

const outOfOrder = (collector: string, source: string, sequence: number, newest: number): string =>
  `${collector} keeps line ${sequence} of ${source} after line ${newest}`;
const neverWritten = (collector: string, source: string, sequence: number): string =>
  `${collector} keeps line ${sequence} of ${source}, which was never written`;
const otherwise = (collector: string, source: string, sequence: number): string =>
  `${collector} keeps line ${sequence} of ${source} otherwise than it was written`;
const uncounted = (source: string, upTo: number, lost: number, counted: number): string =>
  `${lost} lines of ${source} up to line ${upTo} are nowhere, and it has counted ${counted} as lost`;

/**
 * What comes before a line that is kept and is nowhere itself was dropped: its source sends nothing
 * before it has let go of what was older.
 */
function settle(written: Written, upTo: number): void {
  written.settled = upTo;
  for (const sequence of written.lines.keys()) {
    if (sequence > upTo) break;
    written.lines.delete(sequence);
    written.lost++;
  }
}
