/** Leader append-only (Raft figure 3): a leader never overwrites or deletes entries of its own log. */
import type { Process, Property } from '../../../sim/index.ts';
import { MessageType, type Message, type WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

/**
 * An entry of term T, written while the writer is in term T, was made by the leader of T: if that is the writer itself, it
 * appended to its log as a leader, so the entry must come after everything the log held.
 */
export function leaderAppendOnly(groupOf: GroupOf): Property {
  return {
    id: 'raft/leader-append-only',
    kind: 'always',
    title: 'a leader only appends to its log',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const { leaders } = group;
      /** Last durable index by process. */
      const last: number[] = [];
      group.listen({
        wrote(process, { snapshot, entries, hardState }) {
          if (snapshot?.received) last[process.index] = snapshot.index;
          if (entries.length === 0) return;
          const { index, term } = entries[0]!;
          const end = last[process.index] ?? 0;
          if (index <= end && hardState?.term === term && leaders.of(term) === process.index) {
            report.violated(
              `${process.name} leads term ${term} and writes entry ${index} over its own log, which reached ${end}`,
            );
          }
          last[process.index] = index + entries.length - 1;
        },
      });
      return judged(
        {
          through: [group],
          emptied({ index }: Process): void {
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
  /** By process: the indices that its log holds, in order. */
  const logs = new Map<number, number[]>();
  /** By term: who was heard as its leader first. */
  const leaders = new Map<number, number>();
  for (const fact of facts) {
    if (fact.what === 'sent' && speaksAsLeader(fact.message) && !leaders.has(fact.message.term))
      leaders.set(fact.message.term, fact.process);
    if (fact.what !== 'durable' || !isWal(fact.file)) continue;
    for (const { snapshot, entries, hardState } of fact.records as readonly WalRecord[]) {
      const log = !snapshot?.received ? (logs.get(fact.process) ?? []) : [];
      logs.set(fact.process, log);
      const [head] = entries;
      if (head === undefined) continue;
      const isLeader = head.term === hardState?.term && leaders.get(head.term) === fact.process;
      if (isLeader && log.includes(head.index))
        return `process ${fact.process} overwrites ${head.index} while it leads term ${head.term}`;
      while (log.length > 0 && log.at(-1)! >= head.index) log.pop();
      for (const { index } of entries) log.push(index);
    }
  }
  return null;
}

function speaksAsLeader({ type }: Message): boolean {
  return type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
}
