/** Members agree who belongs to the group: what a snapshot says of it is what the entries before it have made. */
import type { Property } from '../../../sim/index.ts';
import {
  describeConfiguration, isWalFile, snapshotFile, type Configuration, type Snapshot, type WalRecord,
} from '../../raft/index.ts';
import { judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

export function configurationAgreement(groupOf: GroupOf): Property {
  return {
    id: 'raft/configuration-agreement',
    kind: 'always',
    title: 'a snapshot names the members that the log has made up to it',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      group.listen({
        snapshot({ name }, snapshot) {
          if (snapshot === undefined) return;
          const { index, configuration } = snapshot;
          const made = group.membership.at(index);
          if (made === null || isSame(made, configuration)) return;
          report.violated(
            `${name} keeps ${describeConfiguration(configuration)} as the members at ${index}, where the log has made ${describeConfiguration(made)}`,
          );
        },
      });
      return judged({ through: [group] }, checkAll, keepEvidence);
    },
  };
}

function isSame(a: Configuration, b: Configuration): boolean {
  return describeConfiguration(a) === describeConfiguration(b);
}

/** Whatever two disks say of the same entry is the same, and what each says only differs by the changes between. */
function checkAll(facts: readonly Fact[]): string | null {
  const changes = new Map<number, boolean>();
  const said = new Map<number, string>();
  for (const fact of facts) {
    if (fact.what === 'durable' && isWalFile(fact.file)) {
      for (const { head } of fact.records as readonly WalRecord[]) if (head !== null) said.set(0, describeConfiguration(head.configuration));
    }
    if (fact.what === 'applied') changes.set(fact.entry.index, fact.entry.change !== null && fact.entry.change.changes.every(({ change }) => change !== 'update'));
  }
  for (const fact of facts) {
    if (fact.what !== 'durable' || fact.file !== snapshotFile) continue;
    for (const { index, configuration } of fact.records as readonly Snapshot[]) {
      const words = describeConfiguration(configuration);
      if ((said.get(index) ?? words) !== words) return `process ${fact.process} says ${words} of ${index}, others ${said.get(index)}`;
      said.set(index, words);
    }
  }
  const ordered = [...said].sort(([a], [b]) => a - b);
  for (const [at, [index, words]] of ordered.entries()) {
    const next = ordered[at + 1];
    if (next === undefined) break;
    const changed = [...changes].some(([entry, is]) => is && entry > index && entry <= next[0]);
    if (changed !== (words !== next[1])) return `from ${index} to ${next[0]} the members went from ${words} to ${next[1]}`;
  }
  return null;
}
