/** Log matching (Raft figure 3): logs that share an entry of the same index and term are identical up to it. */
import type { Property } from '../../../sim/index.ts';
import type { Entry, WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

/** So many indices must be forgotten before the arrays are cut. */
const SLACK = 1_024;

/**
 * By induction it is enough that an entry, known by index and term, is the same command and follows an entry of the same term
 * wherever it becomes durable.
 */
export function logMatching(groupOf: GroupOf): Property {
  return {
    id: 'raft/log-matching',
    kind: 'always',
    title: 'logs that share an entry of the same index and term are identical up to it',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const known = new KnownEntries();
      group.listen({
        wrote(process, { snapshot, entries }, log) {
          let previousTerm = entries.length === 0 ? 0 : snapshot === null ? log.termAt(entries[0]!.index - 1) : snapshot.term;
          for (let i = 0; i < entries.length; i++) {
            const entry = entries[i]!;
            if (!known.agrees(entry, previousTerm)) {
              report.violated(
                `${process.name} holds entry ${entry.index} of term ${entry.term} with another command or another past than it has elsewhere`,
              );
            }
            previousTerm = entry.term;
          }
          if (snapshot !== null) known.forget(group.logs.forgettable());
        },
      });
      return judged({ through: [group] }, checkAll, keepEvidence);
    },
  };
}

/** What is known of each entry: parallel arrays for the first term seen at an index, a map for the rare others. */
class KnownEntries {
  /** terms[i] belongs to index first + i; 0 where nothing is known. */
  private first = 1;
  private terms: number[] = [];
  private hashes: number[] = [];
  private previousTerms: number[] = [];
  private readonly others = new Map<number, { readonly term: number; readonly hash: number; readonly previousTerm: number }[]>();

  agrees(entry: Entry, previousTerm: number): boolean {
    const { index, term, hash } = entry;
    const at = index - this.first;
    if (at < 0) return true;
    while (this.terms.length <= at) {
      this.terms.push(0);
      this.hashes.push(0);
      this.previousTerms.push(0);
    }
    if (this.terms[at] === 0) {
      this.terms[at] = term;
      this.hashes[at] = hash;
      this.previousTerms[at] = previousTerm;
      return true;
    }
    if (this.terms[at] === term) return this.hashes[at] === hash && this.previousTerms[at] === previousTerm;
    return this.agreesWithOther(index, term, hash, previousTerm);
  }

  forget(index: number): void {
    const gone = index - this.first + 1;
    if (gone < SLACK) return;
    this.terms = this.terms.slice(gone);
    this.hashes = this.hashes.slice(gone);
    this.previousTerms = this.previousTerms.slice(gone);
    this.first += gone;
    for (const other of this.others.keys()) if (other <= index) this.others.delete(other);
  }

  private agreesWithOther(index: number, term: number, hash: number, previousTerm: number): boolean {
    let others = this.others.get(index);
    if (others === undefined) {
      others = [];
      this.others.set(index, others);
    }
    const same = others.find((other) => other.term === term);
    if (same !== undefined) return same.hash === hash && same.previousTerm === previousTerm;
    others.push({ term, hash, previousTerm });
    return true;
  }
}

/** Every log after every write, whole prefixes compared in words. */
function checkAll(facts: readonly Fact[]): string | null {
  const logs = new Map<number, { base: number; baseTerm: number; entries: Entry[] }>();
  const pasts = new Map<string, string>();
  for (const fact of facts) {
    if (fact.what !== 'durable' || !isWal(fact.file)) continue;
    for (const { snapshot, entries } of fact.records as readonly WalRecord[]) {
      const before = logs.get(fact.process) ?? { base: 0, baseTerm: 0, entries: [] };
      const log = !snapshot?.received ? before : { base: snapshot.index, baseTerm: snapshot.term, entries: [] };
      const [head] = entries;
      if (head !== undefined) log.entries = [...log.entries.filter(({ index }) => index < head.index), ...entries];
      logs.set(fact.process, log);
      for (const entry of entries) {
        const previous =
          log.entries.find(({ index }) => index === entry.index - 1)?.term ?? (entry.index - 1 === log.base ? log.baseTerm : -1);
        const name = `${entry.index} of term ${entry.term}`;
        const past = `${entry.hash} after ${previous}`;
        if ((pasts.get(name) ?? past) !== past)
          return `entry ${name}: ${past} at process ${fact.process}, ${pasts.get(name)} elsewhere`;
        pasts.set(name, past);
      }
    }
  }
  return null;
}
