/** Linearizable reads: a read shows the store as of one place in the committed order, and of none earlier than allowed. */
import type { Monitor, Observer, Operation, Property, Report } from '../../../sim/index.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import type { RangeRequest, StoreResponse, TxnRequest } from '../../store/machine/requests.ts';
import { equal } from './equal.ts';
import { committedOrder, type CommittedOrder, type Evidence, type Step } from './evidence.ts';
import { isMutation, isRead, isSerializable, type OracleOf, type Reading, type StoreOracle } from './oracle.ts';
import type { ReferenceStore, StoreRules } from './reference-store.ts';

/**
 * The place of a read is where its header's revision stands; that must not be before what any answer given before its
 * invocation has shown. A serializable read may show the past, but no state that never was.
 */
export function linearizableReads(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/linearizable-reads',
    kind: 'always',
    title: 'a read shows the store as it was at one moment between its invocation and its answer',
    monitor: (report, scene, keepEvidence) => new LinearizableReads(report, oracleOf(scene, keepEvidence), rules),
  };
}

class LinearizableReads implements Monitor {
  readonly through: readonly Observer[];
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({
      read: (operation, reading) => {
        const wrong = this.judge(operation, reading);
        if (wrong !== null) report.violated(wrong);
      },
    });
  }

  private judge(operation: Operation, reading: Reading): string | null {
    const { oracle } = this;
    const { reference } = oracle;
    if (operation.status === 'fail') return wrongRefusal(operation, reading.revisionFloor, reference.compactRevision);
    if (operation.status !== 'ok') return null;
    const { revision } = operation.output as { readonly revision: number };
    if (revision > reference.revision) return `${shown(operation, revision)}, which does not exist yet`;
    if (!isSerializable(operation) && oracle.lastIndexOf(revision) < reading.floor)
      return stale(operation, revision, reading.floor);
    const oldest = Math.min(revision, ...revisionsAsked(operation));
    return reference.remembers(oldest) ? wrongContent(operation, revision, reference) : null;
  }

  fullCheck(): string | null {
    const evidence = this.oracle.evidence ?? [];
    const order = committedOrder(evidence, this.rules);
    const floors = floorsOf(evidence, order.steps);
    const invokedAt = new Map<Operation, number>();
    for (const [position, fact] of evidence.entries()) {
      if (fact.type === 'invoked') invokedAt.set(fact.operation, position);
      if (fact.type !== 'returned' || !isRead(fact.operation)) continue;
      const floor = floors[invokedAt.get(fact.operation) ?? 0] as number;
      const wrong = judgeFromScratch(fact.operation, floor, position, order);
      if (wrong !== null) return wrong;
    }
    return null;
  }
}

function judgeFromScratch(
  operation: Operation,
  floor: number,
  returnedAt: number,
  { steps, reference }: CommittedOrder,
): string | null {
  const now = steps.findLast(({ position }) => position < returnedAt)!;
  if (operation.status === 'fail') return wrongRefusal(operation, steps[floor]!.revision, now.compactRevision);
  if (operation.status !== 'ok') return null;
  const { revision } = operation.output as { readonly revision: number };
  if (revision > now.revision) return `${shown(operation, revision)}, which does not exist yet`;
  const last = steps.findLast((step) => step.revision === revision);
  if (!isSerializable(operation) && (last === undefined || last.index < floor)) return stale(operation, revision, floor);
  return wrongContent(operation, revision, reference);
}

/**
 * For every position the highest index that an answer before it has exposed. Made in one pass: to work it out again for each read
 * would take time cubic in the length of the run.
 */
function floorsOf(evidence: Evidence, steps: CommittedOrder['steps']): readonly number[] {
  const firstOfRevision = new Map<number, number>();
  const ofRequest = new Map<string, Step>();
  for (const step of steps) {
    if (!firstOfRevision.has(step.revision)) firstOfRevision.set(step.revision, step.index);
    if (step.command !== null && !ofRequest.has(step.command.requestId)) ofRequest.set(step.command.requestId, step);
  }
  let floor = 0;
  return evidence.map((fact, position) => {
    const before = floor;
    if (fact.type !== 'returned' || fact.status !== 'ok') return before;
    if (isRead(fact.operation)) {
      const { revision } = fact.output as { readonly revision: number };
      if (!isSerializable(fact.operation)) floor = Math.max(floor, firstOfRevision.get(revision) ?? 0);
    } else if (isMutation(fact.operation)) {
      const step = ofRequest.get((fact.operation.input as RecordedInput).id);
      if (step !== undefined && step.position < position) floor = Math.max(floor, step.index);
    }
    return before;
  });
}

function wrongRefusal(operation: Operation, revisionFloor: number, compactRevision: number): string | null {
  const [asked] = revisionsAsked(operation);
  if (asked === undefined || operation.name !== 'store/range') return null;
  if (operation.output === 'ErrCompacted' && asked >= compactRevision)
    return `${operation.client} was refused revision ${asked} as compacted, but nothing from ${compactRevision} on is`;
  if (operation.output === 'ErrFutureRev' && !isSerializable(operation) && asked <= revisionFloor)
    return `${operation.client} was refused revision ${asked} as a future one, but the store had reached ${revisionFloor}`;
  return null;
}

function wrongContent(operation: Operation, revision: number, reference: ReferenceStore): string | null {
  const { request } = operation.input as { readonly request: RangeRequest | TxnRequest };
  const expected: StoreResponse =
    request.kind === 'txn' ? reference.readTxn(request, revision) : reference.range(request, revision);
  if (equal(operation.output, expected)) return null;
  return `${shown(operation, revision)} as ${JSON.stringify(operation.output)}, not as ${JSON.stringify(expected)}`;
}

/** The revisions that a read names, if any. */
function revisionsAsked(operation: Operation): readonly number[] {
  const { request } = operation.input as { readonly request: RangeRequest | TxnRequest };
  const ranges = request.kind === 'txn' ? [...request.success, ...request.failure] : [request];
  return ranges.flatMap((range) => (range.kind === 'range' && range.revision > 0 ? [range.revision] : []));
}

function shown({ client, name }: Operation, revision: number): string {
  return `${client}'s ${name} shows revision ${revision}`;
}

function stale(operation: Operation, revision: number, floor: number): string {
  return `${shown(operation, revision)}, but when it was invoked entry ${floor}, which is later, was known to clients`;
}
