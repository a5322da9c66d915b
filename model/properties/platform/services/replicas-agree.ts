/** Replicas agree: what two workloads hold of a service's data under one epoch at one place is the same write. */
import type { Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { FILE_PREFIX } from '../../../regions/serving/database.ts';
import type { LogEntry } from '../../../regions/serving/methods.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';
import { RecentEntries } from '../../shared/recent-entries.ts';

/** Epochs of services whose writes are remembered. */
const EPOCHS_REMEMBERED = 256;

/**
 * Whoever follows compares epochs and no writes, so that two writes of one epoch at one place would stay what they are, and be
 * counted as held. Judged by what is durable on the disks of nodes, whoever believes what of it.
 */
export function replicasAgree(): Property {
  return {
    id: 'platform/replicas-agree',
    kind: 'always',
    title: 'replicas of the data of a service hold the same write where they hold one of the same epoch at the same place',
    monitor: (report, _scene, keepEvidence) => new ReplicasAgree(report, keepEvidence),
  };
}

/** A write on somebody's disk. */
interface Held {
  /** Whose data it is. */
  readonly subject: string;
  readonly node: string;
  readonly place: number;
  readonly epoch: number;
  readonly id: string;
}

class ReplicasAgree implements Monitor {
  private readonly report: Report;
  /** By subject and epoch, who was first to hold something at each place. */
  private readonly first = new Map<string, RecentEntries<Held>>();
  private readonly evidence: Held[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  durable({ name: node }: Process, file: string, first: number, records: readonly unknown[]): void {
    if (!file.startsWith(FILE_PREFIX)) return;
    const subject = file.slice(FILE_PREFIX.length, file.lastIndexOf('.'));
    for (const [at, record] of records.entries()) {
      const { epoch, id } = record as LogEntry;
      const held: Held = { subject, node, place: first + at + 1, epoch, id };
      this.evidence?.push(held);
      const other = this.firstAt(held);
      if (other.id !== id) this.report.violated(say(other, held));
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, later] of evidence.entries()) {
      const earlier = evidence
        .slice(0, position)
        .find((held) => held.subject === later.subject && held.epoch === later.epoch && held.place === later.place);
      if (earlier !== undefined && earlier.id !== later.id) return say(earlier, later);
    }
    return null;
  }

  private firstAt(held: Held): Held {
    const key = `${held.subject} ${held.epoch}`;
    let places = this.first.get(key);
    if (places === undefined) {
      places = new RecentEntries();
      this.first.set(key, places);
      forgetOldest(this.first, EPOCHS_REMEMBERED);
    }
    const known = places.get(held.place);
    if (known !== undefined) return known;
    places.set(held.place, held);
    return held;
  }
}

function say(earlier: Held, { subject, node, place, epoch, id }: Held): string {
  return `${node} holds ${id} as write ${place} of the data of ${subject} under epoch ${epoch}, where ${earlier.node} held ${earlier.id}`;
}
