/** Terms only grow (Raft §5.1), for each member and across its restarts. */
import type { Process, Property } from '../../../sim/index.ts';
import type { WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { byProcess, judged, type Fact } from './evidence.ts';
import { isOfTermToCome, type GroupOf } from './group.ts';

/**
 * A member never speaks in a lower term than it has spoken in, and never stores a lower one than it has stored. A new
 * incarnation also never speaks below what was stored before it: what the last one still had to say when a newer term became
 * durable is lost with it. Forwarded reads carry no term, and pre-votes a future one.
 */
export function termMonotonic(groupOf: GroupOf): Property {
  return {
    id: 'raft/term-monotonic',
    kind: 'always',
    title: "a member's term never decreases, across restarts too",
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const spoken: number[] = [];
      const stored: number[] = [];
      group.listen({
        spoke(from, { term }) {
          const floor = spoken[from.index] ?? 0;
          if (term > floor) spoken[from.index] = term;
          else if (term < floor) report.violated(`${from.name} speaks in term ${term} after it was in term ${floor}`);
        },
        wrote({ index, name }, { hardState }) {
          if (hardState === null) return;
          const floor = stored[index] ?? 0;
          if (hardState.term > floor) stored[index] = hardState.term;
          else if (hardState.term < floor) report.violated(`${name} stores term ${hardState.term} over term ${floor}`);
        },
      });
      return judged(
        {
          through: [group],
          emptied({ index }: Process): void {
            spoken[index] = 0;
            stored[index] = 0;
          },
          started({ index }: Process): void {
            spoken[index] = Math.max(spoken[index] ?? 0, stored[index] ?? 0);
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
    const storedTerms = own.flatMap((fact, at) =>
      fact.what === 'durable' && isWal(fact.file)
        ? (fact.records as readonly WalRecord[]).flatMap(({ hardState }) =>
            hardState === null ? [] : [{ at, term: hardState.term }],
          )
        : [],
    );
    const fallen = storedTerms.find(({ term }, place) => place > 0 && term < storedTerms[place - 1]!.term);
    if (fallen !== undefined) return `process ${process} stores term ${fallen.term} over a later one`;
    let highest = 0;
    for (const [at, fact] of own.entries()) {
      if (fact.what === 'started')
        highest = Math.max(highest, ...storedTerms.filter((stored) => stored.at < at).map(({ term }) => term));
      if (fact.what !== 'sent' || fact.message.term === 0 || isOfTermToCome(fact.message)) continue;
      if (fact.message.term < highest) return `process ${process} speaks in term ${fact.message.term} after ${highest}`;
      highest = fact.message.term;
    }
  }
  return null;
}
