/** What is known to be committed only grows (Raft §5.3), for each member and across its restarts. */
import type { Process, Property } from '../../../sim/index.ts';
import { MessageType, type WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { byProcess, judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

/**
 * The commit index on disk is a hint and may be old, but records are kept in order: of those that survive, a later one never
 * takes back what an earlier one says, nor does one run ahead of the log before it (etcd #10219). Within a term the commit index
 * that a leader tells never falls; the one in a heartbeat is capped by the follower's log and says nothing.
 */
export function commitMonotonic(groupOf: GroupOf): Property {
  return {
    id: 'raft/commit-monotonic',
    kind: 'always',
    title: "a member's commit index never decreases and never exceeds its log",
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const stored: number[] = [];
      /** Last durable index by process. */
      const last: number[] = [];
      const toldTerm: number[] = [];
      const told: number[] = [];
      group.listen({
        told({ index, name }, { term, commit }) {
          if (toldTerm[index] === term && commit < told[index]!)
            report.violated(`${name} tells commit ${commit} after ${told[index]} in term ${term}`);
          toldTerm[index] = term;
          told[index] = commit;
        },
        wrote({ index, name }, { snapshot, entries, hardState }) {
          if (snapshot?.received) last[index] = snapshot.index;
          if (entries.length > 0) last[index] = entries[entries.length - 1]!.index;
          if (hardState === null) return;
          const { commit } = hardState;
          const floor = stored[index] ?? 0;
          if (commit < floor) report.violated(`${name} stores commit ${commit} over ${floor}`);
          if (commit > (last[index] ?? 0))
            report.violated(`${name} stores commit ${commit}, but its log ends at ${last[index] ?? 0}`);
          stored[index] = commit;
        },
      });
      return judged(
        {
          through: [group],
          emptied({ index }: Process): void {
            stored[index] = 0;
            last[index] = 0;
          },
        },
        checkAll,
        keepEvidence,
      );
    },
  };
}

function checkAll(facts: readonly Fact[]): string | null {
  for (const [process, own] of byProcess(facts)) {
    let highest = 0;
    let log: number[] = [];
    const tellings: { readonly term: number; readonly commit: number }[] = [];
    for (const fact of own) {
      if (fact.what === 'sent' && fact.message.type === MessageType.append) {
        const { term, commit } = fact.message;
        const before = tellings.at(-1);
        if (before?.term === term && before.commit > commit)
          return `process ${process} takes back commit ${before.commit} in term ${term}`;
        tellings.push({ term, commit });
      }
      if (fact.what !== 'durable' || !isWal(fact.file)) continue;
      for (const { snapshot, entries, hardState } of fact.records as readonly WalRecord[]) {
        if (snapshot?.received) log = [snapshot.index];
        if (entries.length > 0) while (log.length > 0 && log.at(-1)! >= entries[0]!.index) log.pop();
        for (const { index } of entries) log.push(index);
        if (hardState === null) continue;
        if (hardState.commit < highest) return `process ${process} stores commit ${hardState.commit} after more`;
        if (hardState.commit > (log.at(-1) ?? 0)) return `process ${process} stores commit ${hardState.commit} beyond its log`;
        highest = hardState.commit;
      }
    }
  }
  return null;
}
