/** No lost write: what a client was told has happened is in the committed order, and never leaves it. */
import type { Monitor, Observer, Operation, Property, Report } from '../../../sim/index.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import { committedOrder } from './evidence.ts';
import { isMutation, type OracleOf, type StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

export function noLostWrite(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/no-lost-write',
    kind: 'always',
    title: 'an acknowledged write is in the committed order, and never leaves it',
    monitor: (report, scene, keepEvidence) => new NoLostWrite(report, oracleOf(scene, keepEvidence), rules),
  };
}

class NoLostWrite implements Monitor {
  readonly through: readonly Observer[];
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({
      skipped: (entry) => report.violated(`${named(entry)} is applied, though nobody has applied entry ${oracle.lastIndex + 1}`),
      overwritten: (entry) => report.violated(`${named(entry)} is applied in place of another one, which was committed there`),
      answered: (operation, committed) => {
        if (operation.status === 'ok' && committed === null) report.violated(lost(operation));
      },
    });
  }

  fullCheck(): string | null {
    const evidence = this.oracle.evidence ?? [];
    const { steps } = committedOrder(evidence, this.rules);
    for (const [position, fact] of evidence.entries()) {
      if (fact.type === 'applied') {
        const first = steps[fact.entry.index];
        if (first === undefined || first.position > position) return `${named(fact.entry)} is applied before its predecessors`;
        if (first.term !== fact.entry.term || first.hash !== fact.entry.hash)
          return `${named(fact.entry)} is applied in place of another one`;
      } else if (fact.type === 'returned' && fact.status === 'ok' && isMutation(fact.operation)) {
        const { id } = fact.operation.input as RecordedInput;
        const known = steps.some((step) => step.command?.requestId === id && step.position < position);
        if (!known) return lost(fact.operation);
      }
    }
    return null;
  }
}

function named({ member, index, term }: AppliedEntry): string {
  return `entry ${index} of term ${term} at member ${member}`;
}

function lost({ client, name, input }: Operation): string {
  return `${client} was told that its ${name} ${(input as RecordedInput).id} has happened, but no member has applied it`;
}
