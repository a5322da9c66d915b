/** Stable leadership: a lease does not pass to another while its holder renews it. */
import { formatTime, type Boundary, type Micros, type Monitor, type Process, type Property, type Report, type Scene } from '../../../sim/index.ts';
import type { Lease } from '../../api/resources.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/state-machine.ts';
import type { CommitJournal, JournalOf } from './journal.ts';

/** Candidates count on clocks of their own, which may run fast by this much. */
const CLOCK_TOLERANCE_PERCENT = 20;

/** A candidate waits for a lease's whole duration since it saw it change, and it cannot have seen a change before its commit. */
export function stableLeadership(journalOf: JournalOf): Property {
  return {
    id: 'platform/stable-leadership',
    kind: 'always',
    title: 'a lease passes to another holder only after it has run out or was given up',
    monitor: (report, scene, keepEvidence) => new StableLeadership(report, scene, journalOf(scene), keepEvidence),
  };
}

/** A lease as committed at some time. */
interface LeaseRecord {
  readonly timeUs: Micros;
  readonly name: string;
  readonly holder: string;
  readonly durationUs: Micros;
}

class StableLeadership implements Monitor {
  readonly sees = isApplied;
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly journal: CommitJournal;
  private readonly latest = new Map<string, LeaseRecord>();
  private readonly evidence: LeaseRecord[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.journal = journal;
    this.evidence = keepEvidence ? [] : null;
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (appliedBoundary as Boundary)) return;
    for (const { object } of this.journal.see(body as AppliedEntry) ?? []) {
      if (object?.kind !== 'Lease') continue;
      const { metadata, spec } = object as Lease;
      const record: LeaseRecord = { timeUs: this.scene.nowUs(), name: metadata.name, holder: spec.holder, durationUs: spec.durationUs };
      this.evidence?.push(record);
      const before = this.latest.get(record.name);
      if (before !== undefined && takesEarly(before, record)) this.report.violated(say(before, record));
      this.latest.set(record.name, record);
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, record] of evidence.entries()) {
      const before = evidence.slice(0, position).findLast(({ name }) => name === record.name);
      if (before !== undefined && takesEarly(before, record)) return say(before, record);
    }
    return null;
  }
}

function takesEarly(before: LeaseRecord, after: LeaseRecord): boolean {
  if (before.holder === '' || after.holder === '' || before.holder === after.holder) return false;
  return (after.timeUs - before.timeUs) * 100 < before.durationUs * (100 - CLOCK_TOLERANCE_PERCENT);
}

function say(before: LeaseRecord, after: LeaseRecord): string {
  return `lease ${after.name} passed from ${before.holder} to ${after.holder} ${formatTime(after.timeUs - before.timeUs)} after its last renewal, and it lasts ${formatTime(before.durationUs)}`;
}
