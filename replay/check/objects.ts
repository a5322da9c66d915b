/**
 * One history of many objects becomes a history for each: a linearizable system is made of linearizable objects
 * (Herlihy and Wing, 1990, theorem 1).
 */
import { grouped } from '../../sim/index.ts';
import { HistoryError, type Operation } from './history.ts';
import { CallError, type Asked, type Model } from './models/model.ts';
import type { Task } from './course.ts';
import { Steps } from './steps.ts';
import { pairOf, textOf, type Value } from './value.ts';

export interface ObjectHistory<State, Op> {
  /** The text of its key; null where the history is that of one object. */
  readonly key: string | null;
  readonly steps: Steps<State, Op>;
  /** In the order in which they were asked for. */
  readonly tasks: readonly Task[];
}

export interface Reading {
  /** Values are `[key value]`, each key an object of its own. */
  readonly keyed: boolean;
  /** What each object holds in the beginning. */
  readonly initial: Value;
}

/** Throws a HistoryError for an operation that the model does not have. */
export function objectsOf<State, Op>(
  operations: readonly Operation[],
  model: Model<State, Op>,
  { keyed, initial }: Reading,
): readonly ObjectHistory<State, Op>[] {
  const histories = new Map<string | null, { readonly steps: Steps<State, Op>; readonly tasks: Task[] }>();
  for (const [key, list] of parts(read(operations, model, keyed), model)) {
    const initially = model.initially(initial);
    const steps = new Steps(model, initially);
    const asked = ended(list, model, initially);
    const before = model.precedents?.(asked) ?? null;
    const tasks = asked.map(({ operation, op, returnedAt }, at): Task => ({
      operation,
      returnedAt,
      number: steps.numberOf(op),
      effect: model.effect(op),
      precedents: before?.[at]?.map((each) => (asked[each] as Ended<Op>).operation) ?? NONE,
    }));
    histories.set(key, { steps, tasks });
  }
  return [...histories].map(([key, { steps, tasks }]) => ({ key, steps, tasks }));
}

const NONE: readonly Operation[] = [];

interface Ended<Op> extends Asked<Op> {
  readonly operation: Operation;
}

/** With what the answers of others give away about operations that were never answered. */
function ended<State, Op>(list: readonly Read<Op>[], model: Model<State, Op>, initially: State): readonly Ended<Op>[] {
  const asked = list.map(({ operation, op }): Ended<Op> => ({
    operation,
    op,
    invokedAt: operation.invokedAt,
    returnedAt: operation.returnedAt,
  }));
  const ends = model.ends?.(asked, initially);
  if (ends === undefined) return asked;
  return asked.flatMap((each, at) => {
    const returnedAt = ends[at] ?? null;
    return returnedAt === null ? [] : returnedAt === each.returnedAt ? [each] : [{ ...each, returnedAt }];
  });
}

interface Read<Op> {
  readonly operation: Operation;
  readonly op: Op;
  readonly key: string | null;
}

function* read<State, Op>(operations: readonly Operation[], model: Model<State, Op>, keyed: boolean): Generator<Read<Op>> {
  for (const operation of operations) {
    const { process, f, status, invokedLine } = operation;
    const { key, input, output } = keyed ? unkeyed(operation) : { ...operation, key: null };
    const op = orHistoryError(invokedLine, () => model.read({ process, f, input, output, isKnown: status === 'ok' }));
    // What may have been read by somebody who was not told says nothing.
    if (op === null || (status !== 'ok' && model.effect(op) === 'pure')) continue;
    if (keyed && key === null) throw new HistoryError(invokedLine, `${f} ${textOf(operation.input)}: ${KEYED}`);
    yield { operation, op, key };
  }
}

const KEYED = 'should carry [key value], since --keyed was asked for';

/** A read may be asked for with nil, and tell its key when it is answered; its key is null where it never was. */
function unkeyed({ f, input, output, invokedLine, returnedLine, status }: Operation): {
  readonly key: string | null;
  readonly input: Value;
  readonly output: Value;
} {
  const asked = pairOf(input);
  if (asked === null && input !== null) throw new HistoryError(invokedLine, `${f} ${textOf(input)}: ${KEYED}`);
  if (status !== 'ok')
    return { key: asked === null ? null : textOf(asked[0]), input: asked === null ? null : asked[1], output: null };
  const line = returnedLine ?? invokedLine;
  const told = pairOf(output);
  if (told === null) throw new HistoryError(line, `${f} ${textOf(output)}: ${KEYED}`);
  const key = textOf(told[0]);
  if (asked !== null && textOf(asked[0]) !== key)
    throw new HistoryError(line, `${f} is told of ${key}, but was asked for ${textOf(asked[0])} in line ${invokedLine}`);
  return { key, input: asked === null ? null : asked[1], output: told[1] };
}

function orHistoryError<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CallError) throw new HistoryError(line, error.message);
    throw error;
  }
}

/**
 * By the key that each was given; and, where a model knows what its operations are about, so that what has something
 * to do with each other stays together.
 */
function parts<State, Op>(all: Iterable<Read<Op>>, model: Model<State, Op>): ReadonlyMap<string | null, readonly Read<Op>[]> {
  if (model.keys === undefined) return grouped(all, ({ key }) => key);
  const list = [...all];
  const groups = new Groups();
  const keysOf = ({ key, op }: Read<Op>): readonly string[] =>
    (model.keys?.(op) ?? []).map((each) => (key === null ? each : `${key} ${each}`));
  for (const each of list) groups.join(keysOf(each));
  return grouped(list, (each) => groups.of(keysOf(each)[0] ?? ''));
}

/** Keys that some operation touches together, by union-find. */
class Groups {
  private readonly parents = new Map<string, string>();

  /** The key that stands for its group. */
  of(key: string): string {
    let top = key;
    for (let parent = this.parents.get(top); parent !== undefined; parent = this.parents.get(top)) top = parent;
    for (let each = key; each !== top;) {
      const parent = this.parents.get(each) ?? top;
      this.parents.set(each, top);
      each = parent;
    }
    return top;
  }

  join(keys: readonly string[]): void {
    const tops = keys.map((key) => this.of(key));
    const [first] = tops;
    for (const top of tops) if (first !== undefined && top !== first) this.parents.set(top, first);
  }
}
