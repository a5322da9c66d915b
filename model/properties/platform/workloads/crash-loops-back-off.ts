/** Crash loops: what ends by itself again and again is started again after a pause that grows. */
import type { Boundary, Micros, Monitor, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { containerBoundary, type Container, type ContainerEvent } from '../../../regions/container.ts';
import { BACKOFF_MAX_US, BACKOFF_RESET_US, BACKOFF_US } from '../../../regions/runtime.ts';
import { leastUs } from './silences.ts';

/**
 * Judged at each machine, from the end of a container to its next start. Ends count as in a row only where they do for the
 * runtime: not after the end of the agent, which forgets them, nor after a container has run for long. What has an identity is not
 * judged, since its machine's deadline ends it as well.
 */
export function crashLoopsBackOff(): Property {
  return {
    id: 'platform/crash-loops-back-off',
    kind: 'always',
    title: 'a container that ends by itself time and again is started again after a pause that doubles each time, up to a bound',
    monitor: (report, scene, keepEvidence) => new CrashLoops(report, scene, keepEvidence),
  };
}

/** What happened to one container, or to all of a machine's when `container` is null: its agent has ended. */
interface Moment {
  readonly process: string;
  readonly what: ContainerEvent['what'];
  readonly container: Container | null;
  readonly nowUs: Micros;
}

/** Of one container. */
interface Row {
  /** When it was started last; null when that is not known. */
  readonly startedUs: Micros | null;
  /** When it ended; null while it runs. */
  readonly endedUs: Micros | null;
  /** Ends in a row. */
  readonly ends: number;
}

class CrashLoops implements Monitor {
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly judge = new Judge();
  private readonly story: Moment[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.story = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (containerBoundary as Boundary);
  }

  crossed(process: Process, _what: Boundary, body: unknown): void {
    const event = body as ContainerEvent;
    if (event.what === 'deadline' || event.container.identity !== '') return;
    this.take({ process: process.name, what: event.what, container: event.container, nowUs: this.scene.nowUs() });
  }

  crashed(process: Process): void {
    this.take({ process: process.name, what: 'ended', container: null, nowUs: this.scene.nowUs() });
  }

  fullCheck(): string | null {
    const judge = new Judge();
    for (const moment of this.story ?? []) {
      const broken = judge.take(moment);
      if (broken !== null) return broken;
    }
    return null;
  }

  private take(moment: Moment): void {
    this.story?.push(moment);
    const broken = this.judge.take(moment);
    if (broken !== null) this.report.violated(broken);
  }
}

class Judge {
  /** By machine and uid. */
  private readonly rows = new Map<string, Map<string, Row>>();

  take({ process, what, container, nowUs }: Moment): string | null {
    if (container === null) {
      this.rows.delete(process);
      return null;
    }
    const rows = this.rowsOf(process);
    const { uid, name } = container;
    const row = rows.get(uid) ?? { startedUs: null, endedUs: null, ends: 0 };
    if (what === 'stopped') {
      rows.delete(uid);
    } else if (what === 'ended') {
      const isSoon = row.startedUs !== null && nowUs - row.startedUs <= leastUs(BACKOFF_RESET_US);
      rows.set(uid, { ...row, endedUs: nowUs, ends: isSoon ? row.ends + 1 : 1 });
    } else if (what === 'started') {
      rows.set(uid, { ...row, startedUs: nowUs, endedUs: null });
      if (row.endedUs === null) return null;
      const pauseUs = nowUs - row.endedUs;
      if (pauseUs < leastUs(backOffUs(row.ends)))
        return `${name} is started again on ${process} after ${pauseUs} µs, although it has ended ${row.ends} times in a row`;
    }
    return null;
  }

  private rowsOf(process: string): Map<string, Row> {
    let rows = this.rows.get(process);
    if (rows === undefined) {
      rows = new Map();
      this.rows.set(process, rows);
    }
    return rows;
  }
}

/** By the machine's own clock. */
function backOffUs(ends: number): Micros {
  let us = BACKOFF_US;
  for (let n = 1; n < ends && us < BACKOFF_MAX_US; n++) us *= 2;
  return Math.min(us, BACKOFF_MAX_US);
}
