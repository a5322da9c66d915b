/** Logs are whole, or say what is missing: in order, each line once, none invented, and what is not there was counted as lost. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { LOGS_FILE, TELEMETRY, type LogRecord } from '../../../outside/telemetry/collector.ts';
import { emittedBoundary, type Batch, type EmittedSignal } from '../../../outside/telemetry/signals.ts';

export function logsWhole(): Property {
  return {
    id: 'platform/logs-whole',
    kind: 'always',
    title: 'a collector keeps the log lines of a source in order, each once and as it was written, and what is missing was counted as lost',
    monitor: (report, _scene, keepEvidence) => new LogsWhole(report, keepEvidence),
  };
}

/** Of one source. */
interface Written {
  /** Lines from the first one that is not known to be kept on. */
  readonly lines: Map<number, string>;
  emitted: number;
}

class LogsWhole implements Monitor {
  private readonly report: Report;
  private readonly sources = new Map<string, Written>();
  /** By collector and source. */
  private readonly newest = new Map<string, number>();
  private readonly evidence: string[] | null;

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
    const written = this.written(source);
    written.lines.set(sequence, text);
    written.emitted = sequence;
  }

  durable({ name }: Process, file: string, _first: number, records: readonly unknown[]): void {
    if (file !== LOGS_FILE || !name.startsWith(TELEMETRY)) return;
    for (const record of records as readonly LogRecord[]) if (record.type === 'lines') this.kept(name, record.source, record.batch);
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }

  private kept(collector: string, source: string, batch: Batch): void {
    const written = this.written(source);
    const place = `${collector} ${source}`;
    let newest = this.newest.get(place) ?? 0;
    for (const { sequence, text } of batch.records) {
      if (sequence <= newest) this.breach(`${collector} keeps line ${sequence} of ${source} after line ${newest}`);
      newest = sequence;
      const line = written.lines.get(sequence);
      // What is not among the lines any more is kept elsewhere as well: its source had no answer from there.
      if (line === undefined && sequence > written.emitted) this.breach(`${collector} keeps line ${sequence} of ${source}, which was never written`);
      if (line !== undefined && line !== text) this.breach(`${collector} keeps line ${sequence} of ${source} otherwise than it was written`);
      written.lines.delete(sequence);
    }
    this.newest.set(place, newest);
    const missing = this.missing(written, newest);
    if (missing > batch.lost) this.breach(`${missing} lines of ${source} up to line ${newest} are nowhere, and it has counted ${batch.lost} as lost`);
  }

  /** Lines up to a sequence that nobody keeps. */
  private missing({ lines }: Written, upTo: number): number {
    let missing = 0;
    for (const sequence of lines.keys()) {
      if (sequence > upTo) break;
      missing++;
    }
    return missing;
  }

  private written(source: string): Written {
    let written = this.sources.get(source);
    if (written === undefined) {
      written = { lines: new Map(), emitted: 0 };
      this.sources.set(source, written);
    }
    return written;
  }

  private breach(message: string): void {
    this.evidence?.push(message);
    this.report.violated(message);
  }
}
