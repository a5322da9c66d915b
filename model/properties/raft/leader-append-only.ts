/** Leader append-only (Raft figure 3): a leader never overwrites or deletes entries of its own log. */
import type { Process, Property } from '../../../sim/index.ts';
import { MessageType, type Entry, type Message, type WalRecord } from '../../raft/index.ts';
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
            report.violated(`${process.name} leads term ${term} and writes entry ${index} over its own log, which reached ${end}`);
          }
          last[process.index] = index + entries.length - 1;
        },
      });
      return judged({
        through: [group],
        emptied({ index }: Process): void {
          last[index] = 0;
        },
      }, checkAll, keepEvidence);
    },
  };
}

function checkAll(facts: readonly Fact[]): string | null {
  const logs = new Map<number, Map<number, Entry>>();
  for (const [position, fact] of facts.entries()) {
    if (fact.what !== 'durable' || !isWal(fact.file)) continue;
    for (const { snapshot, entries, hardState } of fact.records as readonly WalRecord[]) {
      const log = !snapshot?.received ? (logs.get(fact.process) ?? new Map<number, Entry>()) : new Map<number, Entry>();
      logs.set(fact.process, log);
      const term = hardState?.term;
      const leads = facts.slice(0, position).find(({ what, ...sent }) =>
        what === 'sent' && 'message' in sent && sent.message.term === term && speaksAsLeader(sent.message))?.process === fact.process;
      const [head] = entries;
      if (head === undefined) continue;
      if (leads && head.term === term && log.has(head.index)) return `process ${fact.process} overwrites ${head.index} while it leads term ${term}`;
      for (const index of [...log.keys()]) if (index >= head.index) log.delete(index);
      for (const entry of entries) log.set(entry.index, entry);
    }
  }
  return null;
}

function speaksAsLeader({ type }: Message): boolean {
  return type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
}
