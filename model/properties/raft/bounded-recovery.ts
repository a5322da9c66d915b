/** Bounded recovery: what a member applied in an earlier life it applies again only as far as its snapshots are apart. */
import type { Boundary, Process, Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/index.ts';
import { judged, type Fact } from './evidence.ts';

/** Entries that may become committed in one stroke; beside a usual interval they are few. */
const AT_ONCE = 100;

/**
 * A snapshot is begun so many entries after the last one; while it is being written entries go on being applied, but only those
 * that were durable before: the disk works in order. Another interval is room enough for them. What is committed in one stroke is
 * applied as a whole before a snapshot is thought of.
 */
export function replayLimit({ snapshotEveryEntries }: Design): number {
  return 2 * snapshotEveryEntries + AT_ONCE;
}

export function boundedRecovery(design: Design): Property {
  const limit = replayLimit(design);
  return {
    id: 'raft/bounded-recovery',
    kind: 'always',
    title: 'after a restart a member replays no more entries than lie between its snapshots',
    monitor(report, _scene, keepEvidence) {
      /** By process: the highest entry applied in any life, that before this one, and how many were applied again. */
      const highest: number[] = [];
      const before: number[] = [];
      const replayed: number[] = [];
      return judged({
        sees: isApplied,
        crossed(process: Process, boundary: Boundary, body: unknown): void {
          if (boundary !== (appliedBoundary as Boundary)) return;
          const { index: at } = body as AppliedEntry;
          const { index } = process;
          if (at > (highest[index] ?? 0)) highest[index] = at;
          if (at > (before[index] ?? 0)) return;
          const count = (replayed[index] ?? 0) + 1;
          replayed[index] = count;
          if (count > limit) report.violated(`${process.name} has applied ${count} entries again after a restart, ${limit} at most are due`);
        },
        emptied({ index }: Process): void {
          highest[index] = 0;
        },
        started({ index }: Process): void {
          before[index] = highest[index] ?? 0;
          replayed[index] = 0;
        },
      }, (facts) => checkAll(facts, limit), keepEvidence);
    },
  };
}

function checkAll(facts: readonly Fact[], limit: number): string | null {
  for (const process of new Set(facts.map((fact) => fact.process))) {
    const lives: number[][] = [[]];
    for (const fact of facts) {
      if (fact.process !== process) continue;
      if (fact.what === 'started') lives.push([]);
      if (fact.what === 'applied') lives.at(-1)!.push(fact.entry.index);
    }
    for (const [at, life] of lives.entries()) {
      const earlier = new Set(lives.slice(0, at).flat());
      const again = life.filter((index) => index <= Math.max(0, ...earlier));
      if (again.length > limit) return `process ${process} replays ${again.length} entries in life ${at}`;
    }
  }
  return null;
}
