/**
 * Bounded recovery: how far a member has applied beyond its last snapshot is bounded by the interval between snapshots, and so is
 * what it applies again after a restart. Where the state machine is durable by itself less is applied again, but the log is as
 * long.
 */
import type { Process, Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { snapshotFile, type Snapshot } from '../../raft/index.ts';
import { byProcess, judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

/**
 * The bound has to allow for one interval until a snapshot is begun, which happens so many entries after the last one, and for
 * what is applied while it is being written. Nothing in the world limits the latter: a disk may be slow, and a member that
 * catches up commits all that it lacked at once. So the design does: a member goes on for one more interval, and then waits until
 * its snapshot is durable.
 */
export function replayLimit({ snapshotEveryEntries }: Design): number {
  return 2 * snapshotEveryEntries;
}

export function boundedRecovery(groupOf: GroupOf, design: Design): Property {
  const limit = replayLimit(design);
  return {
    id: 'raft/bounded-recovery',
    kind: 'always',
    title: 'after a restart a member replays no more entries than two snapshot intervals hold',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      /** By process: the highest entry applied in any life, that before this one, and how many were applied again. */
      const highest: number[] = [];
      const before: number[] = [];
      const replayed: number[] = [];
      /** By process: the last entry that a durable snapshot covers. */
      const covered: number[] = [];
      group.listen({
        applied(process, { index: at }) {
          const { index } = process;
          if (at > (highest[index] ?? 0)) highest[index] = at;
          if (at > (before[index] ?? 0)) return;
          const count = (replayed[index] ?? 0) + 1;
          replayed[index] = count;
          if (count > limit)
            report.violated(`${process.name} has applied ${count} entries again after a restart, ${limit} at most are due`);
        },
        // A restart begins with what this file holds, also where the log does not tell of it yet.
        snapshot({ index }, snapshot) {
          covered[index] = snapshot?.index ?? 0;
        },
      });
      return judged(
        {
          through: [group],
          emptied({ index }: Process): void {
            highest[index] = 0;
            covered[index] = 0;
          },
          started({ index, name }: Process): void {
            before[index] = highest[index] ?? 0;
            replayed[index] = 0;
            const span = before[index] - (covered[index] ?? 0);
            if (span > limit)
              report.violated(
                `${name} has applied ${span} entries beyond its last snapshot, all of which its log keeps; ${limit} at most are due`,
              );
          },
        },
        (facts) => checkAll(facts, limit),
        keepEvidence,
      );
    },
  };
}

function checkAll(facts: readonly Fact[], limit: number): string | null {
  for (const [process, own] of byProcess(facts)) {
    for (const [at, fact] of own.entries()) {
      if (fact.what !== 'started') continue;
      const earlier = own.slice(0, at);
      const snapshots = earlier
        .flatMap((each) => (each.what === 'durable' && each.file === snapshotFile ? (each.records as readonly Snapshot[]) : []))
        .map(({ index }) => index);
      const applied = earlier.map((each) => (each.what === 'applied' ? each.entry.index : 0));
      const span = Math.max(0, ...applied) - Math.max(0, ...snapshots);
      if (span > limit) return `process ${process} starts with ${span} entries beyond its snapshot`;
    }
    const lives: number[][] = [[]];
    for (const fact of own) {
      if (fact.what === 'started') lives.push([]);
      if (fact.what === 'applied') lives.at(-1)!.push(fact.entry.index);
    }
    for (const [at, life] of lives.entries()) {
      const highest = lives
        .slice(0, at)
        .flat()
        .reduce((most, index) => Math.max(most, index), 0);
      const again = life.filter((index) => index <= highest);
      if (again.length > limit) return `process ${process} replays ${again.length} entries in life ${at}`;
    }
  }
  return null;
}
