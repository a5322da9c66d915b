/** Lock held: who is told that it holds a lock has held it, at some moment of the call. */
import type { Monitor, Observer, Operation, Process, Property, Report } from '../../../sim/index.ts';
import type { LockInput, LockOutput } from '../../store/concurrency/critical-section.ts';
import type { StoreEvent } from '../../store/machine/requests.ts';
import { committedOrder } from './evidence.ts';
import type { OracleOf, StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

/**
 * The holder is whoever has the oldest key under the lock's prefix, in the committed order. That it believes for longer that it
 * holds the lock is no breach: no client can know when its lease ends. What it does then is judged by `store/mutual-exclusion`.
 */
export function lockHeld(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/lock-held',
    kind: 'always',
    title: 'a client that is told it holds a lock held it at some moment during the call',
    monitor: (report, scene, keepEvidence) => {
      const monitor = new LockHeld(report, oracleOf(scene, keepEvidence), rules);
      scene.history().listen({
        invoked: (operation) => monitor.invoked(operation),
        returned: (operation) => monitor.returned(operation),
      });
      return monitor;
    },
  };
}

/** The keys under a lock's prefix, as committed. */
class Queue {
  /** Create revisions by key, which the order of commits makes those of the oldest first. */
  private readonly keys = new Map<string, number>();

  apply({ type, kv }: StoreEvent): void {
    if (type === 'delete') this.keys.delete(kv.key);
    else this.keys.set(kv.key, kv.createRevision);
  }

  /** Create revision of the oldest key; 0 while there is none. */
  get holder(): number {
    for (const createRevision of this.keys.values()) return createRevision;
    return 0;
  }
}

/** A call under way, with the tokens that held the lock since it began. */
interface Locking {
  readonly prefix: string;
  readonly holders: Set<number>;
}

class LockHeld implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;
  /** By prefix. Nobody stands in a queue before somebody asks for the lock. */
  private readonly queues = new Map<string, Queue>();
  private readonly locking = new Map<Operation, Locking>();
  private revision = 1;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules) {
    this.report = report;
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({ committed: () => this.committed() });
  }

  private committed(): void {
    const since = this.revision;
    this.revision = this.oracle.reference.revision;
    if (this.queues.size === 0) return;
    const { events } = this.oracle.reference;
    for (let at = this.oracle.eventPosition(since + 1); at < events.length; at++) this.queueOf(events[at]!)?.apply(events[at]!);
    for (const { prefix, holders } of this.locking.values()) holders.add(this.queues.get(prefix)!.holder);
  }

  crashed(process: Process): void {
    for (const operation of [...this.locking.keys()]) if (operation.client === process.name) this.locking.delete(operation);
  }

  invoked(operation: Operation): void {
    if (operation.name !== 'lock') return;
    const { prefix } = operation.input as LockInput;
    const queue = this.queues.get(prefix) ?? new Queue();
    this.queues.set(prefix, queue);
    this.locking.set(operation, { prefix, holders: new Set([queue.holder]) });
  }

  returned(operation: Operation): void {
    const locking = this.locking.get(operation);
    if (locking === undefined) return;
    this.locking.delete(operation);
    if (operation.status === 'ok' && !locking.holders.has((operation.output as LockOutput).token))
      this.report.violated(say(operation));
  }

  private queueOf({ kv }: StoreEvent): Queue | undefined {
    const slash = kv.key.lastIndexOf('/');
    return slash < 0 ? undefined : this.queues.get(kv.key.slice(0, slash + 1));
  }

  fullCheck(): string | null {
    const evidence = this.oracle.evidence ?? [];
    const { steps, events } = committedOrder(evidence, this.rules);
    for (const [returnedAt, fact] of evidence.entries()) {
      if (fact.type !== 'returned' || fact.operation.name !== 'lock' || fact.status !== 'ok') continue;
      const { prefix } = fact.operation.input as LockInput;
      const invokedAt = evidence.findIndex((other) => other.type === 'invoked' && other.operation === fact.operation);
      const moments = steps.filter(
        ({ position }, index) => position < returnedAt && (steps[index + 1]?.position ?? Infinity) > invokedAt,
      );
      const holders = moments.map(({ revision }) => {
        const queue = new Queue();
        for (const event of events) if (event.kv.modRevision <= revision && event.kv.key.startsWith(prefix)) queue.apply(event);
        return queue.holder;
      });
      if (!holders.includes((fact.output as LockOutput).token)) return say(fact.operation);
    }
    return null;
  }
}

function say({ client, input, output }: Operation): string {
  const { prefix } = input as LockInput;
  const { key, token } = output as LockOutput;
  return `${client} was told that it holds ${prefix} by ${key} of revision ${token}, which was at no moment of its call the oldest key there`;
}
