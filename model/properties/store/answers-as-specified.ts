/** Answers as specified: each entry is answered as an independent store answers it at the same place in the order. */
import type { Monitor, Observer, Operation, Property, Report } from '../../../sim/index.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import type { StoreResponse } from '../../store/machine/requests.ts';
import type { EntryResult } from '../../store/member/entry-result.ts';
import { isSameAnswer } from './equal.ts';
import { committedOrder } from './evidence.ts';
import { isMutation, type OracleOf, type StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

export function answersAsSpecified(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/answers-as-specified',
    kind: 'always',
    title: 'every entry is answered, and its client told, as an independent store answers it at the same place in the order',
    monitor: (report, scene, keepEvidence) => new AnswersAsSpecified(report, oracleOf(scene, keepEvidence), rules),
  };
}

class AnswersAsSpecified implements Monitor {
  readonly through: readonly Observer[];
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({
      carriedOut: (result, { expected }) => {
        const wrong = wrongResult(result, expected, oracle.reference.revision);
        if (wrong !== null) report.violated(wrong);
      },
      answered: (operation, committed) => {
        const wrong = committed === null ? null : wrongAnswer(operation, committed.expected);
        if (wrong !== null) report.violated(wrong);
      },
    });
  }

  fullCheck(): string | null {
    const evidence = this.oracle.evidence ?? [];
    const { steps } = committedOrder(evidence, this.rules);
    const judged = new Set<number>();
    for (const [position, fact] of evidence.entries()) {
      if (fact.type === 'result') {
        const { index } = fact.result;
        const step = steps[index];
        if (judged.has(index) || step === undefined || step.expected === null) continue;
        judged.add(index);
        const wrong = wrongResult(fact.result, step.expected, step.revision);
        if (wrong !== null) return wrong;
      } else if (fact.type === 'returned' && isMutation(fact.operation)) {
        const { id } = fact.operation.input as RecordedInput;
        const step = steps.find(({ command }) => command?.requestId === id);
        const wrong = step === undefined || step.position > position ? null : wrongAnswer(fact.operation, step.expected!);
        if (wrong !== null) return wrong;
      }
    }
    return null;
  }
}

function wrongResult(result: EntryResult, expected: StoreResponse, revision: number): string | null {
  if (result.revision === revision && isSameAnswer(result.response, expected)) return null;
  return `member ${result.member} answers entry ${result.index} with ${JSON.stringify(result.response)} at revision ${result.revision}, not with ${JSON.stringify(expected)} at ${revision}`;
}

function wrongAnswer({ client, name, status, output }: Operation, expected: StoreResponse): string | null {
  if (status === 'ok' && !isSameAnswer(output as StoreResponse, expected))
    return `${client} was answered ${JSON.stringify(output)} to its ${name}, not ${JSON.stringify(expected)}`;
  if (status !== 'fail' || output === 'unavailable') return null;
  if (expected.kind === 'error' && expected.code === output) return null;
  // A request that found the store full when it was applied has had its effect, and etcd refuses it all the same.
  if (output === 'ErrNoSpace' && (expected.kind === 'put' || expected.kind === 'txn' || expected.kind === 'leaseGrant'))
    return null;
  return `${client} was refused its ${name} with ${String(output)}, though it was committed and answered ${JSON.stringify(expected)}`;
}
