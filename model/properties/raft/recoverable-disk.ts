/** At every moment the disk of a member leads from its snapshot to the end of its log: losing power now loses nothing. */
import type { Monitor, Observer, Process, Property, Report } from '../../../sim/index.ts';
import { isWalFile, snapshotFile, type Snapshot, type WalRecord } from '../../raft/index.ts';
import { byProcess, judged, type Fact } from './evidence.ts';
import type { Group, GroupOf } from './group.ts';

/** What one disk holds. */
interface Held {
  snapshotIndex: number;
  /** Another snapshot has become durable since it was looked at last. */
  isNew: boolean;
  /** By file, in the order in which they were made: where the log stood when each segment was begun. */
  readonly segments: Map<string, number>;
}

/**
 * Some segment begins after an entry that is in the snapshot (or after none), and a log that names a received snapshot
 * has it (etcd #10219). A segment that goes tells so by having no records.
 */
export function recoverableDisk(groupOf: GroupOf): Property {
  return {
    id: 'raft/recoverable-disk',
    kind: 'always',
    title: "a member's disk never lacks the snapshot that its log follows",
    monitor: (report, scene, keepEvidence) => judged(new RecoverableDisk(report, groupOf(scene)), checkAll, keepEvidence),
  };
}

class RecoverableDisk implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  /** By process. */
  private readonly disks: (Held | undefined)[] = [];

  constructor(report: Report, group: Group) {
    this.report = report;
    this.through = [group];
    group.listen({
      wrote: (process, record) => this.wrote(process, record),
      segment: (process, file, record) => this.segment(process, file, record),
      removed: (process, file) => {
        const disk = this.diskOf(process);
        disk.segments.delete(file);
        this.look(process, disk);
      },
      snapshot: (process, snapshot) => {
        const disk = this.diskOf(process);
        disk.snapshotIndex = snapshot?.index ?? 0;
        disk.isNew = true;
      },
    });
  }

  private wrote(process: Process, { head, snapshot }: WalRecord): void {
    const disk = this.disks[process.index];
    // A record that says nothing of either changes nothing.
    if (disk?.isNew === true && head === null && snapshot === null) this.look(process, disk);
  }

  private segment(process: Process, file: string, { head, snapshot }: WalRecord): void {
    const disk = this.diskOf(process);
    if (head !== null) disk.segments.set(file, head.index);
    if (snapshot !== null && snapshot.index > disk.snapshotIndex) {
      this.report.violated(
        `${process.name} has logged that it holds the snapshot at ${snapshot.index}, and holds one at ${disk.snapshotIndex}`,
      );
    }
    this.look(process, disk);
  }

  emptied({ index }: Process): void {
    this.disks[index] = undefined;
  }

  private diskOf({ index }: Process): Held {
    return (this.disks[index] ??= { snapshotIndex: 0, isNew: false, segments: new Map<string, number>() });
  }

  private look(process: Process, disk: Held): void {
    disk.isNew = false;
    if (disk.segments.size === 0) return;
    // Not in every case the oldest: a log may have been longer than it is now when a segment was begun.
    for (const index of disk.segments.values()) if (index <= disk.snapshotIndex) return;
    this.report.violated(
      `the log of ${process.name} begins after entry ${[...disk.segments.values()].join(', ')}, and its snapshot ends at ${disk.snapshotIndex}`,
    );
  }
}

function checkAll(facts: readonly Fact[]): string | null {
  for (const [process, own] of byProcess(facts)) {
    let snapshotAt = 0;
    let log: { readonly file: string; readonly after: number }[] = [];
    for (const fact of own) {
      if (fact.what !== 'durable') continue;
      const { file, first, records } = fact;
      if (file === snapshotFile) snapshotAt = (records as readonly Snapshot[])[0]?.index ?? 0;
      if (!isWalFile(file)) continue;
      if (first === 0) log = log.filter((segment) => segment.file !== file);
      for (const { head, snapshot } of records as readonly WalRecord[]) {
        if (head !== null) log.push({ file, after: head.index });
        if ((snapshot?.index ?? 0) > snapshotAt)
          return `process ${process} names a snapshot at ${snapshot?.index} and has ${snapshotAt}`;
      }
      if (log.length > 0 && Math.min(...log.map(({ after }) => after)) > snapshotAt)
        return `process ${process} has no snapshot before entry ${log[0]?.after}`;
    }
  }
  return null;
}
