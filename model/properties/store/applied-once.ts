/** Applied once: a request takes effect at most once, and not at all when its client was told so. */
import type { Monitor, Observer, Operation, Property, Report } from '../../../sim/index.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import { hostErrorOf } from '../../store/member/host-errors.ts';
import type { StoreResponse } from '../../store/machine/requests.ts';
import type { EntryResult } from '../../store/member/entry-result.ts';
import { equal } from './equal.ts';
import { committedOrder } from './evidence.ts';
import { isMutation, type Committed, type Mutating, type OracleOf, type StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

export function appliedOnce(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/applied-once',
    kind: 'always',
    title: 'a request takes effect at most once, and not at all when its client was told so',
    monitor: (report, scene, keepEvidence) => new AppliedOnce(report, oracleOf(scene, keepEvidence), rules),
  };
}

/** A second application comes soon if at all: at least so many requests are remembered. */
const REMEMBERED = 10_000;

class AppliedOnce implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;
  /** Index by request id: of the newest requests, and of those before them. */
  private newer = new Map<string, number>();
  private older = new Map<string, number>();

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.report = report;
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({
      committed: (committed, _entry, mutation) => {
        if (committed !== null && !committed.isRefrained) this.applied(committed, mutation);
      },
      carriedOut: (result, committed) => {
        if (committed.isRefrained) this.carriedOut(result, committed);
      },
      answered: (operation, committed) => {
        if (committed !== null) this.judge(operation, committed);
      },
    });
  }

  private applied(committed: Committed, mutation: Mutating | null): void {
    const { index, command } = committed;
    const before = this.newer.get(command.requestId) ?? this.older.get(command.requestId);
    if (before !== undefined) this.report.violated(twice(command.requestId, before, index));
    this.newer.set(command.requestId, index);
    if (this.newer.size >= REMEMBERED) {
      this.older = this.newer;
      this.newer = new Map();
    }
    if (mutation !== null) this.judge(mutation.operation, committed);
  }

  /** In a session the log may hold a request twice: what counts is what members make of it. */
  private carriedOut(result: EntryResult, { expected }: Committed): void {
    if (hasEffect(result, expected, this.oracle.reference.revision)) this.report.violated(notRefrained(result));
  }

  private judge(operation: Operation, { index }: Committed): void {
    if (operation.status === 'fail' && neverApplied(operation.output)) this.report.violated(denied(operation, index));
  }

  fullCheck(): string | null {
    const { steps } = committedOrder(this.oracle.evidence ?? [], this.rules);
    const seen = new Map<string, number>();
    const answered = new Set<number>();
    for (const { index, command, isRefrained } of steps) {
      if (command === null || isRefrained) continue;
      const before = seen.get(command.requestId);
      if (before !== undefined) return twice(command.requestId, before, index);
      seen.set(command.requestId, index);
    }
    for (const fact of this.oracle.evidence ?? []) {
      if (fact.type === 'result') {
        const step = answered.has(fact.result.index) ? undefined : steps[fact.result.index];
        answered.add(fact.result.index);
        if (step?.isRefrained === true && hasEffect(fact.result, step.expected!, step.revision)) return notRefrained(fact.result);
      }
      if (fact.type !== 'returned' || fact.status !== 'fail' || !isMutation(fact.operation) || !neverApplied(fact.output))
        continue;
      const index = seen.get((fact.operation.input as RecordedInput).id);
      if (index !== undefined) return denied(fact.operation, index);
    }
    return null;
  }
}

/** The request never got as far as the log. */
function neverApplied(code: unknown): boolean {
  return code === 'unavailable' || hostErrorOf(String(code))?.definite === true;
}

/** It changed something, or made a new answer. */
function hasEffect({ revision, response }: EntryResult, expected: StoreResponse, revisionBefore: number): boolean {
  return revision !== revisionBefore || !equal(response, expected);
}

function notRefrained({ member, index, requestId }: EntryResult): string {
  return `member ${member} carries request ${requestId} out as entry ${index}, though its session has had it before, or is over`;
}

function twice(requestId: string, before: number, index: number): string {
  return `request ${requestId} is applied as entry ${before}, and again as entry ${index}`;
}

function denied({ client, name }: Operation, index: number): string {
  return `${client} was told that its ${name} did not happen, but it is entry ${index}`;
}
