/** No lost write: what a client was told has happened is in the committed order, and never leaves it. */
import type { Boundary, Monitor, Operation, Process, Property, Report } from '../../../sim/index.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import { committedOrder } from './evidence.ts';
import { isMutation, type OracleOf, type StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

export function noLostWrite(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/no-lost-write',
    kind: 'always',
    title: 'an acknowledged write is in the committed order, and never leaves it',
    monitor: (report, scene, keepEvidence) => {
      const monitor = new NoLostWrite(report, oracleOf(scene, keepEvidence), rules);
      scene.history().listen({ returned: (operation) => monitor.returned(operation) });
      return monitor;
    },
  };
}

class NoLostWrite implements Monitor {
  readonly sees = isApplied;
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.report = report;
    this.oracle = oracle;
    this.rules = rules;
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (appliedBoundary as Boundary)) return;
    const entry = body as AppliedEntry;
    const { oracle } = this;
    if (entry.index === oracle.lastIndex + 1) {
      oracle.see(entry);
      return;
    }
    if (entry.index > oracle.lastIndex) {
      this.report.violated(`${named(entry)} is applied, though nobody has applied entry ${oracle.lastIndex + 1}`);
    } else if (oracle.terms[entry.index] !== entry.term || oracle.hashes[entry.index] !== entry.hash) {
      this.report.violated(`${named(entry)} is applied in place of another one, which was committed there`);
    }
    oracle.see(entry);
  }

  returned(operation: Operation): void {
    if (operation.status !== 'ok' || !isMutation(operation)) return;
    const { id } = operation.input as RecordedInput;
    if ((this.oracle.mutations.get(id)?.committed ?? null) === null) this.report.violated(lost(operation));
  }

  fullCheck(): string | null {
    const evidence = this.oracle.evidence ?? [];
    const { steps } = committedOrder(evidence, this.rules);
    for (const [position, fact] of evidence.entries()) {
      if (fact.type === 'applied') {
        const first = steps[fact.entry.index];
        if (first === undefined || first.position > position) return `${named(fact.entry)} is applied before its predecessors`;
        if (first.term !== fact.entry.term || first.hash !== fact.entry.hash) return `${named(fact.entry)} is applied in place of another one`;
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
