/** Members agree who belongs to the group: what a snapshot says of it is what the entries before it have made. */
import type { Property } from '../../../sim/index.ts';
import {
  describeConfiguration,
  isWalFile,
  snapshotFile,
  type Configuration,
  type Entry,
  type Snapshot,
  type WalRecord,
} from '../../raft/index.ts';
import { CheckedGroup, judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

export function configurationAgreement(groupOf: GroupOf): Property {
  return {
    id: 'raft/configuration-agreement',
    kind: 'always',
    title: 'a snapshot names the members that follow from the log up to it',
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

/**
 * Two disks say the same of the same entry; what one disk says at two entries differs only by the changes in between; and only
 * those vote who were made voters.
 */
function checkAll(facts: readonly Fact[]): string | null {
  const said = new Map<number, Configuration>();
  for (const fact of facts) {
    if (fact.what !== 'durable') continue;
    if (isWalFile(fact.file)) {
      for (const { head } of fact.records as readonly WalRecord[]) if (head !== null) said.set(0, head.configuration);
    } else if (fact.file === snapshotFile) {
      for (const { index, configuration } of fact.records as readonly Snapshot[]) {
        const before = said.get(index) ?? configuration;
        if (!isSame(before, configuration))
          return `process ${fact.process} says ${describeConfiguration(configuration)} of ${index}, others ${describeConfiguration(before)}`;
        said.set(index, configuration);
      }
    }
  }
  return checkOrder(
    [...said].sort(([a], [b]) => a - b),
    changesOf(facts),
  );
}

/** In their order, each once. */
function changesOf(facts: readonly Fact[]): readonly Entry[] {
  const changes = new Map<number, Entry>();
  for (const fact of facts) if (fact.what === 'applied' && fact.entry.change !== null) changes.set(fact.entry.index, fact.entry);
  return [...changes.values()].sort((a, b) => a.index - b.index);
}

function checkOrder(said: readonly (readonly [index: number, Configuration])[], changes: readonly Entry[]): string | null {
  const [first] = said;
  if (first === undefined) return null;
  const group = new CheckedGroup();
  group.begin(first[1].voters);
  let made = changes.filter(({ index }) => index <= first[0]).length;
  for (const [at, [index, configuration]] of said.entries()) {
    let changed = false;
    for (; made < changes.length && (changes[made] as Entry).index <= index; made++) {
      const entry = changes[made] as Entry;
      group.apply(entry);
      changed ||= entry.change?.changes.every(({ change }) => change !== 'update') ?? false;
    }
    const before = said[at - 1]?.[1];
    if (before !== undefined && changed === isSame(before, configuration))
      return `up to ${index} the members went from ${describeConfiguration(before)} to ${describeConfiguration(configuration)}`;
    if (!votesAs(configuration, group.voters))
      return `${describeConfiguration(configuration)} is said of ${index}, where ${group.voters.map((half) => half.join(' ')).join(' and ')} vote`;
  }
  return null;
}

function votesAs({ voters, outgoing }: Configuration, halves: readonly (readonly number[])[]): boolean {
  const alike = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((member) => b.includes(member));
  return alike(voters, halves[0] ?? []) && alike(outgoing, halves[1] ?? []);
}
