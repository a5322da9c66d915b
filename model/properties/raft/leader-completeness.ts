/** Leader completeness (Raft figure 3): what is committed is in the logs of the leaders of all higher terms. */
import type { Property } from '../../../sim/index.ts';
import { describeConfiguration, MessageType, type AppliedEntry, type Entry, type WalRecord } from '../../raft/index.ts';
import { isWal, type DurableLog } from './durable-log.ts';
import { CheckedGroup, judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';
import type { Since } from './membership.ts';

/** So many indices must be forgotten before the arrays are cut. */
const SLACK = 1_024;

/**
 * An entry counts as committed when some state machine has applied it. The paper's claim is judged when a leader is first heard,
 * and so are the two claims that it rests on: a committed entry is durable at a majority, and no disk loses it except to a
 * snapshot. A candidate has made its log durable before it asks for votes, so its disk is its log.
 */
export function leaderCompleteness(groupOf: GroupOf): Property {
  return {
    id: 'raft/leader-completeness',
    kind: 'always',
    title: 'a committed entry is durable at a majority, and every later leader has it',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const { logs, membership } = group;
      const committed = new Committed();
      group.listen({
        committed({ index, term }) {
          committed.push(term);
          if (membership.isQuorum((member) => logs.at(member).holds(index, term))) return;
          report.violated(
            `entry ${index} of term ${term} is applied, but not durable at a majority of the members${named(membership.latest)}`,
          );
        },
        wrote(process, record, log, former) {
          const held = former === null ? 0 : Math.min(former.lastIndex, committed.last);
          if (held > 0)
            report.violated(
              `${process.name} begins the log of member ${record.head!.member} anew, which held entry ${held} that is committed`,
            );
          const lost = lostBy(record, log, committed);
          if (lost > 0)
            report.violated(`${process.name} loses entry ${lost} of term ${committed.termAt(lost)}, which is committed`);
          if (record.snapshot !== null) committed.forget(logs.forgettable());
        },
        led(from, { term }, isFirst) {
          if (!isFirst) return;
          const index = committed.before(term);
          committed.leaderHeard(term);
          if (index === 0 || logs.of(from).holds(index, committed.termAt(index))) return;
          report.violated(
            `${from.name} leads term ${term} without entry ${index} of term ${committed.termAt(index)}, which was committed before`,
          );
        },
      });
      return judged({ through: [group] }, checkAll, keepEvidence);
    },
  };
}

function named(since: Since | undefined): string {
  return since === undefined ? '' : ` ${describeConfiguration(since.configuration)}`;
}

/** The first committed entry that the log holds and the record takes away, or 0. */
function lostBy(record: WalRecord, log: DurableLog, committed: Committed): number {
  const { snapshot, entries } = record;
  const head = entries.length === 0 ? 0 : entries[0]!.index;
  const from = snapshot?.received ? snapshot.index + 1 : head;
  const to = log.lastIndex < committed.last ? log.lastIndex : committed.last;
  if (from === 0) return 0;
  for (let index = Math.max(from, log.baseIndex + 1); index <= to; index++) {
    const term = committed.termAt(index);
    // Of an entry that is forgotten it is known that every log has compacted it.
    if (term < 0 || log.termAt(index) !== term) continue;
    const now = head === 0 || index < head ? undefined : entries[index - head];
    if (now === undefined || now.term !== term) return index;
  }
  return 0;
}

class Committed {
  /** Highest index known to be committed. */
  last = 0;
  /** terms[i] belongs to index first + i. */
  private first = 1;
  private terms: number[] = [];
  /** Terms that a leader was heard in, each with what was committed before anybody was heard in it or a later one. */
  private readonly heard: { readonly term: number; readonly last: number }[] = [];

  push(term: number): void {
    this.last++;
    this.terms.push(term);
  }

  /** −1 when it is forgotten. */
  termAt(index: number): number {
    return this.terms[index - this.first] ?? -1;
  }

  /** A late leader of an old term need not have what was committed since in a newer one. */
  before(term: number): number {
    const later = this.heard.find((leader) => leader.term >= term);
    return later === undefined ? this.last : later.last;
  }

  leaderHeard(term: number): void {
    const newest = this.heard[this.heard.length - 1];
    if (newest === undefined || term > newest.term) this.heard.push({ term, last: this.last });
  }

  forget(index: number): void {
    const gone = Math.min(index, this.last) - this.first + 1;
    if (gone < SLACK) return;
    this.terms = this.terms.slice(gone);
    this.first += gone;
  }
}

/** All logs and all that was committed, looked through after every fact. */
function checkAll(facts: readonly Fact[]): string | null {
  /** By member: the last entry that is not in its log any more, and the terms of those after it by their indices. */
  const logs = new Map<number, { base: number; readonly terms: Map<number, number> }>();
  const committed: AppliedEntry[] = [];
  const firstHeard = new Map<number, number>();
  const group = new CheckedGroup();
  const holds = (member: number, { index, term }: Entry): boolean => {
    const log = logs.get(member);
    return log !== undefined && (index <= log.base || log.terms.get(index) === term);
  };
  for (const fact of facts) {
    if (fact.what === 'applied' && fact.entry.index > committed.length) {
      committed.push(fact.entry);
      if (!group.accepts((member) => holds(member, fact.entry))) return `entry ${fact.entry.index} is applied without a majority`;
      group.apply(fact.entry);
    }
    if (fact.what === 'durable' && isWal(fact.file)) {
      for (const { head: segment, snapshot, entries } of fact.records as readonly WalRecord[]) {
        if (segment !== null) group.note(fact.process, segment);
        const member = group.memberOf(fact.process);
        const log = logs.get(member) ?? { base: 0, terms: new Map<number, number>() };
        logs.set(member, log);
        const from = snapshot?.received === true || segment?.segment === 1 ? 0 : entries[0]?.index;
        if (from === undefined) continue;
        const heldBefore = committed.filter((entry) => holds(member, entry));
        if (segment?.segment === 1) log.base = 0;
        if (snapshot?.received) log.base = snapshot.index;
        for (const index of log.terms.keys()) if (index >= from) log.terms.delete(index);
        for (const { index, term } of entries) log.terms.set(index, term);
        const lost = heldBefore.find((entry) => !holds(member, entry));
        if (lost !== undefined) return `process ${fact.process} loses committed entry ${lost.index}`;
      }
    }
    if (fact.what !== 'sent') continue;
    const { type, term } = fact.message;
    if (type !== MessageType.append && type !== MessageType.heartbeat && type !== MessageType.snapshot) continue;
    if (firstHeard.has(term)) continue;
    // Committed in a lower term for sure: before any leader of this or a higher term was heard.
    const bounds = [...firstHeard].filter(([other]) => other >= term).map(([, count]) => count);
    firstHeard.set(term, committed.length);
    const leader = group.memberOf(fact.process);
    const lacking = committed.slice(0, Math.min(committed.length, ...bounds)).find((entry) => !holds(leader, entry));
    if (lacking !== undefined) return `process ${fact.process} leads term ${term} without committed entry ${lacking.index}`;
  }
  return null;
}
