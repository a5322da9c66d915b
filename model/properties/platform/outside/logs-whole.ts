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
  /** Lines of which it is not settled yet whether somebody keeps them. */
  readonly lines: Map<number, string>;
  emitted: number;
  /** Up to which it is settled. */
  settled: number;
  /** How many of those are nowhere. */
  lost: number;
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
      // What is not among the lines any more is kept elsewhere as well (its source had no answer from there), or came after it was given up.
      if (line === undefined && sequence > written.emitted) this.breach(`${collector} keeps line ${sequence} of ${source}, which was never written`);
      if (line !== undefined && line !== text) this.breach(`${collector} keeps line ${sequence} of ${source} otherwise than it was written`);
      written.lines.delete(sequence);
    }
    this.newest.set(place, newest);
    // A batch that waited for its disk while its source went on knows nothing of what was dropped since.
    if (newest <= written.settled) return;
    settle(written, newest);
    if (written.lost > batch.lost) this.breach(`${written.lost} lines of ${source} up to line ${newest} are nowhere, and it has counted ${batch.lost} as lost`);
  }

  private written(source: string): Written {
    let written = this.sources.get(source);
    if (written === undefined) {
      written = { lines: new Map(), emitted: 0, settled: 0, lost: 0 };
      this.sources.set(source, written);
    }
    return written;
  }

  private breach(message: string): void {
    this.evidence?.push(message);
    this.report.violated(message);
  }
}

/** What comes before a line that is kept and is nowhere itself was dropped: its source sends nothing before it has let go of what was older. */
function settle(written: Written, upTo: number): void {
  written.settled = upTo;
  for (const sequence of written.lines.keys()) {
    if (sequence > upTo) break;
    written.lines.delete(sequence);
    written.lost++;
  }
}
